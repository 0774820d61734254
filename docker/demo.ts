import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, styleText } from 'node:util';
import type { Decision } from '../src/decision.ts';
import { certificateFiles, makeCertificates } from './make-certificates.ts';
import { startSimulator } from './simulator/server.ts';

const root = join(import.meta.dirname, '..');

const words = {
  en: {
    intro: 'The LED simulator and the service run on this machine, with mutual TLS and a signature between them.',
    outcomes: { eligible: 'ELIGIBLE', manualReview: 'A PERSON DECIDES', notDemonstrated: 'NOT DEMONSTRATED' },
    diploma: { match: 'proves it', review: 'to be judged' },
    yearUnknown: 'year unknown',
    rejected: 'a proof that does not count',
    next: 'next',
    noDecision: 'NO DECISION',
    retry: (seconds: string) => `ask again after ${seconds} s`,
    audit:
      'What the audit log holds of the first question (one line before LED is asked, one before the answer leaves):',
    portTaken: (wanted: number, port: number) => `Port ${wanted} is in use: the service listens on ${port}.`,
    serving: 'Serving. Try',
    page: 'The API, in a browser',
    people: 'All test persons',
    end: 'Ctrl-C ends it.',
    crashed: 'The demo cannot go on. The last that the service said:',
    ended: 'Ended; nothing is left behind.',
  },
  nl: {
    intro: 'De LED-simulator en de dienst draaien op deze machine, met wederzijdse TLS en een handtekening ertussen.',
    outcomes: {
      eligible: 'KOMT IN AANMERKING',
      manualReview: 'EEN MENS BEOORDEELT',
      notDemonstrated: 'NIET AANGETOOND',
    },
    diploma: { match: 'bewijst het', review: 'te beoordelen' },
    yearUnknown: 'jaar onbekend',
    rejected: 'een bewijs dat niet telt',
    next: 'verder',
    noDecision: 'GEEN BESLISSING',
    retry: (seconds: string) => `vraag het opnieuw na ${seconds} s`,
    audit:
      'Wat het auditlog van de eerste vraag bewaart (een lijn voor LED bevraagd wordt, een voor het antwoord vertrekt):',
    portTaken: (wanted: number, port: number) => `Poort ${wanted} is in gebruik: de dienst luistert op ${port}.`,
    serving: 'De dienst draait. Probeer',
    page: 'De API, in een browser',
    people: 'Alle testpersonen',
    end: 'Ctrl-C beëindigt alles.',
    crashed: 'De demo kan niet verder. Het laatste wat de dienst zei:',
    ended: 'Gestopt; er blijft niets achter.',
  },
} as const;

/** The test persons that the demo asks about; `docker/simulator/persons.ts` holds them and many more. */
const cast: readonly { insz: string; name: string; en: string; nl: string }[] = [
  { insz: '90610100155', name: 'Sofie', en: 'bachelor in social work', nl: 'bachelor in het sociaal werk' },
  { insz: '71610100441', name: 'Rita', en: 'gegradueerde of 2003', nl: 'gegradueerde van 2003' },
  { insz: '82620300128', name: 'Ioana', en: 'diploma from Romania', nl: 'diploma uit Roemenië' },
  { insz: '82620600135', name: 'Koen', en: 'LED contradicts itself', nl: 'LED spreekt zichzelf tegen' },
  { insz: '79630700146', name: 'Marie', en: 'nurse (HBO5)', nl: 'verpleegkundige (HBO5)' },
  { insz: '79631100123', name: 'Ward', en: 'unknown to LED', nl: 'niet gekend in LED' },
  { insz: '91700200112', name: 'Lena', en: 'LED is down', nl: 'LED ligt plat' },
];

type Language = keyof typeof words;
type AuditLine = { readonly kind: string; readonly id?: string } & Readonly<Record<string, unknown>>;

const say = (text = ''): void => {
  process.stdout.write(`${text}\n`);
};
const bold = (text: string): string => styleText('bold', text);
const dim = (text: string): string => styleText('dim', text);

/** `wanted` if nothing listens there, else 0: any free one. */
const freePort = (wanted: number): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(wanted)));
  });

/** Starts the service as a process of its own and reads its streams. */
const startService = (environment: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), 'serve'], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Out of the terminal's process group: Ctrl-C reaches the demo, which then ends the service in good order.
    detached: true,
  });
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    // Not 'exit': its last words may still be in the pipe then.
    child.once('close', () => resolve());
  });
  const log: string[] = [];
  const audit: AuditLine[] = [];
  const audited: ((line: AuditLine) => void)[] = [];
  // Both streams are read for as long as the service runs: it answers nobody whose audit line it cannot get rid of.
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as AuditLine;
    audit.push(line);
    if (audit.length > 50) audit.shift();
    for (const listener of audited) listener(line);
  });
  const listening = Promise.withResolvers<{ port: number }>();
  createInterface(child.stderr).on('line', (text) => {
    log.push(text);
    if (log.length > 20) log.shift();
    if (!text.includes('"listening"')) return;
    const { port } = JSON.parse(text) as { port: number };
    listening.resolve({ port });
  });

  return {
    /** Resolves when it has ended, for whatever reason. */
    exited,
    /** Resolves when it listens, which may be never. */
    listening: listening.promise,
    lastWords: () => log,
    /** The audit lines of one request: waits until the `access` line is there. */
    linesOf: (id: string): Promise<readonly AuditLine[]> =>
      new Promise((resolve) => {
        const look = (): void => {
          const own = audit.filter((line) => line.id === id);
          if (own.some((line) => line.kind === 'access')) resolve(own);
        };
        audited.push(look);
        look();
      }),
    stop: async (): Promise<void> => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(late);
    },
  };
};

