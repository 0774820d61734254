import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/rules/decide.ts';
import { followUpSteps, reasonCodes, recordReasons } from '../../../src/rules/reasons.ts';
import { compile } from '../../../src/rules/rule-set.ts';
import { drawFlowChart } from '../../../src/rules/texts/flow-chart.ts';
import { ama, today } from '../support.ts';

const textsOf = (svg: string): string => svg.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

describe.each(['nl', 'en'] as const)('the picture in %s', (language) => {
  const svg = drawFlowChart(ama, language);

  test('names the rule set, its level, its domains, and every reason to reject or review', () => {
    const texts = textsOf(svg);
    for (const part of [ama.source.title[language], 'begeleider-ama', '1.1.0', '(bachelor)', 'paramedisch (20)']) {
      expect(texts).toContain(part);
    }
    const shown = Object.entries(recordReasons).filter(
      ([code, { weight }]) => weight !== 'pass' && code !== 'subjectUnderReview',
    );
    expect(shown.length).toBeGreaterThan(15);
    for (const [, reason] of shown) expect(texts).toContain(reason[language].split(/(?<=[.?!]) /)[0]);
  });

  test('is as tall as its content', () => {
    const height = Number(/ height="(\d+)"/.exec(svg)?.[1]);
    const lowest = Math.max(...Array.from(svg.matchAll(/ y="(\d+)"/g), ([, y]) => Number(y)));
    expect(lowest).toBeLessThan(height);
    expect(lowest).toBeGreaterThan(height - 100);
  });
});

test('mentions subjects under review only if the rule set has such a subject', () => {
  const [first, ...others] = ama.source.subjects;
  const reviewed = compile({
    ...ama.source,
    subjects: [{ code: '', label: '', domain: '', ...first, review: true }, ...others],
  });
  const gist = 'Diplomas on this subject are always looked at by a case handler.';
  expect(textsOf(drawFlowChart(ama, 'en'))).not.toContain(gist);
  expect(textsOf(drawFlowChart(reviewed, 'en'))).toContain(gist);
});

test('escapes markup in the texts of the rule set', () => {
  const title = { nl: 'a', en: '<script>alert("1 & 2")</script>' };
  const svg = drawFlowChart(compile({ ...ama.source, title }), 'en');
  expect(svg).not.toContain('<script');
  expect(svg).toContain('&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;');
});

test('ends with the outcome of an answer without records', () => {
  const { outcome } = decide({ records: [], warning: false, incomplete: false }, ama, '', today);
  expect(outcome).toBe('notDemonstrated');
  const outcomes = drawFlowChart(ama, 'en').match(/>(Proven|To be judged|Not proven)</g) ?? [];
  expect(outcomes.at(-1)).toBe('>Not proven<');
});

test.each(['nl', 'en'] as const)('holds no code in its texts (%s)', (language) => {
  const texts = textsOf(drawFlowChart(ama, language));
  // "cancelled" and "eligible" are words too.
  const codes = [...reasonCodes, ...followUpSteps, 'manualReview', 'notDemonstrated'];
  for (const code of codes.filter((code) => /[A-Z]/.test(code))) {
    expect(texts).not.toMatch(new RegExp(`\\b${code}\\b`));
  }
});

/** The widths of DejaVu Sans Bold, the widest of the usual fonts, as parts of the font size. From its own metrics. */
const widest = (character: string): number =>
  ({ ' ': 0.35, i: 0.34, l: 0.34, j: 0.34, t: 0.48, f: 0.44, r: 0.49, I: 0.37, m: 1.04, w: 0.92, M: 1, W: 1.1 })[
    character
  ] ?? (/[A-Z]/.test(character) ? 0.83 : 0.72);

test.each(['nl', 'en'] as const)('keeps its text in the boxes in the widest of the usual fonts (%s)', (language) => {
  const svg = drawFlowChart(ama, language);
  const boxes = [...svg.matchAll(/<rect x="(\d+)" y="[\d.]+" width="(\d+)"/g)].map(([, x, width]) => [
    Number(x),
    Number(width),
  ]);
  const texts = [
    ...svg.matchAll(/<text x="(\d+)" y="[\d.]+" font-size="(\d+)"( font-weight="bold")? fill="#1a202c">([^<]*)</g),
  ];
  expect(texts.length).toBeGreaterThan(40);
  for (const [, x, size, bold, text = ''] of texts) {
    const box = boxes.find(([left = 0]) => left + 16 === Number(x));
    if (box === undefined) continue;
    const perSize = Array.from(text).reduce((sum, character) => sum + widest(character) * (bold ? 1 : 0.9), 0);
    expect({ text, width: perSize * Number(size) <= (box[1] ?? 0) - 2 * 16 + 8 }).toEqual({ text, width: true });
    expect(text.length * 0.6 * Number(size)).toBeLessThanOrEqual((box[1] ?? 0) - 2 * 16);
  }
});
