import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority, type Pair } from '../../docker/certificates.ts';
import { persons } from '../../docker/simulator/persons.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../docker/simulator/server.ts';
import { runLedCommand } from '../../src/cli/led.ts';
import { testInsz } from '../support/answers.ts';
import { type HostileLed, type Respond, respond, startHostileLed } from '../support/hostile-led.ts';
import { runCommand, wholeLines } from '../support/service.ts';
import { freePort } from '../support/tools.ts';
import { file, folder, inProcess, runAudit } from './run.ts';

const sofie = '90610100155';

let root: Authority;
let issuing: Authority;
let client: Pair;
let led: HostileLed | undefined;
let simulator: Simulator | undefined;

let environment: Record<string, string>;
beforeAll(async () => {
  root = await createAuthority('Root');
  issuing = await root.createIntermediate('Issuing authority');
  client = await issuing.issue({ commonName: 'us', use: 'client', keyType: 'rsa' });
  environment = {
    LED_CLIENT_CERT_FILE: file('client.pem', client.cert + issuing.cert),
    LED_CLIENT_KEY_FILE: file('client.key', client.key),
    LED_CA_FILE: file('root.pem', root.cert),
  };
});
afterEach(async () => {
  await led?.close();
  await simulator?.close();
  led = undefined;
  simulator = undefined;
});

/** A server certificate with the one above it. */
const serverPair = async (more: { names?: string[]; notBefore?: Date; notAfter?: Date } = {}): Promise<Pair> => {
  const pair = await issuing.issue({ commonName: 'LED', names: ['127.0.0.1', 'localhost'], use: 'server', ...more });
  return { ...pair, cert: pair.cert + issuing.cert };
};
/** A server that asks for our certificate, and answers what this function says. */
const start = async (answer: Respond, tls: TlsOptions = {}): Promise<string> => {
  led = await startHostileLed({
    ...(await serverPair()),
    ca: root.cert,
    requestCert: true,
    rejectUnauthorized: true,
    ...tls,
  });
  led.respond = answer;
  return led.url.href;
};
const startSimulated = async (options: SimulatorOptions = {}): Promise<string> => {
  simulator = await startSimulator({ tls: { ...(await serverPair()), ca: root.cert }, ...options });
  return simulator.url;
};
const fault: Respond = (call) =>
  respond(
    call,
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault/></s:Body></s:Envelope>',
    {},
    '500 Oops',
  );

/** Runs `led check` in this process: it makes the same connections, and starts at once. */
const run = async (url: string, { args = [], more = {} }: { args?: string[]; more?: Record<string, string> } = {}) => {
  const variables = { ...environment, LED_URL: url, ...more };
  const { code, out, err } = await inProcess((io) => runLedCommand(['check', ...args], io, variables));
  return { code, stdout: out, stderr: err };
};
/** The report of `--json`, and each step as `name ok` or `name: what was found`. */
const check = async (url: string, more: Record<string, string> = {}, args: string[] = []) => {
  const { code, stdout, stderr } = await run(url, { args: ['--json', ...args], more });
  const report = JSON.parse(stdout);
  const steps = (report.steps as { step: string; ok: boolean; found: string }[]).map(({ step, ok, found }) =>
    ok ? `${step} ok` : `${step}: ${found}`,
  );
  expect(stderr).toBe('');
  expect(report.ok).toBe(code === 0);
  return { code, report, steps };
};

