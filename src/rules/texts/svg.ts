/** A piece of a drawing: SVG elements, and the y (px) of its lower edge. */
type Drawn = { readonly elements: readonly string[]; readonly bottom: number };

/** A function that draws a piece below the given y (px). */
export type Block = (top: number) => Drawn;

/** A text box: the lines of a bold heading, and lines of text below it. */
export type Box = { readonly heading: readonly string[]; readonly lines: readonly string[]; readonly tone: Tone };

/** The colours of a box. */
export type Tone = keyof typeof tones;

const tones = {
  ask: { fill: '#ffffff', stroke: '#4a5568' },
  good: { fill: '#e3f4e6', stroke: '#1f7a34' },
  doubt: { fill: '#fdf2d0', stroke: '#8a6100' },
  bad: { fill: '#fbe4e1', stroke: '#a3281b' },
  out: { fill: '#edf0f4', stroke: '#5a6675' },
} as const;

const lineHeight = 22;
const padding = 16;
/** The size (px) of the text in a box, below its heading. */
const textSize = 15;
const headingSize = 17;

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The width of a character as a part of the font size, in the widest of the usual fonts (DejaVu Sans, Verdana). */
const characterWidth = (character: string): number => {
  if (/[ijl.,:;'’|!·]/.test(character)) return 0.4;
  if (/[mwMW@%—…]/.test(character)) return 1.05;
  if (/[A-Z•]/.test(character)) return 0.8;
  return character === ' ' ? 0.36 : 0.65;
};

/** In a font of one width for all characters, each takes this part of the font size. */
const monospaceWidth = 0.61;
/** Bold text is wider by this factor. */
const boldFactor = 1.13;

/** The width (px) that a text needs at most. The font is not known here: it depends on the machine of the reader. */
const widthOf = (text: string, fontSize: number, bold: boolean): number => {
  const proportional = Array.from(text).reduce((sum, character) => sum + characterWidth(character), 0);
  return Math.max(proportional * (bold ? boldFactor : 1), text.length * monospaceWidth) * fontSize;
};

/** Breaks a text into lines that fit into this width (px) in any usual font. */
const wrap = (text: string, width: number, fontSize: number, bold: boolean): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last !== undefined && widthOf(longer, fontSize, bold) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
};

/** Breaks a text into the lines of a box of this width (px). */
export const wrapForBox = (text: string, boxWidth: number): readonly string[] =>
  wrap(text, boxWidth - 2 * padding, textSize, false);

/** The same for the heading of a box. */
export const wrapHeading = (text: string, boxWidth: number): readonly string[] =>
  wrap(text, boxWidth - 2 * padding, headingSize, true);

/** The height (px) that `drawBox` gives to a box. */
export const boxHeight = ({ heading, lines }: Box): number =>
  padding * 2 + lineHeight * (heading.length + lines.length) - 4;

/** Draws a box with its upper left corner at (x, y). */
export const drawBox = (x: number, y: number, width: number, box: Box): string => {
  const { fill, stroke } = tones[box.tone];
  const texts = [...box.heading, ...box.lines].map((text, index) => {
    const font =
      index < box.heading.length ? `font-size="${headingSize}" font-weight="bold"` : `font-size="${textSize}"`;
    return `<text x="${x + padding}" y="${y + padding + 14 + index * lineHeight}" ${font} fill="#1a202c">${escapeXml(text)}</text>`;
  });
  return `<rect x="${x}" y="${y}" width="${width}" height="${boxHeight(box)}" rx="8" fill="${fill}" stroke="${stroke}" stroke-width="1.5"/>\n${texts.join('\n')}`;
};

const drawArrow = (x1: number, y1: number, x2: number, y2: number, label: string): string => {
  const at =
    x1 === x2
      ? `x="${x1 + 10}" y="${Math.round((y1 + y2) / 2) + 5}"`
      : `x="${(x1 + x2) / 2}" y="${y1 - 8}" text-anchor="middle"`;
  return [
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#4a5568" stroke-width="1.5" marker-end="url(#head)"/>`,
    `<text ${at} font-size="15" font-style="italic" fill="#2d3748">${escapeXml(label)}</text>`,
  ].join('\n');
};

/** Draws an arrow from left to right, with its label above it. */
export const drawArrowRight = (from: number, to: number, y: number, label: string): string =>
  drawArrow(from, y, to, y, label);

/** Draws an arrow from top to bottom, with its label to the right of it. */
export const drawArrowDown = (x: number, from: number, to: number, label: string): string =>
  drawArrow(x, from, x, to, label);

/** An empty space of this height (px). */
export const space =
  (height: number): Block =>
  (top) => ({ elements: [], bottom: top + height });

/** A text without a box, broken into lines of this width (px). */
export const paragraph =
  (
    text: string,
    {
      x,
      width,
      fontSize,
      bold = false,
    }: { readonly x: number; readonly width: number; readonly fontSize: number; readonly bold?: boolean },
  ): Block =>
  (top) => {
    const lineHeight = Math.round(fontSize * 1.35);
    const lines = wrap(text, width, fontSize, bold);
    return {
      elements: lines.map((line, index) => {
        const y = top + (index + 1) * lineHeight;
        return `<text x="${x}" y="${y}" font-size="${fontSize}" font-weight="${bold ? 'bold' : 'normal'}" fill="#1a202c">${escapeXml(line)}</text>`;
      }),
      bottom: top + lines.length * lineHeight,
    };
  };

/** Draws blocks one below the other. */
export const stack = (blocks: readonly Block[], top: number): Drawn => {
  const elements: string[] = [];
  let bottom = top;
  for (const block of blocks) {
    const drawn = block(bottom);
    elements.push(...drawn.elements);
    bottom = drawn.bottom;
  }
  return { elements, bottom };
};

/** A whole SVG document on white, without script or style. `title` and `description` are for screen readers. */
export const svgDocument = (
  { language, title, description }: { readonly language: string; readonly title: string; readonly description: string },
  { width, height }: { readonly width: number; readonly height: number },
  elements: readonly string[],
): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" lang="${language}" role="img" aria-labelledby="title description" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif">
<title id="title">${escapeXml(title)}</title>
<desc id="description">${escapeXml(description)}</desc>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z" fill="#4a5568"/></marker></defs>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${elements.join('\n')}
</svg>
`;
