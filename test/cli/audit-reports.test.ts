import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AccessEvent } from '../../src/audit/event.ts';
import { subjectHmac } from '../../src/audit/identity.ts';
import { auditKeyCheck } from '../../src/audit/key.ts';
import { createChain, sampleAccess, sampleIntent, sampleRefusal, sampleStart } from '../audit/sample.ts';
import { file, runAudit } from './run.ts';

const [k1, k2, foreign] = [randomBytes(32), randomBytes(32), randomBytes(32)] as const;
const keyFiles = [k1, k2, foreign].map((key, index) => file(`key-${index + 1}`, key.toString('base64')));
const [keyFile1 = '', keyFile2 = '', foreignFile = ''] = keyFiles;
const persons = { sofie: '90610100155', amir: '85610100246', rita: '71610100441' } as const;

const start = (id: string, key: Buffer) => ({ ...sampleStart(), auditKey: { id, check: auditKeyCheck(key) } });
const access = (
  who: keyof typeof persons,
  [id, key]: readonly [string, Buffer],
  change: Partial<AccessEvent> = {},
) => ({
  ...sampleAccess(randomUUID()),
  subject: { key: id, hmac: subjectHmac(key, persons[who]) },
  ...change,
});

// Two processes, one before and one after a change of the audit key, over a midnight in Brussels (23:00 UTC).
const first = createChain();
const second = createChain();
const [old, fresh] = [['k1', k1] as const, ['k2', k2] as const];
const failed = access('rita', old, {
  result: 'failed',
  problem: 'ledTimeout',
  status: 504,
  outcome: undefined,
  disclosed: undefined,
});
const twice = access('sofie', old, { client: { id: 'dossier-app', org: 'OVO000123' } });
const lost = { ...sampleIntent(randomUUID()), subject: { key: 'k2', hmac: subjectHmac(k2, persons.rita) } };
const probe = access('rita', fresh, { user: { id: 'probe', source: 'probe' }, quality: { unknownValue: 3 } });
const day1 = file(
  'day-1.log',
  [
    first(start('k1', k1), '2026-11-20T08:00:00.000Z'),
    first(twice, '2026-11-20T09:15:00.000Z'),
    first(access('amir', old, { quality: { unknownValue: 2, outOfScope: 1 } }), '2026-11-20T22:59:59.999Z'),
  ].join(''),
);
const day2 = file(
  'day-2.log',
  [
    first(
      access('sofie', old, { outcome: 'notDemonstrated', disclosed: { diplomas: 0, attributes: [] } }),
      '2026-11-20T23:00:00.000Z',
    ),
    first(failed, '2026-11-21T10:00:00.000Z'),
    first(sampleRefusal(randomUUID()), '2026-11-21T10:00:01.000Z'),
    second(start('k2', k2), '2026-11-21T11:00:00.000Z'),
    second(access('sofie', fresh), '2026-11-21T12:00:00.000Z'),
    second(probe, '2026-11-21T12:01:00.000Z'),
    second(lost, '2026-11-21T13:00:00.000Z'),
  ].join(''),
);

const breach = async (...args: string[]) => {
  const { code, out, err } = await runAudit(['breach', '--json', ...args, day1, day2]);
  return { code, err, ...(code === 0 ? JSON.parse(out) : { out }) };
};