describe('led check', () => {
  test('shows addresses, both chains and whether they are trusted, and asks nothing about a person', async () => {
    const url = await start(fault);
    const { code, stdout, stderr } = await run(url);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const day = /\d{4}-\d\d-\d\d/.source;
    expect(stdout).toMatch(/^ok {5}resolve: 127\.0\.0\.1\nok {5}connect: TLSv1\.3\n/);
    expect(stdout).toMatch(
      new RegExp(`1\\. CN=LED; from ${day} to ${day}; issued by CN=Issuing authority\n +2\\. CN=Issuing authority; `),
    );
    expect(stdout).toMatch(
      new RegExp(`1\\. CN=us; from ${day} to ${day}; issued by CN=Issuing authority\n +2\\. CN=Issuing authority; `),
    );
    expect(stdout).toContain('ok     trust: by authority and by name\n');
    expect(stdout).toMatch(/ok {5}answer: HTTP 500, XML: a SOAP service\n$/);
    expect(
      led?.calls.map(({ body }) => [body.includes('GeefBewijs'), body.includes('<soapenv:Body></soapenv:Body>')]),
    ).toEqual([[false, true]]);
  });

  test('needs nothing but the variables for LED, and takes no other', async () => {
    const { code, report } = await check(await start(fault), {
      AUTH_MODE: 'jwt',
      PORT: 'x',
      LED_CAPACITY: 'y'.repeat(99),
    });
    expect(code).toBe(0);
    expect(report.addresses).toEqual(['127.0.0.1']);
    expect(report.led).toMatchObject({ trusted: true, protocol: 'TLSv1.3' });
    expect(report.led.chain[0]).toMatchObject({ subject: 'CN=LED', issuer: 'CN=Issuing authority' });
    expect(report.ours.map(({ subject }: { subject: string }) => subject)).toEqual(['CN=us', 'CN=Issuing authority']);
    expect(report.answer).toEqual({ status: 500, isXml: true });
  });

  test('accepts the issuing authority in LED_CA_FILE, without its root', async () => {
    const LED_CA_FILE = file('issuing.pem', issuing.cert);
    expect((await check(await start(fault), { LED_CA_FILE })).code).toBe(0);
  });

  test('shows the chain of a server that it does not trust, and sends it nothing', async () => {
    const other = await createAuthority('Other root');
    const expired = { notBefore: new Date(Date.now() - 200_000_000), notAfter: new Date(Date.now() - 100_000) };
    const cases: [TlsOptions, Record<string, string>, string][] = [
      [{}, { LED_CA_FILE: file('other.pem', other.cert) }, 'LED_CA_FILE does not hold the authority'],
      [{}, { LED_CA_FILE: '' }, 'LED_CA_FILE does not hold the authority'],
      [await serverPair(expired), {}, 'has expired (CERT_HAS_EXPIRED)'],
      [await serverPair({ names: ['led.example'] }), {}, 'for another name (ERR_TLS_CERT_ALTNAME_INVALID)'],
    ];
    for (const [tls, more, expected] of cases) {
      const url = await start(fault, tls);
      const { code, steps, report } = await check(url, more);
      expect(code).toBe(1);
      expect(steps.slice(0, 2)).toEqual(['resolve ok', 'connect ok']);
      expect(steps).toHaveLength(3);
      expect(steps[2]).toContain(expected);
      expect(report.led.trusted).toBe(false);
      expect(report.led.chain[0].subject).toBe('CN=LED');
      expect(led?.calls).toEqual([]);
      await led?.close();
    }
  });

  test('is a command of the program, and trusts no server because the environment says so', async () => {
    const other = { LED_URL: await start(fault), LED_CA_FILE: file('other.pem', (await createAuthority()).cert) };
    const refused = await runCommand(['led', 'check'], {
      environment: { ...environment, ...other, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    });
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('FAILED trust: LED_CA_FILE does not hold the authority');
    expect(led?.calls).toEqual([]);
  });

  test('says that the certificate of ours is refused, by TLS 1.3 and 1.2', async () => {
    const ca = (await createAuthority('Other root')).cert;
    const late = await check(await start(fault, { ca }));
    expect([late.code, late.steps.at(-1)]).toEqual([1, 'answer: no answer (ledCertificateRefused)']);
    await led?.close();
    const early = await check(await start(fault, { ca, maxVersion: 'TLSv1.2' }));
    expect([early.code, early.steps.at(-1)]).toEqual([1, expect.stringMatching(/^(connect|answer): no /)]);
    expect(early.report.steps.at(-1).advice).toContain('registered with MAGDA');
  });

  const answers: [string, Respond, RegExp, RegExp][] = [
    [
      '404',
      (call) => respond(call, 'no', { 'Content-Type': 'text/plain' }, '404 Not Found'),
      /HTTP 404/,
      /path of LED_URL/,
    ],
    ['301', (call) => respond(call, '', { Location: '/x' }, '301 Moved'), /HTTP 301/, /redirects are not followed/],
    [
      '403',
      (call) => respond(call, 'no', { 'Content-Type': 'text/html' }, '403 No'),
      /HTTP 403/,
      /registered with MAGDA/,
    ],
    ['503', (call) => respond(call, 'no', { 'Content-Type': 'text/html' }, '503 No'), /HTTP 503/, /try again later/],
    [
      'HTML',
      (call) => respond(call, '<html/>', { 'Content-Type': 'text/html' }),
      /HTTP 200, no XML/,
      /path of LED_URL/,
    ],
  ];
  test.each(answers)('says what to do about an answer that is no SOAP: %s', async (_, answer, found, advice) => {
    const { code, report, steps } = await check(await start(answer));
    expect(code).toBe(1);
    expect(steps.at(-1)).toMatch(found);
    expect(report.steps.at(-1).advice).toMatch(advice);
  });

  test('stops at a name without an address, and at a port without a server', async () => {
    const name = await check('https://led.invalid/soap');
    expect([name.code, name.steps]).toEqual([
      1,
      [expect.stringMatching(/^resolve: the name of LED_URL has no address/)],
    ]);
    const port = await check(`https://127.0.0.1:${await freePort()}/soap`);
    expect([port.code, port.steps]).toEqual([1, ['resolve ok', 'connect: no TLS connection (ECONNREFUSED)']]);
  });

  test('stops at a server that never answers the handshake', async () => {
    const url = await start(fault);
    if (led) led.onTcp = () => true;
    const { code, steps } = await check(url, { LED_CONNECT_TIMEOUT_MS: '200' });
    expect([code, steps.at(-1)]).toEqual([1, 'connect: no TLS connection (ETIMEDOUT)']);
  });

  test('names every fault of the configuration at once, and no value: 78', async () => {
    const { code, stdout, stderr } = await run('ftp://led.example/secret', {
      more: { LED_TOKEN: 'secret', LED_CONNECT_TIMEOUT_MS: 'secret', LED_CA_FIEL: 'secret' },
    });
    expect([code, stdout]).toEqual([78, '']);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0])
        .sort(),
    ).toEqual(['LED_CA_FIEL', 'LED_CONNECT_TIMEOUT_MS', 'LED_TOKEN', 'LED_URL']);
    expect(stderr).not.toContain('secret');
    const files = await run('https://led.example/', {
      more: { LED_CLIENT_KEY_FILE: '/nowhere', LED_CA_FILE: '/nowhere' },
    });
    expect([files.code, files.stdout]).toEqual([78, '']);
    expect(files.stderr).toMatch(/^LED_CLIENT_KEY_FILE: .*\nLED_CA_FILE: /);
    const both = await run('https://led.example/', { more: { LED_TOKEN: 'x', LED_CA_FILE: '/nowhere' } });
    expect([both.code, both.stderr]).toEqual([78, expect.stringMatching(/^LED_TOKEN: .*\nLED_CA_FILE: /)]);
  });
});

