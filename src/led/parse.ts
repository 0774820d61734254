import { SaxesParser } from 'saxes';
import { Fault } from '../fault.ts';
import { type Attributes, clean, knownYear, type LedRecord } from '../record.ts';
import type { LedException } from './ask.ts';

/** What an answer of LED holds, read but not yet judged (see `interpret`). */
export type ParsedAnswer = {
  /** Present if the answer is a SOAP Fault: the code that leads its faultstring, '' if none does. */
  readonly fault?: { readonly code: string };
  /** Uitzonderingen of Repliek and Antwoord, in the answer's order. */
  readonly exceptions: readonly LedException[];
  readonly records: readonly LedRecord[];
};

/**
 * Takes the bytes of one answer as they come. Both methods throw a Fault `badGateway` at the first breach, and ever
 * after. Write what a socket gives, 64 KiB or less: then no call is long; a hostile megabyte at once takes 0.3 s.
 */
export type AnswerParser = {
  readonly write: (chunk: Uint8Array) => void;
  readonly end: () => ParsedAnswer;
};

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';
const MAX_DEPTH = 64;
const MAX_ATTRIBUTES = 64;

const plainAttributes = [
  'taal',
  'land',
  'categorie',
  'graad',
  'onderwijsvorm',
  'typeBewijs',
  'staatBewijs',
  'instantie',
  'typeSchool',
] as const;
const codedAttributes = [
  'onderwerp',
  'iscedStudiegebied',
  'iscedNiveau',
  'vksNiveauOnderwijskwalificatie',
  'vksNiveauBeroepskwalificatie',
] as const;
const steering = ['status', 'holder', 'authenticity', 'iscedNiveau2011', 'year', 'month', 'day'] as const;

type Coded = (typeof codedAttributes)[number];
type Leaf =
  | (typeof plainAttributes)[number]
  | (typeof steering)[number]
  | `${Coded}.code`
  | `${Coded}.naam`
  | 'volledigeNaam'
  | 'information.naam'
  | 'information.inhoud'
  | 'identificatie'
  | 'oorsprong'
  | 'type'
  | 'faultstring'
  | 'referte';
type Values = { [name in Leaf]?: string };

/** What happens where an element begins or ends; `path` for nothing at all. */
type Kind =
  | 'path'
  | 'leaf'
  | 'envelope'
  | 'body'
  | 'fault'
  | 'response'
  | 'repliek'
  | 'antwoord'
  | 'referte'
  | 'bewijs'
  | 'informatie'
  | 'uitzondering';

/**
 * One element that is read, at its one place in the answer. `bit` marks it among the children of its parent once it was
 * seen there; 0 for an element that may be repeated.
 */
type Element = {
  readonly id: number;
  readonly kind: Kind;
  readonly leaf: Leaf | undefined;
  readonly children: ReadonlyMap<string, Element>;
  parent: Element | undefined;
  bit: number;
};

let elements = 0;
const element = (kind: Kind, children: Record<string, Element>, leaf?: Leaf): Element => {
  const self: Element = {
    id: elements++,
    kind,
    leaf,
    children: new Map(Object.entries(children)),
    parent: undefined,
    bit: 0,
  };
  let bit = 1;
  for (const child of self.children.values()) {
    child.parent = self;
    if (child.kind === 'bewijs' || child.kind === 'informatie' || child.kind === 'uitzondering') continue;
    child.bit = bit;
    bit <<= 1;
  }
  return self;
};
const path = (children: Record<string, Element>): Element => element('path', children);
const leaf = (name: Leaf): Element => element('leaf', {}, name);
const naam = (name: Leaf): Element => path({ Naam: leaf(name) });
const code = (name: Leaf): Element => path({ Code: leaf(name) });
const coded = (name: Coded): Element => path({ Code: leaf(`${name}.code`), Naam: leaf(`${name}.naam`) });
const uitzonderingen = (): Element =>
  path({
    Uitzondering: element('uitzondering', {
      Identificatie: leaf('identificatie'),
      Oorsprong: leaf('oorsprong'),
      Type: leaf('type'),
    }),
  });

