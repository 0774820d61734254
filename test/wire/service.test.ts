import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { persons } from '../../docker/simulator/persons.ts';
import { Decision } from '../../src/decision.ts';
import { Problem } from '../../src/http/problems.ts';
import { Attributes } from '../../src/record.ts';
import { createSecrets, valuesOf } from '../support/secrets.ts';
import { ask, createWorld, json, type RunningService, startService, type World } from '../support/service.ts';

const samples = fileURLToPath(new URL('../../../shared/led/samples', import.meta.url));
const caseHandler = { id: 'handler-1', role: 'recognition' };

describe('the service against LED over mutual TLS', () => {
  let world: World;
  let service: RunningService;
  const disclosed = new Set<string>();

  beforeAll(async () => {
    world = await createWorld();
    service = await startService({ ...world.environment, LED_TIMEOUT_MS: '2000' });
  });
  afterAll(async () => {
    await service?.stop();
    await world?.close();
  });

  test.each([...persons.values()].map((person) => [person.name, person] as const))(
    '%s',
    async (_, { insz, expects }) => {
      const response = await ask(service, { insz, caseHandler });
      const text = await response.text();
      expect({ status: response.status, text }).toMatchObject({ status: expects.status });
      expect(text).not.toContain(insz);
      if (expects.status === 200) {
        const decision = Decision.parse(JSON.parse(text));
        expect(decision.outcome).toBe(expects.outcome);
        for (const { attributes } of decision.diplomas) for (const value of valuesOf(attributes)) disclosed.add(value);
        expect(decision.reasons.map(({ code }) => code)).toEqual(expects.reasons);
        expect(decision.diplomas.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual(expects.diplomas);
        expect(decision.rejected.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual(expects.rejected);
      } else {
        const problem = Problem.parse(JSON.parse(text));
        expect(problem.type).toContain(expects.problem);
      }
      const id = text.match(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f-]{17}/)?.[0];
      const access = service.audit().filter((line) => line.kind === 'access' && line.id === id);
      expect(access).toHaveLength(1);
      expect(access[0]).toMatchObject({
        status: expects.status,
        result: expects.status === 200 ? 'decided' : expects.status < 500 ? 'refused' : 'failed',
      });
      const intents = service.audit().filter((line) => line.kind === 'intent' && line.id === id);
      expect(intents.map((line) => line.led.references[0])).toEqual(access[0]?.led.references);
    },
  );

  test('no INSZ and no value of a diploma in any byte of either stream', () => {
    const streams = service.stdout() + service.stderr();
    expect(streams.length).toBeGreaterThan(100_000);
    expect(disclosed.size).toBeGreaterThan(30);
    const secrets = createSecrets();
    for (const value of disclosed) secrets.addValue(value);
    expect(secrets.search(streams)).toEqual([]);
  });

  test('the names of what was disclosed stand on the line, and no more', () => {
    const known = new Set(Object.keys(Attributes.shape));
    const lines = service.audit().filter(({ kind, result }) => kind === 'access' && result === 'decided');
    expect(lines.some(({ disclosed: { diplomas } }) => diplomas > 0)).toBe(true);
    for (const {
      disclosed: { attributes },
    } of lines) {
      expect(attributes.filter((name: string) => !known.has(name))).toEqual([]);
    }
  });
});

describe.skipIf(!existsSync(samples))('answers of the public MAGDA mock (skipped where ../shared is not there)', () => {
  let world: World;
  let service: RunningService;

  beforeAll(async () => {
    world = await createWorld({ samplesDir: samples });
    service = await startService(world.environment);
  });
  afterAll(async () => {
    await service?.stop();
    await world?.close();
  });

  // Named by the end of their file's name: one of them is no test number.
  const outcomeOf = async (end: string) => {
    const insz = readdirSync(samples)
      .find((name) => name.endsWith(`${end}.xml`))
      ?.slice(0, 11);
    const response = await ask(service, { insz, caseHandler });
    const { outcome, type, ...rest } = await json(response);
    return { status: response.status, said: outcome ?? type?.replace('urn:problem-type:', ''), rest };
  };

  test.each([
    ['99383', 200, 'eligible'],
    ['00379', 200, 'eligible'],
    ['00294', 200, 'manualReview'],
    ['32437', 200, 'manualReview'],
    ['02083', 200, 'notDemonstrated'],
    ['20978', 200, 'notDemonstrated'],
    ['29129', 200, 'notDemonstrated'],
    ['00179', 200, 'notDemonstrated'],
    ['01874', 200, 'notDemonstrated'],
    ['00587', 200, 'notDemonstrated'],
    ['00191', 503, 'belgif:serviceUnavailable'],
    ['00389', 503, 'belgif:serviceUnavailable'],
    ['00785', 502, 'zorg:ledRegistrationMissing'],
  ])('…%s: %i %s', async (end, status, said) => {
    expect(await outcomeOf(end)).toMatchObject({ status, said });
  });

  test('no data and everything filtered out look the same', async () => {
    const answers = await Promise.all(['00179', '01874', '00587'].map(outcomeOf));
    const [first, ...others] = answers.map(({ rest: { decisionId: _, decidedAt: __, ...visible } }) => visible);
    for (const other of others) expect(other).toEqual(first);
  });
});
