import { Fault } from '../../fault.ts';
import type { LedRecord } from '../../record.ts';
import type { LedException } from '../ask.ts';
import { answerDocument, childOf, type Element, type Kind } from './elements.ts';
import { cleanValue, exceptionOf, faultCode, recordOf, type Text } from './values.ts';
import { refuse, scanXml, type TextForm, type XmlEvents, ZEROS_BEHIND } from './xml.ts';

/** What an answer of LED contains, read but not yet judged (`interpret` does that). */
export type ParsedAnswer = {
  /** Present if the answer is a SOAP Fault: the code in front of its first text, '' if it has none. */
  readonly fault?: { readonly code: string };
  /** Uitzonderingen of Repliek and Antwoord, in the answer's order. */
  readonly exceptions: readonly LedException[];
  readonly records: readonly LedRecord[];
};

/** What the answer must fit, and what of it will be used. */
export type Expected = {
  readonly referte: string;
  /**
   * Whether the record with this Onderwerp/Code and this INSZ ('' if it has none) will be used. Of a record that will
   * not, only these two become values. Left out: every record will be used.
   */
  readonly wanted?: ((subjectCode: string, holder: string) => boolean) | undefined;
};

/**
 * Reads one answer: the bytes of a SOAP 1.1 or 1.2 envelope, in pieces. Throws a Fault `badGateway` for an answer that is cut,
 * malformed, not UTF-8, too deep, or has a document type or an element twice where one is read (`ledInvalid…`), and for
 * an Antwoord whose Referte is not the expected one (`referteMismatch`). It never returns half an answer.
 */
export type ParseAnswer = (pieces: readonly Uint8Array[], expected: Expected) => ParsedAnswer;

/** The namespaces of SOAP 1.1 and 1.2. Some nodes of MAGDA's platform answer faults in 1.2. */
const ENVELOPES: readonly string[] = [
  'http://schemas.xmlsoap.org/soap/envelope/',
  'http://www.w3.org/2003/05/soap-envelope',
];
const LEAST_BYTES = 32_768;
/** A larger buffer is not kept for the next answer. */
const MOST_KEPT_BYTES = 262_144;

/**
 * Makes a parser of answers. Between two answers it keeps nothing but a buffer, which it fills with zeros after each.
 * Time is linear in the size of the answer, also for a hostile one.
 */
export const createAnswerParser = (): ParseAnswer => {
  let buffer = Buffer.alloc(0);
  return (pieces, expected) => {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length + ZEROS_BEHIND > buffer.length) {
      let size = LEAST_BYTES;
      while (size < length + ZEROS_BEHIND) size *= 2;
      buffer = Buffer.alloc(size);
    }
    let end = 0;
    try {
      for (const piece of pieces) {
        buffer.set(piece, end);
        end += piece.length;
      }
      return read(buffer, length, expected);
    } catch (error) {
      throw error instanceof Fault ? error : new Fault('badGateway', 'ledInvalidXml', { cause: error });
    } finally {
      buffer.fill(0, 0, end);
      if (buffer.length > MOST_KEPT_BYTES) buffer = Buffer.alloc(0);
    }
  };
};

/** One answer while it is read. */
type Reading = {
  readonly bytes: Buffer;
  readonly expected: Expected;
  /** The elements that are open and read, and for each the bits of the children that it has had. */
  readonly path: Element[];
  readonly seen: number[];
  /** The texts of the record, the exception, the fault text or the Referte that is read. */
  own: Text[];
  /** The texts of each BijkomendeInformatie of that record. */
  information: Text[][];
  /** The list of those above that the next text belongs to. */
  texts: Text[];
  isOurs: boolean;
  hasOperation: boolean;
  fault: { readonly code: string } | undefined;
  readonly exceptions: LedException[];
  readonly records: LedRecord[];
};

