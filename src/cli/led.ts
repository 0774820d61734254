import { X509Certificate } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type CheckConfig, readCheckConfig } from '../check-config.ts';
import type { Variables } from '../config.ts';
import { Fault } from '../fault.ts';
import { isTestInsz } from '../insz.ts';
import type { LedException } from '../led/ask.ts';
import {
  type Knock,
  knock,
  lookAtServer,
  resolveHost,
  type ServerLook,
  type ShownCertificate,
  shownCertificate,
} from '../led/look.ts';
import { brusselsDay } from '../lib/clock.ts';
import { defined } from '../lib/defined.ts';
import { errorCode } from '../lib/error-code.ts';
import type { Credentials } from '../lib/tls-files.ts';
import { checkLedFiles, collectFaults, readRuleSets } from '../parts.ts';
import { unknownRuleSets } from '../registrations.ts';
import type { CompiledRuleSet } from '../rules/rule-set.ts';
import { badInput, type CommandIo, parseOptions, Refusal, runCommand, wrongUse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type AskedFacts, askAboutTestNumber } from './led-ask.ts';

/** The command about LED. Takes the arguments after `led` and the environment. Resolves with the exit code. */
export const runLedCommand = (args: readonly string[], io: CommandIo, environment: Variables): Promise<ExitCode> =>
  runCommand('led', args, io, (name, rest) => (name === 'check' ? runCheck(rest, io, environment) : undefined));

/** `led check`: tries the connection to LED, step by step, and stops at the first step that fails. */
const runCheck = async (args: string[], io: CommandIo, environment: Variables): Promise<ExitCode> => {
  const { values } = parseOptions('led', {
    args,
    options: {
      ask: { type: 'string' },
      'audit-log': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { ask: insz, 'audit-log': auditLog, json } = values;
  if ((insz === undefined) !== (auditLog === undefined)) throw wrongUse('led');
  if (insz !== undefined && !isTestInsz(insz, brusselsDay(Date.now()))) {
    const advice = '--ask takes a test number of MAGDA and no other: month 61 to 72, right check digits';
    throw new Refusal(exitCodes.usage, advice);
  }

  const prepared = prepare(environment, insz !== undefined);
  const auditFd = auditLog === undefined ? undefined : openAuditFile(auditLog);
  try {
    const ask = insz === undefined || auditFd === undefined ? undefined : { insz, auditFd };
    const report = await check(prepared, ask, io, json);
    if (json) io.out(JSON.stringify(report));
    return report.ok ? exitCodes.done : exitCodes.failed;
  } finally {
    if (auditFd !== undefined) closeSync(auditFd);
  }
};

type Prepared = {
  readonly config: CheckConfig;
  readonly credentials: Credentials | undefined;
  /** The rule set in force today, if a question is asked. */
  readonly ruleSet: CompiledRuleSet | undefined;
};

/** Reads the configuration and the files that it names. Throws a `Refusal` that lists every fault. */
const prepare = (environment: Variables, asks: boolean): Prepared => {
  const reading = readCheckConfig(environment, asks);
  const faults = reading.ok ? [] : [...reading.faults];
  const credentials = checkLedFiles(reading.ok ? reading.config.led : reading.led, collectFaults(faults));
  const ruleSet = reading.ok && reading.config.ask ? defaultRuleSetOf(reading.config.ask, faults) : undefined;
  if (!reading.ok || faults.length > 0) throw new Refusal(exitCodes.configuration, faults.join('\n'));
  return { config: reading.config, credentials, ruleSet };
};

/** The rule set in force today that the service uses by default. Adds to `faults` why there is none. */
const defaultRuleSetOf = (
  { ruleSetDir, registered, defaultRuleSet }: NonNullable<CheckConfig['ask']>,
  faults: string[],
): CompiledRuleSet | undefined => {
  const loaded = readRuleSets(ruleSetDir);
  if ('faults' in loaded) {
    faults.push(...loaded.faults);
    return undefined;
  }
  const ids = new Set(loaded.catalogue.all.map(({ source }) => source.id));
  faults.push(...unknownRuleSets(registered, ids).map((fault) => `LED_REGISTRATIONS_FILE: ${fault}`));
  const found = loaded.catalogue.find(defaultRuleSet, brusselsDay(Date.now()));
  if (found.ok) return found.ruleSet;
  faults.push('DEFAULT_RULE_SET: there is no such rule set in force today');
  return undefined;
};

/** Opens the file for audit lines, which are added at its end. Throws a `Refusal` if it cannot take them. */
const openAuditFile = (path: string): number => {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'a+', 0o600);
    const { size } = fstatSync(fd);
    const last = Buffer.alloc(1);
    if (size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() === '\n')) return fd;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw badInput(`cannot write the file of --audit-log: ${errorCode(error)}`);
  }
  closeSync(fd);
  throw badInput('the file of --audit-log does not end with a whole line');
};

