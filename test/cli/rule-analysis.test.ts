import { describe, expect, test } from 'vitest';
import { runRulesCommand } from '../../src/cli/rules.ts';
import { amaText, bachelor as bachelorOfHolder } from '../rules/support.ts';
import { file, inProcess } from './run.ts';

const version = (over: object): string => file('other.json', JSON.stringify({ ...JSON.parse(amaText), ...over }));

const run = async (args: string[], input = '') => {
  const shown: string[] = [];
  const progress = (text: string) => void shown.push(text);
  return { ...(await inProcess((io) => runRulesCommand(args, { ...io, progress }), input)), shown };
};

const { holder, ...bachelor } = bachelorOfHolder;
const day = ['--day', '2026-11-26'];

describe('rules diff', () => {
  test('two that judge alike: 0, and it says so in both languages', async () => {
    const same = version({ title: { nl: 'Iets', en: 'Something' }, version: '1.1.1' });
    const dutch = await run(['diff', 'begeleider-ama', same, ...day]);
    expect(dutch).toMatchObject({ code: 0, err: '' });
    expect(dutch.out).toMatch(
      /^Verschil tussen begeleider-ama 1\.1\.0 en begeleider-ama 1\.1\.1, op 2026-11-26\n\nGeen verschil: /,
    );
    const english = await run(['diff', 'begeleider-ama', same, '--lang', 'en', ...day]);
    expect(english.out).toContain('\n\nNo difference: both versions judge every proof in the same way (');
    const { equivalent, differing, classes, cells } = JSON.parse((await run(['diff', same, same, '--json'])).out);
    expect({ equivalent, differing, classes }).toEqual({ equivalent: true, differing: 0, classes: [] });
    expect(cells).toBeGreaterThan(1e12);
  });

  test('a subject less: one class for each way to be judged, with its witness', async () => {
    const fewer = version({ subjects: JSON.parse(amaText).subjects.slice(1) });
    const { code, out } = await run(['diff', 'begeleider-ama@1.1.0', fewer, '--json', '--lang', 'en', ...day]);
    expect(code).toBe(1);
    const { equivalent, cells, differing, classes } = JSON.parse(out);
    expect(equivalent).toBe(false);
    expect(classes[0]).toEqual({
      id: 'c1',
      from: { verdict: 'match', reasons: ['levelByVks'] },
      to: { verdict: 'dropped', reasons: ['outOfScope'] },
      cells: expect.any(Number),
      when: expect.stringContaining('subject: 142001'),
      witness: expect.objectContaining({ subject: '142001', status: '1' }),
    });
    const sum = classes.reduce((total: number, one: { cells: number }) => total + one.cells, 0);
    expect(sum).toBe(differing);
    // All kinds of record with this subject, which is one of 34.
    expect(differing).toBe(cells / 34);
    expect(classes.every(({ to }: { to: object }) => JSON.stringify(to) === JSON.stringify(classes[0].to))).toBe(true);
  });

  test('the page for a policy officer says what changes, why, which records, and gives an example', async () => {
    const before = process.cpuUsage();
    const { code, out, shown } = await run(['diff', 'begeleider-ama@1.0.0', 'begeleider-ama@1.1.0', ...day]);
    const { user, system } = process.cpuUsage(before);
    expect(code).toBe(1);
    // In microseconds of the processor, since other tests run at the same time.
    expect(user + system).toBeLessThan(20_000_000);
    const lines = out.split('\n');
    expect(lines.length).toBeLessThan(140);
    expect(out).toContain('Van “volstaat” naar “te beoordelen”');
    expect(out).toContain('land: NLD, LUX, EST, LVA of LTU');
    expect(out).toContain('“De uitreikingsdatum van dit bewijs ligt volgens LED in de toekomst”');
    expect(out).toContain('dan wordt de uitkomst te beoordelen (manualReview) in plaats van aangetoond (eligible).');
    expect(shown).toEqual(['alle soorten bewijzen vergelijken …', '']);
  });

  test('the class of each record of a file or of standard input', async () => {
    const records = [bachelor, { ...bachelor, country: 'NLD' }, { ...bachelor, year: '2099' }, { subject: '999999' }];
    const recordFile = file('records.json', JSON.stringify(records));
    const args = ['diff', 'begeleider-ama@1.0.0', 'begeleider-ama@1.1.0', ...day];
    const { code, out } = await run([...args, '--records', recordFile]);
    expect(code).toBe(1);
    const { classes } = JSON.parse((await run([...args, '--json'])).out);
    const idOf = (from: string, to: string) =>
      classes.find(
        (one: { from: { reasons: string[] }; to: { reasons: string[] } }) =>
          [one.from.reasons.join(' '), one.to.reasons.join(' ')].join() === [from, to].join(),
      ).id;
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { class: null },
      { class: idOf('foreignWithoutEquivalence', 'foreignLevelRecognised') },
      { class: idOf('levelByVks', 'awardDateInFuture') },
      { class: null },
    ]);
    const lines = records.map((record) => JSON.stringify(record)).join('\n');
    expect((await run([...args, '--records', '-'], lines)).out).toBe(out);
  });

  test('a bad record: 65, by its number', async () => {
    const args = ['diff', 'begeleider-ama@1.0.0', 'begeleider-ama@1.1.0', '--records', '-'];
    const { code, out, err } = await run(args, '[{}, {"graad": "x"}]');
    expect({ code, out }).toEqual({ code: 65, out: '' });
    expect(err).toMatch(/^record 2 is no JSON object/);
  });

  test.each([
    [['diff'], 64],
    [['diff', 'begeleider-ama'], 64],
    [['diff', 'begeleider-ama', 'begeleider-ama', 'begeleider-ama'], 64],
    [['diff', 'begeleider-ama', 'begeleider-ama', '--lang', 'fr'], 64],
    [['diff', 'begeleider-ama', 'begeleider-ama', '--day', '2026-13-01'], 64],
    [['diff', 'begeleider-ama', 'begeleider-ama', '--what'], 64],
    [['diff', 'nothing', 'begeleider-ama'], 64],
    [['diff', 'begeleider-ama', 'begeleider-ama@9.9.9'], 64],
    [['diff', 'begeleider-ama', './missing.json'], 65],
    [['diff', 'begeleider-ama', 'begeleider-ama', '--records', '/missing'], 65],
    [['prove'], 64],
    [['prove', 'begeleider-ama', 'begeleider-ama'], 64],
    [['prove', 'begeleider-ama', '--lang', 'fr'], 64],
    [['prove', 'begeleider-ama', '--day', 'today'], 64],
    [['prove', 'begeleider-ama', '--what'], 64],
    [['prove', 'nothing'], 64],
    [['prove', './missing.json'], 65],
  ])('%j: %i', async (args, expected) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).not.toBe('');
  });
});

