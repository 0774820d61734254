import { type AnswerReason, type Language, levelName, reasonText, recordReasons } from '../reasons.ts';
import type { CompiledRuleSet } from '../rule-set.ts';

const words = {
  nl: {
    title: (title: string) => `Hoe een beslissing tot stand komt: ${title}`,
    version: 'versie',
    description:
      'Een stroomschema. Elk bewijs in LED doorloopt vijf vragen; daarna volgt uit alle bewijzen samen een van drie uitkomsten.',
    each: 'Voor elk bewijs dat LED over deze persoon geeft',
    together: 'Daarna voor het hele antwoord',
    yes: 'ja',
    no: 'nee',
    subject: 'Gaat het over een aanvaard onderwerp?',
    subjects: (count: number) => `${count} onderwerpen in de domeinen`,
    holder: 'Staat het op het INSZ van deze persoon?',
    reject: 'Spreekt iets ertegen?',
    review: 'Laat iets nog twijfel?',
    needed: (level: string) => `Nodig is minstens ${level}. Er is een van deze redenen:`,
    doubt: 'Er is een van deze redenen:',
    match: 'Het bewijs voldoet',
    matchText: 'Geldig, voltooid, een diploma, Belgisch, bevestigd, en op het vereiste niveau.',
    dropped: ['Niet bekeken, niet getoond', 'Het protocol laat het niet zien.'],
    otherHolder: ['Niet gebruikt, niet getoond', 'Het antwoord krijgt een voorbehoud.'],
    rejected: ['Volstaat niet', 'Alleen de reden wordt getoond.'],
    toReview: ['Te beoordelen', 'Getoond met elke reden.'],
    anyMatch: 'Voldoet er minstens één?',
    anyReview: 'Is er minstens één te beoordelen?',
    eligible: ['eligible', 'De diplomavoorwaarde is aangetoond.'],
    manualReview: ['manualReview', 'Een dossierbehandelaar beslist.'],
    notDemonstrated: ['notDemonstrated', 'Dit is geen weigering: vraag het diploma of een bewijs van ervaring.'],
    warning: 'Gaf LED een waarschuwing?',
    reservation: 'Is er een ander voorbehoud?',
    fault: 'Een storing bij LED is nooit een uitkomst: er komt dan een foutmelding en geen beslissing.',
  },
  en: {
    title: (title: string) => `How a decision is reached: ${title}`,
    version: 'version',
    description:
      'A flow chart. Each proof in LED goes through five questions; then all proofs together lead to one of three outcomes.',
    each: 'For each proof that LED gives about this person',
    together: 'Then for the answer as a whole',
    yes: 'yes',
    no: 'no',
    subject: 'Is it on an accepted subject?',
    subjects: (count: number) => `${count} subjects in the domains`,
    holder: 'Does it stand under this person’s INSZ?',
    reject: 'Does anything speak against it?',
    review: 'Does anything leave a doubt?',
    needed: (level: string) => `At least ${level} is needed. One of these reasons is there:`,
    doubt: 'One of these reasons is there:',
    match: 'The proof matches',
    matchText: 'Valid, completed, a diploma, Belgian, confirmed, and of the level required.',
    dropped: ['Not looked at, not shown', 'The protocol does not let it be seen.'],
    otherHolder: ['Not used, not shown', 'The answer gets a reservation.'],
    rejected: ['Not enough', 'Only the reason is shown.'],
    toReview: ['To be judged', 'Shown with every reason.'],
    anyMatch: 'Does at least one match?',
    anyReview: 'Is at least one to be judged?',
    eligible: ['eligible', 'The diploma condition is proven.'],
    manualReview: ['manualReview', 'A case handler decides.'],
    notDemonstrated: ['notDemonstrated', 'This is no refusal: ask for the diploma or for proof of experience.'],
    warning: 'Did LED give a warning?',
    reservation: 'Is there another reservation?',
    fault: 'A fault of LED is never an outcome: there is then a problem and no decision.',
  },
} as const;

const width = 1080;
const margin = 40;
const question = { x: margin, width: 600 };
const effect = { x: 760, width: width - 760 - margin };
const line = 22;
const padding = 16;
const gap = 36;

const tones = {
  ask: { fill: '#ffffff', stroke: '#4a5568' },
  good: { fill: '#e3f4e6', stroke: '#1f7a34' },
  doubt: { fill: '#fdf2d0', stroke: '#8a6100' },
  bad: { fill: '#fbe4e1', stroke: '#a3281b' },
  out: { fill: '#edf0f4', stroke: '#5a6675' },
} as const;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Breaks a text into lines that fit; nobody can measure here, so a character counts for a little more than it is. */
const wrap = (text: string, room: number, size: number): string[] => {
  const most = Math.floor(room / (size * 0.49));
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};

type Box = { readonly heading: string; readonly lines: readonly string[]; readonly tone: keyof typeof tones };
type Row = { readonly ask: Box; readonly effect?: Box; readonly aside?: string; readonly onwards?: string };

const heightOf = ({ lines }: Box): number => padding * 2 + line * (1 + lines.length) - 4;

const boxAt = (x: number, y: number, w: number, box: Box): string => {
  const { fill, stroke } = tones[box.tone];
  const texts = [box.heading, ...box.lines].map(
    (text, index) =>
      `<text x="${x + padding}" y="${y + padding + 14 + index * line}" font-size="${index === 0 ? 17 : 15}"${index === 0 ? ' font-weight="bold"' : ''} fill="#1a202c">${escaped(text)}</text>`,
  );
  return `<rect x="${x}" y="${y}" width="${w}" height="${heightOf(box)}" rx="8" fill="${fill}" stroke="${stroke}" stroke-width="1.5"/>\n${texts.join('\n')}`;
};

