import { type Axes, type AxisName, axisNames, type Class, type Meaning, type Seen } from '../analysis/cells.ts';
import type { Language } from '../reasons.ts';

type Words = {
  readonly axes: Readonly<Record<AxisName, string>>;
  readonly absent: string;
  readonly other: string;
  readonly otherField: string;
  readonly agrees: string;
  readonly unknownYear: string;
  readonly contains: (parts: string) => string;
  readonly beginsWith: (digits: string) => string;
  readonly endsWith: (last: string) => string;
  readonly beginsAndEnds: (digits: string, last: string) => string;
  readonly years: (from: number, to: number) => string;
  readonly afterToday: string;
  readonly notAfterToday: string;
  readonly not: string;
  readonly more: (count: number) => string;
  readonly all: string;
  readonly exactly: (conditions: string) => string;
  readonly only: (conditions: string) => string;
  readonly or: Intl.ListFormat;
};

const words: Readonly<Record<Language, Words>> = {
  nl: {
    axes: {
      status: 'status',
      proofState: 'bewijsstaat',
      proofType: 'bewijstype',
      category: 'categorie',
      degree: 'graad',
      institution: 'instelling',
      date: 'uitreikingsdatum',
      vks: 'VKS-niveau',
      isced2011: 'ISCED 2011',
      isced1997: 'ISCED 1997',
      authenticity: 'authenticiteit',
      country: 'land',
      subject: 'onderwerp',
      iscedField: 'ISCED-studiegebied',
    },
    absent: 'ontbreekt',
    other: 'een andere waarde',
    otherField: 'past niet bij het onderwerp',
    agrees: 'past bij het onderwerp',
    unknownYear: 'een onbekend jaar',
    contains: (parts) => `een naam met ${parts}`,
    beginsWith: (digits) => `een code die begint met ${digits}`,
    endsWith: (last) => `drie cijfers, het laatste een ${last}`,
    beginsAndEnds: (digits, last) => `drie cijfers, het eerste een ${digits} en het laatste een ${last}`,
    years: (from, to) => (from === to ? `${from}` : `${from} tot en met ${to}`),
    afterToday: 'na vandaag',
    notAfterToday: 'niet na vandaag',
    not: 'niet',
    more: (count) => `nog ${count} andere`,
    all: 'alle bewijzen',
    exactly: (conditions) => `alle bewijzen met ${conditions}`,
    only: (conditions) => `alleen bewijzen met ${conditions}, en niet elk daarvan`,
    or: new Intl.ListFormat('nl', { type: 'disjunction' }),
  },
  en: {
    axes: {
      status: 'status',
      proofState: 'state of the proof',
      proofType: 'type of proof',
      category: 'category',
      degree: 'degree',
      institution: 'institution',
      date: 'date of issue',
      vks: 'VKS level',
      isced2011: 'ISCED 2011',
      isced1997: 'ISCED 1997',
      authenticity: 'authenticity',
      country: 'country',
      subject: 'subject',
      iscedField: 'ISCED field of study',
    },
    absent: 'missing',
    other: 'another value',
    otherField: 'does not fit the subject',
    agrees: 'fits the subject',
    unknownYear: 'an unknown year',
    contains: (parts) => `a name with ${parts}`,
    beginsWith: (digits) => `a code that begins with ${digits}`,
    endsWith: (last) => `three digits, the last a ${last}`,
    beginsAndEnds: (digits, last) => `three digits, the first a ${digits} and the last a ${last}`,
    years: (from, to) => (from === to ? `${from}` : `${from} to ${to}`),
    afterToday: 'after today',
    notAfterToday: 'not after today',
    not: 'not',
    more: (count) => `${count} others`,
    all: 'all proofs',
    exactly: (conditions) => `all proofs with ${conditions}`,
    only: (conditions) => `only proofs with ${conditions}, and not each of them`,
    or: new Intl.ListFormat('en-GB', { type: 'disjunction' }),
  },
};

/** How many values of one kind a sentence names. */
const longestList = 10;

