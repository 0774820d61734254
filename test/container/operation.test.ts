import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../../docker/certificates.ts';
import { personWith } from '../support/persons.ts';
import { ask, idOf, json, runCommand, wholeLines } from '../support/service.ts';
import { until } from '../support/until.ts';
import { buildImages, type Container, engine } from './engine.ts';
import { createContainerWorld, ledUrl, metric, ready, tlsFiles, type World } from './world.ts';

const question = { insz: personWith('eligible'), caseHandler: { id: 'handler-1' } };
const once = (service: Container): Promise<Response> => ask({ url: service.url(8080) }, question);

/** Starts callers who ask again and again, until `stop` or until a connection fails. Keeps answers and failures. */
const callers = (service: Container, count: number) => {
  const answers: { readonly status: number; readonly id: string }[] = [];
  const broken: string[] = [];
  let going = true;
  const one = async (): Promise<void> => {
    while (going) {
      try {
        const response = await once(service);
        answers.push({ status: response.status, id: idOf(await json(response)) });
      } catch (error) {
        broken.push(String((error as { cause?: { code?: unknown } }).cause?.code ?? error));
        return;
      }
    }
  };
  const all = Promise.all(Array.from({ length: count }, one));
  return {
    answers,
    broken,
    stop: async () => {
      going = false;
      await all;
    },
  };
};
const isWhole = async (stdout: string): Promise<void> => {
  expect(await runCommand(['audit', 'verify', '--complete'], { stdin: stdout })).toMatchObject({ code: 0 });
};
/** Checks that the audit stream has exactly one line for each answer. */
const haveLines = (stdout: string, answers: readonly { readonly id: string }[]): void => {
  const access = wholeLines(stdout).filter(({ kind }) => kind === 'access');
  expect(access.map(({ id }) => id).sort()).toEqual(answers.map(({ id }) => id).sort());
};

