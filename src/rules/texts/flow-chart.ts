import { type AnswerReason, gist, type Language, levelName, type ReasonCode, reasonText } from '../reasons.ts';
import type { CompiledRuleSet } from '../rule-set.ts';
import { possibleReasons } from './possible-reasons.ts';
import {
  type Block,
  type Box,
  boxHeight,
  drawArrowDown,
  drawArrowRight,
  drawBox,
  paragraph,
  space,
  stack,
  svgDocument,
  type Tone,
  wrapForBox,
  wrapHeading,
} from './svg.ts';

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
    holder: 'Hoort het bij het INSZ van deze persoon?',
    reject: 'Is er een reden waarom het niet telt?',
    review: 'Is er nog twijfel?',
    needed: (level: string) => `Nodig is minstens ${level}. Eén van deze redenen is van toepassing:`,
    doubt: 'Eén van deze redenen is van toepassing:',
    match: 'Het bewijs volstaat',
    matchText: 'Geldig, voltooid, een diploma, Belgisch, bevestigd, en op het vereiste niveau.',
    dropped: ['Niet bekeken, niet getoond', 'Het protocol staat niet toe dat het wordt ingekeken.'],
    otherHolder: ['Niet gebruikt, niet getoond', 'Het antwoord krijgt een voorbehoud.'],
    rejected: ['Volstaat niet', 'Alleen de redenen worden getoond.'],
    toReview: ['Te beoordelen', 'Wordt getoond met alle redenen.'],
    anyMatch: 'Volstaat er minstens één bewijs?',
    anyReview: 'Is er minstens één bewijs te beoordelen?',
    eligible: ['Aangetoond', 'De diplomavoorwaarde is aangetoond.'],
    manualReview: ['Te beoordelen', 'Een dossierbehandelaar beslist.'],
    notDemonstrated: ['Niet aangetoond', 'Dit is geen weigering: vraag het diploma of een bewijs van ervaring.'],
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
    holder: 'Does it belong to the INSZ of this person?',
    reject: 'Is there a reason why it does not count?',
    review: 'Is there still a doubt?',
    needed: (level: string) => `At least ${level} is needed. One of these reasons applies:`,
    doubt: 'One of these reasons applies:',
    match: 'The proof is enough',
    matchText: 'Valid, completed, a diploma, Belgian, confirmed, and of the level required.',
    dropped: ['Not looked at, not shown', 'The protocol does not allow anyone to see it.'],
    otherHolder: ['Not used, not shown', 'The answer gets a reservation.'],
    rejected: ['Not enough', 'Only the reasons are shown.'],
    toReview: ['To be judged', 'Shown with all reasons.'],
    anyMatch: 'Is at least one proof enough?',
    anyReview: 'Is at least one proof to be judged?',
    eligible: ['Proven', 'The diploma condition is proven.'],
    manualReview: ['To be judged', 'A case handler decides.'],
    notDemonstrated: ['Not proven', 'This is no refusal: ask for the diploma or for proof of experience.'],
    warning: 'Did LED give a warning?',
    reservation: 'Is there another reservation?',
    fault: 'A fault of LED is never an outcome: there is then a problem and no decision.',
  },
} as const;

type Words = (typeof words)[Language];

/** One step of the chart: a question, and the exit for a record or an answer that leaves the chart here. */
type Step = {
  readonly question: Box;
  readonly exit?: Box;
  /** The answer that leads to the exit. */
  readonly exitLabel?: string;
  /** The answer that leads to the next step. */
  readonly nextLabel?: string;
};

const page = { width: 1080, margin: 40 } as const;
const questions = { x: page.margin, width: 600 } as const;
const exits = { x: 760, width: page.width - 760 - page.margin } as const;
const stepGap = 36;

const questionBox = (heading: string, ...texts: readonly string[]): Box => ({
  heading: wrapHeading(heading, questions.width),
  lines: texts.flatMap((text) => wrapForBox(text, questions.width)),
  tone: 'ask',
});

const exitBox = ([heading, text]: readonly [string, string], tone: Tone): Box => ({
  heading: wrapHeading(heading, exits.width),
  lines: wrapForBox(text, exits.width),
  tone,
});

const bullets = (codes: readonly ReasonCode[], language: Language, minimumLevel: number): readonly string[] =>
  codes.map((code) => `• ${gist(reasonText(code, language, minimumLevel))}`);

