import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createChain, sampleAccess, sampleStart } from '../audit/sample.ts';
import { newKey } from '../support/keys.ts';
import { hasTool, root } from '../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'seal-day-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [service, sealer] = [newKey(), newKey()];
const path = (name: string): string => join(folder, name);
for (const name of ['archive', 'seals', 'copies']) mkdirSync(path(name));
writeFileSync(path('service.pem'), service.publicPem);
writeFileSync(path('sealer.key'), sealer.privatePem);
writeFileSync(path('sealer.pem'), sealer.publicPem);

const store = (day: string, lines: readonly string[]): void => {
  mkdirSync(path(`archive/${day}`), { recursive: true });
  writeFileSync(path(`archive/${day}/a.log`), lines.join(''));
};

const sealDay = (day: string): { code: number | null; out: string } => {
  const { status, stdout, stderr } = spawnSync('sh', [join(root, 'docker/audit/seal-day.sh'), day], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH ?? '',
      LED_ELIGIBILITY: `${process.execPath} ${join(root, 'src/main.ts')}`,
      ARCHIVE: path('archive'),
      SEALS: path('seals'),
      SIGNER_KEYS: path('service.pem'),
      SEAL_KEY: path('sealer.key'),
      SEAL_PUBLIC: path('sealer.pem'),
      SEAL_COPY: path('copies'),
      METRICS: path('seal.prom'),
    },
  });
  return { code: status, out: stdout + stderr };
};

const metric = (name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(path('seal.prom'), 'utf8'))?.[1]);

test('the daily job seals sound days in a row, and stops with a metric at one that is not', {
  timeout: 180_000,
}, () => {
  const chain = createChain('inst-a', service.signer);
  const lines = [sampleStart(), sampleAccess('a'), ...Array(6).fill({ kind: 'heartbeat' })].map((event) =>
    chain(event),
  );
  store('2026-11-23', lines.slice(0, 3));
  store('2026-11-24', lines.slice(3, 5));
  store('2026-11-25', lines.slice(6));

  expect(sealDay('2026-11-23')).toMatchObject({ code: 0 });
  expect(sealDay('2026-11-24')).toMatchObject({ code: 0 });
  expect(metric('led_audit_seal_failed')).toBe(0);
  const sealedAt = metric('led_audit_seal_last_success_timestamp_seconds');
  expect(Math.abs(sealedAt - Date.now() / 1000)).toBeLessThan(60);
  for (const name of ['seals', 'copies']) {
    expect(readdirSync(path(name)).sort()).toEqual(['2026-11-23.seal', '2026-11-24.seal']);
  }
  expect(sealDay('2026-11-24')).toMatchObject({ code: 1, out: expect.stringContaining('sealed already') });

  // The first line of the day is missing: the seal of the day before shows it.
  expect(sealDay('2026-11-25')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/1 line between the seal before and this line is missing[\s\S]*the lines are not sound/),
  });
  expect([metric('led_audit_seal_failed'), metric('led_audit_seal_last_success_timestamp_seconds')]).toEqual([
    1,
    sealedAt,
  ]);
  expect(sealDay('2026-11-26')).toMatchObject({ code: 1, out: expect.stringContaining('no audit lines') });
  expect(sealDay('2026-11-22')).toMatchObject({ code: 1 });

  store('2026-11-25', lines.slice(5));
  expect(sealDay('2026-11-25')).toMatchObject({ code: 0 });
  expect(metric('led_audit_seal_failed')).toBe(0);
});

test.skipIf(!hasTool('promtool'))('its alerts are well-formed', () => {
  const found = execFileSync('promtool', ['check', 'rules', join(root, 'docker/audit/alerts.yml')], {
    encoding: 'utf8',
  });
  expect(found).toContain('2 rules found');
});