describe('audit breach', () => {
  test('counts persons once for each key, decisions apart from failures, and the days of Brussels', async () => {
    expect(await breach('--from', '2026-11-20', '--to', '2026-11-21')).toMatchObject({
      code: 0,
      err: '',
      // Sofie and Amir under k1, Sofie under k2: two or three persons.
      persons: { from: 2, to: 3 },
      keys: ['k1', 'k2'],
      decisions: 4,
      disclosed: 3,
      failed: 1,
      attributes: ['categorie', 'onderwerp', 'uitreikingsdatum', 'volledigeNaam'],
      withoutAccess: [lost.id],
    });
    // The access at 22:59:59.999 UTC is the last of 20 November in Brussels.
    expect(await breach('--from', '2026-11-20', '--to', '2026-11-20')).toMatchObject({
      persons: { from: 2, to: 2 },
      decisions: 2,
      failed: 0,
      withoutAccess: [],
    });
    expect(await breach('--from', '2026-11-20T23:00:00Z', '--to', '2026-11-21T11:00:00+01:00')).toMatchObject({
      persons: { from: 1, to: 1 },
      decisions: 1,
      disclosed: 0,
      failed: 1,
    });
  });

  test('by calling system: its persons, and the numbers under which it finds its files', async () => {
    const { byClient } = await breach('--from', '2026-11-20', '--to', '2026-11-21');
    expect(Object.keys(byClient).sort()).toEqual(['dossier-app', 'intake-desk']);
    expect(byClient['dossier-app']).toEqual({
      persons: { from: 1, to: 1 },
      decisions: 1,
      disclosed: 1,
      failed: 0,
      organisation: 'OVO000123',
      attributes: ['categorie', 'onderwerp', 'uitreikingsdatum', 'volledigeNaam'],
      files: [{ id: twice.id, caseReference: 'DOS/2026/17' }],
    });
    expect(await breach('--from', '2026-11-20', '--to', '2026-11-21', '--client', 'dossier-app')).toMatchObject({
      persons: { from: 1, to: 1 },
      decisions: 1,
    });
    expect(await breach('--from', '2026-11-20', '--to', '2026-11-21', '--user', 'nobody')).toMatchObject({
      persons: { from: 0, to: 0 },
      decisions: 0,
      failed: 0,
      byClient: {},
      withoutAccess: [],
    });
  });

  test('says in words why the number of persons is a range, and counts a file that is given twice once', async () => {
    const args = ['breach', '--from', '2026-11-20', '--to', '2026-11-21'];
    const { out } = await runAudit([...args, day1, day2]);
    expect(out).toContain('persons: 2 to 3\ndecisions: 4, of which with diplomas: 3\n');
    expect(out).toContain('The lines have 2 audit keys (k1, k2).');
    expect(out).toContain(`  ${lost.id}\n`);
    expect((await runAudit([...args, day1, day2, day1])).out).toBe(out);
  });

  test('takes the ids of lines as they stand there: a UUID, an HMAC, the fingerprint of a certificate', async () => {
    const uuid = '0b0e4a1c-0000-4000-8000-012345678901';
    const ids = [uuid, `hmac:${'A'.repeat(32)}12345678901`, Array.from({ length: 32 }, () => '99').join(':')];
    const log = file(
      'ids.log',
      ids.map((client) => createChain()(access('sofie', old, { client: { id: client } }))).join(''),
    );
    for (const id of ids) {
      const { code, out } = await runAudit([
        'breach',
        '--json',
        '--from',
        '2020-01-01',
        '--to',
        '2099-01-01',
        '--client',
        id,
        log,
      ]);
      expect([code, JSON.parse(out || '{}').decisions]).toEqual([0, 1]);
    }
  });

  test('prints nothing that steers a terminal, and leaves out lines whose members are of another kind', async () => {
    const odd = (change: object): string =>
      `${JSON.stringify({ ...JSON.parse(createChain()(access('sofie', old))), ...change })}\n`;
    const whole = odd({ client: { id: 'a\u001b[2Jb' }, why: { ruleSet: 'x', legalBasis: 'y', caseReference: 'c\rd' } });
    const spoilt = [
      { client: { id: 'a', org: 1 } },
      { user: { id: 'a', role: {} } },
      { why: { ruleSet: 1 } },
      { outcome: 'toString' },
    ];
    const log = file('odd.log', whole + spoilt.map(odd).join(''));
    const { code, out, err } = await runAudit(['breach', '--from', '2020-01-01', '--to', '2099-01-01', log]);
    expect(code).toBe(0);
    expect(out).toContain('\na?[2Jb\n');
    expect(out).toMatch(/ {2}c\?d\n/);
    expect(err).toContain('4 lines are no whole audit lines');
    const report = await runAudit(['report', '--key-file', keyFile1, log], persons.sofie);
    expect([report.code, report.err.includes('4 lines')]).toEqual([0, true]);
  });

  test.each([
    [['--from', '2026-11-20']],
    [['--from', '2026-11-20', '--to', '2026-13-01']],
    [['--from', '2026-11-20', '--to', '21/11/2026']],
    [['--from', '2026-11-20', '--to', '2026-11-21', '--user', '90610100155']],
    [['--from', '2026-11-20', '--to', '2026-11-21', '--client', '90.61.01-001.55']],
  ])('wrong use: %j exits 64 and repeats nothing', async (args) => {
    const { code, out, err } = await runAudit(['breach', ...args, day1]);
    expect([code, out]).toEqual([64, '']);
    expect(err).not.toMatch(/90.?61.?01/);
  });
});