const digitTexts = (digits: readonly (Meaning & { kind: 'digit' })[], all: readonly Class[], w: Words): string[] =>
  [...Map.groupBy(digits, ({ last }) => last)].map(([last, group]) => {
    const firsts = w.or.format(group.map(({ first }) => first).sort());
    if (last === undefined) return w.beginsWith(firsts);
    const possible = all.filter(({ meaning }) => meaning.kind === 'digit' && meaning.last === last);
    return possible.length === group.length ? w.endsWith(last) : w.beginsAndEnds(firsts, last);
  });

const yearTexts = (years: readonly (Meaning & { kind: 'years' })[], w: Words): string[] => {
  const sorted = years.toSorted((a, b) => a.from - b.from || Number(a.future) - Number(b.future));
  const texts: string[] = [];
  let from: number | undefined;
  for (const [index, year] of sorted.entries()) {
    const next = sorted[index + 1];
    const other = sorted.find((one) => one.from === year.from && one !== year);
    if (year.future !== undefined && other === undefined) {
      texts.push(`${w.years(year.from, year.to)} (${year.future ? w.afterToday : w.notAfterToday})`);
      continue;
    }
    from ??= year.from;
    const nextIsWhole =
      next !== undefined && (next.future === undefined || sorted.filter((one) => one.from === next.from).length === 2);
    if (nextIsWhole && next.from <= year.to + 1) continue;
    texts.push(w.years(from, year.to));
    from = undefined;
  }
  return texts;
};

/** These classes of one axis in words. */
const classTexts = (axis: AxisName, classes: readonly Class[], all: readonly Class[], w: Words): string[] => {
  const meanings = classes.map(({ meaning }) => meaning);
  const names = meanings.flatMap((meaning) => (meaning.kind === 'name' ? [meaning.name] : []));
  const shown = names.length > longestList + 1 ? names.slice(0, longestList) : names;
  const rest = names.length - shown.length;
  return [
    ...shown,
    ...(rest > 0 ? [w.more(rest)] : []),
    ...digitTexts(
      meanings.filter((meaning) => meaning.kind === 'digit'),
      all,
      w,
    ),
    ...yearTexts(
      meanings.filter((meaning) => meaning.kind === 'years'),
      w,
    ),
    ...meanings.flatMap((meaning) => {
      switch (meaning.kind) {
        case 'contains':
          return [w.contains(meaning.parts.map((part) => `“${part}”`).join(' + '))];
        case 'agrees':
          return [w.agrees];
        case 'unknownYear':
          return [w.unknownYear];
        case 'other':
          return [axis === 'iscedField' ? w.otherField : w.other];
        case 'absent':
          return [w.absent];
        default:
          return [];
      }
    }),
  ];
};

/**
 * Says in words which records some cells are: for each value that matters, which ones occur. `count`: the number of cells;
 * it tells whether all records with these values are meant, or only some of them.
 */
export const whichRecords = (axes: Axes, seen: Seen, count: number, language: Language): string => {
  const w = words[language];
  let possible = 1;
  const conditions = axisNames.flatMap((axis) => {
    const all = axes[axis];
    const bits = seen[axis] ?? 0n;
    const occurring = all.filter((_, position) => (bits >> BigInt(position)) & 1n);
    possible *= occurring.length;
    if (occurring.length === all.length) return [];
    const missing = all.filter((one) => !occurring.includes(one));
    const areNames = missing.every(({ meaning }) => meaning.kind === 'name');
    const isShorter = areNames && missing.length <= 3 && missing.length < occurring.length;
    if (axis === 'subject' && missing.length === 1 && !areNames) return [];
    const texts = classTexts(axis, isShorter ? missing : occurring, all, w);
    return [`${w.axes[axis]}: ${isShorter ? `${w.not} ` : ''}${w.or.format(texts)}`];
  });
  if (conditions.length === 0) return w.all;
  return (possible === count ? w.exactly : w.only)(conditions.join('; '));
};
