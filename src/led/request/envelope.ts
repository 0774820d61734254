import type { Sender } from '../ask.ts';
import { type Signer, WSU } from './signature.ts';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';

/** The values of one request. `environment.ts` checks the lengths of the sender's texts. */
type RequestInput = {
  readonly insz: string;
  /** Gebruiker: the INSZ of the case handler. Without it the request has no such element. */
  readonly user?: string;
  /** A new UUID for every call (the schema allows 36 characters). It is written in both Afzender and Vraag. */
  readonly referte: string;
  /** The moment of the call, in ms since 1970. */
  readonly at: number;
  readonly sender: Sender;
};

/** Swedish writes `yyyy-mm-dd HH:MM:SS`. */
const brussels = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Brussels',
  dateStyle: 'short',
  timeStyle: 'medium',
});

const tijdstip = (at: number): string => {
  // The text is kept for its second, because Intl takes as long as the rest of the request.
  const second = Math.floor(at / 1000);
  if (latest.second === second) return latest.text;
  const [date, time] = brussels.format(at).split(' ');
  // Always .000: some services behind MAGDA refuse other milliseconds, or none.
  latest = { second, text: `<Tijdstip><Datum>${date}</Datum><Tijd>${time}.000</Tijd></Tijdstip>` };
  return latest.text;
};

let latest = { second: Number.NaN, text: '' };

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };

/** Escapes text as canonical XML does (Canonical XML 1.0, section 2.3). */
const escapeText = (text: string): string => text.replace(/[&<>\r]/g, (character) => escapes[character] ?? character);

const leaf = (name: string, text: string | undefined): string =>
  text === undefined || text === '' ? '' : `<${name}>${escapeText(text)}</${name}>`;

const geefBewijs = (input: RequestInput): string => {
  const referte = leaf('Referte', input.referte);
  // GeefBewijs has a prefix, because its children are in no namespace. With a default namespace they would need
  // `xmlns=""`, and some sources answer 99994 to that.
  return (
    `<geef:GeefBewijs xmlns:geef="${LED}"><Verzoek><Context><Naam>GeefBewijs</Naam><Versie>02.00.0000</Versie><Bericht>` +
    `<Type>VRAAG</Type>${tijdstip(input.at)}<Afzender>${leaf('Identificatie', input.sender.id)}` +
    `${referte}${leaf('Hoedanigheid', input.sender.capacity)}${leaf('Gebruiker', input.user)}</Afzender></Bericht></Context>` +
    `<Vragen><Vraag>${referte}<Inhoud>${leaf('INSZ', input.insz)}</Inhoud></Vraag></Vragen></Verzoek></geef:GeefBewijs>`
  );
};

/**
 * Writes the request of LED.GeefBewijs 02.00 in a SOAP 1.1 envelope, and resolves with its UTF-8 bytes. Send them
 * unchanged: the Body is written in exclusive canonical form, so the signed bytes are the sent bytes. Without `signer`
 * the envelope is not signed. Rejects only if signing fails.
 */
export const writeRequest = async (input: RequestInput, signer?: Signer): Promise<Buffer> => {
  const id = signer === undefined ? '' : ` xmlns:wsu="${WSU}" wsu:Id="${signer.bodyId}"`;
  const body = `<soapenv:Body xmlns:soapenv="${SOAP}"${id}>${geefBewijs(input)}</soapenv:Body>`;
  const header = signer === undefined ? '' : await signer.header(body);
  return Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?>' +
      `<soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Header>${header}</soapenv:Header>${body}</soapenv:Envelope>`,
  );
};
