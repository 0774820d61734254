import { Fault } from '../../fault.ts';
import { daysIn } from '../../lib/clock.ts';
import { type Attributes, clean, knownYear, type LedRecord } from '../../record.ts';
import type { LedException } from '../ask.ts';
import { createScanner, type TextForm } from './xml.ts';

/** What an answer of LED holds, read but not yet judged (see `interpret`). */
export type ParsedAnswer = {
  /** Present if the answer is a SOAP Fault: the code that leads its faultstring, '' if none does. */
  readonly fault?: { readonly code: string };
  /** Uitzonderingen of Repliek and Antwoord, in the answer's order. */
  readonly exceptions: readonly LedException[];
  readonly records: readonly LedRecord[];
};

const SPACE = 32;
/** Up to so many characters a text is put together faster than cut out. */
const LONGEST_CODE = 4;
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';

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
  /** For a leaf, the place of its text among those of the document (see `leaves`). */
  readonly leaf: number;
  readonly children: readonly { readonly name: Buffer; readonly element: Element }[];
  parent: Element | undefined;
  bit: number;
};

/**
 * The leaves that are read; a text is kept by its place in this list. The last two are those of the first
 * BijkomendeInformatie: the places of the others follow by twos.
 */
const leaves: readonly Leaf[] = [
  ...plainAttributes,
  ...codedAttributes.flatMap((name) => [`${name}.code`, `${name}.naam`] as const),
  ...steering,
  'volledigeNaam',
  'identificatie',
  'oorsprong',
  'type',
  'faultstring',
  'referte',
  'information.naam',
  'information.inhoud',
];
const NONE = -1;
const placeOf = (leaf: Leaf | undefined): number => (leaf === undefined ? NONE : leaves.indexOf(leaf));