const bewijs = element('bewijs', {
  BewijsstatusLed: code('status'),
  PersoonUitgereikt: path({ INSZ: leaf('holder') }),
  Basis: path({
    Authenticiteit: naam('authenticity'),
    Categorie: naam('categorie'),
    Graad: naam('graad'),
    Onderwijsvorm: naam('onderwijsvorm'),
    Bewijstype: naam('typeBewijs'),
    Bewijsstaat: naam('staatBewijs'),
    Instantie: naam('instantie'),
    Onderwerp: coded('onderwerp'),
    Uitreikingsdatum: path({ Jaar: leaf('year'), Maand: leaf('month'), Dag: leaf('day') }),
    VolledigeNaam: leaf('volledigeNaam'),
    Land: code('land'),
    Taal: code('taal'),
    Schooltype: naam('typeSchool'),
    BijkomendeInformaties: path({
      BijkomendeInformatie: element('informatie', {
        Naam: leaf('information.naam'),
        Inhoud: leaf('information.inhoud'),
      }),
    }),
  }),
  Afgeleid: path({
    ISCEDStudiegebied: coded('iscedStudiegebied'),
    ISCEDNiveau: coded('iscedNiveau'),
    ISCEDNiveau2011: code('iscedNiveau2011'),
    VKSNiveauOnderwijskwalificatie: coded('vksNiveauOnderwijskwalificatie'),
    VKSNiveauBeroepskwalificatie: coded('vksNiveauBeroepskwalificatie'),
  }),
});

/** Everything that is read, by its full path of local names; whatever has no place here is passed over with all it holds. */
const document = path({
  Envelope: element('envelope', {
    Body: element('body', {
      Fault: element('fault', { faultstring: leaf('faultstring') }),
      GeefBewijsResponse: element('response', {
        Repliek: element('repliek', {
          Antwoorden: path({
            Antwoord: element('antwoord', {
              Referte: element('referte', {}, 'referte'),
              Inhoud: path({ Bewijzen: path({ Bewijs: bewijs }) }),
              Uitzonderingen: uitzonderingen(),
            }),
          }),
          Uitzonderingen: uitzonderingen(),
        }),
      }),
    }),
  }),
});

const codedLeaves = codedAttributes.map((name) => ({ name, code: `${name}.code`, naam: `${name}.naam` }) as const);

