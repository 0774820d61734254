import { z } from 'zod';

const text = z.string().min(1);

/** A code of LED's and its name; either may be missing. What they stand for is said in both, for a reference would hide it. */
const coded = (what: string) =>
  z
    .strictObject({
      code: text.optional().describe(`Code of ${what}`),
      naam: text.optional().describe(`Name of ${what}, in Dutch`),
    })
    .optional();

/**
 * What article 3 of the protocol lets the department see of one diploma, under the protocol's own names: clean, as LED
 * gave it. The list is complete; whatever is not in it never leaves the service.
 */
export const Attributes = z
  .strictObject({
    taal: text.optional().describe('Language of the studies: Taalcode, ISO 639-3, such as `nld`'),
    land: text
      .optional()
      .describe('Country where it was obtained: Landcode, ISO 3166-1 alpha-3; only `BEL` counts without equivalence'),
    categorie: text
      .optional()
      .describe('Kind of education, such as `Hoger onderwijs` (counts) or `Secundair onderwijs` (lies below)'),
    graad: text
      .optional()
      .describe(
        'Degree, such as `Professionele bachelor`; an old one is read by date and institution, see the rule set',
      ),
    onderwijsvorm: text
      .optional()
      .describe('Form of secondary education, such as `BSO`; for higher education no more than noise'),
    typeBewijs: text
      .optional()
      .describe(
        'Kind of proof (Bewijstype): `Diploma`, `Gelijkwaardigheid` (a foreign diploma made equal), and others',
      ),
    staatBewijs: text
      .optional()
      .describe('Whether the studies were completed: `Eindbewijs` (they were) or `Tussenbewijs`'),
    instantie: text.optional().describe('Kind of institution that issued it, such as `Hogeschool`'),
    typeSchool: text.optional().describe('Kind of school (Schooltype), finer than `instantie`'),
    onderwerp: coded('the subject (Onderwerp), by which the rule set decides whether the diploma counts').describe(
      'What the studies were about; a rule set lists the six-digit codes that count',
    ),
    iscedStudiegebied: coded('the ISCED field of study').describe(
      'Field of study; expected to be the first three digits of the subject, and where it is not, a person has to look',
    ),
    iscedNiveau: coded('the ISCED 1997 level').describe(
      'Level by ISCED 1997; `5A` and `5B` may be bachelor, master or HBO5, so that it seldom decides',
    ),
    vksNiveauOnderwijskwalificatie: coded('the VKS level of the educational qualification').describe(
      'Level by the Flemish qualification structure, 1 to 8 (6 bachelor, 7 master); `NBS` says that there is none',
    ),
    vksNiveauBeroepskwalificatie: coded('the VKS level of the professional qualification').describe(
      'Level of a professional qualification; never used to decide',
    ),
    uitreikingsdatum: z
      .string()
      .regex(/^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$/)
      .optional()
      .describe(
        'Day of issue, as far as LED knows it: `yyyy-mm-dd`, `yyyy-mm` or `yyyy`; left out if even the year is not known',
      ),
    volledigeNaam: text
      .optional()
      .describe('Full name of the diploma as it stands on it: what a case handler recognises it by'),
    bijkomendeInformatie: z
      .array(
        z.strictObject({
          type: text.optional().describe('What the text is about'),
          inhoud: text.optional().describe('The text'),
        }),
      )
      .optional()
      .describe('What LED adds in free text; for people, never used to decide'),
  })
  .meta({
    id: 'Attributes',
    description:
      'What article 3 of the protocol lets the department see of one diploma, under the protocol’s own Dutch names and as LED gave it (`NBS`, “niet beschikbaar” included). What LED left out is left out here. It is personal data: show it to the case handler, keep no copy that the file does not need.',
  });
export type Attributes = z.infer<typeof Attributes>;

/**
 * One Bewijs of LED's answer. Every value is clean (see `clean`); an element that is missing, or empty once cleaned, is
 * a missing member. `attributes` may be passed on; the rest steers the decision and never leaves the service.
 */
export type LedRecord = {
  readonly status?: string;
  readonly holder?: string;
  readonly authenticity?: string;
  readonly iscedNiveau2011?: string;
  /** Uitreikingsdatum/{Jaar, Maand, Dag} as LED gave them; `attributes.uitreikingsdatum` is what may be shown of them. */
  readonly year?: string;
  readonly month?: string;
  readonly day?: string;
  readonly attributes: Attributes;
};

/** Below U+0300 no character is changed by NFC, nor composed with another. */
const mayCompose = /[\u0300-\uffff]/;
const uneven = /[^\S ]| {2}/;

/** Unicode NFC, every run of white space (`\s`) one space, both ends trimmed: the form in which values are compared and shown. */
export const clean = (value: string): string => {
  const composed = mayCompose.test(value) ? value.normalize('NFC') : value;
  return (uneven.test(composed) ? composed.replace(/\s+/g, ' ') : composed).trim();
};

/** The year as a number if it is known: four digits from 1900 to 2100. LED writes 1800 for an unknown year. */
export const knownYear = (year: string | undefined): number | undefined => {
  if (year === undefined || !/^[0-9]{4}$/.test(year)) return undefined;
  const number = Number(year);
  return number >= 1900 && number <= 2100 ? number : undefined;
};
