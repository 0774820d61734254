import type { LedRecord } from '../record.ts';

/**
 * The values that the rules read in a record in scope, in the form in which they are compared: texts in lower case, codes
 * as they are. Empty: the value is missing, or is a placeholder.
 */
export type Values = {
  readonly status: string;
  readonly authenticity: string;
  readonly category: string;
  readonly degree: string;
  readonly proofType: string;
  readonly proofState: string;
  readonly institution: string;
  readonly subject: string;
  readonly country: string;
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly iscedField: string;
  readonly isced1997: string;
  readonly isced2011: string;
  readonly vks: string;
};

/** Whether a text in lower case is one of LED's placeholders for a missing value. */
export const isPlaceholder = (lowered: string): boolean =>
  lowered === 'nbs' || lowered === 'nvt' || lowered === 'niet beschikbaar' || lowered === 'niet van toepassing';

const codeOf = (value = ''): string => (isPlaceholder(value.toLowerCase()) ? '' : value);

const textOf = (value = ''): string => {
  const lowered = value.toLowerCase();
  return isPlaceholder(lowered) ? '' : lowered;
};

/** Returns what the rules read in a record. */
export const valuesOf = ({ attributes, ...record }: LedRecord): Values => ({
  status: codeOf(record.status),
  authenticity: textOf(record.authenticity),
  category: textOf(attributes.categorie),
  degree: textOf(attributes.graad),
  proofType: textOf(attributes.typeBewijs),
  proofState: textOf(attributes.staatBewijs),
  institution: textOf(attributes.instantie),
  subject: codeOf(attributes.onderwerp?.code),
  country: codeOf(attributes.land),
  year: codeOf(record.year),
  month: codeOf(record.month),
  day: codeOf(record.day),
  iscedField: codeOf(attributes.iscedStudiegebied?.code),
  isced1997: codeOf(attributes.iscedNiveau?.code),
  isced2011: codeOf(record.iscedNiveau2011),
  vks: codeOf(attributes.vksNiveauOnderwijskwalificatie?.code),
});
