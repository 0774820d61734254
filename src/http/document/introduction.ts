/** The description at the top of the OpenAPI document, in Markdown. */
export const introduction = `Decides from the Flemish diploma database LED whether a person’s diplomas meet the diploma condition of a recognition.

**LED can prove, but never disprove.** If there is no diploma in LED, this is not a refusal: the outcome is \`notDemonstrated\`, and the applicant is asked for the diploma or for proof of experience.

A picture shows [how a decision is reached](/doc/decision-flow).

### First call

Send \`POST /eligibility\` with the INSZ and the case handler. Then switch on \`outcome\`: \`eligible\` (record it), \`manualReview\` (a case handler judges), \`notDemonstrated\` (ask the applicant). Keep \`decisionId\` and \`ruleSet\` with the file.

### Problems

Every answer that is not a success is an \`application/problem+json\`. Its \`type\` says what kind of problem it is. A problem says nothing about the person’s diplomas. What to do:

| status | what to do |
|---|---|
| 400 | correct the input; \`issues\` names everything that is wrong |
| 401 | get a new access token and ask again, once |
| 403 | have the scope, the rule set or the role granted to you |
| 429, 503 | wait for the seconds in \`Retry-After\`, then ask again |
| 502 | report \`instance\`; for \`zorg:ledRegistrationMissing\` first register the file with MAGDA |
| 504 | ask again later |
| 500 | report \`instance\` |

### Security

This document is the same for every configuration. An installation requires an access token (a JWT or an opaque one), a client certificate (mutual TLS, which OpenAPI 3.0 cannot express), both, or, in a demo, nothing. The rules, the health and this document are open to everyone.

### Evolution

A minor version may add members, reason codes and problem types: ignore those that you do not know. Within a major version nothing changes its meaning.`;