const arrow = (x1: number, y1: number, x2: number, y2: number, label = ''): string => {
  const at =
    x1 === x2
      ? `x="${x1 + 10}" y="${Math.round((y1 + y2) / 2) + 5}"`
      : `x="${(x1 + x2) / 2}" y="${y1 - 8}" text-anchor="middle"`;
  const text =
    label === '' ? '' : `\n<text ${at} font-size="15" font-style="italic" fill="#2d3748">${escaped(label)}</text>`;
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#4a5568" stroke-width="1.5" marker-end="url(#head)"/>${text}`;
};

const gistOf = (text: string): string => text.split(/(?<=[.?!]) /)[0] ?? text;

/**
 * A picture (SVG, without script or style) of how this rule set leads from LED's proofs to an outcome, in Dutch or
 * English; its texts are those of the rule set and of its reasons. Never fails.
 */
export const flowOf = (ruleSet: CompiledRuleSet, language: Language): string => {
  const { source, minimumLevel } = ruleSet;
  const w = words[language];
  const ask = (heading: string, ...texts: readonly string[]): Box => ({
    heading,
    lines: texts.flatMap((text) => wrap(text, question.width - 2 * padding, 15)),
    tone: 'ask',
  });
  const end = ([heading, text]: readonly [string, string], tone: Box['tone']): Box => ({
    heading,
    lines: wrap(text, effect.width - 2 * padding, 15),
    tone,
  });
  const reasonsOf = (weight: 'reject' | 'review') =>
    (Object.keys(recordReasons) as (keyof typeof recordReasons)[])
      .filter((code) => recordReasons[code].weight === weight)
      .filter((code) => code !== 'subjectUnderReview' || source.subjects.some(({ review }) => review === true))
      .map((code) => `• ${gistOf(reasonText(code, language, minimumLevel))}`);
  const domains = Map.groupBy(source.subjects, ({ domain }) => domain);
  const domainsText = [...domains].map(([domain, subjects]) => `${domain} (${subjects.length})`).join(', ');

  const ofEach: readonly Row[] = [
    {
      ask: ask(w.subject, `${w.subjects(source.subjects.length)} ${domainsText}.`),
      effect: end(w.dropped, 'out'),
      aside: w.no,
      onwards: w.yes,
    },
    { ask: ask(w.holder), effect: end(w.otherHolder, 'out'), aside: w.no, onwards: w.yes },
    {
      ask: ask(w.reject, w.needed(levelName(minimumLevel, language)), ...reasonsOf('reject')),
      effect: end(w.rejected, 'bad'),
      aside: w.yes,
      onwards: w.no,
    },
    {
      ask: ask(w.review, w.doubt, ...reasonsOf('review')),
      effect: end(w.toReview, 'doubt'),
      aside: w.yes,
      onwards: w.no,
    },
    { ask: { ...ask(w.match, w.matchText), tone: 'good' } },
  ];
  const told = (...codes: readonly AnswerReason[]) =>
    codes.map((code) => `• ${gistOf(reasonText(code, language, minimumLevel))}`);
  const toPerson = { effect: end(w.manualReview, 'doubt'), aside: w.yes, onwards: w.no };
  const ofAll: readonly Row[] = [
    { ask: ask(w.warning, ...told('ledWarning')), ...toPerson },
    { ask: ask(w.anyMatch), effect: end(w.eligible, 'good'), aside: w.yes, onwards: w.no },
    { ask: ask(w.anyReview), ...toPerson },
    { ask: ask(w.reservation, ...told('answerMayBeTruncated', 'otherHolderInAnswer')), ...toPerson },
    { ask: { ...ask(w.notDemonstrated[0], w.notDemonstrated[1]), tone: 'out' } },
  ];

  const parts: string[] = [];
  let y = margin;
  const write = (text: string, size: number, weight = 'normal'): void => {
    for (const each of wrap(text, width - 2 * margin, size)) {
      y += Math.round(size * 1.35);
      parts.push(
        `<text x="${margin}" y="${y}" font-size="${size}" font-weight="${weight}" fill="#1a202c">${escaped(each)}</text>`,
      );
    }
  };
  const draw = (rows: readonly Row[]): void => {
    rows.forEach((row, index) => {
      const height = heightOf(row.ask);
      parts.push(boxAt(question.x, y, question.width, row.ask));
      if (row.effect) {
        const middle = y + Math.min(height, heightOf(row.effect)) / 2;
        parts.push(boxAt(effect.x, y, effect.width, row.effect));
        parts.push(arrow(question.x + question.width, middle, effect.x - 2, middle, row.aside));
      }
      y += Math.max(height, row.effect ? heightOf(row.effect) : 0);
      if (index === rows.length - 1) return;
      const middle = question.x + 60;
      parts.push(
        arrow(
          middle,
          y - Math.max(0, (row.effect ? heightOf(row.effect) : 0) - height),
          middle,
          y + gap - 2,
          row.onwards,
        ),
      );
      y += gap;
    });
  };

  const title = w.title(source.title[language]);
  write(title, 24, 'bold');
  y += 4;
  write(`${source.id}, ${w.version} ${source.version}. ${source.legalBasis}`, 14);
  y += 20;
  write(w.each, 19, 'bold');
  y += 16;
  draw(ofEach);
  y += 34;
  write(w.together, 19, 'bold');
  y += 16;
  draw(ofAll);
  y += 20;
  write(w.fault, 15);
  const height = Math.ceil(y + margin);

  return `<svg xmlns="http://www.w3.org/2000/svg" lang="${language}" role="img" aria-labelledby="title description" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(w.description)}</desc>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z" fill="#4a5568"/></marker></defs>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
};
