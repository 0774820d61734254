import { deepStrictEqual } from 'node:assert';
import { XmlDocument } from 'libxml2-wasm';
import { SaxesParser } from 'saxes';
import type { ParsedAnswer } from '../../src/led/answer/parse.ts';
import { clean } from '../../src/record.ts';
import { parse, resultOrReason } from './parsing.ts';

/** Why libxml2 refuses a document; undefined if it accepts it. */
const refusedByLibxml2 = (bytes: Uint8Array): string | undefined => {
  try {
    XmlDocument.fromBuffer(bytes).dispose();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** An element: its name, its children, and its direct text with all references replaced. */
export type Node = { readonly local: string; readonly uri: string; readonly children: Node[]; text: string };

/**
 * The document as the tree that saxes reads. Throws if saxes refuses it, and for what we refuse of sound XML: a document
 * type, another encoding, more than 64 levels or attributes.
 */
export const treeOf = (bytes: Uint8Array): Node => {
  const xml = new SaxesParser({ xmlns: true, position: false });
  const top: Node = { local: '', uri: '', children: [], text: '' };
  const open = [top];
  const refuse = (why: string): never => {
    throw new Error(why);
  };
  xml.on('error', (error) => refuse(error.message));
  xml.on('doctype', () => refuse('doctype'));
  xml.on('xmldecl', ({ version, encoding = 'utf-8' }) => {
    if (version !== '1.0' || !/^(?:utf-8|us-ascii)$/i.test(encoding)) refuse('declaration');
    if (/ascii/i.test(encoding) && bytes.some((byte) => byte > 0x7f)) refuse('ascii');
  });
  xml.on('opentag', ({ local, uri, attributes }) => {
    const node: Node = { local, uri, children: [], text: '' };
    if (Object.keys(attributes).length > 64 || open.length > 64) refuse('limits');
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  xml.on('closetag', () => void open.pop());
  const take = (text: string): void => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  };
  xml.on('text', take);
  xml.on('cdata', take);
  xml.write(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)).close();
  return top.children[0] ?? refuse('nothing');
};

/** The elements that are read. A name with a star may be repeated, another one may not. Leaves are empty. */
type Shape = { readonly [name: string]: Shape };
const leaf: Shape = {};
const naam: Shape = { Naam: leaf };
const code: Shape = { Code: leaf };
const coded: Shape = { ...code, ...naam };
const uitzonderingen: Shape = { 'Uitzondering*': { Identificatie: leaf, Oorsprong: leaf, Type: leaf } };
const bewijs: Shape = {
  BewijsstatusLed: code,
  PersoonUitgereikt: { INSZ: leaf },
  Basis: {
    ...{ Authenticiteit: naam, Categorie: naam, Graad: naam, Onderwijsvorm: naam, Bewijstype: naam, Bewijsstaat: naam },
    ...{ Instantie: naam, Onderwerp: coded, Uitreikingsdatum: { Jaar: leaf, Maand: leaf, Dag: leaf } },
    ...{ VolledigeNaam: leaf, Land: code, Taal: code, Schooltype: naam },
    BijkomendeInformaties: { 'BijkomendeInformatie*': { Naam: leaf, Inhoud: leaf } },
  },
  Afgeleid: {
    ...{ ISCEDStudiegebied: coded, ISCEDNiveau: coded, ISCEDNiveau2011: code },
    ...{ VKSNiveauOnderwijskwalificatie: coded, VKSNiveauBeroepskwalificatie: coded },
  },
};
const body: Shape = {
  Fault: { faultstring: leaf, Reason: { 'Text*': leaf } },
  GeefBewijsResponse: {
    Repliek: {
      Antwoorden: {
        Antwoord: { Referte: leaf, Inhoud: { Bewijzen: { 'Bewijs*': bewijs } }, Uitzonderingen: uitzonderingen },
      },
      Uitzonderingen: uitzonderingen,
    },
  },
};

const all = (node: Node | undefined, ...path: readonly string[]): Node[] =>
  path.reduce<Node[]>(
    (nodes, name) => nodes.flatMap((one) => one.children.filter(({ local }) => local === name)),
    [...(node === undefined ? [] : [node])],
  );

const hasShape = (node: Node, shape: Shape): boolean =>
  Object.entries(shape).every(([name, inner]) => {
    const found = all(node, name.replace('*', ''));
    return (name.endsWith('*') || found.length <= 1) && found.every((one) => hasShape(one, inner));
  });

const value = (node: Node | undefined, ...path: readonly string[]): string | undefined => {
  const text = all(node, ...path)[0]?.text;
  return text === undefined ? undefined : clean(text) || undefined;
};

const plainPaths = {
  status: 'BewijsstatusLed/Code',
  holder: 'PersoonUitgereikt/INSZ',
  authenticity: 'Basis/Authenticiteit/Naam',
  iscedNiveau2011: 'Afgeleid/ISCEDNiveau2011/Code',
  year: 'Basis/Uitreikingsdatum/Jaar',
  month: 'Basis/Uitreikingsdatum/Maand',
  day: 'Basis/Uitreikingsdatum/Dag',
  taal: 'Basis/Taal/Code',
  land: 'Basis/Land/Code',
  categorie: 'Basis/Categorie/Naam',
  graad: 'Basis/Graad/Naam',
  onderwijsvorm: 'Basis/Onderwijsvorm/Naam',
  typeBewijs: 'Basis/Bewijstype/Naam',
  staatBewijs: 'Basis/Bewijsstaat/Naam',
  instantie: 'Basis/Instantie/Naam',
  typeSchool: 'Basis/Schooltype/Naam',
  volledigeNaam: 'Basis/VolledigeNaam',
};
const codedPaths = {
  onderwerp: 'Basis/Onderwerp',
  iscedStudiegebied: 'Afgeleid/ISCEDStudiegebied',
  iscedNiveau: 'Afgeleid/ISCEDNiveau',
  vksNiveauOnderwijskwalificatie: 'Afgeleid/VKSNiveauOnderwijskwalificatie',
  vksNiveauBeroepskwalificatie: 'Afgeleid/VKSNiveauBeroepskwalificatie',
};

/** The values of a record, all at one level: `graad`, `onderwerp.code` … A missing value is undefined. */
type Values = Record<string, unknown>;
type Answer = { readonly fault: string | undefined; readonly exceptions: unknown[]; readonly records: Values[] };

const mapped = <T, U>(record: Record<string, T>, change: (value: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, one]) => [name, change(one, name)]));

