import { Fault } from '../../fault.ts';
import { defined } from '../../lib/defined.ts';
import { type Attributes, clean, type LedRecord, shownDate } from '../../record.ts';
import type { LedException } from '../ask.ts';
import { codedAttributes, type Field, fields, plainAttributes, steeringFields } from './elements.ts';
import type { TextForm } from './xml.ts';
import { resolveReferences, SPACE } from './xml-characters.ts';

/** A piece of a text: where it is in the bytes of the answer. */
export type Piece = { readonly from: number; readonly to: number; readonly form: TextForm };

/** The text of a field. Comments and CDATA sections cut a text into several pieces. */
export type Text = Piece & { readonly field: number; more: Piece[] | undefined };

const fieldOf = (field: Field): number => fields.indexOf(field);
const plainFields = plainAttributes.map((name) => ({ name, field: fieldOf(name) }));
const steering = steeringFields.map((name) => ({ name, field: fieldOf(name) }));
const codedFields = codedAttributes.map((name) => ({
  name,
  code: fieldOf(`${name}.code`),
  naam: fieldOf(`${name}.naam`),
}));
const SUBJECT = fieldOf('onderwerp.code');
const HOLDER = fieldOf('holder');
const FULL_NAME = fieldOf('volledigeNaam');
const INFORMATION_TYPE = fieldOf('information.type');
const INFORMATION_TEXT = fieldOf('information.inhoud');

/**
 * Over 30 combining marks on one character, the limit of Unicode's stream-safe text. Normalising such a text takes
 * time by the square of its marks.
 */
const piledMarks = /(?:^|\P{M})\p{M}{31}/u;
const beyondLatin = /[\u0300-\uffff]/;
/** The fewest bytes that 31 marks take. */
const LEAST_PILED = 62;

const tidy = (text: string): string | undefined => {
  if (beyondLatin.test(text) && piledMarks.test(text)) throw new Fault('badGateway', 'ledInvalidText');
  return clean(text) || undefined;
};

const rawText = (bytes: Buffer, { from, to, form }: Piece): string =>
  form === 'references' ? resolveReferences(bytes, from, to) : bytes.toString('utf8', from, to);

/** The clean value of a text. Nearly all texts are plain ASCII with single spaces: these are only cut out. */
export const cleanValue = (bytes: Buffer, text: Text): string | undefined => {
  if (text.more !== undefined) return tidy([text, ...text.more].map((piece) => rawText(bytes, piece)).join(''));
  if (text.form === 'references') return tidy(rawText(bytes, text));
  let { from, to } = text;
  while (from < to && (bytes[from] as number) <= SPACE) from += 1;
  while (from < to && (bytes[to - 1] as number) <= SPACE) to -= 1;
  if (from === to) return undefined;
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i] as number;
    if (byte < SPACE || byte >= 0x80 || (byte === SPACE && bytes[i - 1] === SPACE)) {
      return tidy(bytes.toString('utf8', from, to));
    }
  }
  return bytes.toString('latin1', from, to);
};

const fieldValue = (bytes: Buffer, texts: readonly Text[], field: number): string | undefined => {
  for (const text of texts) if (text.field === field) return cleanValue(bytes, text);
  return undefined;
};

/** MAGDA's five digits, or a code of its gateway. */
const CODE = /^(?:[0-9]{5}|ERR_\w{0,28})$/;
/** The name of a source, or the type of an Uitzondering. */
const NAME = /^[A-Z]{2,16}$/;

/** A word of LED as it may be logged. What has another form, or could hold an INSZ, is `other`. */
const loggable = (form: RegExp, value: string | undefined): string => {
  if (value === undefined) return '';
  return form.test(value) && value.replace(/[^0-9]/g, '').length < 11 ? value : 'other';
};

/** The code in front of the text of a Fault: MAGDA's five digits, or an `ERR_` code; '' if there is none. */
export const faultCode = (text = ''): string => loggable(CODE, /^(?:[0-9]{5}(?!\w)|ERR_\w{0,28})/.exec(text)?.[0]);

export const exceptionOf = (bytes: Buffer, texts: readonly Text[]): LedException => {
  const word = (field: Field, form: RegExp): string => loggable(form, fieldValue(bytes, texts, fieldOf(field)));
  return {
    id: word('exception.id', CODE),
    origin: word('exception.origin', NAME),
    type: word('exception.type', NAME),
  };
};

/** The texts of a Bewijs: its own, and those of each BijkomendeInformatie. */
export type RecordTexts = { readonly own: readonly Text[]; readonly information: readonly (readonly Text[])[] };

/**
 * Makes the record of a Bewijs. Of one that is not wanted only the subject and the holder become values; its other
 * texts are checked all the same.
 */
export const recordOf = (
  bytes: Buffer,
  texts: RecordTexts,
  isWanted: (subjectCode: string, holder: string) => boolean,
): LedRecord => {
  const subject = fieldValue(bytes, texts.own, SUBJECT);
  const holder = fieldValue(bytes, texts.own, HOLDER);
  if (isWanted(subject ?? '', holder ?? '')) return wantedRecord(bytes, texts);
  for (const list of [texts.own, ...texts.information]) {
    // What is too short to be refused does not become a string.
    for (const text of list) if (text.more !== undefined || text.to - text.from >= LEAST_PILED) cleanValue(bytes, text);
  }
  return {
    ...(holder === undefined ? {} : { holder }),
    attributes: subject === undefined ? {} : { onderwerp: { code: subject } },
  };
};

const wantedRecord = (bytes: Buffer, { own, information }: RecordTexts): LedRecord => {
  // By field.
  const values: (string | undefined)[] = fields.map(() => undefined);
  for (const text of own) values[text.field] = cleanValue(bytes, text);
  const attributes: Attributes = {};
  const record: { -readonly [member in keyof LedRecord]: LedRecord[member] } = { attributes };
  for (const { name, field } of steering) {
    const value = values[field];
    if (value !== undefined) record[name] = value;
  }
  for (const { name, field } of plainFields) {
    const value = values[field];
    if (value !== undefined) attributes[name] = value;
  }
  for (const { name, code, naam } of codedFields) {
    if (values[code] ?? values[naam]) attributes[name] = defined({ code: values[code], naam: values[naam] });
  }
  const date = shownDate(record);
  if (date !== undefined) attributes.uitreikingsdatum = date;
  const fullName = values[FULL_NAME];
  if (fullName !== undefined) attributes.volledigeNaam = fullName;
  const extra = information.flatMap((texts) => informationOf(bytes, texts) ?? []);
  if (extra.length > 0) attributes.bijkomendeInformatie = extra;
  return record;
};

const informationOf = (bytes: Buffer, texts: readonly Text[]) => {
  const type = fieldValue(bytes, texts, INFORMATION_TYPE);
  const inhoud = fieldValue(bytes, texts, INFORMATION_TEXT);
  return (type ?? inhoud) ? defined({ type, inhoud }) : undefined;
};
