import { z } from 'zod';
import { clean, type LedRecord } from '../record.ts';

const value = z.string().optional();

/** The values of one record that the rules read, as a person writes them in a file. The holder is the person asked. */
export const PlainRecord = z.strictObject({
  status: value,
  authenticity: value,
  category: value,
  degree: value,
  proofType: value,
  proofState: value,
  institution: value,
  subject: value,
  country: value,
  year: value,
  month: value,
  day: value,
  iscedField: value,
  isced1997: value,
  isced2011: value,
  vks: value,
});
export type PlainRecord = z.infer<typeof PlainRecord>;

/** Makes the record that LED's answer would give with these values: each is cleaned, and an empty one is left out. */
export const ledRecordOf = (plain: PlainRecord, holder: string): LedRecord => {
  const member = <Name extends string>(name: Name, text: string | undefined): { readonly [N in Name]?: string } => {
    const cleaned = clean(text ?? '');
    return cleaned === '' ? {} : ({ [name]: cleaned } as { [N in Name]: string });
  };
  const coded = <Name extends string>(name: Name, text: string | undefined) => {
    const code = member('code', text);
    return code.code === undefined ? {} : ({ [name]: code } as { [N in Name]: { code: string } });
  };
  return {
    holder,
    ...member('status', plain.status),
    ...member('authenticity', plain.authenticity),
    ...member('iscedNiveau2011', plain.isced2011),
    ...member('year', plain.year),
    ...member('month', plain.month),
    ...member('day', plain.day),
    attributes: {
      ...member('categorie', plain.category),
      ...member('graad', plain.degree),
      ...member('typeBewijs', plain.proofType),
      ...member('staatBewijs', plain.proofState),
      ...member('instantie', plain.institution),
      ...member('land', plain.country),
      ...coded('onderwerp', plain.subject),
      ...coded('iscedStudiegebied', plain.iscedField),
      ...coded('iscedNiveau', plain.isced1997),
      ...coded('vksNiveauOnderwijskwalificatie', plain.vks),
    },
  };
};

/**
 * Reads records from a JSON array, from one JSON object, or from JSON Lines. Returns them, or the number of the first one
 * that is not a record, counted from 1.
 */
export const readPlainRecords = (
  text: string,
): { readonly records: readonly PlainRecord[] } | { readonly badRecord: number } => {
  const values = valuesIn(text);
  const records: PlainRecord[] = [];
  for (const [index, candidate] of values.entries()) {
    const parsed = PlainRecord.safeParse(candidate);
    if (!parsed.success) return { badRecord: index + 1 };
    records.push(parsed.data);
  }
  return { records };
};

/** The values of an array, of lines, or one value on its own. What is no JSON is undefined. */
const valuesIn = (text: string): readonly unknown[] => {
  const whole = parsed(text);
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [parsed(line)]));
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
