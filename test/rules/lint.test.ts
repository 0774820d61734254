import { describe, expect, test } from 'vitest';
import { lint, lintAlone } from '../../src/rules/lint.ts';
import { amaText, exampleText, replacedText } from './support.ts';

type Json = Record<string, unknown>;

const set = (change: (json: Json) => void): string => {
  const json = JSON.parse(exampleText) as Json;
  change(json);
  return JSON.stringify(json);
};

const faults = (text: string): string[] =>
  lint([{ name: 'a.json', text }]).map(({ file, path, message }) => `${file} ${path}: ${message}`);

/** The example with the member at this path replaced, or deleted if the value is `undefined`. */
const withValue = (path: (string | number)[], value: unknown): string =>
  set((json) => {
    let at: Json = json;
    for (const part of path.slice(0, -1)) at = at[part] as Json;
    const last = path.at(-1) ?? '';
    if (value === undefined) delete at[last];
    else at[last] = value;
  });

test('finds nothing in the built-in set and the example', () => {
  expect(lint([])).toEqual([]);
  expect(
    lint([
      { name: 'a.json', text: amaText },
      { name: 'b.json', text: exampleText },
      { name: 'c.json', text: replacedText },
    ]),
  ).toEqual([]);
});

const names = ['Graad'];
const source = ['verzonnen'];
const range = { low: 5, high: 5 };
const degree = (...clauses: object[]) => [{ names, source, clauses: clauses.map((clause) => ({ source, ...clause })) }];
const contains = (...parts: string[]) => ({ institution: { containsOneOf: parts }, range });
const higher = { institution: { isOneOf: 'higherEducation' }, range };
const years = (year: unknown) => ({ year, range });
const unreachable = (group: number, clause: number) => [
  `a.json degrees[${group}].clauses[${clause}]: is never reached: the clauses before it take every record that would fit; move it up, or take it out`,
];
const kept = (path: string, earlier: string) => [
  `a.json ${path}: says the same as ${earlier}: keep one (capitals and white space make no difference)`,
];
const missing = (path: string) => [`a.json ${path}: is missing: add it`];
const unseen = (path: string) => [
  `a.json ${path}: must be text that can be seen, without control or invisible characters: write it out`,
];
const never = (path: string, shown: string) => [
  `a.json ${path}: can never match: "${shown}" counts as a missing value; take it out`,
];
const ownRules = (path: string, shown: string) => [
  `a.json ${path}: "${shown}" is a proof type with rules of its own: take it out of this list`,
];
const wrongType = (path: string, kind: string) => [`a.json ${path}: has the wrong type: make it ${kind}`];
const semver = ['a.json version: must be a semantic version: 1.0.0'];
const identifier = ['a.json id: must be 1 to 64 small letters, digits and hyphens, a letter first'];
const sixDigits = ['a.json subjects[0].code: must be the six digits of an Onderwerp, as text: "723008"'];
const minimum = 'a.json minimumLevel: must be a whole number from 5 to 8, the least VKS level that qualifies';
const noCondition = [
  'a.json degrees[1].clauses[0].institution: is no condition: write { "isOneOf": "higherEducation" } or { "containsOneOf": ["…"] }',
];
const notKnown = (path: string) => [
  `a.json ${path}: is no member that is known here: check its spelling, or take it out`,
];
const twice = (path: string) => [`a.json ${path}: stands twice in the same object: keep one`];
const oneEntry = (path: string) => [`a.json ${path}: needs at least 1 entry: add one, or take the member out`];

