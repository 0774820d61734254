import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { traffic } from '../support/endurance.ts';
import { personWith } from '../support/persons.ts';
import { ask, createWorld, idOf, runCommand, startService, type World } from '../support/service.ts';
import { until } from '../support/until.ts';

const insz = personWith('eligible');
const good = { insz, caseHandler: { id: 'handler-1' }, caseReference: 'file/1' };

let world: World;
beforeAll(async () => {
  world = await createWorld({ behaviour: { latencyMs: 20 } });
});
afterAll(() => world?.close());

const verify = async (lines: string, ...options: string[]) =>
  runCommand(['audit', 'verify', ...options], { stdin: lines });

describe('the end of the process', () => {
  test('SIGTERM under load: every request is answered and has its audit line, exit 0', async () => {
    const service = await startService({ ...world.environment, SHUTDOWN_DELAY_MS: '200' });
    const load = traffic(service, { connections: 32 });
    await until(() => load.answered.size > 200);
    const code = await service.stop();
    await load.stop();
    expect(code).toBe(0);
    const lines = service.audit();
    expect(lines.at(-1)?.kind).toBe('stop');
    const access = lines.filter(({ kind }) => kind === 'access').map(({ id }) => id);
    expect(new Set(access).size).toBe(access.length);
    expect([...load.answered.keys()].filter((id) => !access.includes(id))).toEqual([]);
    expect([...new Set(load.answered.values())]).toEqual([200]);
    expect(await verify(service.stdout(), '--complete')).toMatchObject({ code: 0 });
  });

  test('SIGTERM: immediately not ready, still serving during the delay, closed after it', async () => {
    const service = await startService({ ...world.environment, SHUTDOWN_DELAY_MS: '1500' });
    service.process.kill('SIGTERM');
    await until(async () => (await fetch(`${service.opsUrl}/readyz`)).status === 503);
    expect((await ask(service, good)).status).toBe(200);
    expect((await fetch(`${service.opsUrl}/livez`)).status).toBe(200);
    expect(await service.exited).toBe(0);
  });

  test('a second SIGTERM does not wait: exit 1', async () => {
    const service = await startService({ ...world.environment, SHUTDOWN_DELAY_MS: '60000' });
    service.process.kill('SIGTERM');
    await until(() => service.stderr().includes('stopping'));
    service.process.kill('SIGTERM');
    expect(await service.exited).toBe(1);
  });

  test('SIGTERM while the code of the service is loaded ends it in good order', async () => {
    const hooks = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => {
        if (url.endsWith('/src/serve.ts')) process.kill(process.pid, 'SIGTERM');
        return next(url, context);
      } });`;
    const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(hooks)}`;
    const service = await startService({ ...world.environment, NODE_OPTIONS, SHUTDOWN_DELAY_MS: '0' });
    expect(await service.exited).toBe(0);
    await until(() => service.audit().at(-1)?.kind === 'stop');
  });

  test.each(['SIGHUP', 'SIGINT', 'SIGQUIT'] as const)('%s ends it as SIGTERM does', async (signal) => {
    const service = await startService(world.environment);
    expect(await service.stop(signal)).toBe(0);
    expect(service.audit().at(-1)?.kind).toBe('stop');
  });

  test('SIGUSR1 opens no inspector, and the service goes on', async () => {
    const service = await startService(world.environment);
    service.process.kill('SIGUSR1');
    // Signals arrive in no fixed order, but a request comes after it.
    for (let times = 0; times < 20; times += 1) expect((await fetch(`${service.opsUrl}/livez`)).status).toBe(200);
    expect(service.stderr()).not.toContain('Debugger');
    expect(await service.stop()).toBe(0);
    expect(service.stderr()).not.toContain('Debugger');
  });

  test('SIGKILL under load: every answer has its access line, and every call to LED its intent', async () => {
    const service = await startService(world.environment);
    const load = traffic(service, { connections: 32 });
    const before = world.simulator.requests.received.length;
    await until(() => load.answered.size > 200);
    await service.stop('SIGKILL');
    await load.stop();
    const lines = service.audit();
    const access = new Set(lines.filter(({ kind }) => kind === 'access').map(({ id }) => id));
    expect([...load.answered.keys()].filter((id) => !access.has(id))).toEqual([]);
    const intended = new Set(lines.filter(({ kind }) => kind === 'intent').flatMap(({ led }) => led.references));
    const received = world.simulator.requests.received.slice(before).map(({ referte }) => referte);
    expect(received.filter((referte) => !intended.has(referte))).toEqual([]);
    expect(await verify(service.stdout())).toMatchObject({ code: expect.any(Number) });
  });
});