/** One step: whether it went well, what was found, and what to do if it did not. */
type Step = { readonly step: string; readonly ok: boolean; readonly found: string; readonly advice?: string };

/** What `--json` prints. */
type Report = {
  readonly ok: boolean;
  readonly steps: readonly Step[];
  readonly addresses?: readonly string[];
  readonly led?: ServerLook;
  readonly ours: readonly ShownCertificate[];
  readonly answer?: Knock;
  readonly asked?: AskedFacts;
};

type Ask = { readonly insz: string; readonly auditFd: number };

const check = async (
  { config, credentials, ruleSet }: Prepared,
  ask: Ask | undefined,
  io: CommandIo,
  json: boolean,
): Promise<Report> => {
  const print = (text: string): void => void (json || io.out(text));
  const { url, connectTimeoutMs, timeoutMs } = config.led;
  const options = { url, credentials, connectTimeoutMs, timeoutMs };
  const ours = (credentials?.chain ?? []).map((pem) => shownCertificate(new X509Certificate(pem)));
  const report: { -readonly [member in keyof Report]: Report[member] } & { steps: Step[] } = {
    ok: true,
    steps: [],
    ours,
  };
  /** Notes a step, and returns whether to go on. */
  const note = (step: Step): boolean => {
    report.steps.push(step);
    report.ok &&= step.ok;
    print(
      `${step.ok ? 'ok    ' : 'FAILED'} ${step.step}: ${step.found}${step.advice ? `\n       ${step.advice}` : ''}`,
    );
    return step.ok;
  };
  const show = (title: string, chain: readonly ShownCertificate[]): void =>
    print([title, ...chain.map((each, at) => `       ${at + 1}. ${inWords(each)}`)].join('\n'));

  const found = await showing(io, 'resolving the name', resolveHost(url));
  if (found.ok) report.addresses = found.value;
  if (!note(resolved(found))) return report;

  if (url.protocol === 'https:') {
    const look = await showing(io, 'connecting', lookAtServer(options));
    if (!note(connected(look))) return report;
    if (look.ok) {
      report.led = look.value;
      show('       certificates of LED, its own first:', look.value.chain);
      if (!note(trusted(look.value))) return report;
    }
    show('       our certificates, ours first:', ours);
  }

  const answer = await showing(io, 'waiting for an answer', knock(options).catch(faultOf));
  if (!(answer instanceof Fault)) report.answer = answer;
  if (!note(answered(answer)) || ask === undefined || config.ask === undefined || ruleSet === undefined) return report;

  const question = { ...ask, led: config.led, ask: config.ask, ruleSet };
  const asked = await showing(io, 'asking LED', askAboutTestNumber(question).catch(faultOf));
  if (!(asked instanceof Fault)) report.asked = asked;
  note(askedAbout(asked));
  return report;
};

