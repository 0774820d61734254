import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Decision } from '../../src/decision.ts';
import type { AuditLine, Service } from './service.ts';
import type { TokenServer } from './tokens.ts';
import { cast, type Language, words } from './words.ts';

/** Prints one line. */
export const say = (text = ''): void => {
  process.stdout.write(`${text}\n`);
};
const bold = (text: string): string => styleText('bold', text);
const dim = (text: string): string => styleText('dim', text);

/**
 * Breaks `text` into lines of at most 100 columns, or of the terminal's width if that is smaller. Each line starts with
 * `indent`, and the first one also with `mark`.
 */
const wrap = (text: string, indent: string, mark = ''): string[] => {
  const width = Math.min(process.stdout.columns || 100, 100) - indent.length;
  const lines = [mark];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length < width || line === mark) lines[lines.length - 1] = `${line}${word} `;
    else lines.push(`${' '.repeat(mark.length)}${word} `);
  }
  return lines.map((line) => indent + line.trimEnd());
};

/** The first sentence of a reason. The rest says what is needed and what to do, which the demo need not repeat. */
const gist = (reason: { readonly text: string }): string => reason.text.split(/(?<=[.?!]) /)[0] ?? '';

/** One decision in a few lines. */
const describeDecision = (decision: Decision, language: Language): string[] => {
  const text = words[language];
  const colour = { eligible: 'green', manualReview: 'yellow', notDemonstrated: 'red' } as const;
  const { outcome } = decision;
  return [
    `  ${styleText([colour[outcome], 'bold'], text.outcomes[outcome])}`,
    ...decision.reasons.flatMap((reason) => wrap(reason.text, '  ')),
    ...decision.diplomas.flatMap(({ verdict, domain, attributes, reasons }) => {
      const title = attributes.volledigeNaam ?? attributes.graad ?? '—';
      const year = attributes.uitreikingsdatum?.slice(0, 4) ?? text.yearUnknown;
      return [
        `  • ${bold(title)}, ${year}, ${domain}: ${text.diploma[verdict]}`,
        ...reasons.flatMap((reason) => wrap(gist(reason), '    ')),
      ];
    }),
    ...decision.rejected.flatMap(({ reasons }) => [
      `  • ${text.rejected}`,
      ...reasons.flatMap((reason) => wrap(gist(reason), '    ')),
    ]),
    ...decision.followUp.flatMap((step) => wrap(gist(step), '  ', `→ ${text.next}: `)),
  ];
};

type Problem = { readonly title?: string; readonly detail?: string; readonly type?: string };

/** A problem (an answer without a decision) in one or two lines. */
const describeProblem = (status: number, problem: Problem, retryAfter: string | null, language: Language): string[] => {
  const text = words[language];
  const what = [problem.title, problem.detail].filter((part) => part !== undefined).join(' — ');
  return [
    `  ${styleText(['magenta', 'bold'], text.noDecision)}`,
    ...wrap(`${status} ${what} (${problem.type})`, '  '),
    ...(retryAfter === null ? [] : [`  → ${text.next}: ${text.retry(retryAfter)}`]),
  ];
};

/** An audit line without the members that only machines need. */
const shortLine = (line: AuditLine): string => {
  const { kind, ts, id, seq, user, subject, led, result, outcome, status } = line;
  return JSON.stringify({ kind, ts, seq, id, user, subject, led, result, outcome, status });
};

const ask = async (base: string, insz: string, language: Language) => {
  const response = await fetch(`${base}/eligibility`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Accept-Language': language },
    body: JSON.stringify({ insz, caseHandler: { id: 'demo', role: 'case-handler' } }),
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() };
};

/** Asks the service at `base` about the whole cast. Prints the answers, and the audit lines of the first decision. */
export const show = async (base: string, linesOf: Service['linesOf'], language: Language): Promise<void> => {
  let first: string | undefined;
  for (const person of cast) {
    const { status, retryAfter, body } = await ask(base, person.insz, language);
    say(`\n${bold(person.name)} ${dim(`${person.insz}, ${person[language]}`)}`);
    const lines =
      status === 200
        ? describeDecision(body as Decision, language)
        : describeProblem(status, body as Problem, retryAfter, language);
    for (const line of lines) say(line);
    if (status === 200) first ??= (body as Decision).decisionId;
  }
  say(`\n${words[language].audit}`);
  if (first !== undefined) for (const line of await linesOf(first)) say(`  ${dim(shortLine(line))}`);
};

/**
 * Prints how to ask the service at `base` by hand, with the token server if there is one, and how to keep and check a
 * receipt. The commands keep it in `folder`.
 */
export const invite = (base: string, folder: string, language: Language, tokenServer?: TokenServer): void => {
  const text = words[language];
  const body = JSON.stringify({ insz: cast[0]?.insz, caseHandler: { id: 'demo' } });
  const question = `${base}/eligibility -H 'Content-Type: application/json' -H 'Accept-Language: ${language}' -d '${body}'`;
  if (tokenServer) {
    say(`\n${text.tokenServer}:\n`);
    for (const [name, value] of Object.entries(tokenServer.environment)) say(`  ${dim(`${name}=${value}`)}`);
    say(`\n${text.getToken}:\n`);
    say(`  TOKEN=$(sh ${tokenServer.script}) && export TOKEN`);
    say(`  printf 'Authorization: Bearer %s\\n' "$TOKEN" | curl -si -H @- ${question}`);
    say(`\n${text.noPerson}`);
  } else {
    say(`\n${text.serving}:\n`);
    say(`  curl -si ${question}`);
  }
  say(`\n${text.receipt}:\n`);
  say(`  export URL=${base} HANDLER=demo KEEP=${join(folder, 'kept')}`);
  say(`  echo ${cast[0]?.insz} | sh openapi/clients/curl.sh && echo`);
  say('  curl -s $URL/doc/receipt-keys > $KEEP/keys.json');
  say(
    '  npx node src/main.ts audit receipt --answer $KEEP/body.json --receipt $KEEP/receipt.txt --key $KEEP/keys.json',
  );
  say(`\n${text.page}: ${base}/doc`);
  say(`${text.people}: npm run -s simulator persons`);
  say(text.end);
};
