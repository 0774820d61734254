import { z } from 'zod';

const text = z.string().min(1);
const coded = z.strictObject({ code: text.optional(), naam: text.optional() });

/**
 * What article 3 of the protocol lets the department see of one diploma, under the protocol's own names: clean, as LED
 * gave it. The list is complete; whatever is not in it never leaves the service.
 */
export const Attributes = z
  .strictObject({
    taal: text.optional().describe('Taalcode, ISO 639-3'),
    land: text.optional().describe('Landcode, ISO 3166-1 alpha-3'),
    categorie: text.optional(),
    graad: text.optional(),
    onderwijsvorm: text.optional(),
    typeBewijs: text.optional(),
    staatBewijs: text.optional(),
    instantie: text.optional(),
    typeSchool: text.optional(),
    onderwerp: coded.optional(),
    iscedStudiegebied: coded.optional(),
    iscedNiveau: coded.optional(),
    vksNiveauOnderwijskwalificatie: coded.optional(),
    vksNiveauBeroepskwalificatie: coded.optional(),
    uitreikingsdatum: z
      .string()
      .regex(/^\d{4}(-\d{2}(-\d{2})?)?$/)
      .optional(),
    volledigeNaam: text.optional(),
    bijkomendeInformatie: z.array(z.strictObject({ type: text.optional(), inhoud: text.optional() })).optional(),
  })
  .meta({ id: 'Attributes' });
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

/** Unicode NFC, every run of white space (`\s`) one space, both ends trimmed: the form in which values are compared and shown. */
export const clean = (value: string): string => value.normalize('NFC').replace(/\s+/g, ' ').trim();

/** The year as a number if it is known: four digits from 1900 to 2100. LED writes 1800 for an unknown year. */
export const knownYear = (year: string | undefined): number | undefined => {
  if (year === undefined || !/^[0-9]{4}$/.test(year)) return undefined;
  const number = Number(year);
  return number >= 1900 && number <= 2100 ? number : undefined;
};