describe('rules prove', () => {
  test('the built-in rule set: 0, and each property in words', { timeout: 120_000 }, async () => {
    const { code, out, err } = await run(['prove', 'begeleider-ama', '--json', '--lang', 'en', ...day]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const proof = JSON.parse(out);
    expect(proof).toMatchObject({ holds: true, cells: expect.any(Number) });
    expect(proof.properties.map(({ holds }: { holds: boolean }) => holds)).toEqual(Array(7).fill(true));
    expect(proof.properties[2]).toEqual({
      id: 'contradictionNeverMatches',
      text: 'Two contradicting witnesses never match.',
      holds: true,
    });
  });

  test('a set with an entry that changes nothing: 1, and it names the entry', { timeout: 120_000 }, async () => {
    const { degrees, ...rest } = JSON.parse(amaText);
    const doubled = { year: { atLeast: 2010 }, range: { low: 6, high: 6 }, source: degrees[0].clauses[0].source };
    const [first, ...others] = degrees;
    const set = version({ ...rest, degrees: [{ ...first, clauses: [doubled, ...first.clauses] }, ...others] });
    const { code, out } = await run(['prove', set, ...day]);
    expect(code).toBe(1);
    expect(out).toContain('GELDT NIET: Elke naam, elk bereik');
    expect(out).toContain('\n  Verandert niets: degrees[0].clauses[0]\n');
    expect(out.trimEnd().endsWith('1 van de eigenschappen geldt niet.')).toBe(true);
  });
});
