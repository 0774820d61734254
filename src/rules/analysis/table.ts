import type { RecordReason } from '../reasons.ts';
import type { Engine } from '../rows.ts';
import type { Clause, Range, RuleSet } from '../rule-set.ts';

/*
 * The table of the rules once more, as `README.md` of the rules has it. It shares no code with the engine, reads the file
 * of the rule set and not its prepared form, and makes one comparison after the other. `rules prove` holds the two
 * against each other over all records.
 */

/** A name as it is compared: composed, with single spaces, in lower case. */
const same = (name: string): string => name.normalize('NFC').split(/\s+/).join(' ').trim().toLowerCase();

const isDigits = (text: string, length: number): boolean => text.length === length && /^[0-9]*$/.test(text);

/** A year of four digits from 1900 to 2100. */
const yearOf = (text: string): number | undefined =>
  isDigits(text, 4) && Number(text) >= 1900 && Number(text) <= 2100 ? Number(text) : undefined;

/** A date as far as it can be shown: the parts before the first that is not possible. */
const partsOfDate = (year: string, month: string, day: string): readonly string[] => {
  if (yearOf(year) === undefined) return [];
  if (!isDigits(month, 2) || Number(month) < 1 || Number(month) > 12) return [year];
  const isLeapYear = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  const last = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 0;
  if (!isDigits(day, 2) || Number(day) < 1 || Number(day) > last) return [year, month];
  return [year, month, day];
};

const fits = ({ institution, year }: Clause, name: string, known: number | undefined, higher: readonly string[]) => {
  if (institution !== undefined && 'isOneOf' in institution && !higher.includes(name)) return false;
  if (
    institution !== undefined &&
    'containsOneOf' in institution &&
    institution.containsOneOf.every((part) => !name.includes(same(part)))
  ) {
    return false;
  }
  if (year === undefined) return true;
  if (known === undefined) return false;
  return (year.atLeast === undefined || known >= year.atLeast) && (year.atMost === undefined || known <= year.atMost);
};

const levels = (low: number, high = low): Range => ({ low, high });

const below: readonly RecordReason[] = [
  'belowByCategory',
  'belowByVks',
  'belowByIsced2011',
  'belowByDegree',
  'belowByIsced1997',
];
const rejecting: readonly RecordReason[] = ['cancelled', 'intermediateProof', 'notADiploma', ...below];
const passing: readonly RecordReason[] = [
  'levelByVks',
  'levelByIsced2011',
  'levelByDegree',
  'levelByCategory',
  'levelByIsced1997',
];

/** The row of the level: the first line that fits. */
const level: Engine['levelReason'] = ({ vks, isced2011, degree, category, isced1997 }) => {
  const forIt = [vks, isced2011, degree, category, isced1997].indexOf('enough');
  const againstIt = [category, vks, isced2011, degree, isced1997].indexOf('tooLow');
  if (forIt >= 0 && againstIt >= 0) return 'levelConflict';
  if (forIt >= 0 && degree === 'open') return 'levelOpen';
  if (forIt >= 0) return passing[forIt] ?? 'levelUnknown';
  if (againstIt >= 0) return below[againstIt] ?? 'levelUnknown';
  return [vks, isced2011, degree, category, isced1997].includes('open') ? 'levelOpen' : 'levelUnknown';
};

const weigh: Engine['weigh'] = (found) => {
  if (found[0] === 'cancelled') return { verdict: 'rejected', reasons: ['cancelled'] };
  const rejected = found.filter((reason) => rejecting.includes(reason));
  const review = found.filter((reason) => !rejecting.includes(reason) && !passing.includes(reason));
  if (rejected.length > 0) return { verdict: 'rejected', reasons: rejected };
  if (review.length > 0) return { verdict: 'review', reasons: review };
  return { verdict: 'match', reasons: found };
};

/** Returns the rules of this set as the table has them. */
export const tableOf = (source: RuleSet): Engine => {
  const higher = source.higherEducation.map(same);
  const others = source.otherProofs.map(same);
  const categories = source.categories.map(({ names, range }) => ({ names: names.map(same), range }));
  const degrees = source.degrees.map(({ names, clauses }) => ({ names: names.map(same), clauses }));
  const countries = source.automaticRecognition?.countries.map((code) => code.trim()) ?? [];
  const insufficient = source.insufficientProgrammes?.isced2011ThirdDigits ?? [];
  return {
    rows: {
      status: ({ status }) => {
        if (status === '1') return undefined;
        return status === '10' ? 'cancelled' : 'unknownStatus';
      },
      proofState: ({ proofState }) => {
        if (proofState === 'eindbewijs') return undefined;
        return proofState === 'tussenbewijs' ? 'intermediateProof' : 'unknownProofState';
      },
      proofType: ({ proofType }) => {
        if (proofType === 'diploma') return undefined;
        if (proofType === 'gelijkwaardigheid') return 'equivalenceDecision';
        return others.includes(proofType) ? 'notADiploma' : 'unknownProofType';
      },
      category: ({ category, proofType }) => {
        const isListed = categories.some(({ names }) => names.includes(category));
        return isListed || proofType === 'gelijkwaardigheid' ? undefined : 'unknownCategory';
      },
      authenticity: ({ authenticity }) => {
        if (authenticity === 'authentiek') return undefined;
        return authenticity.slice(0, 16) === 'eigen verklaring' ? 'selfDeclared' : 'unknownAuthenticity';
      },
      country: ({ country, proofType }) => {
        if (country === 'BEL' || proofType === 'gelijkwaardigheid') return undefined;
        if (countries.includes(country)) return 'foreignLevelRecognised';
        return country === '' ? 'unknownCountry' : 'foreignWithoutEquivalence';
      },
      field: ({ iscedField, subject }) =>
        iscedField === '' || subject.substring(0, 3) === iscedField ? undefined : 'subjectFieldMismatch',
      subject: ({ subject }) =>
        source.subjects.some(({ code, review }) => code === subject && review) ? 'subjectUnderReview' : undefined,
      date: ({ year, month, day }, _, today) => {
        // A year or a month that is not over comes before today in the order of texts.
        const isLater = partsOfDate(year, month, day).join('') > today.replaceAll('-', '');
        return source.datesInFuture !== undefined && isLater ? 'awardDateInFuture' : undefined;
      },
    },
    witnesses: {
      vks: ({ vks }) => (isDigits(vks, 1) && Number(vks) >= 1 && Number(vks) <= 8 ? levels(Number(vks)) : undefined),
      isced2011: ({ isced2011 }) => {
        if (isDigits(isced2011, 3) && insufficient.some((digit) => isced2011.endsWith(digit))) return undefined;
        if ('01234'.includes(isced2011.slice(0, 1))) return isced2011 === '' ? undefined : levels(0, 4);
        return '5678'.includes(isced2011.slice(0, 1)) ? levels(Number(isced2011.slice(0, 1))) : undefined;
      },
      degree: ({ degree, institution, year }) =>
        degrees
          .find(({ names }) => names.includes(degree))
          ?.clauses.find((clause) => fits(clause, institution, yearOf(year), higher))?.range,
      category: ({ category, proofType }) =>
        proofType === 'gelijkwaardigheid' ? undefined : categories.find(({ names }) => names.includes(category))?.range,
      isced1997: ({ isced1997 }) => {
        if (isced1997 === '6') return levels(8);
        if (isced1997.startsWith('5')) return levels(5, 7);
        return isced1997 !== '' && '01234'.includes(isced1997.slice(0, 1)) ? levels(0, 4) : undefined;
      },
    },
    levelReason: level,
    weigh,
  };
};
