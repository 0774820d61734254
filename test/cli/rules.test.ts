import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runRulesCommand } from '../../src/cli/rules.ts';
import { builtInFolder } from '../../src/rules/load.ts';
import { amaText, bachelor, exampleText } from '../rules/support.ts';
import { inProcess } from './run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text: string | Buffer): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const version = (text: string, over: object): string => JSON.stringify({ ...JSON.parse(text), ...over });

const run = (args: string[], ruleSetDir?: string, input?: string | Buffer) =>
  inProcess((io) => runRulesCommand(args, io, ruleSetDir), input);

describe('rules lint', () => {
  test('says that there is no fault', async () => {
    put('example.json', exampleText);
    put('next.json', version(amaText, { version: '1.2.0', candidate: true }));
    expect(await run(['lint', folder])).toEqual({
      code: 0,
      out: 'No faults. Together with the built-in rule sets: begeleider-ama 1.0.0, begeleider-ama 1.1.0, begeleider-ama 1.2.0 (candidate), voorbeeld-zorghulp 0.1.0.\n',
      err: '',
    });
    expect((await run(['lint', builtInFolder])).code).toBe(0);
  });

  test('names each fault on a line of its own with file, path and what to do', async () => {
    const a = put('a.json', version(exampleText, { minimumLevel: 4, subjets: [] }));
    const b = put('b.json', '[1,\n\n x]');
    const { code, out } = await run(['lint', folder]);
    const lines = out.trimEnd().split('\n');
    expect(code).toBe(1);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(`${a}: minimumLevel: must be a whole number from 5 to 8, the least VKS level that qualifies`);
    expect(lines[1]).toBe(`${a}: subjets: is no member that is known here: check its spelling, or take it out`);
    expect(lines[2]).toMatch(new RegExp(`^${b}: is not JSON: correct it \\(`));
    expect(out).not.toMatch(/\s{2}/);
  });

  test('exits 65 when the folder cannot be read', async () => {
    const missing = join(folder, 'missing');
    expect(await run(['lint', missing])).toEqual({ code: 65, out: '', err: `cannot read ${missing}: ENOENT\n` });
    const file = put('one.json', exampleText);
    expect(await run(['lint', file])).toEqual({ code: 65, out: '', err: `cannot read ${file}: ENOTDIR\n` });
  });

  test('counts a folder without rule sets, and a file that cannot be read, as faults: exits 1', async () => {
    expect(await run(['lint', folder])).toMatchObject({ code: 1, out: expect.stringContaining('holds no rule set') });
    mkdirSync(join(folder, 'sub.json'));
    expect(await run(['lint', folder])).toMatchObject({ code: 1, out: expect.stringContaining('cannot be read') });
  });
});

