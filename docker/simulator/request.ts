import type { X509Certificate } from 'node:crypto';
import { SaxesParser } from 'saxes';
import { SignedXml } from 'xml-crypto';
import { brusselsTime } from './answers.ts';
import { certificatesOf, leadsTo } from './token.ts';

const soap = 'http://schemas.xmlsoap.org/soap/envelope/';
const geefBewijs = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';
const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const dsig = 'http://www.w3.org/2000/09/xmldsig#';

/** The values of a valid request. */
export type Request = {
  readonly insz: string;
  readonly referte: string;
  readonly sender: string;
  readonly capacity: string | undefined;
  readonly user: string | undefined;
  readonly signed: boolean;
};

/**
 * Why the simulator refuses a request. `level` says where the answer holds the Uitzondering, and `code` is its number.
 * `text` never holds a value of the request. `asked` holds what was read so far, because the answer repeats it.
 */
export class Refusal extends Error {
  readonly level: 'fault' | 'repliek' | 'antwoord';
  readonly code: string;
  readonly asked: { referte: string; sender: string };

  constructor(
    level: 'fault' | 'repliek' | 'antwoord',
    code: string,
    text: string,
    asked: { referte: string; sender: string } = { referte: '', sender: '' },
  ) {
    super(text);
    this.name = 'Refusal';
    this.level = level;
    this.code = code;
    this.asked = asked;
  }
}

type Node = {
  readonly local: string;
  readonly uri: string;
  readonly prefix: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Node[];
  text: string;
  readonly start: number;
  end: number;
};

const unreadable = (): Refusal => new Refusal('fault', '20005', 'Het bericht is geen welgevormde SOAP 1.1-vraag.');

/**
 * Parses a whole document. Refuses one that is not well-formed, that has a DOCTYPE or that is deeper than 64 elements.
 * `start` and `end` of a node are offsets in `text`.
 */
const parse = (text: string): Node => {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const open: Node[] = [];
  let root: Node | undefined;
  let start = 0;
  const refuse = (): never => {
    throw unreadable();
  };
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('opentagstart', (tag) => {
    start = text.lastIndexOf(`<${tag.name}`, parser.position);
  });
  parser.on('opentag', (tag) => {
    if (open.length >= 64) refuse();
    const attributes = new Map(Object.values(tag.attributes).map((one) => [`${one.uri} ${one.local}`, one.value]));
    const { local, uri, prefix } = tag;
    const node: Node = { local, uri, prefix, attributes, children: [], text: '', start, end: start };
    open.at(-1)?.children.push(node);
    root ??= node;
    open.push(node);
  });
  const characters = (value: string): void => {
    const node = open.at(-1);
    if (node !== undefined) node.text += value;
  };
  parser.on('text', characters);
  parser.on('cdata', characters);
  parser.on('closetag', () => {
    const node = open.pop();
    if (node !== undefined) node.end = parser.position;
  });
  parser.write(text).close();
  return root ?? refuse();
};

const only = (nodes: readonly Node[], uri: string, local: string): Node | undefined => {
  const found = nodes.filter((node) => node.uri === uri && node.local === local);
  return found.length === 1 ? found[0] : undefined;
};

/**
 * Reads the children of `node` as a sequence of the schema: names without a namespace, in this order. A name that ends
 * with `?` is optional. Refuses everything else, also text between the elements.
 */
const sequence = (node: Node, names: readonly string[], asked: Refusal['asked']): ReadonlyMap<string, Node> => {
  const found = new Map<string, Node>();
  let at = 0;
  for (const name of names) {
    const child = node.children[at];
    const local = name.replace('?', '');
    if (child?.local === local && child.uri === '' && child.prefix === '') {
      found.set(local, child);
      at += 1;
    } else if (!name.endsWith('?')) {
      throw new Refusal('repliek', '20005', `Element ${local} ontbreekt in ${node.local} of staat er verkeerd.`, asked);
    }
  }
  if (at < node.children.length || node.text.trim() !== '') {
    throw new Refusal('repliek', '20005', `Onverwachte inhoud in ${node.local}.`, asked);
  }
  return found;
};

/**
 * Checks the WS-Security signature with the certificate in the message, which may come alone or with its path. Refuses
 * any error with an `ERR_` fault.
 */
