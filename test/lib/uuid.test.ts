import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { expect, test } from 'vitest';
import { isUuid } from '../../src/lib/uuid.ts';

test.each([randomUUID(), randomUUIDv7(), randomUUID().toUpperCase(), '00000000-0000-0000-0000-000000000000'])(
  '%s is a UUID',
  (text) => {
    expect(isUuid(text)).toBe(true);
  },
);

test.each([
  '',
  'f47ac10b58cc4372a5670e02b2c3d479',
  'f47ac10b-58cc-4372-a567-0e02b2c3d47',
  'f47ac10b-58cc-4372-a567-0e02b2c3d4790',
  'g47ac10b-58cc-4372-a567-0e02b2c3d479',
  '{f47ac10b-58cc-4372-a567-0e02b2c3d479}',
  'urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d479',
  'f47ac10b-58cc-4372-a567-0e02b2c3d479\n',
])('%j is no UUID', (text) => {
  expect(isUuid(text)).toBe(false);
});
