import { expect, test } from 'vitest';
import { cannotRead, languageOption, parseOptions, Refusal, runCommand } from '../../src/cli/command.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { usageOf } from '../../src/cli/usage.ts';
import { inProcess } from './run.ts';

const run = (start: (name: string, rest: string[]) => Promise<0> | undefined, ...args: string[]) =>
  inProcess((io) => runCommand('audit', args, io, start));

test('a command gets its name and the arguments after it', async () => {
  const got: unknown[] = [];
  const start = async (...given: unknown[]) => {
    got.push(given);
    return exitCodes.done;
  };
  expect(await run(start, 'verify', 'a', '--json')).toEqual({ code: 0, out: '', err: '' });
  expect(got).toEqual([['verify', ['a', '--json']]]);
});

test('a command that does not exist is wrong use', async () => {
  const wrong = { code: 64, out: '', err: `${usageOf('audit')}\n` };
  expect(await run(() => undefined, 'other')).toEqual(wrong);
  expect(await run(() => undefined)).toEqual(wrong);
});

test('a refusal writes its message to `err`, and its exit code is that of the command', async () => {
  const refuse = () => Promise.reject(new Refusal(exitCodes.input, 'why'));
  expect(await run(refuse)).toEqual({ code: 65, out: '', err: 'why\n' });
});

test('any other error is not caught', async () => {
  await expect(run(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
});

const parse = (...args: string[]) =>
  parseOptions('rules', {
    args,
    options: { json: { type: 'boolean' }, key: { type: 'string' } },
    allowPositionals: true,
  });
const wrongUse = expect.objectContaining({ exitCode: 64, message: usageOf('rules') });

test('arguments are returned as options and positionals', () => {
  expect(parse('a', '--json', '--key', 'k', 'b')).toMatchObject({
    values: { json: true, key: 'k' },
    positionals: ['a', 'b'],
  });
  expect(parse()).toMatchObject({ values: {}, positionals: [] });
});

test.each([[['--90610100155']], [['--key']], [['--json=yes']], [['-k', '90610100155']]])(
  'wrong arguments are wrong use, and no message repeats them: %j',
  (args) => {
    expect(() => parse(...args)).toThrow(wrongUse);
  },
);

test('a language is Dutch or English, and any other is wrong use', () => {
  expect(languageOption('rules', 'nl')).toBe('nl');
  expect(languageOption('rules', 'en')).toBe('en');
  for (const other of ['fr', 'NL', '']) expect(() => languageOption('rules', other)).toThrow(wrongUse);
});

test.each([
  [Object.assign(new Error('ENOENT: /secret'), { code: 'ENOENT' }), 'cannot read trail.jsonl: ENOENT'],
  [new Error('secret'), 'cannot read trail.jsonl: unknown'],
])('the name and the code of the error say what cannot be read, not its message: %s', (error, text) => {
  expect(cannotRead('trail.jsonl', error)).toEqual(new Refusal(exitCodes.input, text));
});