const verifySignature = (text: string, security: Node, body: Node, { peer, roots, now }: Checks): void => {
  // Live traffic shows only ERR_025 (no signature). The number ERR_026 is the simulator's own.
  const wrong = (what: string): Refusal => new Refusal('fault', 'ERR_026', `De handtekening is niet geldig: ${what}.`);
  const token = only(security.children, wss, 'BinarySecurityToken');
  const signature = only(security.children, dsig, 'Signature');
  if (token === undefined || signature === undefined) throw wrong('geen certificaat of geen handtekening');
  const valueType = token.attributes.get(' ValueType');
  const chain = certificatesOf(token.text, valueType);
  const certificate = chain?.[0];
  if (chain === undefined || certificate === undefined) throw wrong('het certificaat is onleesbaar');
  if (roots !== undefined && !leadsTo(roots, chain, now)) throw untrusted('de handtekening');
  if (peer !== undefined && !certificate.raw.equals(peer)) throw wrong('het certificaat is niet dat van de verbinding');
  const bySignature = signature.children.find((node) => node.local === 'KeyInfo')?.children[0]?.children[0];
  const tokenId = token.attributes.get(`${wsu} Id`);
  if (tokenId === undefined || bySignature?.attributes.get(' URI') !== `#${tokenId}`) {
    throw wrong('KeyInfo verwijst niet naar het certificaat');
  }
  if (bySignature.attributes.get(' ValueType') !== valueType) {
    throw wrong('KeyInfo noemt een andere soort certificaat');
  }
  const bodyId = body.attributes.get(`${wsu} Id`);
  const verifier = new SignedXml({ publicCert: certificate.publicKey });
  let verified = false;
  try {
    verifier.loadSignature(text.slice(signature.start, signature.end));
    verified = verifier.checkSignature(text);
  } catch {
    throw wrong('ze klopt niet met het bericht');
  }
  const references = only(signature.children, dsig, 'SignedInfo')?.children.filter(
    (node) => node.local === 'Reference',
  );
  const covered = references?.map((node) => node.attributes.get(' URI')) ?? [];
  if (!verified || bodyId === undefined || !covered.includes(`#${bodyId}`)) throw wrong('ze dekt de Body niet');
};

/** The refusal of a receiver that trusts only roots, of a certificate that it cannot follow to one. */
export const untrusted = (where: string): Refusal =>
  new Refusal('fault', 'ERR_025', `Het certificaat van ${where} leidt niet naar een vertrouwde root.`);

/** Whether eleven digits end with the right check digits, for a birth before 2000 or a later one. */
const hasRightChecksum = (insz: string): boolean => {
  const nine = insz.slice(0, 9);
  const check = Number(insz.slice(9));
  return check === 97 - (Number(nine) % 97) || check === 97 - (Number(`2${nine}`) % 97);
};

export type Checks = {
  readonly requireSignature: boolean;
  /** Also refuse a time that is not the time in Brussels, and a Referte that was used before. */
  readonly strict: boolean;
  /** The certificate of the TLS client (DER). The message must be signed with the same certificate. */
  readonly peer: Buffer | undefined;
  /** If given, the certificates in the message must lead to one of these. */
  readonly roots: readonly X509Certificate[] | undefined;
  readonly now: Date;
  /** Stores a Referte. Returns false if it was used before. */
  readonly rememberReferte: (referte: string) => boolean;
};

const halfAnHour = 30 * 60_000;

/** The two headers that MAGDA checks. */
type Headers = { readonly contentType: string | undefined; readonly soapAction: string | undefined };

/** Reads the SOAP envelope: its text, its Body, the GeefBewijs in it, and the WS-Security header where there is one. */
const readEnvelope = (bytes: Buffer, headers: Headers) => {
  if (!/^text\/xml\s*;\s*charset="?utf-8"?$/i.test(headers.contentType ?? '')) {
    throw new Refusal('fault', '20005', 'Content-Type is niet text/xml;charset=UTF-8.');
  }
  if (headers.soapAction !== '""') throw new Refusal('fault', '20005', 'SOAPAction ontbreekt of is niet "".');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable();
  }
  const root = parse(text);
  const bodies = root.children.filter((node) => node.local === 'Body');
  const [body] = bodies;
  const [header] = root.children;
  const allowed = root.children.length === (header?.local === 'Header' ? 2 : 1);
  if (root.uri !== soap || root.local !== 'Envelope' || body?.uri !== soap || bodies.length !== 1 || !allowed) {
    throw unreadable();
  }
  const question = body.children[0];
  if (body.children.length !== 1 || question?.uri !== geefBewijs || question.local !== 'GeefBewijs') throw unreadable();
  const security = header === undefined ? undefined : only(header.children, wss, 'Security');
  return { text, body, question, security };
};