// saxes looks at neither of these two: the first character after a prefix, and whether a namespace is a URI (it even
// trims it, so that ` http://…` would pass for the namespace without the space).
const notAtStart = /^[\u0300-\u036f\u203f\u2040\u00b7.0-9-]/;
const namespaceName =
  /^(?:[a-z][a-z0-9+.-]*:(?:\/\/[a-z0-9._-]+(?::[0-9]{1,5})?(?=[/?#]|$)|(?!\/\/))(?:[\w/.~:@!$'()*+,;=-]|%[0-9a-f]{2})*|(?!\/\/)(?:[\w/.~@!$'()*+,;=-]|%[0-9a-f]{2})*)(?:\?(?:[\w/.~:@!$'()*+,;=-]|%[0-9a-f]{2})*)?(?:#(?:[\w/.~:@!$'()*+,;=-]|%[0-9a-f]{2})*)?$/i;

const refuse = (reason: string): never => {
  throw new Fault('badGateway', reason);
};

// Unicode's stream-safe limit. Beyond it, normalising a value takes time by the square of its marks.
const piledMarks = /(?:^|\P{M})\p{M}{31}/u;
const beyondLatin = /[\u0300-\uffff]/;

const tidy = (text: string): string => {
  if (beyondLatin.test(text) && piledMarks.test(text)) refuse('ledInvalidText');
  return clean(text);
};

/** A word of a Uitzondering that is fit for logs: anything that is no short plain word, or might hold an INSZ, is `other`. */
const word = (value: string | undefined): string => {
  if (value === undefined) return '';
  return /^[\w.:-]{1,32}$/.test(value) && !/[0-9]{11}/.test(value) ? value : 'other';
};

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const daysIn = (year: number, month: string): number => {
  if (month === '02') return isLeap(year) ? 29 : 28;
  return month === '04' || month === '06' || month === '09' || month === '11' ? 30 : 31;
};

/** As much of the date as may be shown: `yyyy`, `yyyy-mm` or `yyyy-mm-dd`; nothing if the year is not known. */
const shownDate = ({ year, month, day }: Values): string | undefined => {
  const known = knownYear(year);
  if (known === undefined) return undefined;
  if (month === undefined || !/^(?:0[1-9]|1[0-2])$/.test(month)) return year;
  const possible = day !== undefined && /^[0-9]{2}$/.test(day) && day !== '00' && Number(day) <= daysIn(known, month);
  return possible ? `${year}-${month}-${day}` : `${year}-${month}`;
};

type Information = NonNullable<Attributes['bijkomendeInformatie']>[number];

const toRecord = (values: Values, information: Information[]): LedRecord => {
  const attributes: Attributes = {};
  for (const name of plainAttributes) {
    const value = values[name];
    if (value !== undefined) attributes[name] = value;
  }
  for (const { name, code, naam } of codedLeaves) {
    const pair = pairOf('code', values[code], 'naam', values[naam]);
    if (pair !== undefined) attributes[name] = pair;
  }
  const date = shownDate(values);
  if (date !== undefined) attributes.uitreikingsdatum = date;
  if (values.volledigeNaam !== undefined) attributes.volledigeNaam = values.volledigeNaam;
  if (information.length > 0) attributes.bijkomendeInformatie = information;
  const record: { -readonly [member in keyof LedRecord]: LedRecord[member] } = { attributes };
  for (const name of steering) {
    const value = values[name];
    if (value !== undefined) record[name] = value;
  }
  return record;
};

/** An object of those of two members that are there; nothing if neither is. */
const pairOf = <A extends string, B extends string>(
  first: A,
  one: string | undefined,
  second: B,
  other: string | undefined,
): { [name in A | B]?: string } | undefined => {
  if (one === undefined && other === undefined) return undefined;
  const pair: { [name in A | B]?: string } = {};
  if (one !== undefined) pair[first] = one;
  if (other !== undefined) pair[second] = other;
  return pair;
};

/** The code at the head of a faultstring: MAGDA's five digits, or an ERR code of its gateway. '' if there is none. */
const faultCode = (faultstring: string): string => word(/^(?:[0-9]{5}(?!\w)|ERR_\w{0,28})/.exec(faultstring)?.[0]);

/**
 * Makes the parser of one answer: bytes of a SOAP 1.1 envelope in, records and exceptions out, matched by local names
 * along full paths (wire.md, Answer), values clean. It refuses with a Fault `badGateway` whatever is cut, malformed,
 * not UTF-8, deeper than 64, with a document type or an element that is read twice in its place (`ledInvalid…`), and an
 * Antwoord whose Referte is not `expected.referte` (`referteMismatch`). It never gives half an answer.
 */
export const createAnswerParser = (expected: { referte: string }): AnswerParser => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const xml = new SaxesParser({ xmlns: true, position: false });
  const seen = new Int32Array(elements);
  const records: LedRecord[] = [];
  const exceptions: LedException[] = [];
  let current = document;
  let passedOver = 0;
  let depth = 0;
  let attributes = 0;
  let text = '';
  let values: Values = {};
  let information: Information[] = [];
  let operation: 'fault' | 'repliek' | undefined;
  let fault: { code: string } | undefined;
  let isOurs = false;
  let isAscii = false;
  let bytes = 0;
  let units = 0;
  let broken: Fault | undefined;

  const begin = (opened: Element, uri: string): void => {
    switch (opened.kind) {
      case 'envelope':
        if (uri !== SOAP) refuse('ledInvalidEnvelope');
        return;
      case 'fault':
      case 'response':
        // A Body holds one operation: a Fault beside an answer would leave open which of them counts.
        if (seen[opened.parent?.id ?? 0] !== opened.bit) refuse('ledInvalidOperation');
        if (opened.kind === 'fault') operation = 'fault';
        return;
      case 'repliek':
        operation = 'repliek';
        return;
      case 'bewijs':
        values = {};
        information = [];
        return;
      case 'uitzondering':
        values = {};
        return;
      case 'informatie':
        delete values['information.naam'];
        delete values['information.inhoud'];
        return;
      default:
        text = '';
    }
  };

  const finish = (closed: Element): void => {
    switch (closed.kind) {
      case 'leaf': {
        const value = tidy(text);
        if (closed.leaf !== undefined && value !== '') values[closed.leaf] = value;
        return;
      }
      case 'referte':
        if (tidy(text) !== expected.referte) refuse('referteMismatch');
        isOurs = true;
        return;
      case 'antwoord':
        if (!isOurs) refuse('referteMismatch');
        return;
      case 'bewijs':
        records.push(toRecord(values, information));
        return;
      case 'informatie': {
        const one = pairOf('type', values['information.naam'], 'inhoud', values['information.inhoud']);
        if (one !== undefined) information.push(one);
        return;
      }
      case 'uitzondering':
        exceptions.push({ id: word(values.identificatie), origin: word(values.oorsprong), type: word(values.type) });
        return;
      case 'fault':
        fault = { code: faultCode(values.faultstring ?? '') };
        return;
      default:
    }
  };

  const takeText = (piece: string): void => {
    if (passedOver === 0 && current.leaf !== undefined) text += piece;
  };

  xml.on('error', () => refuse('ledInvalidXml'));
  xml.on('doctype', () => refuse('ledInvalidDoctype'));
  xml.on('xmldecl', ({ version, encoding = 'utf-8' }) => {
    if (version !== '1.0') refuse('ledInvalidXml');
    if (!/^(?:utf-8|us-ascii)$/i.test(encoding)) refuse('ledInvalidEncoding');
    isAscii = encoding.length === 8;
  });
  xml.on('processinginstruction', ({ body }) => {
    // saxes takes `<?target?data?>` for whole, and gives it the body that `<?target ?data?>` has.
    if (body.startsWith('?')) refuse('ledInvalidXml');
  });
  xml.on('opentagstart', () => {
    attributes = 0;
    depth += 1;
    if (depth > MAX_DEPTH) refuse('ledInvalidDepth');
  });
  xml.on('attribute', ({ name, prefix, local, value }) => {
    attributes += 1;
    if (attributes > MAX_ATTRIBUTES) refuse('ledInvalidAttributes');
    if (prefix !== '' && notAtStart.test(local)) refuse('ledInvalidXml');
    if ((prefix === 'xmlns' || name === 'xmlns') && value !== LED && !namespaceName.test(value))
      refuse('ledInvalidXml');
  });
  xml.on('opentag', ({ prefix, local, uri }) => {
    if (prefix !== '' && notAtStart.test(local)) refuse('ledInvalidXml');
    if (passedOver > 0) {
      passedOver += 1;
      return;
    }
    const child = current.children.get(local);
    if (child === undefined) {
      if (current === document) refuse('ledInvalidEnvelope');
      if (current.kind === 'body') refuse('ledInvalidOperation');
      passedOver = 1;
      return;
    }
    const before = seen[current.id] ?? 0;
    if ((before & child.bit) !== 0) refuse('ledInvalidDuplicate');
    seen[current.id] = before | child.bit;
    seen[child.id] = 0;
    current = child;
    begin(child, uri);
  });
  xml.on('closetag', () => {
    depth -= 1;
    if (passedOver > 0) {
      passedOver -= 1;
      return;
    }
    finish(current);
    current = current.parent ?? document;
  });
  xml.on('text', takeText);
  xml.on('cdata', takeText);

  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      return refuse('ledInvalidEncoding');
    }
  };

  const guard = <T>(step: () => T): T => {
    if (broken !== undefined) throw broken;
    try {
      return step();
    } catch (error) {
      broken = error instanceof Fault ? error : new Fault('badGateway', 'ledInvalidXml', { cause: error });
      throw broken;
    }
  };

  return {
    write: (chunk) =>
      guard(() => {
        const piece = decode(chunk);
        bytes += chunk.length;
        units += piece.length;
        xml.write(piece);
      }),
    end: () =>
      guard(() => {
        decode();
        xml.close();
        // In UTF-8 only ASCII takes one byte for each UTF-16 unit.
        if (isAscii && bytes !== units) refuse('ledInvalidEncoding');
        if (operation === undefined) refuse('ledInvalidEnvelope');
        return fault === undefined ? { exceptions, records } : { fault, exceptions, records };
      }),
  };
};
