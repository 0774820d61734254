import { type Signer, WSU } from './signature.ts';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';

/** What one call says; lengths are checked where they are configured (Identificatie 120, Referte 36, Hoedanigheid 24). */
export type RequestInput = {
  readonly insz: string;
  /** Gebruiker: INSZ of the acting civil servant; left out: no such element. */
  readonly user?: string;
  /** New for every call; stands in Afzender and in Vraag. */
  readonly referte: string;
  /** The moment of the call, in ms since 1970 UTC. */
  readonly at: number;
  readonly sender: { readonly id: string; readonly capacity?: string };
};

const brussels = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Brussels',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** Writes the moment's Tijdstip; one second has one, and Intl takes longer over it than all the rest of an envelope. */
const tijdstip = (at: number): string => {
  const second = Math.floor(at / 1000);
  if (latest.second !== second) latest = { second, text: tijdstipOf(at) };
  return latest.text;
};
let latest = { second: Number.NaN, text: '' };

const tijdstipOf = (at: number): string => {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of brussels.formatToParts(at)) part[type] = value;
  // Literal .000: some services behind MAGDA refuse other milliseconds, or none.
  return (
    `<Datum>${part.year}-${part.month}-${part.day}</Datum>` +
    `<Tijd>${part.hour}:${part.minute}:${part.second}.000</Tijd>`
  );
};

const references: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };

/** Text as canonical XML writes it. */
const escapeText = (text: string): string =>
  text.replace(/[&<>\r]/g, (character) => references[character] ?? character);

const leaf = (name: string, text: string | undefined): string =>
  text === undefined || text === '' ? '' : `<${name}>${escapeText(text)}</${name}>`;

const geefBewijs = (input: RequestInput): string => {
  const referte = leaf('Referte', input.referte);
  // Only GeefBewijs is in a namespace, and by a prefix: with `xmlns=""` on its children some sources answer 99994.
  return (
    `<geef:GeefBewijs xmlns:geef="${LED}"><Verzoek><Context><Naam>GeefBewijs</Naam><Versie>02.00.0000</Versie><Bericht>` +
    `<Type>VRAAG</Type><Tijdstip>${tijdstip(input.at)}</Tijdstip><Afzender>${leaf('Identificatie', input.sender.id)}` +
    `${referte}${leaf('Hoedanigheid', input.sender.capacity)}${leaf('Gebruiker', input.user)}</Afzender></Bericht></Context>` +
    `<Vragen><Vraag>${referte}<Inhoud>${leaf('INSZ', input.insz)}</Inhoud></Vraag></Vragen></Verzoek></geef:GeefBewijs>`
  );
};

/**
 * Writes the request of LED.GeefBewijs 02.00 in a SOAP 1.1 envelope and resolves with its UTF-8 bytes, to be sent as
 * they are: the Body stands there in exclusive canonical form, so what was signed is what is sent. Without `signer` the
 * envelope is unsigned. Rejects only if signing does.
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
