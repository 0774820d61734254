import { Fault } from '../../fault.ts';
import type { LedRecord } from '../../record.ts';
import type { LedException } from '../ask.ts';
import { answerDocument, childOf, type Element } from './elements.ts';
import { cleanValue, exceptionOf, faultCode, recordOf, type Text } from './values.ts';
import { scanXml, type TextForm, type XmlEvents, ZEROS_BEHIND } from './xml.ts';

/** What an answer of LED contains, read but not yet judged (`interpret` does that). */
export type ParsedAnswer = {
  /** Present if the answer is a SOAP Fault: the code in front of its faultstring, '' if it has none. */
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
 * Reads one answer: the bytes of a SOAP 1.1 envelope, in pieces. Throws a Fault `badGateway` for an answer that is cut,
 * malformed, not UTF-8, too deep, or has a document type or an element twice where one is read (`ledInvalid…`), and for
 * an Antwoord whose Referte is not the expected one (`referteMismatch`). It never returns half an answer.
 */
export type ParseAnswer = (pieces: readonly Uint8Array[], expected: Expected) => ParsedAnswer;

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
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
  /** The elements that are open, and for each the bits of the children that it has had. */
  readonly path: Element[];
  readonly seen: number[];
  /** How many elements are open that are not read. */
  skipped: number;
  /** The texts of the record, the exception, the Fault or the Referte that is read. */
  texts: Text[];
  /** The texts of each BijkomendeInformatie of that record. */
  information: Text[][];
  isOurs: boolean;
  hasOperation: boolean;
  fault: { readonly code: string } | undefined;
  readonly exceptions: LedException[];
  readonly records: LedRecord[];
};

const refuse = (reason: string): never => {
  throw new Fault('badGateway', reason);
};

const read = (bytes: Buffer, length: number, expected: Expected): ParsedAnswer => {
  const reading: Reading = {
    bytes,
    expected,
    path: [answerDocument],
    seen: [0],
    skipped: 0,
    texts: [],
    information: [],
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
    const child = reading.skipped > 0 ? undefined : enter(reading, from, to);
    if (child === undefined) reading.skipped += 1;
    else begin(reading, child, namespace);
  },
  close: () => {
    if (reading.skipped > 0) reading.skipped -= 1;
    else {
      reading.seen.pop();
      finish(reading, reading.path.pop() as Element);
    }
  },
  text: (from, to, form) => {
    if (reading.skipped === 0) addText(reading, from, to, form);
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

const begin = (reading: Reading, { kind }: Element, namespace: string): void => {
  switch (kind) {
    case 'envelope':
      if (namespace !== SOAP) refuse('ledInvalidEnvelope');
      return;
    case 'fault':
      reading.hasOperation = true;
      reading.texts = [];
      return;
    case 'repliek':
      reading.hasOperation = true;
      return;
    case 'bewijs':
      reading.information = [];
      reading.texts = [];
      return;
    case 'informatie':
      reading.information.push([]);
      return;
    case 'referte':
    case 'uitzondering':
      reading.texts = [];
      return;
    default:
  }
};

const finish = (reading: Reading, { kind }: Element): void => {
  const { bytes, texts, expected } = reading;
  switch (kind) {
    case 'referte':
      if (textValue(reading) !== expected.referte) refuse('referteMismatch');
      reading.isOurs = true;
      return;
    case 'antwoord':
      if (!reading.isOurs) refuse('referteMismatch');
      return;
    case 'bewijs':
      reading.records.push(
        recordOf(bytes, { own: texts, information: reading.information }, expected.wanted ?? everything),
      );
      return;
    case 'uitzondering':
      reading.exceptions.push(exceptionOf(bytes, texts));
      return;
    case 'fault':
      reading.fault = { code: faultCode(textValue(reading)) };
      return;
    default:
  }
};

const everything = (): boolean => true;

/** The value of the only text that was read. */
const textValue = ({ bytes, texts: [text] }: Reading): string | undefined => text && cleanValue(bytes, text);

const addText = ({ path, texts, information }: Reading, from: number, to: number, form: TextForm): void => {
  const { field } = path[path.length - 1] as Element;
  if (field < 0 || from === to) return;
  const list = path[path.length - 2]?.kind === 'informatie' ? (information[information.length - 1] as Text[]) : texts;
  const last = list[list.length - 1];
  if (last?.field !== field) list.push({ field, from, to, form });
  else if (last.more === undefined) last.more = [{ from, to, form }];
  else last.more.push({ from, to, form });
};
