import { XmlDocument } from 'libxml2-wasm';
import { SaxesParser } from 'saxes';
import type { ParsedAnswer } from '../../src/led/answer/parse.ts';
import { clean } from '../../src/record.ts';

/** libxml2's word on a document: nothing, or why it refuses. */
export const refusedByLibxml2 = (bytes: Uint8Array): string | undefined => {
  try {
    XmlDocument.fromBuffer(bytes).dispose();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

type Node = { readonly local: string; readonly uri: string; readonly children: Node[]; text: string };

/** The document as a tree; throws what saxes refuses, a document type, and what is too deep or has too many attributes. */
const treeOf = (bytes: Uint8Array): Node => {
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

/** What may stand where: a name alone may stand once, one with a star any number of times. Leaves are empty. */
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
  Fault: { faultstring: leaf },
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

/** The record's values by their paths, without the members that do not stand in the document as they are. */
const recordOf = (node: Node): Record<string, string | undefined> => ({
  status: value(node, 'BewijsstatusLed', 'Code'),
  holder: value(node, 'PersoonUitgereikt', 'INSZ'),
  authenticity: value(node, 'Basis', 'Authenticiteit', 'Naam'),
  graad: value(node, 'Basis', 'Graad', 'Naam'),
  onderwerp: value(node, 'Basis', 'Onderwerp', 'Code'),
  year: value(node, 'Basis', 'Uitreikingsdatum', 'Jaar'),
  volledigeNaam: value(node, 'Basis', 'VolledigeNaam'),
  taal: value(node, 'Basis', 'Taal', 'Code'),
  inhoud: value(node, 'Basis', 'BijkomendeInformaties', 'BijkomendeInformatie', 'Inhoud'),
  iscedNiveau2011: value(node, 'Afgeleid', 'ISCEDNiveau2011', 'Code'),
  vks: value(node, 'Afgeleid', 'VKSNiveauOnderwijskwalificatie', 'Naam'),
});

/** The same values of what our parser has read. */
export const valuesOf = ({ records, exceptions }: ParsedAnswer) => ({
  exceptions: exceptions.length,
  records: records.map(({ attributes, status, holder, authenticity, year, iscedNiveau2011 }) => ({
    ...{ status, holder, authenticity, year, iscedNiveau2011 },
    ...{ graad: attributes.graad, taal: attributes.taal, volledigeNaam: attributes.volledigeNaam },
    onderwerp: attributes.onderwerp?.code,
    inhoud: attributes.bijkomendeInformatie?.[0]?.inhoud,
    vks: attributes.vksNiveauOnderwijskwalificatie?.naam,
  })),
});

/**
 * Reads an answer a second way, by a tree that saxes builds and paths through it: slow and plain. Throws where the
 * answer has to be refused.
 */
export const readAgain = (bytes: Uint8Array, referte: string): ReturnType<typeof valuesOf> => {
  const envelope = treeOf(bytes);
  const refuse = (): never => {
    throw new Error('structure');
  };
  if (envelope.local !== 'Envelope' || envelope.uri !== 'http://schemas.xmlsoap.org/soap/envelope/') refuse();
  const [only, ...others] = all(envelope, 'Body');
  const [operation, ...more] = only?.children ?? [];
  if (only === undefined || operation === undefined || others.length + more.length > 0) return refuse();
  if (!hasShape(only, body) || !(operation.local in body)) refuse();
  const repliek = all(operation, 'Repliek')[0];
  const [antwoord] = all(repliek, 'Antwoorden', 'Antwoord');
  if (operation.local === 'GeefBewijsResponse' && repliek === undefined) refuse();
  if (antwoord !== undefined && value(antwoord, 'Referte') !== referte) refuse();
  return {
    exceptions: [...all(antwoord, 'Uitzonderingen', 'Uitzondering'), ...all(repliek, 'Uitzonderingen', 'Uitzondering')]
      .length,
    records: all(antwoord, 'Inhoud', 'Bewijzen', 'Bewijs').map((node) => recordOf(node) as never),
  };
};