describe('rules explain', () => {
  test('prints a rule set in Dutch or in English', async () => {
    expect(await run(['explain', 'begeleider-ama'])).toMatchObject({ code: 0, err: '' });
    expect((await run(['explain', 'begeleider-ama'])).out).toContain('\nRechtsgrond: ');
    expect((await run(['explain', 'begeleider-ama', '--lang', 'nl'])).out).toContain('\nRechtsgrond: ');
    expect((await run(['explain', '--lang=en', 'begeleider-ama'])).out).toContain('\nLegal basis: ');
  });

  test('takes the version in force today or on another day, or the one that is named', async () => {
    put('one.json', exampleText);
    put('two.json', version(exampleText, { version: '0.2.0', validFrom: '2026-02-01', validTo: '2026-02-28' }));
    const versionOf = async (...args: string[]) => {
      const { code, out, err } = await run(['explain', ...args], folder);
      return code === 0 ? /^Versie: (.*)$/m.exec(out)?.[1] : err;
    };
    expect(await versionOf('voorbeeld-zorghulp', '--day', '2024-06-01')).toBe('voorbeeld-zorghulp 0.1.0');
    expect(await versionOf('voorbeeld-zorghulp', '--day', '2026-02-28')).toBe('voorbeeld-zorghulp 0.2.0');
    expect(await versionOf('voorbeeld-zorghulp', '--day', '2026-03-01')).toBe(
      'No version of this rule set is in force on 2026-03-01.\n',
    );
    expect(await versionOf('voorbeeld-zorghulp@0.1.0')).toBe('voorbeeld-zorghulp 0.1.0');
    expect(await versionOf('begeleider-ama')).toBe('begeleider-ama 1.1.0');
    expect(await versionOf('begeleider-ama@1.0.0')).toBe('begeleider-ama 1.0.0');
  });

  test('takes a file, also one that no folder could hold with the others', async () => {
    const file = put('next.json', version(amaText, { version: '9.0.0', replaces: '8.0.0' }));
    expect((await run(['explain', file])).out).toContain('\nVersie: begeleider-ama 9.0.0\n');
    const bad = put('bad.json', '[]');
    expect(await run(['explain', bad])).toEqual({
      code: 65,
      out: '',
      err: `${bad}: has the wrong type: make it an object\n`,
    });
    const missing = join(folder, 'missing.json');
    expect(await run(['explain', missing])).toMatchObject({ code: 65, out: '', err: expect.stringContaining(missing) });
  });

  test('exits 64 and names the known rule sets when there is no such rule set', async () => {
    const err = 'There is no such rule set and no such file. Known are: begeleider-ama@1.0.0, begeleider-ama@1.1.0.\n';
    expect(await run(['explain', 'nothing'])).toEqual({ code: 64, out: '', err });
    expect(await run(['explain', 'begeleider-ama@9.9.9'])).toEqual({ code: 64, out: '', err });
    put('one.json', exampleText);
    expect((await run(['explain', 'nothing'], folder)).err).toBe(
      'There is no such rule set and no such file. Known are: begeleider-ama@1.0.0, begeleider-ama@1.1.0, voorbeeld-zorghulp@0.1.0.\n',
    );
  });

  test('exits 78 when the service would not start with the RULE_SET_DIR', async () => {
    const files = [put('a.json', '[]'), put('b.json', '[]')];
    expect(await run(['explain', 'begeleider-ama'], folder)).toEqual({
      code: 78,
      out: '',
      err: files.map((file) => `${file}: has the wrong type: make it an object\n`).join(''),
    });
  });
});

