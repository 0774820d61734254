import { describe, expect, test } from 'vitest';
import { ledRecordOf, readPlainRecords } from '../../src/rules/plain-record.ts';
import { applicant, bachelor, type Raw, record } from './support.ts';

const { holder, ...plain } = bachelor;

describe('the record of values in a file', () => {
  const variants: (readonly [string, Raw])[] = [
    ['a whole record', { ...bachelor, month: '06', day: '30', isced2011: '645' }],
    ['only the holder', { holder: applicant }],
    ['empty values', { holder: applicant, status: ' ', category: '', subject: '\n', vks: '\u00a0' }],
    ['values that need cleaning', { ...bachelor, degree: ' Die\u0308tist\n', subject: ' 762003 ', country: 'BEL\t' }],
  ];
  test.each(variants)('is the record of the tests with the same values: %s', (_, raw) => {
    const { holder: owner = '', ...values } = raw;
    expect(ledRecordOf(values, owner)).toEqual(record(raw));
  });
});

describe('records in a text', () => {
  const two = [{ status: '1' }, { degree: 'Bachelor', year: '2016' }];

  test.each<[string, string, unknown[]]>([
    ['an array', JSON.stringify(two), two],
    ['an array of several lines', JSON.stringify(two, null, 2), two],
    ['lines', '{"status":"1"}\n{"degree":"Bachelor","year":"2016"}', two],
    ['lines with blank ones between', '\n{"status":"1"}\n \n{"degree":"Bachelor","year":"2016"}\r\n', two],
    ['one object of several lines', JSON.stringify(plain, null, 2), [plain]],
    ['an empty array', '[]', []],
    ['nothing', '', []],
    ['blank lines', '\n \n', []],
  ])('are read from %s', (_, text, records) => {
    expect(readPlainRecords(text)).toEqual({ records });
  });

  test.each([
    ['an unknown member', '[{},{"graad":"x"}]', 2],
    ['the holder', JSON.stringify([{ holder: applicant }]), 1],
    ['a value that is no text', '{}\n{}\n{"year":2016}', 3],
    ['a value that is null', '[{"year":null}]', 1],
    ['an array in an array', '[[]]', 1],
    ['a text', '"x"', 1],
    ['a line that is no JSON', '{}\nx', 2],
    ['the first of several', '[{"a":""},{"b":""}]', 1],
  ])('name the first that is none by its number: %s', (_, text, badRecord) => {
    expect(readPlainRecords(text)).toEqual({ badRecord });
  });
});
