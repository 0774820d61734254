import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { parseJsonBody } from '../../src/http/json-body.ts';

const parse = (text: string) => parseJsonBody(Buffer.from(text));

test('reads JSON as JSON.parse does', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      (value) => void expect(parse(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value))),
    ),
  );
});

test('refuses an object that names a member twice, at any depth, also if one name is written with escapes', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), fc.boolean(), (name, one, other, nested) => {
      const escaped = [...name]
        .map((c) => (c.length === 1 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c))
        .join('');
      const text = `{${JSON.stringify(name)}:${JSON.stringify(one)},"${escaped}" : ${JSON.stringify(other)}}`;
      expect(() => parse(nested ? `[{"x":${text}}]` : text)).toThrow(Fault);
    }),
  );
});

test.each(['', '{', '{"a":1}x', '\u{feff}{', "{'a':1}"])('refuses malformed JSON: %j', (text) => {
  expect(() => parse(text)).toThrow(Fault);
});

test('refuses broken UTF-8', () => {
  expect(() => parseJsonBody(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow(Fault);
});
