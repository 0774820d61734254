import { expect, test } from 'vitest';
import { propertyIds, prove } from '../../../src/rules/analysis/prove.ts';
import { ama, replaced, today } from '../support.ts';

test.each([
  ['1.1.0', ama],
  ['1.0.0', replaced],
])('every property holds for begeleider-ama %s', { timeout: 180_000 }, (_, ruleSet) => {
  const before = process.cpuUsage();
  const proof = prove(ruleSet, today);
  const { user, system } = process.cpuUsage(before);
  expect(proof.properties.filter(({ holds }) => !holds)).toEqual([]);
  // In microseconds of the processor, since other tests run at the same time.
  expect(user + system).toBeLessThan(60_000_000);
  expect(proof.holds).toBe(true);
  expect(proof.properties.map(({ id }) => id)).toEqual(propertyIds);
  expect(proof.cells).toBeGreaterThan(1e12);
});
