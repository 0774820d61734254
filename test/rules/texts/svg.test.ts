import { XmlDocument } from 'libxml2-wasm';
import { describe, expect, test } from 'vitest';
import {
  type Box,
  boxHeight,
  drawArrowDown,
  drawArrowRight,
  drawBox,
  paragraph,
  space,
  stack,
  svgDocument,
  wrapForBox,
  wrapHeading,
} from '../../../src/rules/texts/svg.ts';

const hostile = `<b> & "it's" ]]>`;
const box: Box = { heading: ['Heading'], lines: ['first', 'second'], tone: 'good' };
const numbers = (svg: string, name: string) =>
  Array.from(svg.matchAll(new RegExp(` ${name}="([\\d.]+)"`, 'g')), ([, value]) => Number(value));

describe('a text in a box', () => {
  test('is broken between words, and no word is lost', () => {
    const text = 'een lange zin met veel woorden die niet op een enkele regel past';
    const lines = wrapForBox(text, 200);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join(' ')).toBe(text);
    // 200 px less 16 px on each side, at 0.61 × 15 px for a character.
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(18);
  });

  test('keeps a word that is longer than the box on a line of its own', () => {
    expect(wrapForBox(`a ${'x'.repeat(60)} b`, 200)).toEqual(['a', 'x'.repeat(60), 'b']);
  });
});

test('wide characters and bold text take more room', () => {
  const lines = (text: string) => wrapForBox(text, 200).length;
  const narrow = Array(12).fill('ill').join(' ');
  const wide = Array(12).fill('MWm').join(' ');
  expect(lines(wide)).toBeGreaterThan(lines(narrow));
  expect(wrapHeading(wide, 200).length).toBeGreaterThan(lines(wide));
  expect(wrapHeading('een kop die niet op een regel past', 200).join(' ')).toBe('een kop die niet op een regel past');
});

test('a heading of two lines makes the box higher, and both lines are bold', () => {
  const tall = { ...box, heading: ['one', 'two'] };
  expect(boxHeight(tall)).toBe(boxHeight(box) + 22);
  expect(drawBox(0, 0, 200, tall).match(/font-weight="bold"/g)).toHaveLength(2);
});

test('a box holds all its lines within its height', () => {
  const svg = drawBox(10, 100, 200, box);
  expect(svg.match(/>[^<\n]+</g)).toEqual(['>Heading<', '>first<', '>second<']);
  const [top = 0, ...lines] = numbers(svg, 'y');
  expect(top).toBe(100);
  expect(numbers(svg, 'height')).toEqual([boxHeight(box)]);
  expect(Math.min(...lines)).toBeGreaterThan(top);
  expect(Math.max(...lines)).toBeLessThan(top + boxHeight(box));
});

test('arrows run straight, with their label next to them', () => {
  expect(drawArrowRight(10, 50, 7, 'ja')).toMatch(
    /^<line x1="10" y1="7" x2="50" y2="7" .*\n<text x="30" y="-1" .*>ja</,
  );
  expect(drawArrowDown(10, 20, 60, 'nee')).toMatch(
    /^<line x1="10" y1="20" x2="10" y2="60" .*\n<text x="20" y="45" .*>nee</,
  );
});

test('blocks are drawn one below the other', () => {
  const { elements, bottom } = stack(
    [
      space(5),
      paragraph('one two', { x: 3, width: 60, fontSize: 10, bold: true }),
      space(7),
      paragraph('three', { x: 3, width: 400, fontSize: 20 }),
    ],
    100,
  );
  expect(elements.map((element) => element.replace(/ fill="[^"]*"/, ''))).toEqual([
    '<text x="3" y="119" font-size="10" font-weight="bold">one two</text>',
    '<text x="3" y="153" font-size="20" font-weight="normal">three</text>',
  ]);
  expect(bottom).toBe(153);
  expect(stack([], 100)).toEqual({ elements: [], bottom: 100 });
});

test('the document is well-formed XML, with any texts', () => {
  const svg = svgDocument({ language: 'nl', title: hostile, description: hostile }, { width: 20, height: 10 }, [
    drawBox(0, 0, 20, { heading: [hostile], lines: [hostile], tone: 'ask' }),
    drawArrowDown(0, 0, 10, hostile),
    ...paragraph(hostile, { x: 0, width: 400, fontSize: 10 })(0).elements,
  ]);
  const document = XmlDocument.fromString(svg);
  const texts = document.find('//*[not(*)]').flatMap(({ content }) => (content === '' ? [] : [content]));
  expect(texts).toEqual(Array(6).fill(hostile));
  document.dispose();
});