/**
 * Reads a GeefBewijs request as strictly as the schema does. Takes the bytes of the HTTP body and two headers. Throws a
 * `Refusal` for everything that LED or MAGDA would refuse.
 */
export const readRequest = (bytes: Buffer, headers: Headers, checks: Checks): Request => {
  const { text, body, question, security } = readEnvelope(bytes, headers);
  if (security !== undefined) verifySignature(text, security, body, checks);
  else if (checks.requireSignature) throw new Refusal('fault', 'ERR_025', 'Het bericht is niet ondertekend.');
  // Some sources cannot read a default namespace with xmlns="" in its children. They answer that they are busy.
  if (question.prefix === '') throw new Refusal('repliek', '99994', 'De bron is tijdelijk niet beschikbaar.');

  const asked = { referte: '', sender: '' };
  const within = (node: Node | undefined, ...names: readonly string[]): ReadonlyMap<string, Node> =>
    sequence(node ?? question, names, asked);
  const verzoek = within(within(question, 'Verzoek').get('Verzoek'), 'Context', 'Vragen');
  const context = within(verzoek.get('Context'), 'Naam', 'Versie', 'Bericht');
  const bericht = within(context.get('Bericht'), 'Type', 'Tijdstip', 'Afzender');
  const tijdstip = within(bericht.get('Tijdstip'), 'Datum', 'Tijd');
  const afzender = within(
    bericht.get('Afzender'),
    ...['Identificatie', 'Naam?', 'Referte', 'OrganisatieEenheid?', 'Hoedanigheid?', 'Gebruiker?'],
  );
  const vraag = within(within(verzoek.get('Vragen'), 'Vraag').get('Vraag'), 'Referte', 'Inhoud');
  const insz = within(vraag.get('Inhoud'), 'INSZ').get('INSZ');

  const value = (node: Node | undefined, pattern: RegExp): string => {
    if (node === undefined || node.children.length > 0 || !pattern.test(node.text)) {
      throw new Refusal('repliek', '20005', `Waarde van ${node?.local} is niet toegelaten.`, asked);
    }
    return node.text;
  };
  asked.sender = value(afzender.get('Identificatie'), /^.{1,120}$/);
  asked.referte = value(vraag.get('Referte'), /^.{1,36}$/);
  value(context.get('Naam'), /^GeefBewijs$/);
  value(context.get('Versie'), /^02\.00\.0000$/);
  value(bericht.get('Type'), /^VRAAG$/);
  const date = value(tijdstip.get('Datum'), /^\d{4}-\d\d-\d\d$/);
  const time = value(tijdstip.get('Tijd'), /^\d\d:\d\d:\d\d\.000$/);
  if (value(afzender.get('Referte'), /^.{1,36}$/) !== asked.referte) {
    throw new Refusal('repliek', '20005', 'De refertes van Afzender en Vraag verschillen.', asked);
  }
  const given = (name: string, pattern: RegExp): string | undefined => {
    const node = afzender.get(name);
    return node === undefined ? undefined : value(node, pattern);
  };
  const capacity = given('Hoedanigheid', /^.{1,24}$/);
  const user = given('Gebruiker', /^[0-9]{11}$/);
  if (checks.strict) {
    const local = brusselsTime(checks.now);
    const off = Math.abs(Date.parse(`${date}T${time}Z`) - Date.parse(`${local.date}T${local.time}Z`));
    if (!(off < halfAnHour)) throw new Refusal('repliek', '20005', 'Het Tijdstip is niet de tijd in Brussel.', asked);
    if (!checks.rememberReferte(asked.referte))
      throw new Refusal('repliek', '20005', 'De Referte werd al gebruikt.', asked);
  }
  const number = insz === undefined || insz.children.length > 0 ? '' : insz.text;
  if (!/^[0-9]{11}$/.test(number) || !hasRightChecksum(number)) {
    throw new Refusal('antwoord', '20002', 'Het INSZ is niet geldig.', asked);
  }
  return { insz: number, referte: asked.referte, sender: asked.sender, capacity, user, signed: security !== undefined };
};