let elements = 0;
const element = (kind: Kind, children: Record<string, Element>, leaf?: Leaf): Element => {
  const self: Element = {
    id: elements++,
    kind,
    leaf: placeOf(leaf),
    children: Object.entries(children).map(([name, element]) => ({ name: Buffer.from(name), element })),
    parent: undefined,
    bit: 0,
  };
  let bit = 1;
  for (const { element: child } of self.children) {
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

const plainPlaces = plainAttributes.map((name) => ({ name, place: placeOf(name) }));
const codedPlaces = codedAttributes.map((name) => ({
  name,
  code: placeOf(`${name}.code`),
  naam: placeOf(`${name}.naam`),
}));
const steeringPlaces = steering.map((name) => ({ name, place: placeOf(name) }));
const places = {
  volledigeNaam: placeOf('volledigeNaam'),
  subject: placeOf('onderwerp.code'),
  holder: placeOf('holder'),
  information: placeOf('information.naam'),
  identificatie: placeOf('identificatie'),
  oorsprong: placeOf('oorsprong'),
  type: placeOf('type'),
  faultstring: placeOf('faultstring'),
  referte: placeOf('referte'),
};

const refuse = (reason: string): never => {
  throw new Fault('badGateway', reason);
};

// Unicode's stream-safe limit. Beyond it, normalising a value takes time by the square of its marks.
const piledMarks = /(?:^|\P{M})\p{M}{31}/u;
/** So many marks take at least this many bytes. */
const LEAST_PILED = 62;
const beyondLatin = /[\u0300-\uffff]/;

const refusePiled = (text: string): void => {
  if (beyondLatin.test(text) && piledMarks.test(text)) refuse('ledInvalidText');
};

const tidy = (text: string): string => {
  refusePiled(text);
  return clean(text);
};

/** A word of a Uitzondering that is fit for logs: anything that is no short plain word, or might hold an INSZ, is `other`. */
const word = (value: string | undefined): string => {
  if (value === undefined) return '';
  return /^[\w.:-]{1,32}$/.test(value) && !/[0-9]{11}/.test(value) ? value : 'other';
};

/** As much of the date as may be shown: `yyyy`, `yyyy-mm` or `yyyy-mm-dd`; nothing if the year is not known. */
const shownDate = ({ year, month, day }: Pick<LedRecord, 'year' | 'month' | 'day'>): string | undefined => {
  const known = knownYear(year);
  if (known === undefined) return undefined;
  if (month === undefined || !/^(?:0[1-9]|1[0-2])$/.test(month)) return year;
  const possible =
    day !== undefined && /^[0-9]{2}$/.test(day) && day !== '00' && Number(day) <= daysIn(known, Number(month));
  return possible ? `${year}-${month}-${day}` : `${year}-${month}`;
};

type Information = NonNullable<Attributes['bijkomendeInformatie']>[number];

/** The values of the first so many BijkomendeInformaties. */
const toInformation = (count: number): Information[] => {
  const information: Information[] = [];
  for (let place = places.information; place < places.information + 2 * count; place += 2) {
    const one = pairOf('type', valueAt(place), 'inhoud', valueAt(place + 1));
    if (one !== undefined) information.push(one);
  }
  return information;
};

/** A record that nobody wants: as much of it as shows that it is one. */
const toUnwanted = (subject: string | undefined, holder: string | undefined): LedRecord => ({
  ...(holder === undefined ? {} : { holder }),
  attributes: subject === undefined ? {} : { onderwerp: { code: subject } },
});

const toRecord = (): LedRecord => {
  const attributes: Attributes = {};
  const record: { -readonly [member in keyof LedRecord]: LedRecord[member] } = { attributes };
  for (const { name, place } of steeringPlaces) {
    const value = valueAt(place);
    if (value !== undefined) record[name] = value;
  }
  for (const { name, place } of plainPlaces) {
    const value = valueAt(place);
    if (value !== undefined) attributes[name] = value;
  }
  for (const { name, code, naam } of codedPlaces) {
    const pair = pairOf('code', valueAt(code), 'naam', valueAt(naam));
    if (pair !== undefined) attributes[name] = pair;
  }
  const date = shownDate(record);
  if (date !== undefined) attributes.uitreikingsdatum = date;
  const naam = valueAt(places.volledigeNaam);
  if (naam !== undefined) attributes.volledigeNaam = naam;
  if (informations > 0) {
    const information = toInformation(informations);
    if (information.length > 0) attributes.bijkomendeInformatie = information;
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

/** What an answer is read for. */
export type Expected = {
  readonly referte: string;
  /**
   * Whether anybody wants the record with this Onderwerp/Code and INSZ, '' for what it has not. Of a record that nobody
   * wants these two alone become values; it is checked as any other. Left out: every record is wanted.
   */
  readonly wanted?: ((subjectCode: string, holder: string) => boolean) | undefined;
};

// One answer is read at a time, whole and in one go: what is known of it stands here until it has been read.
/** For each element, the bits of its children that were seen. */
const seen = new Array<number>(elements).fill(0);
/** For each element the child that is likely the next: LED sends them in the order of its schema. */
const likely = new Array<number>(elements).fill(0);
// The texts by place: where one stands in the bytes and whether with references or, put together from pieces, itself.
const from = new Array<number>(leaves.length).fill(NONE);
const to = new Array<number>(leaves.length).fill(NONE);
const referring = new Array<boolean>(leaves.length).fill(false);
const pieced: (string | undefined)[] = [];
// By place, the value made last, and of which bytes: the records of one answer say much the same.
const values = new Array<string | undefined>(leaves.length).fill(undefined);
const valueFrom = new Array<number>(leaves.length).fill(NONE);
const valueTo = new Array<number>(leaves.length).fill(NONE);
let expected: Expected = { referte: '' };
let records: LedRecord[] = [];
let exceptions: LedException[] = [];
let current = document;
let passedOver = 0;
let informations = 0;
let operation: 'fault' | 'repliek' | undefined;
let fault: { code: string } | undefined;
let isOurs = false;

/** Forgets what was read of a record or an exception. */
const forget = (): void => {
  if (from.length > leaves.length) from.length = to.length = referring.length = leaves.length;
  from.fill(NONE);
  pieced.length = 0;
  informations = 0;
};

/** Makes the places of so many BijkomendeInformaties. */
const makePlaces = (count: number): void => {
  for (; informations < count; informations += 1) {
    const place = places.information + 2 * informations;
    from[place] = from[place + 1] = NONE;
  }
};

/** A leaf's text as it stands, its references replaced; undefined if there is none. */
const textAt = (place: number): string | undefined => {
  const whole = pieced[place];
  if (whole !== undefined) return whole;
  const first = from[place] as number;
  if (first === NONE) return undefined;
  const behind = to[place] as number;
  return referring[place] ? scanner.resolved(first, behind) : scanner.bytes().toString('utf8', first, behind);
};

/** Refuses a text that a value must not be made of; makes no string of one that is too short for it. */
const check = (place: number): void => {
  if (pieced[place] === undefined && (to[place] as number) - (from[place] as number) < LEAST_PILED) return;
  refusePiled(textAt(place) ?? '');
};

/** The value made of the text of a leaf. A text that is clean already, as nearly all are, is only cut out. */
const makeValue = (place: number): string | undefined => {
  if (pieced[place] !== undefined || referring[place]) return tidy(textAt(place) ?? '') || undefined;
  const bytes = scanner.bytes();
  let first = from[place] as number;
  let behind = to[place] as number;
  while (first < behind && (bytes[first] as number) <= SPACE) first += 1;
  while (first < behind && (bytes[behind - 1] as number) <= SPACE) behind -= 1;
  if (first === behind) return undefined;
  let before = 0;
  for (let i = first; i < behind; i += 1) {
    const byte = bytes[i] as number;
    if (byte < SPACE || byte >= 0x80 || (byte === SPACE && before === SPACE)) {
      return tidy(bytes.toString('utf8', first, behind)) || undefined;
    }
    before = byte;
  }
  if (behind - first > LONGEST_CODE) return bytes.toString('latin1', first, behind);
  let code = '';
  for (let i = first; i < behind; i += 1) code += String.fromCharCode(bytes[i] as number);
  return code;
};

const isSame = (bytes: Buffer, first: number, other: number, size: number): boolean => {
  for (let i = 0; i < size; i += 1) if (bytes[first + i] !== bytes[other + i]) return false;
  return true;
};

/** A leaf's text, clean; undefined if there is none. */
const valueAt = (place: number): string | undefined => {
  if (pieced[place] !== undefined) return makeValue(place);
  const first = from[place] as number;
  if (first === NONE) return undefined;
  const size = (to[place] as number) - first;
  const before = valueFrom[place] as number;
  if (size === (valueTo[place] as number) - before && isSame(scanner.bytes(), first, before, size))
    return values[place];
  const value = makeValue(place);
  if (place < leaves.length) {
    values[place] = value;
    valueFrom[place] = first;
    valueTo[place] = first + size;
  }
  return value;
};

const begin = (opened: Element): void => {
  switch (opened.kind) {
    case 'envelope':
      if (scanner.namespace() !== SOAP) refuse('ledInvalidEnvelope');
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
    case 'uitzondering':
      forget();
      return;
    case 'informatie':
      makePlaces(informations + 1);
      return;
    default:
  }
};

const finish = (closed: Element): void => {
  switch (closed.kind) {
    case 'referte':
      if (valueAt(places.referte) !== expected.referte) refuse('referteMismatch');
      isOurs = true;
      return;
    case 'antwoord':
      if (!isOurs) refuse('referteMismatch');
      return;
    case 'bewijs':
      records.push(readRecord());
      return;
    case 'informatie': {
      // In its turn, as a value that is read at once: what stands further on may be refused for another reason.
      const place = places.information + 2 * (informations - 1);
      check(place);
      check(place + 1);
      return;
    }
    case 'uitzondering':
      exceptions.push({
        id: word(valueAt(places.identificatie)),
        origin: word(valueAt(places.oorsprong)),
        type: word(valueAt(places.type)),
      });
      return;
    case 'fault':
      fault = { code: faultCode(valueAt(places.faultstring) ?? '') };
      return;
    default:
  }
};

const readRecord = (): LedRecord => {
  if (expected.wanted !== undefined) {
    const subject = valueAt(places.subject);
    const holder = valueAt(places.holder);
    if (!expected.wanted(subject ?? '', holder ?? '')) {
      for (let place = 0; place < places.information + 2 * informations; place += 1) check(place);
      return toUnwanted(subject, holder);
    }
  }
  return toRecord();
};

const isNamed = (name: Buffer, first: number, behind: number): boolean => {
  if (name.length !== behind - first) return false;
  const bytes = scanner.bytes();
  for (let i = 0; i < name.length; i += 1) if (name[i] !== bytes[first + i]) return false;
  return true;
};

const childOf = (parent: Element, first: number, behind: number): Element | undefined => {
  const { children, id } = parent;
  const count = children.length;
  for (let tried = 0, i = likely[id] as number; tried < count; tried += 1, i = i + 1 < count ? i + 1 : 0) {
    const child = children[i];
    if (child !== undefined && isNamed(child.name, first, behind)) {
      likely[id] = i + 1 < count ? i + 1 : 0;
      return child.element;
    }
  }
  return undefined;
};

const open = (first: number, behind: number): boolean => {
  if (passedOver > 0) {
    passedOver += 1;
    return false;
  }
  const child = childOf(current, first, behind);
  if (child === undefined) {
    if (current === document) refuse('ledInvalidEnvelope');
    if (current.kind === 'body') refuse('ledInvalidOperation');
    passedOver = 1;
    return false;
  }
  const before = seen[current.id] as number;
  if ((before & child.bit) !== 0) refuse('ledInvalidDuplicate');
  seen[current.id] = before | child.bit;
  seen[child.id] = 0;
  likely[child.id] = 0;
  current = child;
  if (child.kind !== 'path') begin(child);
  return child.kind === 'bewijs';
};

const close = (): void => {
  if (passedOver > 0) {
    passedOver -= 1;
    return;
  }
  if (current.kind !== 'path' && current.kind !== 'leaf') finish(current);
  current = current.parent ?? document;
};

const placed = (place: number, first: number, behind: number, form: TextForm): void => {
  if (place >= places.information) makePlaces(((place - places.information) >> 1) + 1);
  from[place] = first;
  to[place] = behind;
  referring[place] = form === 'references';
};

const text = (first: number, behind: number, form: TextForm): number => {
  if (passedOver > 0 || current.leaf === NONE) return NONE;
  const place = current.leaf < places.information ? current.leaf : current.leaf + 2 * (informations - 1);
  if (first === behind) return place;
  if (form !== 'cdata' && from[place] === NONE && pieced[place] === undefined) {
    placed(place, first, behind, form);
    return place;
  }
  const sofar = textAt(place) ?? '';
  pieced[place] =
    sofar + (form === 'references' ? scanner.resolved(first, behind) : scanner.bytes().toString('utf8', first, behind));
  return place;
};

const scanner = createScanner({ open, close, text, placed });

const clear = (): void => {
  forget();
  values.fill(undefined);
  valueFrom.fill(NONE);
  valueTo.fill(NONE);
  seen[document.id] = likely[document.id] = 0;
  expected = { referte: '' };
  records = [];
  exceptions = [];
  current = document;
  passedOver = 0;
  operation = undefined;
  fault = undefined;
  isOurs = false;
};

/**
 * Reads one answer: the bytes of a SOAP 1.1 envelope in, in pieces, records and exceptions out, matched by local names
 * along full paths (wire.md, Answer), values clean. It refuses with a Fault `badGateway` whatever is cut, malformed,
 * not UTF-8, deeper than 64, with a document type or an element that is read twice in its place (`ledInvalid…`), and an
 * Antwoord whose Referte is not `expected.referte` (`referteMismatch`). It never gives half an answer, and keeps no byte
 * of it but in the values given. A megabyte takes milliseconds, whatever it holds.
 */
export const parseAnswer = (pieces: readonly Uint8Array[], question: Expected): ParsedAnswer => {
  expected = question;
  try {
    scanner.scan(pieces);
    if (operation === undefined) refuse('ledInvalidEnvelope');
    return fault === undefined ? { exceptions, records } : { fault, exceptions, records };
  } catch (error) {
    throw error instanceof Fault ? error : new Fault('badGateway', 'ledInvalidXml', { cause: error });
  } finally {
    clear();
  }
};
