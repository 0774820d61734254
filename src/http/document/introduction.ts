import { bulletList } from '../../lib/markdown.ts';
import { documentedProblems, problemTypes } from '../problem-types.ts';
import { tokenRequest } from './token-request.ts';

/** What a caller does about each problem, by status. */
const actions = documentedProblems
  .map((code) => problemTypes[code])
  .toSorted((a, b) => a.status - b.status)
  .map(({ status, type, action }) => `- ${status} \`${type}\`: ${action}`)
  .join('\n');

/** The description at the top of the OpenAPI document, in Markdown. Addresses are relative to the page `/doc`. */
export const introduction = `Decides from the Flemish diploma database LED whether a person’s diplomas meet the diploma condition of a recognition.

**LED can prove, but never disprove.** If there is no diploma in LED, this is not a refusal: the outcome is \`notDemonstrated\`, and the applicant is asked for the diploma or for proof of experience.

A picture shows [how a decision is reached](doc/decision-flow).

## First call

Send \`POST /eligibility\` with the INSZ and the case handler. Then switch on \`outcome\`: \`eligible\` (record it), \`manualReview\` (a case handler judges), \`notDemonstrated\` (ask the applicant). Record \`decisionId\`, \`outcome\` and \`ruleSet\` with the file, whatever the outcome. If the answer has \`Decision-Receipt\`, keep that header and the body, byte for byte, with the file, and the diplomas nowhere else.

**Timeout.** Set the timeout of your client to 12 seconds or more. The service answers within 10 seconds (\`LED_TIMEOUT_MS\` of the installation) and one second.

## Access

An installation requires an access token, a client certificate (mutual TLS, which OpenAPI 3.0 cannot express), both, or, in a demo, nothing. Ask its operator. The rules, the health and this document are open to everyone.

**How to get a token.** Use the client credentials grant of OAuth 2.0, with \`private_key_jwt\` as the authentication of your client (RFC 7523). With the Flemish access management (ACM):

1. Make a key pair. Register an API client in the *beheerportaal* of ACM with the public key and the scope \`led_eligibility\`. You get a client id.
2. Sign an assertion with the private key, and exchange it for a token at the token endpoint. In production that is \`https://authenticatie.vlaanderen.be/op/v1/token\`, and the audience of the assertion is \`https://authenticatie.vlaanderen.be/op\`. For tests, put \`authenticatie-ti\` in the place of \`authenticatie\`.
3. Send the token: \`Authorization: Bearer …\`. Keep it in memory for all questions: the server says in \`expires_in\` for how many seconds. Get another one a minute before that, and once when the service answers 401.

This shell script prints a token, and on standard error how long it is valid. \`TOKEN_URL\`, \`ISSUER\`, \`CLIENT_ID\` and \`KEY_FILE\` (an RSA key, PEM) are yours:

\`\`\`sh
${tokenRequest}\`\`\`

**Which claims count.** An installation can choose other claims. These are the defaults; the first one that is present counts:

${bulletList([
  ['aud', 'must be the name of the service in this installation'],
  ['scope', '(or `scp`) must hold `led_eligibility` for every rule set, or `led_eligibility:<ruleSet>` for one'],
  ['client_id', '(then `azp`, `cid`, `sub`) is the system that calls'],
  ['vo_id', '(then `sub`, if it is not the client) is the case handler. With it you may leave out `caseHandler`'],
  ['role', '(then `roles`, or a claim that ends in `_rol_3d`) is the role of the case handler'],
  ['vo_orgcode', '(then `org`) is the organisation'],
])}

**Which roles.** \`caseHandler.role\` may be any word of 1 to 64 letters, digits and \`_.@:-\`, unless the installation allows certain roles only. Its operator knows which. Another role gets 403 \`missingPermission\`.

## Headers of every answer

Every answer has \`BelGov-Trace-Id\`, a new UUID. If you send \`BelGov-Trace-Id\` with 1 to 36 letters, digits and hyphens, the answer repeats yours as \`BelGov-Related-Trace-Id\`. A value that could be an INSZ is not repeated.

## Problems

Every answer that is not a success is an \`application/problem+json\`. Its \`type\` says what kind of problem it is, and \`href\` leads to an explanation. A problem says nothing about the person’s diplomas. A gateway before the service may answer in another form, such as HTML: go by the status then. What to do (each type begins with \`urn:problem-type:\`):

${actions}

## Evolution

A minor version may add members, codes, problem types and values of \`in\`: ignore those that you do not know. Requests are strict: a member or a query parameter that is not known is refused. Within a major version nothing changes its meaning.`;