const recordOf = (node: Node): Values => {
  const at = (path: string): string | undefined => value(node, ...path.split('/'));
  return {
    ...mapped(plainPaths, at),
    ...mapped(codedPaths, (path) => ({ code: at(`${path}/Code`), naam: at(`${path}/Naam`) })),
    information: all(node, 'Basis', 'BijkomendeInformaties', 'BijkomendeInformatie')
      .map((one) => ({ type: value(one, 'Naam'), inhoud: value(one, 'Inhoud') }))
      .filter(({ type, inhoud }) => type !== undefined || inhoud !== undefined),
  };
};

/** The same values of an answer that our parser has read. The date that is shown is not one of them. */
export const valuesOf = ({ fault, records, exceptions }: ParsedAnswer): Answer => ({
  fault: fault?.code,
  exceptions: [...exceptions],
  records: records.map(({ attributes, ...steering }) => {
    const read: Record<string, unknown> = { ...steering, ...attributes };
    const coded: Record<string, unknown> = attributes;
    return {
      ...mapped(plainPaths, (_, name) => read[name]),
      ...mapped(codedPaths, (_, name) => ({
        code: undefined,
        naam: undefined,
        ...(coded[name] as object | undefined),
      })),
      information: (attributes.bijkomendeInformatie ?? []).map((one) => ({ type: one.type, inhoud: one.inhoud })),
    };
  }),
});