describe.each([
  ['no member', withValue(['subjects'], undefined), missing('subjects')],
  ['no minimum', withValue(['minimumLevel'], undefined), missing('minimumLevel')],
  ['no beginning', withValue(['validFrom'], undefined), missing('validFrom')],
  ['no range', withValue(['degrees', 0, 'clauses', 0, 'range'], undefined), missing('degrees[0].clauses[0].range')],
  ['no upper end', withValue(['categories', 1, 'range', 'high'], undefined), missing('categories[1].range.high')],
  ['no Dutch title', withValue(['title', 'nl'], undefined), missing('title.nl')],
  ['no label', withValue(['subjects', 1, 'label'], undefined), missing('subjects[1].label')],
  ['an empty text', withValue(['title', 'en'], ''), unseen('title.en')],
  ['a blank text', withValue(['legalBasis'], ' \n'), unseen('legalBasis')],
  ['a name empty once cleaned', withValue(['otherProofs', 0], '\u00a0 '), unseen('otherProofs[0]')],
  ['an invisible character', withValue(['otherProofs', 0], 'At\u200btest'), unseen('otherProofs[0]')],
  ['half a character', withValue(['otherProofs', 0], 'Attest\ud800'), unseen('otherProofs[0]')],
  ['a control character', withValue(['otherProofs', 0], 'Attest\u0007'), unseen('otherProofs[0]')],
  ['an unknown member', withValue(['subjets'], []), notKnown('subjets')],
  [
    'an unknown member of an inner object',
    withValue(['categories', 1, 'range', 'mid'], 5),
    notKnown('categories[1].range.mid'),
  ],
  ['an unknown title', withValue(['title', 'fr'], 'Exemple'), notKnown('title.fr')],
  ['two unknown members', set((json) => Object.assign(json, { a: 1, b: 2 })), [...notKnown('a'), ...notKnown('b')]],
  ['a text for a number', withValue(['minimumLevel'], '5'), [minimum]],
  ['a broken level', withValue(['minimumLevel'], 5.5), [minimum]],
  ['a minimum too low', withValue(['minimumLevel'], 4), [minimum]],
  ['a minimum too high', withValue(['minimumLevel'], 9), [minimum]],
  ['a text in place of a list', withValue(['otherProofs'], 'Attest'), wrongType('otherProofs', 'a list')],
  ['a text in place of an object', withValue(['title'], 'Titel'), wrongType('title', 'an object')],
  ['a text in place of true or false', withValue(['candidate'], 'yes'), wrongType('candidate', 'true or false')],
  ['a number for a name', withValue(['otherProofs', 0], 5), wrongType('otherProofs[0]', 'text in quotes')],
  ['not an object at all', '[]', wrongType('', 'an object')],
  [
    'a long legal basis',
    withValue(['legalBasis'], 'x'.repeat(301)),
    ['a.json legalBasis: is too long: at most 300 characters'],
  ],
  [
    'a long version',
    withValue(['version'], `1.0.0-${'x'.repeat(30)}`),
    ['a.json version: is too long: at most 32 characters'],
  ],
  ['no subjects', withValue(['subjects'], []), oneEntry('subjects')],
  ['no names', withValue(['categories', 0, 'names'], []), oneEntry('categories[0].names')],
  ['no clauses', withValue(['degrees', 0, 'clauses'], []), oneEntry('degrees[0].clauses')],
  ['a version of two parts', withValue(['version'], '1.0'), semver],
  ['a version with a leading zero', withValue(['version'], '01.0.0'), semver],
  ['an id with capitals', withValue(['id'], 'Zorghulp'), identifier],
  ['an id with a space', withValue(['id'], 'zorg hulp'), identifier],
  [
    'an id of a source with a capital',
    withValue(['sources', 1], { id: 'Wet', kind: 'law', text: { nl: 'x', en: 'x' } }),
    [
      'a.json sources[1].id: must be 1 to 64 small letters, digits and hyphens, a letter first',
      'a.json sources[1].id: is named by nothing: name it, or take it out',
    ],
  ],
  [
    'a third digit that is none',
    withValue(['insufficientProgrammes'], { isced2011ThirdDigits: ['1', '12'], source }),
    ['a.json insufficientProgrammes.isced2011ThirdDigits[1]: must be one digit, as text: "1"'],
  ],
  ['an id too long', withValue(['id'], 'x'.repeat(65)), identifier],
  ['a subject of five digits', withValue(['subjects', 0, 'code'], '72300'), sixDigits],
  ['a subject of seven digits', withValue(['subjects', 0, 'code'], '7230071'), sixDigits],
  ['a subject of letters', withValue(['subjects', 0, 'code'], 'zorg01'), sixDigits],
  [
    'a subject as a number',
    withValue(['subjects', 0, 'code'], 723007),
    wrongType('subjects[0].code', 'text in quotes'),
  ],
  ['a subject twice', withValue(['subjects', 0, 'code'], '723008'), kept('subjects[1].code', 'subjects[0].code')],
  [
    'a day that does not exist',
    withValue(['validFrom'], '2024-02-30'),
    ['a.json validFrom: must be a day that exists, as yyyy-mm-dd'],
  ],
  [
    'an inverted period',
    withValue(['validTo'], '2023-12-31'),
    ['a.json validTo: is before validFrom, so that no day fits: swap them'],
  ],
  [
    'an inverted range',
    withValue(['categories', 1, 'range'], { low: 6, high: 5 }),
    ['a.json categories[1].range.high: is lower than low: swap them'],
  ],
  [
    'a range too high',
    withValue(['categories', 1, 'range'], { low: 5, high: 9 }),
    ['a.json categories[1].range.high: must be a whole number from 0 to 8, a VKS level'],
  ],
  [
    'a range too low',
    withValue(['categories', 1, 'range'], { low: -1, high: 5 }),
    ['a.json categories[1].range.low: must be a whole number from 0 to 8, a VKS level'],
  ],
  [
    'a range that is not a whole number',
    withValue(['categories', 1, 'range', 'low'], 4.5),
    ['a.json categories[1].range.low: must be a whole number from 0 to 8, a VKS level'],
  ],
  ['a name twice', withValue(['otherProofs'], ['Attest', ' ATTEST\n']), kept('otherProofs[1]', 'otherProofs[0]')],
  [
    'an institution twice',
    withValue(['higherEducation'], ['Hogeschool', 'hogeschool']),
    kept('higherEducation[1]', 'higherEducation[0]'),
  ],
  [
    'a category in two groups',
    withValue(['categories', 2, 'names'], ['hoger  onderwijs']),
    kept('categories[2].names[0]', 'categories[0].names[0]'),
  ],
  [
    'a degree in two groups',
    withValue(['degrees', 1, 'names'], ['BACHELOR']),
    kept('degrees[1].names[0]', 'degrees[0].names[0]'),
  ],
  ['an absent value as proof', withValue(['otherProofs'], ['nbs']), never('otherProofs[0]', 'nbs')],
  [
    'an absent value as institution',
    withValue(['higherEducation'], ['Hogeschool', 'Niet  beschikbaar']),
    never('higherEducation[1]', 'Niet beschikbaar'),
  ],
  [
    'an absent value as category',
    withValue(['categories', 0, 'names'], ['NVT']),
    never('categories[0].names[0]', 'NVT'),
  ],
  [
    'an absent value as degree',
    withValue(['degrees', 0, 'names'], ['Niet van toepassing']),
    never('degrees[0].names[0]', 'Niet van toepassing'),
  ],
  [
    'Diploma among other proofs',
    withValue(['otherProofs'], ['Attest', 'diploma']),
    ownRules('otherProofs[1]', 'diploma'),
  ],
  [
    'Gelijkwaardigheid among other proofs',
    withValue(['otherProofs'], ['Gelijkwaardigheid']),
    ownRules('otherProofs[0]', 'Gelijkwaardigheid'),
  ],
  [
    'Diploma among degrees',
    withValue(['degrees', 0, 'names'], ['Diploma']),
    ownRules('degrees[0].names[0]', 'Diploma'),
  ],
  [
    'an institution that is no condition',
    withValue(['degrees', 1, 'clauses', 0, 'institution'], { is: 'x' }),
    noCondition,
  ],
  [
    'an institution of another list',
    withValue(['degrees', 1, 'clauses', 0, 'institution', 'isOneOf'], 'x'),
    noCondition,
  ],
  [
    'a year condition without a year',
    withValue(['degrees'], degree(years({}))),
    ['a.json degrees[0].clauses[0].year: names no year: give atMost, atLeast or both, or take it out'],
  ],
  [
    'inverted years',
    withValue(['degrees'], degree(years({ atLeast: 2010, atMost: 2009 }))),
    ['a.json degrees[0].clauses[0].year.atLeast: is later than atMost, so that no year fits: swap them'],
  ],
  [
    'a year before 1900',
    withValue(['degrees'], degree(years({ atMost: 1899 }))),
    ['a.json degrees[0].clauses[0].year.atMost: must be a year from 1900 to 2100, as a number'],
  ],
  [
    'a year after 2100',
    withValue(['degrees'], degree(years({ atLeast: 2101 }))),
    ['a.json degrees[0].clauses[0].year.atLeast: must be a year from 1900 to 2100, as a number'],
  ],
  [
    'a year as text',
    withValue(['degrees'], degree(years({ atMost: '2008' }))),
    ['a.json degrees[0].clauses[0].year.atMost: must be a year from 1900 to 2100, as a number'],
  ],
  ['a clause after one that fits every record', withValue(['degrees'], degree({ range }, higher)), unreachable(0, 1)],
  ['the same clause again', withValue(['degrees'], degree(higher, higher, { range })), unreachable(0, 1)],
  [
    'a clause after one for the same institution and every year',
    withValue(['degrees'], degree(higher, { ...higher, year: { atMost: 2000 } })),
    unreachable(0, 1),
  ],
  [
    'a part after a shorter part',
    withValue(['degrees'], degree(contains('onderwijs'), contains('Volwassenenonderwijs'))),
    unreachable(0, 1),
  ],
  [
    'institutions that all contain an earlier part',
    withValue(['degrees'], degree(contains('school'), higher)),
    unreachable(0, 1),
  ],
  [
    'years that two earlier clauses fit together',
    withValue(
      ['degrees'],
      degree(years({ atMost: 2000 }), years({ atLeast: 2001 }), years({ atLeast: 1990, atMost: 2010 })),
    ),
    unreachable(0, 2),
  ],
  [
    'a part that contains another',
    withValue(['degrees'], degree(contains('onderwijs', 'Volwassenenonderwijs'))),
    [
      'a.json degrees[0].clauses[0].institution.containsOneOf[1]: is never needed: whatever holds it also holds degrees[0].clauses[0].institution.containsOneOf[0]; take one of them out',
    ],
  ],
  [
    'a part that an earlier clause fits, next to one that it does not fit',
    withValue(['degrees'], degree(contains('onderwijs'), contains('school', 'Volwassenenonderwijs'))),
    [
      'a.json degrees[0].clauses[1].institution.containsOneOf[1]: is never reached: the clauses before it take whatever holds it; take it out',
    ],
  ],
  [
    'a part twice',
    withValue(['degrees'], degree(contains('x', 'X '))),
    kept('degrees[0].clauses[0].institution.containsOneOf[1]', 'degrees[0].clauses[0].institution.containsOneOf[0]'),
  ],
  ['an empty list of institutions to be one of', withValue(['higherEducation'], []), unreachable(1, 0)],
  [
    'a member twice',
    exampleText.replace('"minimumLevel": 5', '"minimumLevel": 5, "minimumLevel": 6'),
    twice('minimumLevel'),
  ],
  [
    'a member twice, spelled otherwise',
    exampleText.replace('"minimumLevel": 5', '"minimumLevel": 5, "minimum\\u004cevel" : 6'),
    twice('minimumLevel'),
  ],
  [
    'a member twice in an inner object',
    exampleText.replace('"label": "Verpleegkunde"', '"label": "a,{\\"b", "label": "Verpleegkunde"'),
    twice('subjects[1].label'),
  ],
  [
    'the prototype as a member',
    exampleText.replace('"minimumLevel"', '"__proto__": {}, "minimumLevel"'),
    notKnown('__proto__'),
  ],
] as const)('%s', (_, text, expected) => {
  test('is named with file, path and what to do', () => {
    expect(faults(text)).toEqual(expected);
  });
});

