import type { Raw } from './support.ts';

/*
 * A second implementation of the rules for one record. It is written from the text of the policy and shares no code
 * with the engine: it has its own lists and its own cleaning, and makes one comparison after the other.
 */

const subjects =
  '142001 311001 312002 312003 312005 720001 721001 723001 723002 723003 723004 723005 723006 723007 723008 723009 723010 724001 724002 725001 725002 725003 725004 725005 726001 726002 726003 726004 727001 761001 762001 762002 762003'.split(
    ' ',
  );
const otherProofs =
  'getuigschrift;studiegetuigschrift;attest;certificaat;deelcertificaat;wettelijk certificaat;creditbewijs;postgraduaatgetuigschrift;bewijs van beroepskwalificatie;bewijs van deelkwalificatie;titel van beroepsbekwaamheid;ervaringsbewijs'.split(
    ';',
  );
const belowHigher =
  'secundair onderwijs;lager onderwijs;basisonderwijs;basiseducatie;ondernemersopleidingen;ervaringsbewijzen;beroepsopleidingen'.split(
    ';',
  );
const higherEducation = ['universiteit', 'hogeschool', 'centrale examencommissie'];
const bachelors = ['bachelor', 'academische bachelor', 'professionele bachelor', 'bachelor na bachelor'];
const masters =
  'master;master na master;licentiaat;arts;tandarts;apotheker;dierenarts;architect;interieurarchitect;bio-ingenieur;burgerlijk ingenieur;burgerlijk ingenieur-architect;industrieel ingenieur;handelsingenieur;landbouwkundig ingenieur;ingenieur voor de scheikunde en de landbouwindustrieën;meester;gediplomeerde in de aanvullende studiën;gediplomeerde in de gespecialiseerde studiën'.split(
    ';',
  );
const oldBachelors =
  'maatschappelijk assistent;vroedvrouw;kleuterleid(st)er;kleuteronderwijzer;kleuteronderwijzer(es);onderwijzer;onderwijzer(es);assistent in de psychologie;diëtist;diëtiste;laboratoriumassistent;laboratoriumassistente;assistent in de klinische laboratoria;assistent in de klinische chemie;maatschappelijk adviseur;architect-assistent;technisch ingenieur;geaggregeerde voor het secundair onderwijs groep 1;geaggregeerde voor het secundair onderwijs - groep 1;geaggregeerde voor het lager secundair onderwijs'.split(
    ';',
  );
const graduates = ['gegradueerde', 'graduaat', 'gegradueerde verpleegkundige'];
const lower = ['kandidaat', 'postgraduaat', 'postgraduaatgetuigschrift', 'diploma van leraar', 'leraar'];

export const lists = {
  subjects,
  otherProofs,
  categories: [...belowHigher, 'hoger beroepsonderwijs', 'hoger onderwijs'],
  higherEducation,
  degrees: [...bachelors, ...masters, 'doctor', ...oldBachelors, ...graduates, ...lower],
};

const recognised = ['NLD', 'LUX', 'EST', 'LVA', 'LTU'];

const isSpace = (character: string): boolean => /\s/.test(character);

const cleaned = (raw: string | undefined): string | null => {
  if (raw === undefined) return null;
  let out = '';
  for (const character of raw.normalize('NFC')) {
    if (!isSpace(character)) out += character;
    else if (out !== '' && !out.endsWith(' ')) out += ' ';
  }
  if (out.endsWith(' ')) out = out.slice(0, -1);
  const asText = out.toLowerCase();
  if (asText === '') return null;
  if (asText === 'nbs' || asText === 'nvt') return null;
  if (asText === 'niet beschikbaar' || asText === 'niet van toepassing') return null;
  return out;
};

type Span = [number, number] | null;

const degreeSpan = (degree: string | null, institution: string | null, year: number | null): Span => {
  if (degree === null) return null;
  if (bachelors.includes(degree)) return [6, 6];
  if (masters.includes(degree)) return [7, 7];
  if (degree === 'doctor') return [8, 8];
  const higher = institution !== null && higherEducation.includes(institution);
  const adult = institution !== null && institution.split('volwassenenonderwijs').length > 1;
  const secondary = institution !== null && institution.split('secundaire').length > 1;
  if (oldBachelors.includes(degree)) {
    if (higher) return [6, 6];
    if (adult) return [5, 5];
    return [5, 6];
  }
  if (graduates.includes(degree)) {
    if (adult || secondary) return [5, 5];
    if (higher && year !== null && year <= 2008) return [6, 6];
    if (year !== null && year >= 2019) return [5, 5];
    return [5, 6];
  }
  if (lower.includes(degree)) return [0, 5];
  return null;
};

/** Whether a date lies after this day (`yyyy-mm-dd`), as far as the month and the day of the date are possible. */
const liesAhead = (year: number, month: string | null, dayOfMonth: string | null, day: string): boolean => {
  const [thisYear = 0, thisMonth = 0, thisDay = 0] = day.split('-').map(Number);
  if (year !== thisYear) return year > thisYear;
  const at = '01 02 03 04 05 06 07 08 09 10 11 12'.split(' ').indexOf(month ?? '') + 1;
  if (at === 0 || at !== thisMonth) return at > thisMonth;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = at === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(at) ? 30 : 31;
  const days = Array.from({ length: last }, (_, index) => `${index < 9 ? '0' : ''}${index + 1}`);
  return days.indexOf(dayOfMonth ?? '') + 1 > thisDay;
};

/**
 * The verdict and its reasons, separated by spaces, for the lists above, this minimum level and this day
 * (`yyyy-mm-dd`).
 */