/** `text` in lines of at most 100 columns (fewer on a narrow terminal, which says its width), each after `indent`, the first after `mark`. */
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

/** The first sentence of a reason: the rest says what is needed and what to do, again and again. */
const gist = (reason: { readonly text: string }): string => reason.text.split(/(?<=[.?!]) /)[0] ?? '';

type Service = ReturnType<typeof startService>;

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

/** An answer that is no decision, in one or two lines. */
const describeProblem = (status: number, problem: Problem, retryAfter: string | null, language: Language): string[] => {
  const text = words[language];
  const what = [problem.title, problem.detail].filter((part) => part !== undefined).join(' — ');
  return [
    `  ${styleText(['magenta', 'bold'], text.noDecision)}`,
    ...wrap(`${status} ${what} (${problem.type})`, '  '),
    ...(retryAfter === null ? [] : [`  → ${text.next}: ${text.retry(retryAfter)}`]),
  ];
};

/** An audit line without what matters to machines only. */
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

/** Asks about the whole cast and shows what comes back; then the audit lines of the first decision. */
const show = async (base: string, linesOf: Service['linesOf'], language: Language): Promise<void> => {
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

/** Says how to go on by hand. */
const invite = (base: string, language: Language): void => {
  const text = words[language];
  const headers = `-H 'Content-Type: application/json' -H 'Accept-Language: ${language}'`;
  const data = JSON.stringify({ insz: cast[0]?.insz, caseHandler: { id: 'demo' } });
  say(`\n${text.serving}:\n`);
  say(`  curl -s ${base}/eligibility ${headers} -d '${data}'\n`);
  say(`${text.page}: ${base}/doc`);
  say(`${text.people}: node docker/simulator/main.ts persons`);
  say(text.end);
};

class Interrupted extends Error {}
class Crashed extends Error {}

/** The whole demo. Returns the exit code: 0 also when `interrupted` rejects, for that is how it is meant to end. */
const run = async (language: Language, once: boolean, interrupted: Promise<never>): Promise<number> => {
  const text = words[language];
  const folder = mkdtempSync(join(tmpdir(), 'led-demo-'));
  const file = (name: keyof typeof certificateFiles): string => join(folder, certificateFiles[name]);
  const pem = (name: keyof typeof certificateFiles): string => readFileSync(file(name), 'utf8');
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  let service: Service | undefined;
  let failure: unknown;
  try {
    await makeCertificates(folder, ['127.0.0.1', 'localhost']);
    const simulator = await startSimulator({ tls: { cert: pem('serverCert'), key: pem('serverKey'), ca: pem('ca') } });
    undo.push(simulator.close);
    const wanted = await freePort(8080);
    service = startService({
      HOST: '127.0.0.1',
      PORT: String(wanted),
      OPS_HOST: '127.0.0.1',
      OPS_PORT: String(await freePort(8081)),
      AUTH_MODE: 'none',
      ALLOW_TEST_INSZ: 'true',
      LED_URL: simulator.url,
      LED_CLIENT_CERT_FILE: file('clientCert'),
      LED_CLIENT_KEY_FILE: file('clientKey'),
      LED_CA_FILE: file('ca'),
      LED_SENDER_ID: 'demo.example/led-eligibility',
      AUDIT_KEY_FILE: file('auditKey'),
      SHUTDOWN_DELAY_MS: '0',
    });
    undo.push(service.stop);
    const crashed = service.exited.then(() => Promise.reject(new Crashed('the service ended')));
    const stopped = Promise.race([interrupted, crashed]);
    const { port } = await Promise.race([service.listening, stopped]);
    const base = `http://127.0.0.1:${port}`;
    say(text.intro);
    if (wanted === 0) say(text.portTaken(8080, port));
    await Promise.race([show(base, service.linesOf, language), stopped]);
    if (!once) {
      invite(base, language);
      await stopped;
    }
  } catch (error) {
    failure = error;
  } finally {
    for (const step of undo.reverse()) await step();
  }
  if (failure === undefined || failure instanceof Interrupted) {
    say(`\n${text.ended}`);
    return 0;
  }
  if (!(failure instanceof Crashed)) process.stderr.write(`${String(failure)}\n`);
  if (service !== undefined) process.stderr.write(`${[text.crashed, ...service.lastWords()].join('\n  ')}\n`);
  return 1;
};

const { values } = parseArgs({
  options: { lang: { type: 'string', default: 'en' }, once: { type: 'boolean', default: false } },
});
if (values.lang !== 'en' && values.lang !== 'nl') {
  process.stderr.write('usage: npm run demo [-- --lang en|nl] [--once]\n');
  process.exitCode = 64;
} else {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  interrupted.catch(() => undefined);
  const interrupt = (): void => reject(new Interrupted());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // A reader who goes away (`… | head`) wants no more of it either.
  process.stdout.on('error', interrupt);
  process.exitCode = await run(values.lang, values.once, interrupted);
}