test('text that is not JSON: the message names the position', () => {
  const [fault, ...more] = faults(exampleText.replace('"minimumLevel": 5,', '"minimumLevel": 5'));
  expect(fault).toMatch(/^a\.json : is not JSON: correct it \(.*position \d+/);
  expect(more).toEqual([]);
  expect(faults('')[0]).toMatch(/^a\.json : is not JSON/);
});

test('a clause that some record reaches is not a fault', () => {
  const clauses = [
    { institution: { containsOneOf: ['onderwijs'] }, year: { atMost: 2000 }, range },
    contains('volwassenenonderwijs'),
    { ...higher, year: { atMost: 2005 } },
    { ...higher, year: { atLeast: 2007 } },
    years({ atLeast: 2006, atMost: 2006 }),
    { range },
  ];
  expect(faults(withValue(['degrees'], degree(...clauses)))).toEqual([]);
  // The first clause fits the institution with exactly that name; the second fits all others that contain the name.
  expect(faults(withValue(['degrees'], degree(higher, contains('hogeschool'))))).toEqual([]);
});

describe('names the other faults beside a wrong shape', () => {
  type Place = (string | number)[];
  /** The faults of the example with these members replaced, or deleted if the value is `undefined`. */
  const beside = (...changes: (readonly [Place, unknown])[]): string[] =>
    faults(
      set((json) => {
        for (const [path, value] of changes) {
          const inner = path.slice(0, -1).reduce<Json>((at, part) => at[part] as Json, json);
          const last = path.at(-1) ?? '';
          if (value === undefined) delete inner[last];
          else inner[last] = value;
        }
      }),
    );

  /** Where the faults are, in their order. */
  const places = (found: readonly string[]): string[] =>
    found.map((fault) => fault.slice('a.json '.length, fault.indexOf(':')));

  test.each<[string, Place, unknown, string?]>([
    ['the id', ['id'], 'A'],
    ['the version', ['version'], 'one'],
    ['the beginning', ['validFrom'], 'today'],
    ['the minimum', ['minimumLevel'], '5'],
    ['the title', ['title'], undefined],
    ['a subject', ['subjects', 0, 'code'], '7'],
    ['a subject that is no object', ['subjects', 0], 5],
    ['the subjects', ['subjects'], 5],
    ['another proof', ['otherProofs', 1], 5],
    ['the other proofs', ['otherProofs'], undefined],
    ['the institutions', ['higherEducation'], undefined],
    ['a category', ['categories', 1, 'range', 'low'], 2.5],
    ['the categories', ['categories'], {}],
    ['a clause', ['degrees', 1, 'clauses', 1, 'range'], undefined],
    ['the names of a degree', ['degrees', 0, 'names'], 5],
    ['the clauses of a degree', ['degrees', 0, 'clauses'], 5],
    ['a source', ['sources', 0, 'text'], undefined],
    ['the sources', ['sources'], 'wet'],
    ['a list of sources', ['sourceOf', 'subjects'], 'verzonnen'],
    ['the countries', ['automaticRecognition'], { countries: [], source }, '.countries'],
    ['the digits', ['insufficientProgrammes'], { isced2011ThirdDigits: ['x'], source }, '.isced2011ThirdDigits[0]'],
    ['the dates', ['datesInFuture'], { verdict: 'reject', source }, '.verdict'],
  ])('%s', (_, path, value, end = '') => {
    const [first, ...more] = beside([path, value]);
    const shown = path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
      .join('')
      .slice(1);
    expect(first).toContain(`a.json ${shown}${end}: `);
    expect(more).toEqual([]);
    const both = beside([path, value], [['validTo'], '2020-01-01']);
    const inverted = 'a.json validTo: is before validFrom, so that no day fits: swap them';
    expect(both).toEqual(shown === 'validFrom' ? [first] : [first, inverted]);
  });

  test('in every list, at its own position', () => {
    const found = beside(
      [['title'], undefined],
      [['subjects', 2], { code: 5 }],
      [['subjects', 3], { code: '723007', label: 'x', domain: 'x' }],
      [['otherProofs', 1], 5],
      [['otherProofs', 2], 'NBS'],
      [['otherProofs', 3], 'attest'],
      [
        ['degrees', 2],
        { names: [5, 'BACHELOR'], source: ['wet'], clauses: [{ range }, { range, source }, { range, source }] },
      ],
    );
    expect(places(found)).toEqual([
      ...[
        'title',
        'subjects[2].code',
        'subjects[2].label',
        'subjects[2].domain',
        'otherProofs[1]',
        'degrees[2].names[0]',
      ],
      ...['subjects[3].code', 'otherProofs[3]', 'otherProofs[2]', 'degrees[2].names[1]'],
      ...['degrees[2].clauses[1]', 'degrees[2].clauses[2]'],
      ...['degrees[2].source[0]', 'degrees[2].clauses[0].source'],
    ]);
  });

  test('without a fault for two parts that are both wrong, or for a name that looks like a position', () => {
    const found = beside(
      [['subjects'], [5, 6, { code: 7, label: 'x', domain: 'x' }]],
      [['otherProofs'], [5, '0', null]],
      [['sourceOf'], []],
      [['datesInFuture'], 5],
      [
        ['categories', 0, 'names'],
        [5, '0', 6],
      ],
      [
        ['degrees', 1, 'clauses'],
        [null, { source: 5, range }, { range }],
      ],
    );
    expect(places(found)).toEqual([
      ...['sourceOf', 'subjects[0]', 'subjects[1]', 'subjects[2].code', 'otherProofs[0]', 'otherProofs[2]'],
      ...['categories[0].names[0]', 'categories[0].names[2]', 'degrees[1].clauses[0]', 'degrees[1].clauses[1].source'],
      ...['datesInFuture', 'degrees[1].clauses[2].source'],
    ]);
  });

  test('without a fault for an id that may be that of a source without a readable id', () => {
    const found = beside(
      [['sources', 0, 'kind'], 'word'],
      [['sources', 1], { id: 5 }],
      [['sources', 2], 5],
      [['categories', 0, 'source'], ['wet']],
    );
    expect(places(found)).toEqual([
      ...['sources[0].kind', 'sources[1].id', 'sources[1].kind', 'sources[1].text', 'sources[2]'],
    ]);
  });

  test('by the id of a source and the code of a subject that are wrong elsewhere', () => {
    const found = beside(
      [['sources', 1], { id: 'verzonnen', kind: 'word', text: { nl: 'x', en: 'x' } }],
      [['subjects', 1], { code: '723007', label: '', domain: 'x' }],
    );
    expect(places(found)).toEqual(['sources[1].kind', 'subjects[1].label', 'subjects[1].code', 'sources[1].id']);
  });

  test('each source that is named, if there is no list of sources', () => {
    const found = beside([['title'], undefined], [['sources'], undefined]);
    expect(found[0]).toBe('a.json title: is missing: add it');
    expect(new Set(found.slice(1).map((fault) => fault.slice(fault.indexOf(':'))))).toEqual(
      new Set([': is no id of sources: correct it, or add the source']),
    );
    expect(places(found)).toContain('sourceOf.vks[0]');
    // A list that cannot be read names them all, perhaps.
    expect(
      places(
        beside(
          [['sources'], 'wet'],
          [
            ['categories', 0, 'source'],
            ['wet', 'wet'],
          ],
        ),
      ),
    ).toEqual(['sources', 'categories[0].source[1]']);
  });

  test.each<[string, Json, Json]>([
    ['id', { id: 'A' }, { id: 'A' }],
    ['version', { version: 'one' }, { version: 'one' }],
    ['beginning', { validFrom: 'today' }, { version: '0.2.0', validFrom: 'today' }],
    ['replaced version', {}, { version: '0.2.0', validFrom: '2025-01-01', replaces: 5 }],
    ['word candidate', {}, { version: '0.2.0', candidate: 'yes' }],
  ])('but compares no file with the others whose own %s is wrong', (_, a, b) => {
    const files = [a, b].map((change, index) => ({
      name: `${index}.json`,
      text: set((json) => Object.assign(json, change)),
    }));
    expect(lint(files)).toEqual(files.flatMap(lintAlone));
  });

  test('also those between files', () => {
    const wrong = withValue(['minimumLevel'], 4);
    const found = lint([
      { name: 'a.json', text: exampleText },
      { name: 'b.json', text: wrong },
    ]);
    expect(found.map(({ file, path }) => `${file} ${path}`)).toEqual(['b.json minimumLevel', 'b.json version']);
  });
});

test('names every fault of every file', () => {
  const text = set((json) => Object.assign(json, { version: 'one', id: '' }));
  const found = lint([
    { name: 'a.json', text },
    { name: 'b.json', text: '{' },
  ]);
  expect(found.map(({ file, path }) => `${file} ${path}`)).toEqual(['a.json id', 'a.json version', 'b.json ']);
});

describe('two versions of one rule set', () => {
  const version = (version: string, validFrom: string, validTo?: string, more: Json = {}) => ({
    name: `${version}.json`,
    text: set((json) => {
      delete json.validTo;
      Object.assign(json, { version, validFrom, ...(validTo && { validTo }), ...more });
    }),
  });
  const sameDay = [
    {
      file: '2.0.0.json',
      path: 'validFrom',
      message:
        'voorbeeld-zorghulp 2.0.0 and 1.0.0 (1.0.0.json) begin on the same day: change the day of one, let one replace the other, or mark one as candidate',
    },
  ];

  test.each([
    ['one follows the other', version('1.0.0', '2024-01-01', '2024-12-31'), version('2.0.0', '2025-01-01')],
    ['one comes into force before the other ends', version('1.0.0', '2024-01-01'), version('2.0.0', '2025-01-01')],
    ['the file of the first comes last', version('2.0.0', '2025-01-01'), version('1.0.0', '2024-01-01')],
    [
      'one is a candidate',
      version('1.0.0', '2024-01-01'),
      version('2.0.0', '2024-01-01', undefined, { candidate: true }),
    ],
    [
      'the first is a candidate',
      version('1.0.0', '2024-01-01', undefined, { candidate: true }),
      version('2.0.0', '2024-01-01'),
    ],
    ['their ids differ', version('1.0.0', '2024-01-01'), version('2.0.0', '2024-01-01', undefined, { id: 'other' })],
    [
      'one replaces the other',
      version('1.0.0', '2024-01-01'),
      version('2.0.0', '2024-01-01', undefined, { replaces: '1.0.0' }),
    ],
    [
      'the first replaces the other',
      version('1.0.0', '2024-01-01', undefined, { replaces: '2.0.0' }),
      version('2.0.0', '2024-01-01'),
    ],
  ])('may stand together if %s', (_, a, b) => {
    expect(lint([a, b])).toEqual([]);
  });

  test('must not begin on the same day', () => {
    const first = version('1.0.0', '2024-01-01', '2024-12-31');
    expect(lint([first, version('2.0.0', '2024-01-01')])).toEqual(sameDay);
    expect(lint([first, version('2.0.0', '2024-01-01', undefined, { candidate: false })])).toEqual(sameDay);
    // A candidate replaces nothing, and neither does a version of another rule set.
    const others = ['1.0.0', '3.0.0'].map((number) => ({
      ...version(number, '2024-01-01', undefined, { id: 'other', ...(number === '3.0.0' && { replaces: '1.0.0' }) }),
      name: `other-${number}.json`,
    }));
    expect(lint([first, version('2.0.0', '2024-01-01'), ...others])).toEqual(sameDay);
    const candidate = version('3.0.0', '2024-01-01', undefined, { candidate: true, replaces: '1.0.0' });
    expect(lint([first, version('2.0.0', '2024-01-01'), candidate])).toEqual(sameDay);
  });

  const replaces = (message: string, file = '2.0.0.json') => [{ file, path: 'replaces', message }];
  const absent = 'names a version that is not there: correct it, or add the file of that version';
  const otherDay = 'names a version with another validFrom: give both the same day, or take the member out';
  const circle = 'leads back to this version, so that none answers: take it out of one of them';

  test('a version replaces only one that is there and begins on the same day', () => {
    const second = version('2.0.0', '2024-01-01', undefined, { replaces: '1.0.0' });
    expect(lint([second])).toEqual(replaces(absent));
    expect(lint([version('1.0.0', '2024-01-01', undefined, { id: 'other' }), second])).toEqual(replaces(absent));
    expect(lint([version('1.0.0', '2023-01-01'), second])).toEqual(replaces(otherDay));
  });

  test('versions do not replace each other in a circle', () => {
    expect(lint([version('2.0.0', '2024-01-01', undefined, { replaces: '2.0.0' })])).toEqual(replaces(circle));
    const circular = [
      version('1.0.0', '2024-01-01', undefined, { replaces: '3.0.0' }),
      version('2.0.0', '2024-01-01', undefined, { replaces: '1.0.0' }),
      version('3.0.0', '2024-01-01', undefined, { replaces: '2.0.0' }),
    ];
    expect(lint(circular)).toEqual(
      ['1.0.0.json', '2.0.0.json', '3.0.0.json'].flatMap((file) => replaces(circle, file)),
    );
  });

  test('must not have the same version number, candidate or not', () => {
    const expected = [
      {
        file: 'copy.json',
        path: 'version',
        message: 'voorbeeld-zorghulp 1.0.0 is also in 1.0.0.json: give each file a version of its own, or take one out',
      },
    ];
    const copy = (more: Json) => ({ ...version('1.0.0', '2030-01-01', undefined, more), name: 'copy.json' });
    const first = version('1.0.0', '2024-01-01', '2024-12-31');
    expect(lint([first, copy({})])).toEqual(expected);
    expect(lint([first, copy({ candidate: true })])).toEqual(expected);
  });
});

describe('sources', () => {
  const noSource = (path: string) => [`a.json ${path}: is missing: name the ids of its sources`];
  const noId = (path: string) => [`a.json ${path}: is no id of sources: correct it, or add the source`];

  test.each([
    ['the minimum', withValue(['sourceOf', 'minimumLevel'], undefined), noSource('sourceOf.minimumLevel')],
    ['the subjects', withValue(['sourceOf', 'subjects'], undefined), noSource('sourceOf.subjects')],
    ['a category', withValue(['categories', 1, 'source'], undefined), noSource('categories[1].source')],
    ['a degree', withValue(['degrees', 0, 'source'], undefined), noSource('degrees[0].source')],
    [
      'a clause',
      withValue(['degrees', 1, 'clauses', 2, 'source'], undefined),
      noSource('degrees[1].clauses[2].source'),
    ],
    [
      'the countries',
      withValue(['automaticRecognition'], { countries: ['NLD'] }),
      noSource('automaticRecognition.source'),
    ],
    [
      'the programmes',
      withValue(['insufficientProgrammes'], { isced2011ThirdDigits: ['1'] }),
      noSource('insufficientProgrammes.source'),
    ],
    ['the dates', withValue(['datesInFuture'], { verdict: 'review' }), noSource('datesInFuture.source')],
    ['an id that is not there', withValue(['categories', 0, 'source', 0], 'wet'), noId('categories[0].source[0]')],
    [
      'the name of a member that every object has',
      withValue(['categories', 0, 'source', 0], 'toString'),
      noId('categories[0].source[0]'),
    ],
    [
      'an id twice',
      withValue(['categories', 0, 'source'], [...source, ...source]),
      kept('categories[0].source[1]', 'categories[0].source[0]'),
    ],
    [
      'two sources with one id',
      withValue(['sources', 1], { id: 'verzonnen', kind: 'law', text: { nl: 'Wet', en: 'Law' } }),
      kept('sources[1].id', 'sources[0].id'),
    ],
    [
      'a source that nothing names',
      withValue(['sources', 1], { id: 'wet', kind: 'law', text: { nl: 'Wet', en: 'Law' } }),
      ['a.json sources[1].id: is named by nothing: name it, or take it out'],
    ],
    [
      'an address that is not https',
      withValue(['sources', 0, 'address'], 'http://example.org'),
      ['a.json sources[0].address: must be an https address'],
    ],
    [
      'a kind that does not exist',
      withValue(['sources', 0, 'kind'], 'custom'),
      ['a.json sources[0].kind: must be law, protocol or reading'],
    ],
  ])('%s is named with file, path and what to do', (_, text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  test('a file without any is refused', () => {
    const bare = (json: Json): Json => {
      const { sources, sourceOf, ...rest } = json;
      return JSON.parse(JSON.stringify(rest, (key, value) => (key === 'source' ? undefined : value)));
    };
    const found = faults(JSON.stringify(bare(JSON.parse(exampleText))));
    // Eight parts of `sourceOf`, three categories, two degrees and their four clauses.
    expect(found).toHaveLength(17);
    const older = JSON.parse(replacedText);
    expect(faults(JSON.stringify(older))).toEqual([]);
    expect(faults(JSON.stringify({ ...older, version: '1.0.1' })).length).toBeGreaterThan(20);
    expect(faults(JSON.stringify({ ...older, id: 'begeleider' })).length).toBeGreaterThan(20);
  });
});

test('countries and digits stand once in their list', () => {
  const countries = withValue(['automaticRecognition'], { countries: ['NLD', ' NLD', 'nld'], source });
  expect(faults(countries)).toEqual(kept('automaticRecognition.countries[1]', 'automaticRecognition.countries[0]'));
  const digits = withValue(['insufficientProgrammes'], { isced2011ThirdDigits: ['1', '2', '1'], source });
  const path = 'insufficientProgrammes.isced2011ThirdDigits';
  expect(faults(digits)).toEqual(kept(`${path}[2]`, `${path}[0]`));
});

test('finds a duplicate member after lists, objects, commas and quotes, and does not take a value for a member', () => {
  const text = `{ "x": ["x", "x", { "a": "\\", \\"a\\": {", "b": [], "c": {} }, { "d": [[1, 2], "d", { "e": 1, "e": 2 }] }] }`;
  expect(faults(text).filter((fault) => fault.includes('twice'))).toEqual(twice('x[3].d[2].e'));
  expect(faults('"a"')).toEqual(wrongType('', 'an object'));
});
