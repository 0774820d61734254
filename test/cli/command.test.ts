import { expect, test } from 'vitest';
import { cannotRead, parseOptions, refuse } from '../../src/cli/command.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';

test('a refusal writes its reason to `err` and returns the exit code', () => {
  const written: string[] = [];
  expect(refuse({ err: (text) => void written.push(text) }, exitCodes.input, 'why')).toBe(65);
  expect(written).toEqual(['why']);
});

const parse = (...args: string[]) =>
  parseOptions({ args, options: { json: { type: 'boolean' }, key: { type: 'string' } }, allowPositionals: true });

test('arguments are returned as options and positionals', () => {
  expect(parse('a', '--json', '--key', 'k', 'b')).toMatchObject({
    values: { json: true, key: 'k' },
    positionals: ['a', 'b'],
  });
  expect(parse()).toMatchObject({ values: {}, positionals: [] });
});

test.each([[['--90610100155']], [['--key']], [['--json=yes']], [['-k', '90610100155']]])(
  'wrong arguments are undefined, without an error that repeats them: %j',
  (args) => {
    expect(parse(...args)).toBeUndefined();
  },
);

test.each([
  [Object.assign(new Error('ENOENT: /secret'), { code: 'ENOENT' }), 'cannot read trail.jsonl: ENOENT'],
  [new Error('secret'), expect.not.stringContaining('secret')],
])('the name and the code of the error say what cannot be read, not its message: %s', (error, text) => {
  expect(cannotRead('trail.jsonl', error)).toEqual(text);
});