/** A record that is a match, as a file holds it. */
const { holder, ...bachelorRecord } = bachelor;
const judged = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('rules judge', () => {
  const records = [
    bachelorRecord,
    { ...bachelorRecord, country: 'NLD' },
    { ...bachelorRecord, proofType: 'Attest', vks: ' ' },
    { ...bachelorRecord, subject: '144001' },
    {},
    { ...bachelorRecord, year: '2027', month: '01', day: '31' },
  ];
  const expected = [
    { verdict: 'match', reasons: ['levelByVks'] },
    { verdict: 'review', reasons: ['foreignLevelRecognised'] },
    { verdict: 'rejected', reasons: ['notADiploma'] },
    { verdict: 'dropped', reasons: ['outOfScope'] },
    { verdict: 'dropped', reasons: ['outOfScope'] },
    { verdict: 'review', reasons: ['awardDateInFuture'] },
  ];
  const day = ['--day', '2026-11-23'];

  test.each([
    ['a JSON array', JSON.stringify(records, null, 2)],
    ['JSON Lines', records.map((record) => `${JSON.stringify(record)}\n`).join('\n')],
    ['a byte order mark', `\u{FEFF}${JSON.stringify(records)}`],
  ])('writes a line for each record: %s', async (_, text) => {
    const file = put('records', text);
    const fromFile = await run(['judge', 'begeleider-ama', file, ...day]);
    expect({ ...fromFile, out: judged(fromFile.out) }).toEqual({ code: 0, err: '', out: expected });
    expect(await run(['judge', 'begeleider-ama', ...day], undefined, text)).toEqual(fromFile);
    expect(await run(['judge', 'begeleider-ama', '-', ...day], undefined, text)).toEqual(fromFile);
  });

  test('writes nothing for no records, and a line for one object', async () => {
    expect(await run(['judge', 'begeleider-ama'], undefined, '[]')).toEqual({ code: 0, out: '', err: '' });
    expect(await run(['judge', 'begeleider-ama'], undefined, '')).toEqual({ code: 0, out: '', err: '' });
    const one = await run(['judge', 'begeleider-ama'], undefined, JSON.stringify(bachelorRecord, null, 2));
    expect(judged(one.out)).toEqual([expected[0]]);
  });

  test('judges by the version that is named, on the day that is given', async () => {
    const input = JSON.stringify({ ...bachelorRecord, year: '2027' });
    const verdict = async (...args: string[]) =>
      judged((await run(['judge', ...args], undefined, input)).out)[0].verdict;
    expect(await verdict('begeleider-ama', '--day', '2026-12-31')).toBe('review');
    expect(await verdict('begeleider-ama', '--day', '2027-01-01')).toBe('match');
    expect(await verdict('begeleider-ama@1.0.0', '--day', '2026-12-31')).toBe('match');
  });

  test('judges many records in the order of the file', async () => {
    const many = Array.from({ length: 2_345 }, (_, index) => records[index % records.length]);
    const { out } = await run(['judge', 'begeleider-ama', ...day], undefined, JSON.stringify(many));
    expect(judged(out)).toEqual(many.map((_, index) => expected[index % expected.length]));
  });

  test.each([
    ['an unknown member', '{"status":"1"}\n{"graad":"Geheim"}', 2],
    ['the holder', '[{"holder":"Geheim"}]', 1],
    ['a number', '[{},{},{"year":2016}]', 3],
    ['null', '[{"year":null}]', 1],
    ['no object', '["Geheim"]', 1],
    ['no JSON', '{}\nGeheim', 2],
  ])('exits 65 and names the record by its number only: %s', async (_, input, number) => {
    expect(await run(['judge', 'begeleider-ama'], undefined, input)).toEqual({
      code: 65,
      out: '',
      err: `record ${number} is no JSON object with only the members of a record, each a text\n`,
    });
  });

  test('exits 65 when the file cannot be read, and when it is no UTF-8', async () => {
    const missing = join(folder, 'missing');
    const err = `cannot read ${missing}: ENOENT\n`;
    expect(await run(['judge', 'begeleider-ama', missing])).toEqual({ code: 65, out: '', err });
    const latin = Buffer.from('[{"degree":"Di\u00ebtist"}]', 'latin1');
    expect(await run(['judge', 'begeleider-ama'], undefined, latin)).toEqual({
      code: 65,
      out: '',
      err: 'standard input is no UTF-8 text\n',
    });
  });
});

