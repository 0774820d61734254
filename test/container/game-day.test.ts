import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { createAuthority } from '../../docker/certificates.ts';
import { personWith } from '../support/persons.ts';
import { ask, json, runCommand, wholeLines } from '../support/service.ts';
import { hasTool, run, text } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { buildImages, type Container, engine } from './engine.ts';
import { type Watch, watchAlerts } from './prometheus.ts';
import { createContainerWorld, ledUrl, metric, ready, tlsFiles, type World } from './world.ts';

// A game day: each test causes one trouble in containers, waits for the alert of a real Prometheus, goes to the section
// of the runbook to which the alert leads, and does what that section says until no alert fires. `npm run game-day`.

const question = { insz: personWith('eligible'), caseHandler: { id: 'handler-1' } };
const here = hasTool('prometheus');
const day = 86_400_000;

/** The status of one request, or 0 if there is no answer. */
const status = (service: Container): Promise<number> =>
  ask({ url: service.url(8080) }, question).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 0,
  );

/** Callers who ask these replicas again and again, some twenty times a second, until the test ends. */
const traffic = ({ onTestFinished }: TestContext, ...replicas: readonly Container[]): void => {
  let going = true;
  const caller = async (service: Container): Promise<void> => {
    while (going) {
      await status(service);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const all = Promise.all([...replicas, ...replicas].map(caller));
  onTestFinished(async () => {
    going = false;
    await all;
  });
};

const watch = async ({ onTestFinished }: TestContext, ...replicas: readonly Container[]): Promise<Watch> => {
  const watching = await watchAlerts(...replicas);
  onTestFinished(watching.close);
  return watching;
};

const logOf = async (service: Container) => wholeLines((await service.streams()).stderr);

/** Writes texts to files in a folder of their own, which is removed after the test. Returns the paths. */
const files = ({ onTestFinished }: TestContext, texts: Readonly<Record<string, string>>): Record<string, string> => {
  const folder = mkdtempSync(join(tmpdir(), 'game-day-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return Object.fromEntries(
    Object.entries(texts).map(([name, content]) => {
      writeFileSync(join(folder, name), content);
      return [name, join(folder, name)];
    }),
  );
};

describe
  .skipIf(!engine || !here)
  .concurrent('a game day (needs a container engine and prometheus)', { timeout: 170_000 }, () => {
    let world: World;
    beforeAll(buildImages, 600_000);
    beforeAll(async () => {
      world = await createContainerWorld();
    });
    afterAll(() => world?.close());

    /** Starts an LED of this name, with a certificate of its own. `ca`: the authority of the callers that it accepts. */
    const startLed = async (name: string, environment: Record<string, string> = {}, ca = world.authority.cert) => {
      const server = await world.authority.issue({ commonName: name, names: [name], use: 'server' });
      await world.writeSecret(`${name}-server`, { ...tlsFiles(server), 'ca.crt': ca });
      return world.startSimulator(
        {
          SIMULATOR_CERT_FILE: `/certificates/${name}-server/tls.crt`,
          SIMULATOR_KEY_FILE: `/certificates/${name}-server/tls.key`,
          SIMULATOR_CA_FILE: `/certificates/${name}-server/ca.crt`,
          ...environment,
        },
        name,
      );
    };

    test('LED is down', async (context) => {
      const led = await startLed('led-down');
      const service = await world.startService({ LED_URL: ledUrl('led-down') });
      const alerts = await watch(context, service);
      traffic(context, service);
      await until(async () => ((await metric(service, 'led_request_duration_seconds_count{result="ok"}')) ?? 0) > 20);
      await alerts.calm();
      await led.remove();

      expect(await alerts.fires('LedFailing')).toMatch(/`ledUnreachable`, `ledClosed` \| no connection/);
      expect(await metric(service, 'led_request_duration_seconds_count{result="ledUnreachable"}')).toBeGreaterThan(0);
      expect(await alerts.fires('LedBreakerOpen')).toContain(
        'It closes by itself with the first call that LED answers',
      );
      expect(await ready(service)).toBe(200);
      await startLed('led-down');
      await until(async () => (await metric(service, 'led_breaker_state')) === 0 && (await status(service)) === 200);
      await alerts.calm();
      expect(alerts.fired().filter((name) => name !== 'RequestsFailing')).toEqual(['LedBreakerOpen', 'LedFailing']);
    });

    test('LED is slow', async (context) => {
      const led = await startLed('led-slow', { SIMULATOR_LATENCY_MS: '1500' });
      const service = await world.startService({ LED_URL: ledUrl('led-slow'), LED_TIMEOUT_MS: '400' });
      const alerts = await watch(context, service);
      traffic(context, service);

      expect(await alerts.fires('LedFailing')).toMatch(/`ledTimeout` \| no whole answer within `LED_TIMEOUT_MS`/);
      expect(await metric(service, 'led_request_duration_seconds_count{result="ledTimeout"}')).toBeGreaterThan(0);
      expect((await json(await fetch(`${service.url(8080)}/health`))).status).toBe('DEGRADED');
      await led.remove();
      await startLed('led-slow');
      await alerts.calm();
      expect(alerts.fired()).toContain('LedFailing');
      const others = ['LedBreakerOpen', 'LedFailing', 'LedWithoutSuccess', 'RequestsFailing'];
      expect(alerts.fired().filter((name) => !others.includes(name))).toEqual([]);
    });

    test('LED refuses us', async (context) => {
      const next = await createAuthority('Another authority');
      const led = await startLed('led-refuses', {}, next.cert);
      const settings = { LED_URL: ledUrl('led-refuses') };
      const service = await world.startService(settings);
      const alerts = await watch(context, service);
      traffic(context, service);

      const section = await alerts.fires('LedRefusesUs');
      expect(section).toMatch(/`ledCertificateRefused`: our certificate is expired, revoked, or not known to MAGDA/);
      const log = await logOf(service);
      expect(log.find(({ level, reason }) => level === 50 && reason === 'ledCertificateRefused')).toBeDefined();
      // "Run `openssl x509 …` on the file": the certificate is good, so MAGDA does not know it.
      expect(section).toMatch(/openssl x509 -in … -noout -dates -subject/);
      const client = await world.authority.issue({ commonName: 'service', use: 'client', keyType: 'rsa' });
      const { 'tls.crt': cert = '' } = files(context, tlsFiles(client));
      expect(run('openssl', 'x509', '-in', cert, '-noout', '-dates', '-subject')).toMatchObject({
        code: 0,
        output: expect.stringContaining('CN = service'),
      });
      const check = await world.run({ command: ['led', 'check'], environment: settings });
      expect(check.code).toBe(1);
      expect(check.stdout).toMatch(/^FAILED (connect|answer): /m);

      await led.remove();
      await startLed('led-refuses');
      expect(await world.run({ command: ['led', 'check'], environment: settings })).toMatchObject({ code: 0 });
      await until(async () => (await status(service)) === 200);
      await alerts.calm();
      const others = ['LedBreakerOpen', 'LedFailing', 'LedRefusesUs', 'LedWithoutSuccess', 'RequestsFailing'];
      expect(alerts.fired().filter((name) => !others.includes(name))).toEqual([]);
    });

    test('our certificate for LED expires, its successor is broken, and then renewed', async (context) => {
      await startLed('led-expiry');
      const issue = (days: number) =>
        world.authority.issue({
          commonName: 'service',
          use: 'client',
          keyType: 'rsa',
          notAfter: new Date(Date.now() + days * day),
        });
      await world.writeSecret('expiring', tlsFiles(await issue(2)));
      const service = await world.startService({
        LED_URL: ledUrl('led-expiry'),
        LED_CLIENT_CERT_FILE: '/certificates/expiring/tls.crt',
        LED_CLIENT_KEY_FILE: '/certificates/expiring/tls.key',
      });
      const alerts = await watch(context, service);
      expect(await alerts.fires('CertificateExpires')).toMatch(/Rotate/);
      expect(await alerts.fires('CertificateExpiresSoon')).toContain('Rotate it as below; no restart is needed');

      // The certificate of one pair with the key of another.
      const renewed = await issue(90);
      await world.writeSecret('expiring', { ...tlsFiles(renewed), 'tls.key': (await issue(90)).key });
      const section = await alerts.fires('CertificateNotTakenUp');
      expect(section).toContain('The error log `certificate files not taken up` says what is wrong');
      expect(section).toContain('key and certificate do not belong together');
      const said = (await logOf(service)).find(({ message }) => /^certificate files not taken up/.test(message));
      expect(said).toMatchObject({ level: 50, use: 'led', problem: expect.stringMatching(/key/) });
      expect(await status(service)).toBe(200);

      // What the chapter on keys says, with its check.
      expect(text('RUNBOOK.md')).toMatch(/Check: `certificate_reloads_total\{use="led",result="ok"\}` rose/);
      await world.writeSecret('expiring', tlsFiles(renewed));
      await until(async () => (await metric(service, 'certificate_reloads_total{use="led",result="ok"}')) === 1);
      const expiry = (await metric(service, 'certificate_expiry_timestamp_seconds{use="led"}')) ?? 0;
      expect(expiry * 1000 - Date.now()).toBeGreaterThan(80 * day);
      expect(await status(service)).toBe(200);
      await alerts.calm();
      expect(alerts.fired()).toEqual(['CertificateExpires', 'CertificateExpiresSoon', 'CertificateNotTakenUp']);
    });

    test('the reader of the audit lines stops', async (context) => {
      await startLed('led-audit');
      const { service, collector } = await world.startCollected({ LED_URL: ledUrl('led-audit') });
      const alerts = await watch(context, service);
      await collector.signal('SIGSTOP');
      // Until the pipe is full, the service works as usual.
      await Promise.all([1, 2, 3, 4].map(() => until(async () => (await status(service)) === 503)));

      const section = await alerts.fires('AuditFailing');
      expect(section).toContain('The error log says `audit stream stuck` once');
      const said = async (words: RegExp) => (await logOf(service)).filter(({ message }) => words.test(message));
      expect(await said(/^audit stream stuck/)).toMatchObject([{ level: 50 }]);
      expect(await ready(service)).toBe(503);
      // "The service works again within a second after the reader does."
      await collector.signal('SIGCONT');
      await until(async () => (await status(service)) === 200);
      expect(await said(/^audit stream usable again/)).toMatchObject([{ level: 40, stuckMs: expect.any(Number) }]);
      await alerts.calm();
      expect(alerts.fired().filter((name) => name !== 'RequestsFailing')).toEqual(['AuditFailing']);
      // "Afterwards run `audit verify` over what was collected."
      expect(section).toContain('Afterwards run `audit verify` over what was collected');
      await service.signal('SIGTERM');
      expect(await service.exited()).toBe(0);
      await collector.exited();
      const { stdout } = await collector.streams();
      expect(await runCommand(['audit', 'verify', '--complete'], { stdin: stdout })).toMatchObject({ code: 0 });
    });

    test('the audit key is rotated: no alert, and both keys find the person', async (context) => {
      expect(text('RUNBOOK.md')).toMatch(
        /Make one \(`openssl rand -base64 32`\), give it a \*\*new\*\* `AUDIT_KEY_ID`, roll out/,
      );
      await startLed('led-key');
      const keys = { k1: randomBytes(32).toString('base64'), k2: run('openssl', 'rand', '-base64', '32').output };
      for (const [id, key] of Object.entries(keys)) await world.writeSecret(`audit-${id}`, { 'audit.key': key });
      const start = (id: keyof typeof keys) =>
        world.startService({
          LED_URL: ledUrl('led-key'),
          AUDIT_KEY_FILE: `/certificates/audit-${id}/audit.key`,
          AUDIT_KEY_ID: id,
        });
      const before = await start('k1');
      const alerts = await watch(context, before);
      expect(await status(before)).toBe(200);
      const after = await start('k2');
      alerts.scrape(before, after);
      expect(await status(after)).toBe(200);
      await before.signal('SIGTERM');
      expect(await before.exited()).toBe(0);
      alerts.scrape(after);
      await alerts.calm();
      expect(alerts.fired()).toEqual([]);

      const paths = files(context, {
        k1: keys.k1,
        k2: keys.k2,
        'old.log': (await before.streams()).stdout,
        'new.log': (await after.streams()).stdout,
      });
      const lines = [paths['old.log'] ?? '', paths['new.log'] ?? ''];
      expect(await runCommand(['audit', 'verify', ...lines])).toMatchObject({ code: 0 });
      const both = ['--key-file', paths.k1 ?? '', '--key-file', paths.k2 ?? ''];
      const report = await runCommand(['audit', 'report', ...both, '--json', ...lines], { stdin: question.insz });
      expect(report.code).toBe(0);
      expect(JSON.parse(report.stdout).accesses).toHaveLength(2);
      // A key under which no line was written is refused.
      const wrong = await runCommand(['audit', 'report', '--key-file', paths.k1 ?? '', lines[1] ?? ''], {
        stdin: question.insz,
      });
      expect(wrong.code).toBe(65);
    });

    test('one replica is killed, then the other', async (context) => {
      await startLed('led-kill');
      const [first, second] = [
        await world.startService({ LED_URL: ledUrl('led-kill') }),
        await world.startService({ LED_URL: ledUrl('led-kill') }),
      ];
      const alerts = await watch(context, first, second);
      expect([await status(first), await status(second)]).toEqual([200, 200]);
      await first.signal('SIGKILL');
      await first.exited();
      expect(await status(second)).toBe(200);
      await second.signal('SIGKILL');

      expect(await alerts.fires('NoReplica')).toContain('Read the last lines on standard error');
      expect(alerts.fired()).toEqual(['NoReplica']);
      const third = await world.startService({ LED_URL: ledUrl('led-kill') });
      alerts.scrape(third);
      await alerts.calm();
      // "A replica that was killed has no `stop` line: this is a note, and an incident must explain it."
      expect(text('RUNBOOK.md').replace(/\s+/g, ' ')).toContain(
        'A replica that was killed has no `stop` line: this is a note',
      );
      const { stdout } = await first.streams();
      const verified = await runCommand(['audit', 'verify', '--json'], { stdin: stdout });
      expect(verified.code).toBe(0);
      expect(JSON.parse(verified.stdout).notes).toMatchObject([{ kind: 'noStop' }]);
    });

    test('a bad release is rolled back', async (context) => {
      await startLed('led-release');
      const settings = { LED_URL: ledUrl('led-release') };
      const one = await world.startService(settings);
      const alerts = await watch(context, one);

      // A replica that cannot start names every fault at once, and the others go on.
      const failing = await world.run({
        command: [],
        environment: { ...settings, AUTH_ALOWED_ROLES: 'x', LED_TOKEN: 'y' },
      });
      expect(failing.code).toBe(78);
      expect(failing.stderr).toMatch(/AUTH_ALOWED_ROLES[\s\S]*LED_TOKEN|LED_TOKEN[\s\S]*AUTH_ALOWED_ROLES/);

      // A release with another rule set, of which the roll-out stopped halfway.
      const { version, ...rest } = JSON.parse(text('src/rules/sets/begeleider-ama-1.1.0.json'));
      const set = { ...rest, version: '1.1.1', replaces: version };
      await world.writeSecret('rules', { 'begeleider-ama-1.1.1.json': JSON.stringify(set) });
      const bad = await world.startService({ ...settings, RULE_SET_DIR: '/certificates/rules' });
      alerts.scrape(one, bad);
      const decided = async (service: Container) =>
        (await json(await ask({ url: service.url(8080) }, question))).ruleSet;
      const wrong = await decided(bad);
      expect([(await decided(one)).version, wrong.version]).toEqual(['1.1.0', '1.1.1']);

      const section = await alerts.fires('RuleSetsDiffer');
      expect(section).toContain('Finish it or roll back');
      await bad.signal('SIGTERM');
      expect(await bad.exited()).toBe(0);
      const back = await world.startService(settings);
      alerts.scrape(one, back);
      await alerts.calm();
      expect(alerts.fired()).toEqual(['RuleSetsDiffer']);
      expect((await decided(back)).version).toBe('1.1.0');
      // "Then find the decisions with the wrong digest (`why.digest` in `access` lines)."
      expect(section).toContain('find the decisions with the wrong digest (`why.digest` in `access` lines)');
      const access = wholeLines((await bad.streams()).stdout).filter(({ kind }) => kind === 'access');
      expect(access.map(({ why }) => why.digest)).toEqual([wrong.digest]);
    });
  });