/** Shows what is under way if it takes over a second. */
const showing = async <T>({ progress }: CommandIo, what: string, work: Promise<T>): Promise<T> => {
  const timer = setTimeout(() => progress?.(what), 1000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
};

const faultOf = (error: unknown): Fault => {
  if (error instanceof Fault) return error;
  throw error;
};

const inWords = ({ subject, issuer, validFrom, validTo }: ShownCertificate): string =>
  `${subject}; from ${validFrom.slice(0, 10)} to ${validTo.slice(0, 10)}; issued by ${issuer}`;

const step = (name: string, ok: boolean, found: string, advice?: string): Step =>
  defined({ step: name, ok, found, advice: ok ? undefined : advice });

const resolved = (found: Awaited<ReturnType<typeof resolveHost>>): Step =>
  found.ok
    ? step('resolve', true, found.value.join(', '))
    : step('resolve', false, `the name of LED_URL has no address (${found.code})`, 'Check LED_URL and the resolver.');

const connected = (look: Awaited<ReturnType<typeof lookAtServer>>): Step =>
  look.ok
    ? step('connect', true, look.value.protocol)
    : step(
        'connect',
        false,
        `no TLS connection (${look.code})`,
        'No answer or refused: check LED_URL, firewall and egress rule. A TLS alert about a certificate: is our certificate registered with MAGDA, and does LED_CLIENT_CERT_FILE hold the certificates above it?',
      );

/** What a reason of Node.js and OpenSSL means, and what to do. */
const distrust: Readonly<Record<string, readonly [found: string, advice: string]>> = {
  CERT_HAS_EXPIRED: [
    'the certificate of LED, or one above it, has expired',
    'Tell MAGDA. Check the clock of this machine.',
  ],
  CERT_NOT_YET_VALID: ['the certificate of LED is not valid yet', 'Check the clock of this machine; then tell MAGDA.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'the certificate of LED is for another name',
    'Is the host of LED_URL the one that MAGDA named?',
  ],
};

const trusted = ({ trusted: ok, problem = '' }: ServerLook): Step => {
  const [found, advice] = distrust[problem] ?? [
    'LED_CA_FILE does not hold the authority of the certificate of LED',
    'Compare the last issuer above with LED_CA_FILE. Ask MAGDA for the authority: do not take it from this connection.',
  ];
  return step('trust', ok, ok ? 'by authority and by name' : `${found} (${problem})`, advice);
};

const refusedCertificate =
  'Is our certificate registered with MAGDA, and does LED_CLIENT_CERT_FILE hold the certificates above it?';

const answered = (answer: Knock | Fault): Step => {
  if (answer instanceof Fault) {
    const advice = answer.reason === 'ledCertificateRefused' ? refusedCertificate : 'See the runbook, LedFailing.';
    return step('answer', false, `no answer (${answer.reason})`, advice);
  }
  const { status, isXml } = answer;
  if ((status === 200 || status === 500) && isXml) return step('answer', true, `HTTP ${status}, XML: a SOAP service`);
  return step('answer', false, `HTTP ${status}${isXml ? '' : ', no XML'}`, adviceOn(status));
};

const adviceOn = (status: number): string => {
  if (status === 404 || status === 410) return 'Nothing is at the path of LED_URL.';
  if (status >= 300 && status < 400) return 'LED_URL must name the service itself: redirects are not followed.';
  if (status === 401 || status === 403) return refusedCertificate;
  if (status === 429 || status === 503) return 'LED or MAGDA is busy or down: try again later.';
  return 'Is the path of LED_URL the one that MAGDA named?';
};

/** What to do about a question that has no outcome, by the code of LED or by the reason of the fault. */
const askAdvice: Readonly<Record<string, string>> = {
  ERR_025:
    'The signature or its token is not accepted. Try LED_TOKEN=pkipath with the whole path in LED_CLIENT_CERT_FILE, then LED_SIGNATURE=rsa-sha1.',
  '10001': 'LED says that the request breaks its schema: check LED_SENDER_ID and LED_CAPACITY for odd characters.',
  '99994': 'Busy; some sources also say so if they cannot read a request. If it stays: ask MAGDA, with the Referte.',
  ledRefused: 'Are LED_SENDER_ID and LED_CAPACITY what MAGDA registered for this certificate and for GeefBewijs 02.00?',
  ledRegistrationMissing: 'The test person is not registered under our Identificatie: ask MAGDA for a number that is.',
  ledCertificateRefused: refusedCertificate,
};

const askedAbout = (asked: AskedFacts | Fault): Step => {
  if (asked instanceof Fault) {
    return step('ask', false, `nothing was asked (${asked.reason})`, 'The file of --audit-log took no audit line.');
  }
  const { outcome, reason = '', ledStatus, exceptions, durationMs, references } = asked;
  const codes = exceptions.map(({ id, origin }: LedException) => (origin === '' ? id : `${id}.${origin}`));
  const said = [
    outcome ?? reason,
    ...(ledStatus === undefined ? [] : [`HTTP ${ledStatus}`]),
    ...codes,
    `${durationMs} ms`,
    `Referte ${references.join(', ')}`,
  ];
  const advice = [...exceptions.map(({ id }) => id), reason].map((word) => askAdvice[word]).find(Boolean);
  return step('ask', outcome !== undefined, said.join('; '), advice ?? 'See src/led/README.md for the reason.');
};