describe('rules explain --record', () => {
  const explained = async (over: object, ...args: string[]) => {
    const file = put('record.json', JSON.stringify({ ...bachelorRecord, ...over }));
    return run(['explain', 'begeleider-ama', '--record', file, '--day', '2026-11-23', ...args]);
  };
  const nothing = 'Geen enkel document is op zichzelf genoeg.';

  test('says what was found and what would help, and no value of the record', async () => {
    const { code, out, err } = await explained({ authenticity: 'Eigen verklaring - Op eer' });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(
      [
        'Erkenning als begeleider arbeidsmatige activiteiten (begeleider-ama 1.1.0)',
        'Een dossierbehandelaar beoordeelt dit bewijs.',
        '',
        'Wat er gevonden is',
        '  Dit bewijs steunt op een eigen verklaring van de aanvrager. Nodig is een bewijs dat de instelling zelf bevestigt. Vraag het diploma op en laat de instelling het bevestigen.',
        '',
        'Wat de gegevens over het niveau zeggen (nodig is minstens VKS-niveau 6 (bachelor))',
        '  Het VKS-niveau volstaat.',
        '  ISCED 2011 zegt niets over het niveau.',
        '  De graad volstaat.',
        '  De categorie zegt niets over het niveau.',
        '  ISCED 1997 laat het open.',
        '',
        'Wat zou helpen',
        '  Een diploma dat nog niet bevestigd is, telt zodra de instelling die het uitreikte, het bevestigt. Vraag het op en laat het bevestigen.',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['a match', {}, 'match', []],
    ['a foreign diploma', { country: 'ROU' }, 'review', ['equivalenceDecision']],
    ['a date in the future', { year: '2027' }, 'review', ['confirmDate']],
    ['no year', { degree: 'Gegradueerde', vks: '', year: '' }, 'review', ['confirmDate']],
    ['a rejected proof', { proofType: 'Attest' }, 'rejected', []],
    ['a proof out of scope', { subject: '144001' }, 'dropped', []],
  ])('for programs: %s', async (_, over, verdict, followUp) => {
    const { out } = await explained(over, '--json');
    expect(JSON.parse(out)).toMatchObject({ verdict, followUp });
  });

  test('says that nothing is enough on its own, where that is so', async () => {
    expect((await explained({ authenticity: '', country: 'ROU' })).out).toContain(`\nWat zou helpen\n  ${nothing}\n`);
    expect((await explained({ proofType: 'Attest' })).out).toContain(nothing);
    expect((await explained({})).out).not.toContain('Wat zou helpen');
    const dropped = (await explained({ subject: '144001' })).out;
    expect(dropped).toContain('Het protocol staat niet toe dat het wordt ingekeken.');
    expect(dropped).not.toContain('Wat zou helpen');
    expect((await explained({ proofType: 'Attest' }, '--lang', 'en')).out).toContain(
      '\nWhat would help\n  No single document ',
    );
  });

  test('exits 65 for a file that does not hold one record', async () => {
    const several = put('several.json', '[{},{}]');
    const err = 'the file holds 2 records: give it one\n';
    expect(await run(['explain', 'begeleider-ama', '--record', several])).toEqual({ code: 65, out: '', err });
    expect(await run(['explain', 'begeleider-ama', '--record', '-'], undefined, '[]')).toMatchObject({ code: 65 });
    expect(await run(['explain', 'begeleider-ama', '--record', '-'], undefined, '{}')).toMatchObject({ code: 0 });
  });
});

test('for programs, lint writes the faults and explain the rule set', async () => {
  expect(JSON.parse((await run(['lint', builtInFolder, '--json'])).out)).toEqual({ faults: [] });
  const file = put('a.json', '[]');
  const { code, out } = await run(['lint', folder, '--json']);
  expect({ code, faults: JSON.parse(out).faults }).toMatchObject({ code: 1, faults: [{ file, path: '' }] });
  expect(JSON.parse((await run(['explain', 'begeleider-ama', '--json'])).out)).toEqual(JSON.parse(amaText));
});

test.each([
  [[]],
  [['lint']],
  [['lint', 'a', 'b']],
  [['check', 'a']],
  [['explain']],
  [['explain', 'a', 'b']],
  [['explain', 'a', '--lang', 'fr']],
  [['explain', 'a', '--lang']],
  [['explain', 'a', '--day', '2026-02-29']],
  [['explain', 'a', '--day', '20260228']],
  [['judge']],
  [['judge', 'a', 'b', 'c']],
  [['judge', 'a', '--day', '2026-13-01']],
  [['toString']],
  [['explain', 'a', '--colour', 'red']],
])('%j is no command: exits 64 and shows the usage', async (args) => {
  expect(await run(args)).toEqual({
    code: 64,
    out: '',
    err: [
      'usage:',
      '  led-eligibility rules lint DIR [--json]',
      '      check the rule sets of a folder, together with the built-in ones',
      '  led-eligibility rules explain SET [--record F] [--day D] [--lang nl|en] [--json]',
      '      print a rule set in words; with --record, what it finds in the record of a file, and what would help',
      '  led-eligibility rules judge SET [FILE] [--day D]',
      '      judge the records of a file: a JSON array, or a JSON object on each line; without FILE: standard input',
      '  led-eligibility rules diff OLD NEW [--records FILE] [--day D] [--lang nl|en] [--json]',
      '      find every record that two rule sets judge differently; with --records, the class of each record of a file',
      '  led-eligibility rules prove SET [--day D] [--lang nl|en] [--json]',
      '      check for all records what must hold whatever the data, such as: a match has a proof of its level',
      'SET, OLD, NEW: a file, ID@VERSION, or ID (the version in force on the day D, yyyy-mm-dd; without --day: today in Brussels)',
      '',
    ].join('\n'),
  });
});