describe('audit quality', () => {
  test('names day, Referte and kinds, and the totals', async () => {
    const { code, out } = await runAudit(['quality', '--json', day1, day2]);
    const report = JSON.parse(out);
    expect({ code, report }).toEqual({
      code: 0,
      report: {
        findings: [
          { day: '2026-11-20', references: [expect.any(String)], quality: { outOfScope: 1, unknownValue: 2 } },
        ],
        totals: { outOfScope: 1, unknownValue: 2 },
        unreadable: 0,
      },
    });
    expect((await runAudit(['quality', day1])).out).toBe(
      `2026-11-20  ${report.findings[0].references[0]}  outOfScope 1, unknownValue 2\nrecords in total: outOfScope 1, unknownValue 2\n`,
    );
    expect((await runAudit(['quality', '--day', '2026-11-21', day1])).out).toBe(
      'LED’s data had no oddity in these lines.\n',
    );
  });
});

describe('audit report', () => {
  const both = ['report', '--key-file', keyFile1, '--key-file', keyFile2];

  test('an INSZ among the arguments: exits 64 and does not repeat it', async () => {
    for (const args of [[persons.sofie], ['--key-id', persons.sofie], ['--day', '90.61.01-001.55']]) {
      const { code, out, err } = await runAudit([...both, ...args, day1], persons.sofie);
      expect([code, out]).toEqual([64, '']);
      expect(err).toContain('never given as an argument');
      expect(err).not.toMatch(/\d/);
    }
  });

  test('tells a citizen who looked, when and why, under every key, the oldest first', async () => {
    const { code, out, err } = await runAudit([...both, '--json', day1, day2], persons.sofie);
    const { accesses } = JSON.parse(out);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(accesses.map(({ day, time, outcome }: Record<string, string>) => [day, time, outcome])).toEqual([
      ['2026-11-20', '10:15', 'eligible'],
      ['2026-11-21', '00:00', 'notDemonstrated'],
      ['2026-11-21', '13:00', 'eligible'],
    ]);
    expect(accesses[0]).toEqual({
      id: twice.id,
      day: '2026-11-20',
      time: '10:15',
      client: 'dossier-app',
      organisation: 'OVO000123',
      role: 'caseworker',
      purpose: expect.objectContaining({ ruleSet: 'begeleider-ama', caseReference: 'DOS/2026/17' }),
      result: 'decided',
      outcome: 'eligible',
      diplomas: 1,
      attributes: ['categorie', 'onderwerp', 'uitreikingsdatum', 'volledigeNaam'],
    });
    const forOfficer = await runAudit([...both, '--json', '--handlers', day1, day2], persons.sofie);
    expect(JSON.parse(forOfficer.out).accesses[0].handler).toBe('u-4711');
    const oneDay = await runAudit([...both, '--json', '--day', '2026-11-20', day1, day2], persons.sofie);
    expect(JSON.parse(oneDay.out).accesses).toHaveLength(1);
  });

  test('in words, in Dutch and in English, without the case handler', async () => {
    const { out } = await runAudit([...both, day1, day2], persons.rita);
    const steady = out
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
      .replace(/op .+ gemaakt/, 'op DAG gemaakt');
    expect(steady).toMatchInlineSnapshot(`
      "Wie heeft uw diplomagegevens opgevraagd?

      Dit overzicht is op DAG gemaakt uit de auditlijnen van de dienst die diploma’s opvraagt in LED, de Vlaamse databank van diploma’s. In de doorzochte bestanden staan 3 opvragingen over u. Alle uren zijn die van Brussel.

      1. 21 november 2026, 11:00 uur
         Opgevraagd met het systeem: intake-desk
         In de rol van: caseworker
         Waarvoor: begeleider-ama (Besluit van de Vlaamse Regering, artikel 12 – diplomavoorwaarde), dossier DOS/2026/17
         Resultaat: De vraag is niet beantwoord door een storing. Er zijn geen diplomagegevens doorgegeven.
         Doorgegeven gegevens: geen
         Kenmerk: UUID

      2. 21 november 2026, 13:01 uur
         Opgevraagd met het systeem: intake-desk
         Waarvoor: begeleider-ama (Besluit van de Vlaamse Regering, artikel 12 – diplomavoorwaarde), dossier DOS/2026/17
         Resultaat: LED toont aan dat u een diploma hebt dat aan de voorwaarde voldoet.
         Doorgegeven gegevens: categorie, onderwerp, uitreikingsdatum, volledige naam
         Kenmerk: UUID

      3. 21 november 2026, 14:00 uur
         Opgevraagd met het systeem: intake-desk
         In de rol van: caseworker
         Waarvoor: begeleider-ama (Besluit van de Vlaamse Regering, artikel 12 – diplomavoorwaarde), dossier DOS/2026/17
         Resultaat: LED is bevraagd. Of het antwoord is doorgegeven, staat niet vast.
         Doorgegeven gegevens: geen
         Kenmerk: UUID

      Het kenmerk is het nummer van de opvraging: vermeld het als u er een vraag over hebt. De gegevens zelf bewaart de dienst niet, alleen welke soorten gegevens zijn doorgegeven.
      "
    `);
    const { out: english } = await runAudit([...both, '--lang', 'en', day1, day2], persons.sofie);
    expect(english).toContain('1. 20 November 2026, 10:15\n   Asked with the system: dossier-app\n');
    expect(english).toContain('   Data passed on: categorie, onderwerp, uitreikingsdatum, volledige naam\n');
    expect(out + english).not.toContain('u-4711');
    for (const text of [out, english]) for (const insz of Object.values(persons)) expect(text).not.toContain(insz);
  });

  test('a key of other lines and a number that is mistyped are refused, and a key that is missing is named', async () => {
    expect(await runAudit(['report', '--key-file', foreignFile, day1], persons.sofie)).toMatchObject({
      code: 65,
      out: '',
    });
    expect(await runAudit([...both, day1, day2], '90610100156')).toMatchObject({ code: 65, out: '' });
    const { code, err } = await runAudit(['report', '--key-file', keyFile1, day1, day2], persons.sofie);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('its audit key is k2') });
    for (const args of [
      ['--lang', 'fr'],
      ['--day', 'today'],
    ]) {
      expect(await runAudit([...both, ...args, day1], persons.sofie)).toMatchObject({ code: 64, out: '' });
    }
    expect(await runAudit(['report', '--key-file', keyFile1, '-'], persons.sofie)).toMatchObject({ code: 64 });
  });

  test('says how many lines could not be read', async () => {
    const torn = file('torn.log', `${first(start('k1', k1))}{"v":"1","ts":"2026\nhello\n`);
    const { code, err } = await runAudit(['report', '--key-file', keyFile1, torn], persons.sofie);
    expect({ code, err }).toEqual({
      code: 0,
      err: '2 lines are no whole audit lines and are not in this report: run audit verify over these files\n',
    });
  });
});