/** The steps of one record, from its subject to a match. */
const recordSteps = ({ source, minimumLevel }: CompiledRuleSet, language: Language): readonly Step[] => {
  const w: Words = words[language];
  const domains = Map.groupBy(source.subjects, ({ domain }) => domain);
  const domainsText = [...domains].map(([domain, subjects]) => `${domain} (${subjects.length})`).join(', ');
  const reasons = (weight: 'reject' | 'review') => bullets(possibleReasons(weight, source), language, minimumLevel);
  const goesOnIfYes = { exitLabel: w.no, nextLabel: w.yes };
  const goesOnIfNo = { exitLabel: w.yes, nextLabel: w.no };
  return [
    {
      question: questionBox(w.subject, `${w.subjects(source.subjects.length)} ${domainsText}.`),
      exit: exitBox(w.dropped, 'out'),
      ...goesOnIfYes,
    },
    { question: questionBox(w.holder), exit: exitBox(w.otherHolder, 'out'), ...goesOnIfYes },
    {
      question: questionBox(w.reject, w.needed(levelName(minimumLevel, language)), ...reasons('reject')),
      exit: exitBox(w.rejected, 'bad'),
      ...goesOnIfNo,
    },
    {
      question: questionBox(w.review, w.doubt, ...reasons('review')),
      exit: exitBox(w.toReview, 'doubt'),
      ...goesOnIfNo,
    },
    { question: { ...questionBox(w.match, w.matchText), tone: 'good' } },
  ];
};

/** The steps of the answer as a whole, from a warning of LED to an outcome. */
const answerSteps = ({ minimumLevel }: CompiledRuleSet, language: Language): readonly Step[] => {
  const w: Words = words[language];
  const reasons = (...codes: readonly AnswerReason[]) => bullets(codes, language, minimumLevel);
  const labels = { exitLabel: w.yes, nextLabel: w.no };
  const toPerson = { exit: exitBox(w.manualReview, 'doubt'), ...labels };
  return [
    { question: questionBox(w.warning, ...reasons('ledWarning')), ...toPerson },
    { question: questionBox(w.anyMatch), exit: exitBox(w.eligible, 'good'), ...labels },
    { question: questionBox(w.anyReview), ...toPerson },
    { question: questionBox(w.reservation, ...reasons('answerMayBeTruncated', 'otherHolderInAnswer')), ...toPerson },
    { question: { ...questionBox(w.notDemonstrated[0], w.notDemonstrated[1]), tone: 'out' } },
  ];
};

/** Draws the question on the left, its exit on the right, and an arrow between them. */
const stepBlock =
  ({ question, exit, exitLabel = '' }: Step): Block =>
  (top) => {
    const height = boxHeight(question);
    const elements = [drawBox(questions.x, top, questions.width, question)];
    if (exit === undefined) return { elements, bottom: top + height };
    const middle = top + Math.min(height, boxHeight(exit)) / 2;
    elements.push(
      drawBox(exits.x, top, exits.width, exit),
      drawArrowRight(questions.x + questions.width, exits.x - 2, middle, exitLabel),
    );
    return { elements, bottom: top + Math.max(height, boxHeight(exit)) };
  };

/** Draws the arrow to the next step. It begins at the question, which may be shorter than the exit. */
const arrowBlock =
  ({ question, exit, nextLabel = '' }: Step): Block =>
  (top) => {
    const missing = exit === undefined ? 0 : Math.max(0, boxHeight(exit) - boxHeight(question));
    return {
      elements: [drawArrowDown(questions.x + 60, top - missing, top + stepGap - 2, nextLabel)],
      bottom: top + stepGap,
    };
  };

const stepBlocks = (steps: readonly Step[]): readonly Block[] =>
  steps.flatMap((step, index) =>
    index === steps.length - 1 ? [stepBlock(step)] : [stepBlock(step), arrowBlock(step)],
  );

/**
 * A picture (SVG, without script or style) that shows how this rule set leads from LED's records to an outcome, in
 * Dutch or English. Its texts come from the rule set and its reasons. Never throws.
 */
export const drawFlowChart = (ruleSet: CompiledRuleSet, language: Language): string => {
  const { source } = ruleSet;
  const w: Words = words[language];
  const title = w.title(source.title[language]);
  const text = (content: string, fontSize: number, bold = false): Block =>
    paragraph(content, { x: page.margin, width: page.width - 2 * page.margin, fontSize, bold });
  const { elements, bottom } = stack(
    [
      text(title, 24, true),
      space(4),
      text(`${source.id}, ${w.version} ${source.version}. ${source.legalBasis}`, 14),
      space(20),
      text(w.each, 19, true),
      space(16),
      ...stepBlocks(recordSteps(ruleSet, language)),
      space(34),
      text(w.together, 19, true),
      space(16),
      ...stepBlocks(answerSteps(ruleSet, language)),
      space(20),
      text(w.fault, 15),
    ],
    page.margin,
  );
  const height = Math.ceil(bottom + page.margin);
  return svgDocument({ language, title, description: w.description }, { width: page.width, height }, elements);
};
