import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/rules/decide.ts';
import { recordReasons } from '../../../src/rules/reasons.ts';
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
  const outcomes = drawFlowChart(ama, 'en').match(/>(eligible|manualReview|notDemonstrated)</g) ?? [];
  expect(outcomes.at(-1)).toBe(`>${outcome}<`);
});
