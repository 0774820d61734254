import { expect, test } from 'vitest';
import type { Question } from '../src/led/ask.ts';
import { probe } from '../src/probe.ts';
import { ama, applicant, somebodyElse } from './rules/support.ts';

test('lets the reader skip the records that the rules would drop', async () => {
  const questions: Question[] = [];
  await probe({
    insz: applicant,
    ruleSet: ama,
    sender: { id: 'sender' },
    program: 'led-probe',
    ask: async (question) => {
      questions.push(question);
      return { records: [], warning: false, incomplete: false, exceptions: [] };
    },
    write: async () => {},
    auditKey: { id: 'k1', key: Buffer.alloc(32, 7) },
    timeoutMs: 1_000,
  });
  const [{ wanted } = {}] = questions;
  const answers = [wanted?.('762003', applicant), wanted?.('762003', somebodyElse), wanted?.('144001', applicant)];
  expect(answers).toEqual([true, false, false]);
});