describe('led check --ask', () => {
  const asking = (): Record<string, string> => ({
    LED_SENDER_ID: 'kbo.be/0316380841',
    LED_CAPACITY: 'test',
    AUDIT_KEY_FILE: file('audit.key', randomBytes(32).toString('base64')),
  });
  const verify = async (path: string) => (await runAudit(['verify', '--complete', path])).code;

  test('asks about a test number, and adds a sound chain of audit lines to the file', async () => {
    const url = await startSimulated();
    const log = join(folder, 'asked.log');
    for (const chains of [1, 2]) {
      const { code, report, steps } = await check(url, asking(), ['--ask', sofie, '--audit-log', log]);
      expect([code, steps.at(-1)]).toEqual([0, 'ask ok']);
      expect(report.asked).toMatchObject({ outcome: 'eligible', exceptions: [] });
      const lines = wholeLines(readFileSync(log, 'utf8')).slice(-4);
      expect(lines.map(({ kind }) => kind)).toEqual(['start', 'intent', 'access', 'stop']);
      const [, intent, access] = lines;
      const what = { service: 'LED.GeefBewijs', sender: 'kbo.be/0316380841', capacity: 'test' };
      for (const line of [intent, access]) {
        expect(line).toMatchObject({ id: report.asked.id, what, user: { id: 'led-check', source: 'probe' } });
        expect(line?.led.references).toEqual(report.asked.references);
      }
      expect(access).toMatchObject({
        result: 'decided',
        outcome: 'eligible',
        disclosed: { diplomas: 0, attributes: [] },
      });
      expect(new Set(wholeLines(readFileSync(log, 'utf8')).map(({ inst }) => inst)).size).toBe(chains);
      expect(await verify(log)).toBe(0);
    }
    expect(simulator?.requests.received.map(({ insz, signed, sender }) => [insz, signed, sender])).toEqual(
      Array(2).fill([sofie, true, 'kbo.be/0316380841']),
    );
    expect(readFileSync(log, 'utf8')).not.toContain(sofie);
  });

  test('shows in words what LED answers, without the number', async () => {
    const url = await startSimulated();
    const log = join(folder, 'words.log');
    const { code, stdout } = await run(url, { args: ['--ask', sofie, '--audit-log', log], more: asking() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok {5}ask: eligible; \d+ ms; Referte [0-9a-f-]{36}\n$/);
    expect(stdout).not.toContain(sofie);
  });

  test('says what to do about a token that is refused, a registration and a busy LED; each with its lines', async () => {
    const log = join(folder, 'refused.log');
    const url = await startSimulated({ rootOnly: true });
    const token = await check(url, { ...asking(), LED_TOKEN: 'x509v3' }, ['--ask', sofie, '--audit-log', log]);
    expect([token.code, token.steps.at(-1)]).toEqual([
      1,
      expect.stringMatching(/^ask: ledRefused; HTTP 500; ERR_025; /),
    ]);
    expect(token.report.steps.at(-1).advice).toContain('LED_TOKEN=pkipath');
    expect((await check(url, asking(), ['--ask', sofie, '--audit-log', log])).code).toBe(0);
    for (const [about, reason] of [
      ['FOUT 13202 (antwoord)', 'ledRegistrationMissing'],
      ['FOUT 99995 (antwoord)', 'ledBusy'],
      ['FOUT 10001 (antwoord)', 'ledRefused'],
    ]) {
      const { insz = '' } = [...persons.values()].find((person) => person.about === about) ?? {};
      const { code, steps } = await check(url, asking(), ['--ask', insz, '--audit-log', log]);
      expect([code, steps.at(-1)]).toEqual([1, expect.stringContaining(`ask: ${reason}; `)]);
    }
    const results = wholeLines(readFileSync(log, 'utf8')).filter(({ kind }) => kind === 'access');
    expect(results.map(({ result, status }) => `${result} ${status}`)).toEqual([
      'failed 502',
      'decided 200',
      'failed 502',
      'failed 503',
      'failed 502',
    ]);
    expect(await verify(log)).toBe(0);
  });

  test('refuses every number but a test number, and does not repeat it: 64', async () => {
    const url = await startSimulated();
    const log = join(folder, 'none.log');
    // Real in form, month 60, wrong check digits, too long, no number.
    for (const number of ['00010112382', '00601200105', `${sofie.slice(0, 10)}6`, `${sofie}0`, 'x', '']) {
      const { code, stdout, stderr } = await run(url, { args: ['--ask', number, '--audit-log', log], more: asking() });
      expect([code, stdout]).toEqual([64, '']);
      if (number.length > 1) expect(stderr).not.toContain(number);
    }
    expect(existsSync(log)).toBe(false);
    expect(simulator?.requests.total).toBe(0);
  });

  test('is wrong use without the file, with the file alone, and with other words: 64', async () => {
    for (const args of [['--ask', sofie], ['--audit-log', 'x'], ['--other'], ['word', sofie]]) {
      const { code, stderr } = await run('https://led.example/', { args });
      expect(code).toBe(64);
      expect(stderr).toMatch(/^usage:\n {2}led-eligibility led check /);
      expect(stderr).not.toContain(sofie);
    }
    expect((await inProcess((io) => runLedCommand([], io, {}))).code).toBe(64);
  });

  test('asks nothing if the file cannot take the lines: 65', async () => {
    const url = await startSimulated();
    const cut = file('cut.log', '{"v":"1"}');
    const paths = [cut, folder, join(folder, 'none', 'x.log')];
    for (const path of paths) {
      const { code, stdout, stderr } = await run(url, { args: ['--ask', sofie, '--audit-log', path], more: asking() });
      expect([code, stdout]).toEqual([65, '']);
      expect(stderr).toContain('--audit-log');
    }
    expect(readFileSync(cut, 'utf8')).toBe('{"v":"1"}');
    expect(simulator?.requests.total).toBe(0);
  });

  test('needs what it asks with: 78', async () => {
    const { code, stderr } = await run('https://led.example/', {
      args: ['--ask', testInsz(1), '--audit-log', join(folder, 'x')],
    });
    expect(code).toBe(78);
    expect(stderr.trim().split('\n').sort()).toEqual(['AUDIT_KEY_FILE: is required', 'LED_SENDER_ID: is required']);
    const more = {
      ...asking(),
      DEFAULT_RULE_SET: 'none',
      LED_REGISTRATIONS_FILE: file('r.json', '{"x":{"senderId":"y"}}'),
    };
    const unknown = await run('https://led.example/', {
      args: ['--ask', sofie, '--audit-log', join(folder, 'x')],
      more,
    });
    expect([unknown.code, unknown.stderr.trim().split('\n')]).toEqual([
      78,
      [
        'LED_REGISTRATIONS_FILE: x is not a rule set that is loaded',
        'DEFAULT_RULE_SET: there is no such rule set in force today',
      ],
    ]);
    chmodSync(join(folder, 'r.json'), 0o600);
  });

  test('asks under the registration of the rule set', async () => {
    const url = await startSimulated();
    const registrations = { 'begeleider-ama': { senderId: 'kbo.be/ama' } };
    const more = { ...asking(), LED_REGISTRATIONS_FILE: file('own.json', JSON.stringify(registrations)) };
    expect((await check(url, more, ['--ask', sofie, '--audit-log', join(folder, 'own.log')])).code).toBe(0);
    expect(simulator?.requests.received.map(({ sender, capacity }) => [sender, capacity])).toEqual([
      ['kbo.be/ama', undefined],
    ]);
  });
});
