import { z } from 'zod';
import { daysIn } from './lib/clock.ts';

const text = z.string().min(1);

/** A code of LED and its name; either may be missing. */
const coded = () =>
  z
    .strictObject({
      code: text.optional().describe('The code, as LED gave it'),
      naam: text.optional().describe('The name that belongs to the code, in Dutch'),
    })
    .optional();

/**
 * What article 3 of the protocol lets the department see of one diploma, under the names of the protocol. The values
 * are those of LED, cleaned (see `clean`). The list is complete: no other value of a diploma leaves the service.
 */
export const Attributes = z
  .strictObject({
    taal: text.optional().describe('Language of the studies: Taalcode, ISO 639-3, such as `nld`'),
    land: text
      .optional()
      .describe('Country where it was obtained: Landcode, ISO 3166-1 alpha-3; only `BEL` counts without equivalence'),
    categorie: text
      .optional()
      .describe('Kind of education, such as `Hoger onderwijs` (may count) or `Secundair onderwijs` (is too low)'),
    graad: text
      .optional()
      .describe(
        'Degree, such as `Professionele bachelor`. The level of an old degree depends on its date and institution: see the rule set',
      ),
    onderwijsvorm: text
      .optional()
      .describe('Form of secondary education, such as `BSO`; it has no meaning for higher education'),
    typeBewijs: text
      .optional()
      .describe(
        'Kind of proof (Bewijstype): `Diploma`, `Gelijkwaardigheid` (a decision that a foreign diploma is equivalent), and others',
      ),
    staatBewijs: text
      .optional()
      .describe('Whether the studies were completed: `Eindbewijs` (yes) or `Tussenbewijs` (no)'),
    instantie: text.optional().describe('Kind of institution that issued it, such as `Hogeschool`'),
    typeSchool: text.optional().describe('Kind of school (Schooltype), more precise than `instantie`'),
    onderwerp: coded().describe('What the studies were about. A rule set lists the codes (six digits) that count'),
    iscedStudiegebied: coded().describe(
      'Field of study. It should be the first three digits of the subject; if it is not, a person has to look',
    ),
    iscedNiveau: coded().describe(
      'Level by ISCED 1997. `5A` and `5B` may be bachelor, master or HBO5, so it seldom decides',
    ),
    vksNiveauOnderwijskwalificatie: coded().describe(
      'Level by the Flemish qualification structure, 1 to 8 (6 bachelor, 7 master); `NBS` means that there is none',
    ),
    vksNiveauBeroepskwalificatie: coded().describe('Level of a professional qualification; never used to decide'),
    uitreikingsdatum: z
      .string()
      .regex(/^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$/)
      .optional()
      .describe(
        'Day of issue, as far as LED knows it: `yyyy-mm-dd`, `yyyy-mm` or `yyyy`; missing if the year is not known',
      ),
    volledigeNaam: text
      .optional()
      .describe('Full name of the diploma, as printed on it; a case handler recognises the diploma by it'),
    bijkomendeInformatie: z
      .array(
        z.strictObject({
          type: text.optional().describe('What the text is about'),
          inhoud: text.optional().describe('The text'),
        }),
      )
      .optional()
      .describe('Free text that LED adds, for people; never used to decide'),
  })
  .meta({
    id: 'Attributes',
    description:
      'What article 3 of the protocol lets the department see of one diploma, under the Dutch names of the protocol. The values are those of LED, also `NBS` (“niet beschikbaar”); what LED leaves out is left out here. This is personal data: show it to the case handler. If you keep the body for its receipt, keep no other copy.',
  });
export type Attributes = z.infer<typeof Attributes>;

/**
 * One Bewijs in LED's answer. Every value is cleaned (see `clean`). If an element is missing, or empty after cleaning,
 * the member is missing. `attributes` may be shown; the rest is used to decide and never leaves the service.
 */
export type LedRecord = {
  readonly status?: string;
  readonly holder?: string;
  readonly authenticity?: string;
  readonly iscedNiveau2011?: string;
  /** Uitreikingsdatum/{Jaar, Maand, Dag} as LED sent them. What may be shown is `attributes.uitreikingsdatum`. */
  readonly year?: string;
  readonly month?: string;
  readonly day?: string;
  readonly attributes: Attributes;
};

/** NFC never changes a text that has only characters below U+0300. Such a text is not normalised, to save time. */
const mayCompose = /[\u0300-\uffff]/;
/** White space that is not a single space. */
const unevenSpace = /[^\S ]| {2}/;

/**
 * Returns a value in the form in which it is compared and shown: Unicode NFC, each run of white space (`\s`) replaced
 * by one space, and both ends trimmed.
 */
export const clean = (value: string): string => {
  const composed = mayCompose.test(value) ? value.normalize('NFC') : value;
  return (unevenSpace.test(composed) ? composed.replace(/\s+/g, ' ') : composed).trim();
};

/**
 * Returns the year as a number if it is four digits from 1900 to 2100, otherwise undefined. LED writes 1800 if it does
 * not know the year.
 */
export const knownYear = (year: string | undefined): number | undefined => {
  if (year === undefined || !/^[0-9]{4}$/.test(year)) return undefined;
  const number = Number(year);
  return number >= 1900 && number <= 2100 ? number : undefined;
};

/** As much of the date as is known: `yyyy`, `yyyy-mm` or `yyyy-mm-dd`; undefined if the year is not known. */
export const shownDate = ({ year, month, day }: Pick<LedRecord, 'year' | 'month' | 'day'>): string | undefined => {
  const known = knownYear(year);
  if (known === undefined) return undefined;
  if (month === undefined || !/^(?:0[1-9]|1[0-2])$/.test(month)) return year;
  const isPossible =
    day !== undefined && /^[0-9]{2}$/.test(day) && day !== '00' && Number(day) <= daysIn(known, Number(month));
  return isPossible ? `${year}-${month}-${day}` : `${year}-${month}`;
};