describe.skipIf(!engine)('in operation (skipped without a container engine)', { timeout: 120_000 }, () => {
  let world: World;

  beforeAll(buildImages, 600_000);
  beforeAll(async () => {
    world = await createContainerWorld();
  });
  afterAll(() => world?.close());

  test('loads a new LED certificate under load, replaced as Kubernetes does it, and uses only that one', async () => {
    const next = await createAuthority('The next authority');
    const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 + 40 * 86_400_000);
    const renewed = await next.issue({ commonName: 'service', use: 'client', keyType: 'rsa', notAfter });
    const old = await world.authority.issue({ commonName: 'service', use: 'client', keyType: 'rsa' });
    const led = await world.authority.issue({ commonName: 'led', names: ['led'], use: 'server' });
    const files = (folder: string) => ({
      LED_URL: ledUrl('led'),
      LED_CLIENT_CERT_FILE: `/certificates/${folder}/tls.crt`,
      LED_CLIENT_KEY_FILE: `/certificates/${folder}/tls.key`,
    });
    const trusting = (folder: string) => ({ SIMULATOR_CA_FILE: `/certificates/${folder}/ca.crt` });
    await world.writeSecret('renewed', tlsFiles(old));
    await world.writeSecret('old', tlsFiles(old));
    await world.writeSecret('either', { ...tlsFiles(led), 'ca.crt': world.authority.cert + next.cert });
    await world.writeSecret('next', { 'ca.crt': next.cert });

    const both = await world.startSimulator(trusting('either'), 'led');
    const service = await world.startService(files('renewed'));
    const load = callers(service, 8);
    await until(() => load.answers.length > 50);
    await world.writeSecret('renewed', tlsFiles(renewed));
    await until(
      async () =>
        (await metric(service, 'certificate_expiry_timestamp_seconds{use="led"}')) === notAfter.getTime() / 1000,
    );
    const sofar = load.answers.length;
    await until(() => load.answers.length > sofar + 50);
    await load.stop();
    expect(new Set(load.answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(load.broken).toEqual([]);
    expect(await metric(service, 'certificate_reloads_total{use="led",result="ok"}')).toBe(1);
    const { stderr } = await service.streams();
    expect(wholeLines(stderr).find(({ message }) => message === 'certificate replaced')).toMatchObject({
      use: 'led',
      notAfter: notAfter.toISOString(),
    });

    // An LED that only accepts the new authority shows which certificate the service uses.
    await both.remove();
    await world.startSimulator(trusting('next'), 'led');
    expect((await once(service)).status).toBe(200);
    expect((await once(await world.startService(files('old')))).status).toBe(503);
  });

  test('the reader of the audit lines stops: 503 in time, not ready, live; afterwards it works and the chain is whole', async () => {
    await world.startSimulator();
    const { service, collector } = await world.startCollected({ AUDIT_TIMEOUT_MS: '500' });
    const seen: { id: string; status: number; ms: number }[] = [];
    const asked = async (): Promise<number> => {
      const began = performance.now();
      const response = await once(service);
      seen.push({ id: idOf(await json(response)), status: response.status, ms: performance.now() - began });
      return response.status;
    };
    expect(await asked()).toBe(200);

    await collector.signal('SIGSTOP');
    // Until the pipe is full, the service works as usual.
    await Promise.all([1, 2, 3, 4].map(() => until(async () => (await asked()) === 503)));
    expect(await ready(service)).toBe(503);
    expect((await fetch(`${service.url(8081)}/livez`)).status).toBe(200);
    expect((await fetch(`${service.url(8080)}/health`)).status).toBe(503);
    const calls = await metric(service, 'led_request_duration_seconds_count{result="ok"}');
    expect(await asked()).toBe(503);
    expect(await metric(service, 'led_request_duration_seconds_count{result="ok"}')).toBe(calls);
    expect(Math.max(...seen.filter(({ status }) => status === 503).map(({ ms }) => ms))).toBeLessThan(1_500);

    await collector.signal('SIGCONT');
    await until(async () => (await ready(service)) === 200);
    expect(await asked()).toBe(200);
    await service.signal('SIGTERM');
    expect(await service.exited()).toBe(0);
    expect(await collector.exited()).toBe(0);
    const { stdout } = await collector.streams();
    await isWhole(stdout);
    haveLines(stdout, seen);
  });

  test('SIGTERM under load: open requests are answered, new ones are refused, the chain is whole, exit 0', async () => {
    await world.startSimulator({ SIMULATOR_LATENCY_MS: '1000' }, 'slow');
    const service = await world.startService({ LED_URL: ledUrl('slow') });
    const load = callers(service, 32);
    await until(() => load.answers.length > 32);
    await service.signal('SIGTERM');
    await until(async () => (await ready(service)) === 503);
    // Still serving.
    expect((await fetch(`${service.url(8080)}/health`)).status).toBe(200);
    const isRefused = (): Promise<boolean> =>
      fetch(`${service.url(8080)}/health`).then(
        () => false,
        (error) => error.cause?.code === 'ECONNREFUSED',
      );
    await until(isRefused);
    const before = load.answers.length;
    await load.stop();
    expect(load.answers.length).toBeGreaterThan(before);
    expect(new Set(load.answers.map(({ status }) => status))).toEqual(new Set([200]));
    // A reset: the kernel had accepted the connection, but the service had not. The audit lines show that no such
    // request had started.
    expect(load.broken.filter((code) => code !== 'ECONNREFUSED' && code !== 'ECONNRESET')).toEqual([]);
    expect(await service.exited()).toBe(0);

    const { stdout, stderr } = await service.streams();
    expect(wholeLines(stdout).at(-1)).toMatchObject({ kind: 'stop' });
    await isWhole(stdout);
    haveLines(stdout, load.answers);
    expect(stdout + stderr).not.toContain(question.insz);
  });

  test('a second SIGTERM does not wait: exit 1', async () => {
    const service = await world.startService({ SHUTDOWN_DELAY_MS: '60000' });
    await service.signal('SIGTERM');
    await until(async () => (await ready(service)) === 503);
    await service.signal('SIGTERM');
    expect(await service.exited()).toBe(1);
  });

  test('LED stops and starts again: 503 in between, and no restart of the service', async () => {
    const led = await world.startSimulator({}, 'coming-and-going');
    const service = await world.startService({ LED_URL: ledUrl('coming-and-going') });
    expect((await once(service)).status).toBe(200);
    const startedAt = await metric(service, 'process_start_time_seconds');
    await led.signal('SIGTERM');
    await led.exited();
    await led.remove();

    const away = await Promise.all(Array.from({ length: 40 }, () => once(service)));
    for (const answer of away) {
      expect({ status: answer.status, ...(await json(answer)) }).toMatchObject({
        status: 503,
        type: 'urn:problem-type:belgif:serviceUnavailable',
      });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await until(async () => (await once(service)).status === 503 && (await metric(service, 'led_breaker_state')) === 2);
    expect(await ready(service)).toBe(200);
    const health = await fetch(`${service.url(8080)}/health`);
    expect({ status: health.status, body: await json(health) }).toEqual({ status: 200, body: { status: 'DEGRADED' } });

    await world.startSimulator({}, 'coming-and-going');
    await until(async () => (await once(service)).status === 200);
    await until(async () => (await metric(service, 'led_breaker_state')) === 0);
    expect(await metric(service, 'process_start_time_seconds')).toBe(startedAt);
  });

  test('stays within its 256 MB under load', async () => {
    await world.startSimulator({}, 'busy');
    const service = await world.startService({ LED_URL: ledUrl('busy') });
    const load = callers(service, 16);
    let resident = 0;
    let counted = 0;
    await until(async () => {
      resident = Math.max(resident, (await metric(service, 'process_resident_memory_bytes')) ?? 0);
      counted = Math.max(counted, (await service.memory()).usage);
      return load.answers.length >= 3_000;
    });
    await load.stop();
    const { limit } = await service.memory();
    const mb = (bytes: number): string => (bytes / 1_048_576).toFixed(0);
    console.log(
      `at most ${mb(resident)} MiB resident, ${mb(counted)} MiB by the engine's count, in ${load.answers.length} requests`,
    );
    expect(limit).toBe(256 * 1_048_576);
    expect(counted).toBeLessThan(limit);
    expect(resident).toBeLessThan(220 * 1_048_576);
    expect(new Set(load.answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(load.broken).toEqual([]);
  });
});
