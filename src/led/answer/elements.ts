/** Attributes of a diploma that LED gives as one text each, in the order of the answer that we give. */
export const plainAttributes = [
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
/** Attributes that LED gives as a code with a name. */
export const codedAttributes = [
  'onderwerp',
  'iscedStudiegebied',
  'iscedNiveau',
  'vksNiveauOnderwijskwalificatie',
  'vksNiveauBeroepskwalificatie',
] as const;
/** What decides about a record and is never passed on. */
export const steeringFields = ['status', 'holder', 'authenticity', 'iscedNiveau2011', 'year', 'month', 'day'] as const;

type Coded = (typeof codedAttributes)[number];

const otherFields = [
  'volledigeNaam',
  'information.type',
  'information.inhoud',
  'exception.id',
  'exception.origin',
  'exception.type',
  'faultText',
  'referte',
] as const;

/** A text that is read. */
export type Field =
  | (typeof plainAttributes | typeof steeringFields | typeof otherFields)[number]
  | `${Coded}.${'code' | 'naam'}`;

/** All fields. The reader refers to a field by its index in this list. */
export const fields: readonly Field[] = [
  ...plainAttributes,
  ...codedAttributes.flatMap((name) => [`${name}.code`, `${name}.naam`] as const),
  ...steeringFields,
  ...otherFields,
];

/** What an element is to the reader. A `path` only leads to others, a `leaf` holds a text that is read. */
export type Kind =
  | 'path'
  | 'leaf'
  | 'envelope'
  | 'body'
  | 'fault'
  | 'faultstring'
  | 'faultText'
  | 'response'
  | 'repliek'
  | 'antwoord'
  | 'referte'
  | 'bewijs'
  | 'informatie'
  | 'uitzondering';

/** One element that is read, at its one place in the answer. */
export type Element = {
  readonly kind: Kind;
  /** Index in `fields` of the text that is read here; -1 if none is. */
  readonly field: number;
  readonly children: readonly Child[];
};

/** `bit` marks the child as seen among its siblings; 0 if it may be repeated. */
export type Child = { readonly name: Buffer; readonly element: Element; readonly bit: number };

const repeated: readonly Kind[] = ['bewijs', 'informatie', 'uitzondering', 'faultText'];

const element = (kind: Kind, children: Readonly<Record<string, Element>>, field?: Field): Element => ({
  kind,
  field: field === undefined ? -1 : fields.indexOf(field),
  children: Object.entries(children).map(([name, child], index) => ({
    name: Buffer.from(name),
    element: child,
    bit: repeated.includes(child.kind) ? 0 : 1 << index,
  })),
});
const path = (children: Readonly<Record<string, Element>>): Element => element('path', children);
const leaf = (field: Field): Element => element('leaf', {}, field);
const naam = (field: Field): Element => path({ Naam: leaf(field) });
const code = (field: Field): Element => path({ Code: leaf(field) });
const coded = (name: Coded): Element => path({ Code: leaf(`${name}.code`), Naam: leaf(`${name}.naam`) });

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
        Naam: leaf('information.type'),
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

const uitzonderingen = path({
  Uitzondering: element('uitzondering', {
    Identificatie: leaf('exception.id'),
    Oorsprong: leaf('exception.origin'),
    Type: leaf('exception.type'),
  }),
});

/**
 * Everything that is read of an answer, by its full path of local names. An element that has no place here is skipped
 * with all that it contains.
 */
export const answerDocument: Element = path({
  Envelope: element('envelope', {
    Body: element('body', {
      Fault: element('fault', {
        // SOAP 1.1.
        faultstring: element('faultstring', {}, 'faultText'),
        // SOAP 1.2: a Text for each language.
        Reason: path({ Text: element('faultText', {}, 'faultText') }),
      }),
      GeefBewijsResponse: element('response', {
        Repliek: element('repliek', {
          Antwoorden: path({
            Antwoord: element('antwoord', {
              Referte: element('referte', {}, 'referte'),
              Inhoud: path({ Bewijzen: path({ Bewijs: bewijs }) }),
              Uitzonderingen: uitzonderingen,
            }),
          }),
          Uitzonderingen: uitzonderingen,
        }),
      }),
    }),
  }),
});

/** The child of `parent` whose local name is at [from, to); undefined if that element is not read here. */
export const childOf = ({ children }: Element, bytes: Buffer, from: number, to: number): Child | undefined => {
  for (let i = 0; i < children.length; i += 1) {
    const child = children[i] as Child;
    if (isNamed(child.name, bytes, from, to)) return child;
  }
  return undefined;
};

const isNamed = (name: Buffer, bytes: Buffer, from: number, to: number): boolean => {
  if (name.length !== to - from) return false;
  for (let i = 0; i < name.length; i += 1) if (name[i] !== bytes[from + i]) return false;
  return true;
};
