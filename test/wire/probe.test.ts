import { afterAll, beforeAll, expect, test } from 'vitest';
import { personWith } from '../support/persons.ts';
import { createWorld, runCommand, startService, type World } from '../support/service.ts';
import { until } from '../support/until.ts';

const insz = personWith('eligible');
let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.close());

test('asks about a test number when nothing else was asked, with its own audit lines and no number in a stream', async () => {
  const service = await startService({
    ...world.environment,
    // In production test numbers of callers are refused. The probe needs no other setting.
    ALLOW_TEST_INSZ: 'false',
    LED_PROBE_INSZ: insz,
    LED_PROBE_SECONDS: '1',
  });
  const accesses = () => service.accesses();
  await until(() => accesses().length >= 2);
  const [access] = accesses();
  expect(access).toMatchObject({
    client: { id: 'led-probe' },
    user: { id: 'led-probe', source: 'probe' },
    result: 'decided',
    outcome: 'eligible',
    disclosed: { diplomas: 0, attributes: [] },
    status: 200,
  });
  const intent = service.audit().find(({ kind, id }) => kind === 'intent' && id === access?.id);
  expect(intent).toMatchObject({ user: { source: 'probe' }, led: { references: access?.led.references } });
  // One at a time, and a second apart. The intent is written when LED is asked; the access line after an answer, and the
  // first one takes longer.
  const intents = service.audit().filter(({ kind }) => kind === 'intent');
  const [first = 0, second = 0] = intents.map(({ ts }) => Date.parse(ts));
  expect(second - first).toBeGreaterThanOrEqual(950);

  const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
  expect(metrics).toMatch(/^led_request_duration_seconds_count\{result="ok"\} [2-9]/m);
  expect(metrics).not.toMatch(/^eligibility_requests_total\{/m);
  expect(await service.stop()).toBe(0);
  expect(service.stdout() + service.stderr() + metrics).not.toContain(insz);
  expect(service.stderr()).toContain('"LED_PROBE_INSZ":"set"');
  expect(await runCommand(['audit', 'verify', '--complete'], { stdin: service.stdout() })).toMatchObject({ code: 0 });
});

test.each(['90610100156', 'secret'])('LED_PROBE_INSZ %s is refused and not repeated', async (value) => {
  const { code, stderr } = await runCommand(['serve'], {
    environment: { ...world.environment, LED_PROBE_INSZ: value },
  });
  expect(code).toBe(78);
  expect(stderr).toContain('LED_PROBE_INSZ: must be a test number of MAGDA');
  expect(stderr).not.toContain(value);
});