describe('standard output', () => {
  test('is blocked: 503 in time, then immediately, LED not asked; afterwards 200 within 1 s and a whole chain', async () => {
    const service = await startService(world.environment);
    service.stallReader();
    // A pipe holds 64 KiB. Until it is full, the service works as usual.
    const statuses: number[] = [];
    await until(async () => {
      const response = await ask(service, good);
      statuses.push(response.status);
      return response.status === 503;
    });
    const asked = world.simulator.requests.total;
    const started = performance.now();
    const refused = await ask(service, good);
    const text = await refused.text();
    expect(performance.now() - started).toBeLessThan(250);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(text).not.toContain('outcome');
    expect((await fetch(`${service.opsUrl}/readyz`)).status).toBe(503);
    expect((await fetch(`${service.opsUrl}/livez`)).status).toBe(200);
    const health = await fetch(`${service.url}/health`);
    expect([health.status, await health.json()]).toEqual([503, { status: 'DOWN' }]);
    expect(world.simulator.requests.total).toBe(asked);
    service.resumeReader();
    const resumed = performance.now();
    await until(async () => (await ask(service, good)).status === 200);
    expect(performance.now() - resumed).toBeLessThan(1_000);
    expect(await service.stop()).toBe(0);
    const access = service.accesses();
    expect(access.find(({ id }) => id === idOf(JSON.parse(text)))).toMatchObject({
      result: 'failed',
      problem: 'serviceUnavailable',
      status: 503,
    });
    expect(await verify(service.stdout(), '--complete')).toMatchObject({ code: 0 });
    // Once for each change, however many requests came meanwhile.
    expect(service.log().filter(({ message }) => String(message).startsWith('audit stream'))).toEqual([
      expect.objectContaining({ level: 50, message: expect.stringContaining('stuck'), waiting: expect.any(Number) }),
      expect.objectContaining({ level: 40, message: expect.stringContaining('usable'), stuckMs: expect.any(Number) }),
    ]);
  });

  test('breaks: 503, not ready, exit 1 after the shutdown delay', async () => {
    const service = await startService({ ...world.environment, SHUTDOWN_DELAY_MS: '1000' });
    service.closeReader();
    expect((await ask(service, good)).status).toBe(503);
    expect((await fetch(`${service.opsUrl}/readyz`)).status).toBe(503);
    expect((await ask(service, good)).status).toBe(503);
    expect(await service.exited).toBe(1);
  });

  test.each([
    ['the null device', '>/dev/null'],
    ['closed', '>&-'],
  ])('is %s: the service does not start', async (_, redirect) => {
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
    const child = spawn('sh', ['-c', `exec "$0" "$1" serve ${redirect}`, process.execPath, main], {
      env: { PATH: process.env.PATH ?? '', ...world.environment },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(78);
    expect(stderr).toContain('standard output');
  });
});

describe('a caller who leaves while LED works', () => {
  test('aborts the call to LED and gets an audit line', async () => {
    world.simulator.behave({ latencyMs: 60_000 });
    const service = await startService(world.environment);
    try {
      const body = JSON.stringify(good);
      const socket = connect(service.port, '127.0.0.1', () => {
        socket.write(
          `POST /eligibility HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
      });
      await until(() => service.audit().some(({ kind }) => kind === 'intent'));
      socket.destroy();
      await until(() => service.accesses().length > 0);
      expect(service.accesses()[0]).toMatchObject({
        result: 'failed',
        problem: 'callerGone',
        status: 499,
        subject: { key: 'k1' },
      });
      await until(async () => /^led_in_flight 0$/m.test(await (await fetch(`${service.opsUrl}/metrics`)).text()));
    } finally {
      world.simulator.behave({ latencyMs: 20 });
      await service.stop();
    }
  });
});

describe('configuration', () => {
  test('with errors: every error is named, no value is shown, exit 78', async () => {
    const { code, stdout, stderr } = await runCommand(['serve'], {
      environment: {
        PORT: 'seventy',
        AUTH_MODE: 'secret-mode',
        LED_URL: 'http://led.example/secret-path',
        LED_TIMEOUT_MS: '-1',
        AUDIT_KEY_FILE: join(world.folder, 'secret-missing'),
        RULE_SET_DIR: '/secret-folder',
      },
    });
    expect(code).toBe(78);
    expect(stdout).toBe('');
    const faults = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).message);
    for (const name of [
      'PORT',
      'AUTH_MODE',
      'LED_URL',
      'LED_TIMEOUT_MS',
      'LED_SENDER_ID',
      'AUDIT_KEY_FILE',
      'RULE_SET_DIR',
    ]) {
      expect(faults.filter((fault) => fault.startsWith(`${name}: `))).toHaveLength(1);
    }
    expect(stderr).not.toMatch(/seventy|secret/);
  });

  test.each([
    [
      'https without a client certificate',
      { LED_CLIENT_CERT_FILE: '', LED_CLIENT_KEY_FILE: '' },
      ['LED_CLIENT_CERT_FILE', 'LED_CLIENT_KEY_FILE'],
    ],
    ['jwt without its issuer', { AUTH_MODE: 'jwt' }, ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL']],
    [
      'introspection without its endpoint',
      { AUTH_MODE: 'introspection' },
      ['AUTH_INTROSPECTION_URL', 'AUTH_CLIENT_ID', 'AUTH_CLIENT_KEY_FILE'],
    ],
    ['an unknown default rule set', { DEFAULT_RULE_SET: 'nothing' }, ['DEFAULT_RULE_SET']],
    ['a TLS key without its certificate', { TLS_KEY_FILE: '/nowhere' }, ['TLS_CERT_FILE']],
    ['an audit key that is too short', { AUDIT_KEY_FILE: 'short.key' }, ['AUDIT_KEY_FILE']],
    ['an audit key of zeros', { AUDIT_KEY_FILE: 'zeros.key' }, ['AUDIT_KEY_FILE']],
    [
      'a bad variable together with bad files',
      { PORT: 'x', LED_CLIENT_CERT_FILE: '/nowhere', RULE_SET_DIR: '/nowhere' },
      ['LED_CLIENT_CERT_FILE', 'PORT', 'RULE_SET_DIR'],
    ],
    [
      'bad files of several variables',
      {
        TLS_CERT_FILE: '/nowhere',
        TLS_KEY_FILE: '/nowhere',
        LED_CLIENT_CERT_FILE: '/nowhere',
        RULE_SET_DIR: '/nowhere',
      },
      ['LED_CLIENT_CERT_FILE', 'RULE_SET_DIR', 'TLS_CERT_FILE', 'TLS_KEY_FILE'],
    ],
  ])('%s', async (_, change, names) => {
    world.write('short.key', randomBytes(31).toString('base64'));
    world.write('zeros.key', Buffer.alloc(32).toString('base64'));
    const changed = Object.fromEntries(
      Object.entries(change).map(([name, value]) => [
        name,
        /^\w+\.key$/.test(String(value)) ? join(world.folder, String(value)) : value,
      ]),
    );
    const { code, stderr } = await runCommand(['serve'], { environment: { ...world.environment, ...changed } });
    expect(code).toBe(78);
    const named = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ level }) => level === 60)
      .map(({ message }) => message.split(':')[0]);
    expect(named.sort()).toEqual([...names].sort());
  });

  test('at the start the log has the settings in force in one line, and what is unsafe among them in another', async () => {
    const service = await startService(world.environment);
    const lines = service
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [settings, ...more] = lines.filter(({ message }) => message === 'settings');
    expect(more).toEqual([]);
    expect(settings).toMatchObject({ level: 30, settings: { AUTH_MODE: 'none', LED_TIMEOUT_MS: expect.any(Number) } });
    expect(lines.filter(({ message }) => message === 'unsafe settings')).toMatchObject([
      { level: 40, unsafe: expect.arrayContaining(['AUTH_MODE: callers do not authenticate']) },
    ]);
    await service.stop();
  });

  test('a key file that every user may write is named at the start', async () => {
    const keyFile = world.write('open.key', randomBytes(32).toString('base64'));
    chmodSync(keyFile, 0o666);
    const service = await startService({ ...world.environment, AUDIT_KEY_FILE: keyFile });
    expect(service.log().find(({ message }) => message === 'unsafe settings')).toMatchObject({
      unsafe: expect.arrayContaining(['AUDIT_KEY_FILE: every user of this machine may write the file']),
    });
    await service.stop();
  });

  test('a port in use is reported by its number', async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port));
    });
    const { code, stderr } = await runCommand(['serve'], { environment: { ...world.environment, PORT: String(port) } });
    holder.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot listen on port ${port} (EADDRINUSE)`);
  });

  test.each([
    ['HOST', 'nowhere.invalid', /ENOTFOUND|EAI_AGAIN/],
    ['OPS_HOST', '192.0.2.1', /EADDRNOTAVAIL/],
  ])('%s=%s cannot be listened on: the variable is named, exit 78', async (name, value, code) => {
    const environment = { ...world.environment, [name]: value };
    const { code: exit, stderr } = await runCommand(['serve'], { environment });
    expect(exit).toBe(78);
    expect(stderr).toContain(`${name}: is no name or address of this machine (`);
    expect(stderr).toMatch(code);
  });

  test('all addresses that cannot be listened on are named at once', async () => {
    const environment = { ...world.environment, HOST: '192.0.2.1', OPS_HOST: '192.0.2.1' };
    const { code, stderr } = await runCommand(['serve'], { environment });
    expect(code).toBe(78);
    expect(stderr).toContain('"OPS_HOST: is no name or address of this machine (EADDRNOTAVAIL)"');
    expect(stderr).toContain('"HOST: is no name or address of this machine (EADDRNOTAVAIL)"');
  });

  test('without a receipt key it warns that nothing is signed', async () => {
    const warning = { level: 40, message: 'RECEIPT_KEY_FILE is not set: no receipts, and audit lines are not signed' };
    const warnings = (service: Awaited<ReturnType<typeof startService>>) =>
      service.log().filter(({ message }) => String(message).startsWith('RECEIPT_KEY_FILE'));
    const unsigned = await startService(world.environment);
    expect(warnings(unsigned)).toMatchObject([warning]);
    await unsigned.stop();
    const RECEIPT_KEY_FILE = join(world.folder, 'receipt.key');
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(RECEIPT_KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const signed = await startService({ ...world.environment, RECEIPT_KEY_FILE });
    expect(warnings(signed)).toEqual([]);
    await signed.stop();
  });
});

describe('the command line', () => {
  test('--help and --version', async () => {
    expect(await runCommand(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('audit verify') });
    expect(await runCommand(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });
  test.each([[['frobnicate']], [['serve', 'word']], [['openapi', 'word']]])(
    '%j is a wrong command line: the usage, and exit 64',
    async (args) => {
      expect(await runCommand(args)).toMatchObject({
        code: 64,
        stdout: '',
        stderr: expect.stringContaining('led-eligibility [serve]'),
      });
    },
  );
  test('rules explain reads RULE_SET_DIR: exit 78 when the service would not start with it', async () => {
    const environment = { RULE_SET_DIR: join(world.folder, 'nowhere') };
    expect(await runCommand(['rules', 'explain', 'begeleider-ama'])).toMatchObject({ code: 0 });
    expect(await runCommand(['rules', 'explain', 'begeleider-ama'], { environment })).toMatchObject({
      code: 78,
      stdout: '',
      stderr: expect.stringContaining('nowhere'),
    });
  });
  test('audit subject finds the lines about a person', async () => {
    const service = await startService(world.environment);
    await ask(service, good);
    await service.stop();
    const keyFile = world.environment.AUDIT_KEY_FILE ?? '';
    const { code, stdout } = await runCommand(['audit', 'subject', '--key-file', keyFile], { stdin: `${insz}\n` });
    expect(code).toBe(0);
    const hmac = service.accesses()[0]?.subject.hmac;
    expect(stdout).toContain(hmac);
  });
});