export const naive = (raw: Raw, insz: string, minimum: number, underReview: readonly string[], day: string): string => {
  const subject = cleaned(raw.subject);
  if (subject === null || !subjects.includes(subject)) return 'dropped outOfScope';
  if (cleaned(raw.holder) !== insz) return 'dropped otherHolder';
  const lowered = (value: string | undefined): string | null => cleaned(value)?.toLowerCase() ?? null;

  const status = cleaned(raw.status);
  if (status === '10') return 'rejected cancelled';
  const out: [kind: 'R' | 'V' | 'P', code: string][] = [];
  if (status !== '1') out.push(['V', 'unknownStatus']);

  const state = lowered(raw.proofState);
  if (state === 'tussenbewijs') out.push(['R', 'intermediateProof']);
  else if (state !== 'eindbewijs') out.push(['V', 'unknownProofState']);

  const type = lowered(raw.proofType);
  if (type === 'gelijkwaardigheid') out.push(['V', 'equivalenceDecision']);
  else if (type !== null && otherProofs.includes(type)) out.push(['R', 'notADiploma']);
  else if (type !== 'diploma') out.push(['V', 'unknownProofType']);

  const category = lowered(raw.category);
  const listed = category !== null && lists.categories.includes(category);
  if (!listed && type !== 'gelijkwaardigheid') out.push(['V', 'unknownCategory']);

  const first = (value: string | null): number => (value === null ? -1 : '012345678'.indexOf(value.charAt(0)));
  const vks = cleaned(raw.vks);
  const old = cleaned(raw.isced1997);
  const recent = cleaned(raw.isced2011);
  const yearText = cleaned(raw.year);
  let year: number | null = null;
  for (let known = 1900; known <= 2100; known += 1) if (yearText === `${known}`) year = known;

  const evidence: [string, Span][] = [];
  evidence.push(['Vks', vks !== null && vks.length === 1 && first(vks) >= 1 ? [first(vks), first(vks)] : null]);
  const isInsufficient =
    recent !== null &&
    recent.length === 3 &&
    recent.endsWith('1') &&
    [...recent].every((digit) => '0123456789'.includes(digit));
  let recentSpan: Span = null;
  if (!isInsufficient && first(recent) >= 5) recentSpan = [first(recent), first(recent)];
  else if (!isInsufficient && first(recent) >= 0) recentSpan = [0, 4];
  evidence.push(['Isced2011', recentSpan]);
  evidence.push(['Degree', degreeSpan(lowered(raw.degree), lowered(raw.institution), year)]);
  let categorySpan: Span = null;
  if (type !== 'gelijkwaardigheid') {
    if (category === 'hoger beroepsonderwijs') categorySpan = [5, 5];
    else if (category !== null && belowHigher.includes(category)) categorySpan = [0, 4];
  }
  evidence.push(['Category', categorySpan]);
  let oldSpan: Span = null;
  if (old === '6') oldSpan = [8, 8];
  else if (first(old) === 5) oldSpan = [5, 7];
  else if (first(old) >= 0 && first(old) <= 4) oldSpan = [0, 4];
  evidence.push(['Isced1997', oldSpan]);

  const results = evidence.map(([name, span]): [string, string] => {
    if (span === null) return [name, 'silent'];
    if (span[0] >= minimum) return [name, 'enough'];
    return [name, span[1] < minimum ? 'too low' : 'open'];
  });
  const withResult = (wanted: string) => results.filter(([, result]) => result === wanted).map(([name]) => name);
  const enough = withResult('enough');
  const tooLow = withResult('too low');
  const open = withResult('open');
  if (enough.length > 0 && tooLow.length > 0) out.push(['V', 'levelConflict']);
  else if (enough.length > 0 && open.includes('Degree')) out.push(['V', 'levelOpen']);
  else if (enough.length > 0) out.push(['P', `levelBy${enough[0]}`]);
  else if (tooLow.includes('Category')) out.push(['R', 'belowByCategory']);
  else if (tooLow.length > 0) out.push(['R', `belowBy${tooLow[0]}`]);
  else if (open.length > 0) out.push(['V', 'levelOpen']);
  else out.push(['V', 'levelUnknown']);

  const authenticity = lowered(raw.authenticity);
  if (authenticity !== null && authenticity.slice(0, 16) === 'eigen verklaring') out.push(['V', 'selfDeclared']);
  else if (authenticity !== 'authentiek') out.push(['V', 'unknownAuthenticity']);

  const country = cleaned(raw.country);
  if (type !== 'gelijkwaardigheid' && country !== 'BEL') {
    if (country === null) out.push(['V', 'unknownCountry']);
    else if (recognised.includes(country)) out.push(['V', 'foreignLevelRecognised']);
    else out.push(['V', 'foreignWithoutEquivalence']);
  }

  const field = cleaned(raw.iscedField);
  if (field !== null && field !== subject.slice(0, 3)) out.push(['V', 'subjectFieldMismatch']);

  if (underReview.includes(subject)) out.push(['V', 'subjectUnderReview']);

  if (year !== null && liesAhead(year, cleaned(raw.month), cleaned(raw.day), day)) out.push(['V', 'awardDateInFuture']);

  for (const [kind, verdict] of [
    ['R', 'rejected'],
    ['V', 'review'],
  ]) {
    const codes = out.filter(([of]) => of === kind).map(([, code]) => code);
    if (codes.length > 0) return [verdict, ...codes].join(' ');
  }
  return ['match', ...out.map(([, code]) => code)].join(' ');
};
