import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { persons } from '../../docker/simulator/persons.ts';
import { Decision } from '../../src/decision.ts';
import { Problem } from '../../src/http/problems.ts';
import { Attributes } from '../../src/record.ts';
import { createSecrets, valuesOf } from '../support/secrets.ts';
import { ask, createWorld, json, type RunningService, startService, type World } from '../support/service.ts';
import { type AnswerForm, answerForms, somebodyElse, user } from './answer-forms.ts';

const caseHandler = { id: 'handler-1', role: 'recognition' };

describe('the service and the test persons of the simulator, over mutual TLS', () => {
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
      const access = await service.accessOf(id ?? '');
      expect(access).toMatchObject({
        status: expects.status,
        result: expects.status === 200 ? 'decided' : expects.status < 500 ? 'refused' : 'failed',
      });
      const intents = service.audit().filter((line) => line.kind === 'intent' && line.id === id);
      expect(intents.map((line) => line.led.references[0])).toEqual(access.led.references);
    },
  );

  test('neither stream holds an INSZ or a value of a diploma', () => {
    const streams = service.stdout() + service.stderr();
    expect(streams.length).toBeGreaterThan(100_000);
    expect(disclosed.size).toBeGreaterThan(30);
    const secrets = createSecrets();
    for (const value of disclosed) secrets.addValue(value);
    expect(secrets.search(streams)).toEqual([]);
  });

  test('the audit line names the attributes that were disclosed, and nothing else of them', () => {
    const known = new Set(Object.keys(Attributes.shape));
    const lines = service.accesses().filter(({ result }) => result === 'decided');
    expect(lines.some(({ disclosed: { diplomas } }) => diplomas > 0)).toBe(true);
    for (const {
      disclosed: { attributes },
    } of lines) {
      expect(attributes.filter((name: string) => !known.has(name))).toEqual([]);
    }
  });
});

describe('the service and the forms in which LED writes its answers', () => {
  let folder: string;
  let world: World;
  let service: RunningService;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'answer-forms-'));
    for (const { insz, xml } of answerForms) writeFileSync(join(folder, `${insz}.xml`), xml);
    world = await createWorld({ samplesDir: folder });
    service = await startService(world.environment);
  });
  afterAll(async () => {
    await service?.stop();
    await world?.close();
    rmSync(folder, { recursive: true });
  });

  const answerTo = async ({ insz }: AnswerForm) => {
    const response = await ask(service, { insz, caseHandler });
    const { outcome, type, ...rest } = await json(response);
    return { status: response.status, says: outcome ?? type?.replace('urn:problem-type:', ''), rest };
  };

  test.each(answerForms)('$name: $status $says', async (form) => {
    expect(await answerTo(form)).toMatchObject({ status: form.status, says: form.says });
  });

  test('the answer does not show whether LED has no data or filtered everything out', async () => {
    const nothing = answerForms.filter(({ name }) => /^(no data|all filtered out)/.test(name));
    const answers = await Promise.all(nothing.map(answerTo));
    const [first, ...others] = answers.map(({ rest: { decisionId: _, decidedAt: __, ...visible } }) => visible);
    expect(others).toHaveLength(2);
    for (const other of others) expect(other).toEqual(first);
  });

  test('no INSZ in either stream: not of the person, of another holder or of the user whom LED repeats', () => {
    const streams = service.stdout() + service.stderr();
    for (const insz of [...answerForms.map((form) => form.insz), somebodyElse, user]) {
      expect(streams).not.toContain(insz);
    }
  });
});
