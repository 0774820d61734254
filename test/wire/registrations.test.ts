import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { persons } from '../../docker/simulator/persons.ts';
import { exampleText } from '../rules/support.ts';
import { ask, createWorld, json, type RunningService, startService, type World } from '../support/service.ts';
import { freePort } from '../support/tools.ts';
import { until } from '../support/until.ts';

const insz = [...persons.values()].find(({ expects }) => expects.status === 200)?.insz ?? '';
const body = { insz, caseHandler: { id: 'handler-1' } };
const ofExample = { ...body, ruleSet: 'voorbeeld-zorghulp', referenceDate: '2025-12-31' };

let world: World;
let environment: Record<string, string>;
let service: RunningService;
beforeAll(async () => {
  world = await createWorld();
  const ruleSets = dirname(world.write('rules/example.json', exampleText));
  const registrations = { 'voorbeeld-zorghulp': { senderId: 'kbo.be/0316380841/zorg' } };
  const file = world.write('registrations.json', JSON.stringify(registrations));
  environment = { ...world.environment, RULE_SET_DIR: ruleSets, LED_REGISTRATIONS_FILE: file };
  service = await startService(environment);
});
afterAll(async () => {
  await service.stop();
  await world.close();
});

const what = { service: 'LED.GeefBewijs', version: '02.00.0000', operation: 'read' };
const own = { ...what, sender: 'kbo.be/0316380841/zorg' };

/** The `intent` and `access` lines, once there are so many: an answer can overtake its line on the way to this test. */
const linesOf = async (service: RunningService, count: number) => {
  const lines = () => service.audit().filter(({ kind }) => kind === 'intent' || kind === 'access');
  await until(() => lines().length >= count);
  return lines();
};

describe('a rule set with a registration of its own', () => {
  test('asks under it, without a Hoedanigheid; another rule set asks under LED_SENDER_ID and LED_CAPACITY', async () => {
    expect((await ask(service, ofExample)).status).toBe(200);
    expect((await ask(service, body)).status).toBe(200);
    expect(world.simulator.requests.received.map(({ sender, capacity }) => [sender, capacity])).toEqual([
      ['kbo.be/0316380841/zorg', undefined],
      ['example.vlaanderen.be/led-eligibility', 'test'],
    ]);
  });

  test('is on the intent and access lines, as it was sent', async () => {
    const lines = await linesOf(service, 4);
    const other = { ...what, sender: 'example.vlaanderen.be/led-eligibility', capacity: 'test' };
    expect(lines.map((line) => [line.kind, line.what])).toEqual([
      ['intent', own],
      ['access', own],
      ['intent', other],
      ['access', other],
    ]);
  });

  test('is in the log line about the settings', async () => {
    await until(() => service.log().some(({ message }) => message === 'settings'));
    const line = service.log().find(({ message }) => message === 'settings');
    expect(line?.registrations).toEqual({ 'voorbeeld-zorghulp': { id: 'kbo.be/0316380841/zorg' } });
  });

  test('is on the lines of a retry too, and on no line of a request for which LED was not asked', async () => {
    const unreachable = await startService({ ...environment, LED_URL: `https://127.0.0.1:${await freePort()}/led` });
    const answer = await ask(unreachable, ofExample);
    expect([answer.status, (await json(answer)).type]).toEqual([503, 'urn:problem-type:belgif:serviceUnavailable']);
    expect((await ask(unreachable, { ...ofExample, insz: '1' })).status).toBe(400);
    const lines = await linesOf(unreachable, 4);
    expect(lines.map((line) => [line.kind, line.what])).toEqual([
      ['intent', own],
      ['intent', own],
      ['access', own],
      ['access', undefined],
    ]);
    await unreachable.stop();
  });
});
