import { expect, test } from 'vitest';
import { acceptsJson } from '../../src/http/accept.ts';

test.each([
  undefined,
  '',
  '*/*',
  'application/json',
  'APPLICATION/JSON; charset=utf-8',
  'application/*;q=0.2',
  'text/html, application/xhtml+xml, */*;q=0.8',
  'application/json;q=0.001',
  '*/*;q=0, application/json',
  'json',
])('%j allows JSON', (accept) => {
  expect(acceptsJson(accept)).toBe(true);
});

test.each([
  'application/xml',
  'text/html, image/*',
  'application/problem+json',
  'application/json;q=0',
  'application/json;q=0.000, */*',
  'application/*; q=0, */*',
])('%j does not allow JSON', (accept) => {
  expect(acceptsJson(accept)).toBe(false);
});
