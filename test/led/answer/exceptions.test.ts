import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { interpret } from '../../../src/led/answer/exceptions.ts';
import type { LedException } from '../../../src/led/ask.ts';
import {
  answerXml,
  bachelorRecord,
  fault12Xml,
  faultXml,
  type TestException,
  testInsz,
} from '../../support/answers.ts';
import { parse } from '../../support/parsing.ts';

const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
const record = bachelorRecord(testInsz(1));

/** The outcome of an answer as one word, and the exceptions that `seen` received. */
const outcome = (xml: string, status: 200 | 500 = 200): { word: string; seen: LedException[][]; fault?: Fault } => {
  const seen: LedException[][] = [];
  try {
    const answer = interpret(parse(xml, referte), status, (exceptions) => seen.push([...exceptions]));
    return {
      word: `${answer.records.length === 0 ? 'noData' : 'records'}${answer.warning ? '+warning' : ''}${answer.incomplete ? '+incomplete' : ''}`,
      seen,
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { word: `${error.code}:${error.reason}`, seen, fault: error };
  }
};

const levels = {
  'Antwoord/Uitzonderingen': (exceptions: TestException[], records?: (typeof record)[]) =>
    answerXml({ referte, exceptions, ...(records === undefined ? {} : { records }) }),
  'Repliek/Uitzonderingen': (repliekExceptions: TestException[], records?: (typeof record)[]) =>
    answerXml({ referte, repliekExceptions, ...(records === undefined ? {} : { records }) }),
};

const words = {
  unknown: 'badGateway:ledUnknownException',
  refused: 'badGateway:ledRefused',
  notRegistered: 'ledRegistrationMissing:ledRegistrationMissing',
  busy: 'serviceUnavailable:ledBusy',
  malformed: 'badRequest:ledInszMalformed',
  cancelled: 'badRequest:ledInszCancelled',
  unknownInsz: 'badRequest:ledInszUnknown',
  replaced: 'badRequest:ledInszReplaced',
  empty: 'badGateway:ledInvalidEmpty',
};

// code, origin, as a FOUT of Repliek or Antwoord, as a SOAP Fault
const table: [string, string, string, string][] = [
  ['40000', 'LED', 'noData', words.unknown],
  ['40000', 'MAGDA', words.unknown, words.unknown],
  ['40000', '', words.unknown, words.unknown],
  ['40000', 'led', words.unknown, words.unknown],
  ...['15021', '30001', '30101'].flatMap((code): typeof table => [
    [code, 'MAGDA', 'noData', words.unknown],
    [code, 'LED', 'noData', words.unknown],
    [code, '', 'noData', words.unknown],
  ]),
  ['20002', 'MAGDA', words.malformed, words.malformed],
  ['30002', 'MAGDA', words.cancelled, words.cancelled],
  ['30003', 'KSZ', words.unknownInsz, words.unknownInsz],
  ['30004', 'LED', words.replaced, words.replaced],
  ...['13202', '40003', '13303'].map((code): (typeof table)[number] => [
    code,
    'MAGDA',
    words.notRegistered,
    words.notRegistered,
  ]),
  ...['10001', '13001', '13101', '13501', '20005', '40001', '40005', '40006', '60011', 'ERR_025', 'ERR_1', 'ERR_'].map(
    (code): (typeof table)[number] => [code, 'MAGDA', words.refused, words.refused],
  ),
  ...['99994', '99995', '99996', '99997', '60006', '60010', '60013'].map((code): (typeof table)[number] => [
    code,
    'MAGDA',
    words.busy,
    words.busy,
  ]),
  ['90000', 'LED', words.busy, words.busy],
  ['90000', 'MAGDA', words.unknown, words.busy],
  ['99984', 'MAGDA', words.unknown, words.unknown],
  ['30040', 'LED', words.unknown, words.unknown],
  ['30042', 'LED', words.unknown, words.unknown],
  ['12345', 'LED', words.unknown, words.unknown],
  ['40000.LED', 'MAGDA', words.unknown, words.unknown],
  ['err_025', 'MAGDA', words.unknown, words.unknown],
  ['', 'LED', words.unknown, words.unknown],
];

/** How an odd id or origin is shown. */
const idShown = (id: string): string => (/^[0-9]{5}$|^ERR_|^$/.test(id) ? id : 'other');
const originShown = (origin: string): string => (/^[A-Z]+$|^$/.test(origin) ? origin : 'other');

describe.each(Object.entries(levels))('%s', (_, build) => {
  test.each(table)('FOUT %s of %s: %s', (identificatie, oorsprong, expected) => {
    for (const status of [200, 500] as const) {
      const { word, seen } = outcome(build([{ identificatie, oorsprong, type: 'FOUT' }]), status);
      expect(word).toBe(expected);
      expect(seen).toEqual([[{ id: idShown(identificatie), origin: originShown(oorsprong), type: 'FOUT' }]]);
    }
  });

  test('a type that is missing, unknown or in lower case counts as FOUT; a padded type is trimmed', () => {
    for (const type of ['', 'ERROR', 'fout', 'waarschuwing', ' FOUT\n']) {
      expect(outcome(build([{ identificatie: '99995', oorsprong: 'MAGDA', type }])).word).toBe(words.busy);
    }
    expect(outcome(build([{ identificatie: '99995', oorsprong: 'MAGDA' }])).word).toBe(words.busy);
    for (const type of [' INFO ', 'INFORMATIE\n', '\n\tINFORMATIE']) {
      expect(outcome(build([{ identificatie: '99995', oorsprong: 'MAGDA', type }], [record])).word).toBe('records');
    }
    expect(outcome(build([{ identificatie: '30004', type: '  WAARSCHUWING ' }], [record])).word).toBe(
      'records+warning',
    );
  });

  test('information with any code is harmless but for 30040 and 30042, and so are two warnings', () => {
    for (const [code, origin] of table.filter(([code]) => code !== '30040' && code !== '30042')) {
      for (const type of ['INFORMATIE', 'INFO']) {
        expect(outcome(build([{ identificatie: code, oorsprong: origin, type }], [record])).word).toBe('records');
      }
    }
    for (const code of ['99984', '40046']) {
      expect(outcome(build([{ identificatie: code, oorsprong: 'MAGDA', type: 'WAARSCHUWING' }], [record])).word).toBe(
        'records',
      );
    }
  });

  test('30040 and 30042 say that the answer is incomplete, beside records and beside no data, and are no warning', () => {
    const noData = { identificatie: '40000', oorsprong: 'LED', type: 'FOUT' };
    for (const identificatie of ['30040', '30042']) {
      for (const type of ['INFORMATIE', 'INFO', 'WAARSCHUWING']) {
        for (const oorsprong of ['LED', 'MAGDA', '']) {
          const incomplete = { identificatie, oorsprong, type };
          expect(outcome(build([incomplete], [record])).word).toBe('records+incomplete');
          expect(outcome(build([incomplete, noData])).word).toBe('noData+incomplete');
          expect(outcome(build([incomplete])).word).toBe(words.empty);
          expect(outcome(build([incomplete, { ...noData, identificatie: '99995' }], [record])).word).toBe(words.busy);
        }
      }
      const warned = [
        { identificatie, type: 'INFORMATIE' },
        { identificatie: '30004', type: 'WAARSCHUWING' },
      ];
      expect(outcome(build(warned, [record])).word).toBe('records+warning+incomplete');
    }
  });

  test('a warning with any other code, also one that a FOUT may have, sets `warning`', () => {
    for (const code of ['30004', '40000', '99995', '13202', 'ERR_025', '12345', '30041', '']) {
      const warning = { identificatie: code, oorsprong: 'LED', type: 'WAARSCHUWING' };
      expect(outcome(build([warning], [record])).word).toBe('records+warning');
      const noData = { identificatie: '40000', oorsprong: 'LED', type: 'FOUT' };
      expect(outcome(build([warning, noData])).word).toBe('noData+warning');
    }
  });

  test('an answer without a FOUT and without records is refused', () => {
    for (const type of ['WAARSCHUWING', 'INFORMATIE', 'INFO']) {
      expect(outcome(build([{ identificatie: '40000', oorsprong: 'LED', type }])).word).toBe(words.empty);
    }
  });

  test('a FOUT decides even if there are records, unless it means no data', () => {
    for (const [identificatie, oorsprong, expected] of table) {
      const { word } = outcome(build([{ identificatie, oorsprong, type: 'FOUT' }], [record]));
      expect(word).toBe(expected === 'noData' ? 'records' : expected);
    }
  });
});

describe.each([
  ['SOAP Fault', (text: string) => faultXml(text, 'soap:99995')],
  ['SOAP Fault in SOAP 1.2', (text: string) => fault12Xml(text)],
])('%s', (_, write) => {
  test.each(table)('%s (of %s: %s): %s', (code, _origin, _asFout, expected) => {
    const plain = /^[0-9]{5}$|^ERR_/.test(code);
    for (const text of [`${code} - Omschrijving`, `${code}: omschrijving`, `\n ${code}`]) {
      for (const status of [200, 500] as const) {
        const { word, seen } = outcome(write(text), status);
        expect(word).toBe(expected);
        expect(seen).toHaveLength(1);
        if (plain) expect(seen).toEqual([[{ id: code, origin: '', type: 'FOUT' }]]);
      }
    }
  });

  test('without a code is unknown, and none of its text is passed on', () => {
    const { word, seen } = outcome(write(`Persoon ${testInsz(1)} niet gevonden`));
    expect(word).toBe(words.unknown);
    expect(seen).toEqual([[{ id: '', origin: '', type: 'FOUT' }]]);
  });
});

describe('details', () => {
  const fout = (identificatie: string): TestException => ({ identificatie, oorsprong: 'MAGDA', type: 'FOUT' });

  test('busy asks to retry after 5 seconds', () => {
    expect(outcome(faultXml('99995 - x')).fault?.retryAfter).toBe(5);
    expect(outcome(faultXml('13101 - x')).fault?.retryAfter).toBeUndefined();
  });

  test.each([
    ['20002', 'invalidInput'],
    ['30002', 'canceledSsin'],
    ['30003', 'referencedResourceNotFound'],
    ['30004', 'replacedSsin'],
  ])('%s is one issue on insz, %s, without any number', (code, type) => {
    const { fault } = outcome(
      answerXml({ referte, exceptions: [{ ...fout(code), diagnose: `Nieuw: ${testInsz(7)}` }] }),
    );
    expect(fault?.issues).toEqual([{ type, in: 'body', name: 'insz', detail: expect.stringMatching(/INSZ/) }]);
    expect(JSON.stringify(fault)).not.toMatch(/[0-9]{11}/);
  });

  test('if several are about the INSZ, the first one counts', () => {
    expect(outcome(answerXml({ referte, exceptions: [fout('30004'), fout('30003')] })).word).toBe(words.replaced);
    expect(outcome(answerXml({ referte, exceptions: [fout('30003'), fout('30004')] })).word).toBe(words.unknownInsz);
  });

  test('records with status 500 are refused', () => {
    expect(outcome(answerXml({ referte, records: [record] }), 500).word).toBe('badGateway:ledInvalidStatus');
    expect(outcome(answerXml({ referte, records: [record], exceptions: [fout('99995')] }), 500).word).toBe(
      'badGateway:ledInvalidStatus',
    );
    expect(outcome(answerXml({ referte, records: [record] })).word).toBe('records');
  });

  test('an answer without records is refused with either status, also with an empty list', () => {
    for (const status of [200, 500] as const) {
      expect(outcome(answerXml({ referte }), status).word).toBe(words.empty);
      expect(outcome(answerXml({ referte, records: [] }), status).word).toBe(words.empty);
    }
  });
});

/** The table of `src/led/README.md` once more, written out without the shortcuts of the code. */
const naive = (
  exceptions: readonly { identificatie: string; oorsprong: string; type: string }[],
  records: number,
  status: number,
): string => {
  if (status === 500 && records > 0) return 'badGateway:ledInvalidStatus';
  const found = new Set<string>();
  let inszWord = '';
  let warning = false;
  let incomplete = false;
  let errors = 0;
  for (const { identificatie: id, oorsprong, type } of exceptions) {
    if (type === 'INFORMATIE' || type === 'INFO' || type === 'WAARSCHUWING') {
      if (['30040', '30042'].includes(id)) incomplete = true;
      else if (type === 'WAARSCHUWING' && !['99984', '40046'].includes(id)) warning = true;
      continue;
    }
    errors += 1;
    if (/^(?:15021|30001|30101)$/.test(id) || (id === '40000' && oorsprong === 'LED')) continue;
    if (/^(?:99994|99995|99996|99997|60006|60010|60013)$/.test(id) || (id === '90000' && oorsprong === 'LED'))
      found.add('busy');
    else if (/^(?:10001|13001|13101|13501|20005|40001|40005|40006|60011|ERR_.*)$/.test(id)) found.add('refused');
    else if (/^(?:13202|40003|13303)$/.test(id)) found.add('notRegistered');
    else if (/^(?:20002|30002|30003|30004)$/.test(id)) {
      if (!found.has('insz')) {
        inszWord =
          { '20002': words.malformed, '30002': words.cancelled, '30003': words.unknownInsz }[id] ?? words.replaced;
      }
      found.add('insz');
    } else found.add('unknown');
  }
  if (found.has('unknown')) return words.unknown;
  if (found.has('refused')) return words.refused;
  if (found.has('notRegistered')) return words.notRegistered;
  if (found.has('busy')) return words.busy;
  if (found.has('insz')) return inszWord;
  if (errors === 0 && records === 0) return words.empty;
  return `${records === 0 ? 'noData' : 'records'}${warning ? '+warning' : ''}${incomplete ? '+incomplete' : ''}`;
};

test('any mixture of exceptions on both levels is judged as by the plain reading of the table', () => {
  const known = [...new Set(table.map(([code]) => code)), '30042', '40046', '60012', '9999'];
  const exception = fc.record({
    identificatie: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...known) },
      { weight: 3, arbitrary: fc.constantFrom('40000', '15021', '30001') },
      { weight: 2, arbitrary: fc.constantFrom('30040', '30042') },
    ),
    oorsprong: fc.constantFrom('LED', 'LED', 'MAGDA', 'KSZ', ''),
    type: fc.constantFrom('FOUT', 'FOUT', 'WAARSCHUWING', 'INFORMATIE', 'INFO', '', 'ANDERS'),
  });
  const list = fc.array(exception, { maxLength: 3 });
  const met = new Set<string>();
  fc.assert(
    fc.property(
      list,
      list,
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom(200 as const, 200 as const, 200 as const, 500 as const),
      (antwoord, repliek, count, status) => {
        const xml = answerXml({
          referte,
          exceptions: antwoord,
          repliekExceptions: repliek,
          ...(count === 0 ? {} : { records: Array(count).fill({}) }),
        });
        const expected = naive([...antwoord, ...repliek], count, status);
        met.add(expected);
        const { word, seen } = outcome(xml, status);
        expect(word).toBe(expected);
        expect(seen).toHaveLength(1);
        expect(seen[0]).toHaveLength(antwoord.length + repliek.length);
      },
    ),
    { numRuns: 4000 },
  );
  // Every possible outcome occurred.
  expect([...met].sort()).toEqual(
    [
      ...Object.values(words),
      'badGateway:ledInvalidStatus',
      ...['noData', 'records'].flatMap((word) =>
        ['', '+warning', '+incomplete', '+warning+incomplete'].map((more) => word + more),
      ),
    ].sort(),
  );
});