const read = (bytes: Buffer, length: number, expected: Expected): ParsedAnswer => {
  const reading: Reading = {
    bytes,
    expected,
    path: [answerDocument],
    seen: [0],
    own: [],
    information: [],
    texts: [],
    isOurs: false,
    hasOperation: false,
    fault: undefined,
    exceptions: [],
    records: [],
  };
  scanXml(bytes, length, eventsOf(reading));
  if (!reading.hasOperation) refuse('ledInvalidEnvelope');
  const { fault, exceptions, records } = reading;
  return fault === undefined ? { exceptions, records } : { fault, exceptions, records };
};

const eventsOf = (reading: Reading): XmlEvents => ({
  open: (from, to, namespace) => {
    const element = enter(reading, from, to);
    if (element === undefined) return 'nothing';
    begin(reading, element, namespace);
    return element.field < 0 ? 'elements' : 'text';
  },
  close: () => {
    reading.seen.pop();
    finish(reading, reading.path.pop() as Element);
  },
  text: (from, to, form) => {
    if (from < to) addText(reading.texts, (reading.path.at(-1) as Element).field, from, to, form);
  },
});

/** Goes into the element with the name at [from, to). Undefined if it is not read here. */
const enter = ({ bytes, path, seen }: Reading, from: number, to: number): Element | undefined => {
  const depth = path.length - 1;
  const parent = path[depth] as Element;
  const child = childOf(parent, bytes, from, to);
  if (child === undefined) {
    if (parent === answerDocument) refuse('ledInvalidEnvelope');
    if (parent.kind === 'body') refuse('ledInvalidOperation');
    return undefined;
  }
  const before = seen[depth] as number;
  if ((before & child.bit) !== 0) refuse('ledInvalidDuplicate');
  // A Fault next to an answer would leave open which of the two counts.
  if (parent.kind === 'body' && before !== 0) refuse('ledInvalidOperation');
  seen[depth] = before | child.bit;
  path.push(child.element);
  seen.push(0);
  return child.element;
};

const hasOwnTexts: readonly Kind[] = ['bewijs', 'uitzondering', 'faultstring', 'faultText', 'referte'];

const begin = (reading: Reading, { kind }: Element, namespace: string): void => {
  if (kind === 'envelope' && !ENVELOPES.includes(namespace)) refuse('ledInvalidEnvelope');
  if (kind === 'fault' || kind === 'repliek') reading.hasOperation = true;
  if (kind === 'informatie') {
    reading.texts = [];
    reading.information.push(reading.texts);
  } else if (hasOwnTexts.includes(kind)) {
    reading.own = [];
    reading.texts = reading.own;
    reading.information = [];
  }
};

const finish = (reading: Reading, { kind }: Element): void => {
  const { bytes, own, information, expected } = reading;
  switch (kind) {
    case 'referte':
      if (onlyValue(reading) !== expected.referte) refuse('referteMismatch');
      reading.isOurs = true;
      return;
    case 'antwoord':
      if (!reading.isOurs) refuse('referteMismatch');
      return;
    case 'informatie':
      reading.texts = own;
      return;
    case 'bewijs':
      reading.records.push(recordOf(bytes, { own, information }, expected.wanted ?? everything));
      return;
    case 'uitzondering':
      reading.exceptions.push(exceptionOf(bytes, own));
      return;
    case 'faultstring':
    case 'faultText':
      reading.fault ??= { code: faultCode(onlyValue(reading)) };
      return;
    case 'fault':
      reading.fault ??= { code: '' };
      return;
    default:
  }
};

const everything = (): boolean => true;

/** The value of the only text that was read. */
const onlyValue = ({ bytes, own: [text] }: Reading): string | undefined => text && cleanValue(bytes, text);

const addText = (texts: Text[], field: number, from: number, to: number, form: TextForm): void => {
  const last = texts.at(-1);
  if (last?.field !== field) texts.push({ field, from, to, form, more: undefined });
  else if (last.more === undefined) last.more = [{ from, to, form }];
  else last.more.push({ from, to, form });
};
