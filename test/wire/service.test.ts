import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { persons } from '../../docker/simulator/persons.ts';
import { Decision } from '../../src/decision.ts';
import { Problem } from '../../src/http/problems.ts';
import { ask, createWorld, type RunningService, startService, type World } from '../support/service.ts';

const caseHandler = { id: 'handler-1', role: 'recognition' };

describe('the service against LED over mutual TLS', () => {
  let world: World;
  let service: RunningService;

  beforeAll(async () => {
    world = await createWorld();
    service = await startService({ ...world.environment, LED_TIMEOUT_MS: '2000' });
  });
  afterAll(async () => {
    await service?.stop();
    await world?.close();
  });

  test.each([...persons.values()].map((person) => [person.name, person] as const))('%s', async (_, { insz, expects }) => {
    const response = await ask(service, { insz, caseHandler });
    const text = await response.text();
    expect({ status: response.status, text }).toMatchObject({ status: expects.status });
    expect(text).not.toContain(insz);
    if (expects.status === 200) {
      const decision = Decision.parse(JSON.parse(text));
      expect(decision.outcome).toBe(expects.outcome);
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
    expect(access[0]).toMatchObject({ status: expects.status, result: expects.status === 200 ? 'decided' : expects.status < 500 ? 'refused' : 'failed' });
    const intents = service.audit().filter((line) => line.kind === 'intent' && line.id === id);
    expect(intents.map((line) => line.led.references[0])).toEqual(access[0]?.led.references);
  });
});