const word = (form: RegExp, text = ''): string =>
  text === '' || (form.test(text) && text.replace(/\D/g, '').length < 11) ? text : 'other';
const wordOf = (text?: string): string => word(/^[A-Z]{2,16}$/, text);
const codeOf = (text?: string): string => word(/^(?:\d{5}|ERR_\w{0,28})$/, text);
const exceptionsOf = (node: Node): unknown[] =>
  all(node, 'Uitzondering').map((one) => ({
    id: codeOf(value(one, 'Identificatie')),
    origin: wordOf(value(one, 'Oorsprong')),
    type: wordOf(value(one, 'Type')),
  }));

const soapVersions = new Set(['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope']);

/** Reads an answer a second way: a path at a time through the tree of saxes. Throws if the answer must be refused. */
const readAgain = (bytes: Uint8Array, referte: string): Answer => {
  const envelope = treeOf(bytes);
  const refuse = (): never => {
    throw new Error('structure');
  };
  if (envelope.local !== 'Envelope' || !soapVersions.has(envelope.uri)) refuse();
  const [only, ...others] = all(envelope, 'Body');
  const [operation, ...more] = only?.children ?? [];
  if (only === undefined || operation === undefined || others.length + more.length > 0) return refuse();
  if (!hasShape(only, body) || !(operation.local in body)) refuse();
  if (operation.local === 'Fault') {
    const [first] = operation.children.flatMap((child) =>
      child.local === 'faultstring' ? child : child.local === 'Reason' ? all(child, 'Text') : [],
    );
    const code = /^(?:\d{5}(?!\w)|ERR_\w{0,28})/.exec(value(first) ?? '')?.[0];
    return { fault: codeOf(code), exceptions: [], records: [] };
  }
  const repliek = all(operation, 'Repliek')[0] ?? refuse();
  const [antwoord] = all(repliek, 'Antwoorden', 'Antwoord');
  if (antwoord !== undefined && value(antwoord, 'Referte') !== referte) refuse();
  const lists = repliek.children.flatMap((child) =>
    child.local === 'Antwoorden'
      ? all(child, 'Antwoord', 'Uitzonderingen')
      : child.local === 'Uitzonderingen'
        ? child
        : [],
  );
  return {
    fault: undefined,
    exceptions: lists.flatMap(exceptionsOf),
    records: all(antwoord, 'Inhoud', 'Bewijzen', 'Bewijs').map(recordOf),
  };
};

/** What we and the others do with one document. `stricter`: only we refuse it. */
export type Verdict = 'refused' | 'same' | 'stricter';

/**
 * Compares our reading of a document with another one, which throws if it refuses the document; libxml2 has a veto.
 * Throws if we accept a document that the others refuse, or read something else in it.
 */
export const compare = <T>(bytes: Uint8Array, ours: () => T, theirs: () => T): Verdict => {
  const result = resultOrReason(ours);
  let expected: { readonly value: T } | undefined;
  let why = refusedByLibxml2(bytes);
  try {
    if (why === undefined) expected = { value: theirs() };
  } catch (error) {
    why = String(error);
  }
  if (typeof result === 'string') return expected === undefined ? 'refused' : 'stricter';
  if (expected === undefined) throw new Error(`accepted, but: ${why}\n${Buffer.from(bytes)}`);
  deepStrictEqual(result, expected.value, `read differently: ${Buffer.from(bytes)}`);
  return 'same';
};

/** Compares the values that we read in an answer with those that saxes and libxml2 find. */
export const compareAnswer = (bytes: Uint8Array, referte: string): Verdict =>
  compare(
    bytes,
    () => valuesOf(parse(bytes, referte)),
    () => readAgain(bytes, referte),
  );

/** Counts verdicts. */
export const createCount = (): Record<Verdict, number> => ({ refused: 0, same: 0, stricter: 0 });
