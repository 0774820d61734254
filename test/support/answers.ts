/**
 * Builds answers of LED for tests. They are well-formed, and valid by the schema unless the test leaves a member out or
 * makes it wrong. Text is escaped. The XML of a `raw` member is used unchanged.
 */

export type TestCoded = { code?: string; naam?: string };

/** One Bewijs, by the names of its elements. A missing member is a missing element, an empty one an empty element. */
export type TestRecord = {
  status?: string;
  holder?: string;
  authenticiteit?: string;
  categorie?: string;
  graad?: string;
  onderwijsvorm?: string;
  bewijstype?: string;
  bewijsstaat?: string;
  instantie?: string;
  onderwerp?: TestCoded;
  uitreikingsdatum?: { jaar?: string; maand?: string; dag?: string };
  volledigeNaam?: string;
  land?: string;
  taal?: string;
  schooltype?: string;
  bijkomendeInformatie?: readonly { naam?: string; inhoud?: string }[];
  iscedStudiegebied?: TestCoded;
  iscedNiveau?: TestCoded;
  iscedNiveau2011?: TestCoded;
  vksNiveauOnderwijskwalificatie?: TestCoded;
  vksNiveauBeroepskwalificatie?: TestCoded;
  /** XML for the end of the Bewijs. */
  raw?: string;
};

export type TestException = {
  identificatie?: string;
  oorsprong?: string;
  type?: string;
  diagnose?: string;
  /** XML for the end of the Uitzondering. */
  raw?: string;
};

export type TestAnswer = {
  referte: string;
  /** Without this member, the answer has no Inhoud. */
  records?: readonly TestRecord[];
  /** Antwoord/Uitzonderingen. Without these and without records, the answer has no Antwoord. */
  exceptions?: readonly TestException[];
  /** Repliek/Uitzonderingen. */
  repliekExceptions?: readonly TestException[];
  /** The prefix of the answer's element, or '' for the default namespace. Default `geef`. */
  prefix?: string;
};

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';

/** A MAGDA test number (month part 61) with a valid checksum. No person has it. `serial` is from 0 to 999. */
export const testInsz = (serial = 1): string => {
  const base = `856105${String(serial).padStart(3, '0')}`;
  return base + String(97 - (Number(base) % 97)).padStart(2, '0');
};

/** A complete record of `holder`: a bachelor's diploma in social work from 2001, which matches `begeleider-ama`. */
export const bachelorRecord = (holder: string): TestRecord => ({
  status: '1',
  holder,
  authenticiteit: 'Authentiek',
  categorie: 'Hoger onderwijs',
  graad: 'Bachelor',
  onderwijsvorm: 'Niet van toepassing',
  bewijstype: 'Diploma',
  bewijsstaat: 'Eindbewijs',
  instantie: 'Hogeschool',
  onderwerp: { code: '762003', naam: 'Sociaal-agogisch werk' },
  uitreikingsdatum: { jaar: '2001', maand: '06', dag: '30' },
  volledigeNaam: 'Bachelor in het sociaal werk',
  land: 'BEL',
  taal: 'nld',
  schooltype: 'Niet van toepassing',
  bijkomendeInformatie: [{ naam: 'Bewijs omschrijving', inhoud: 'Afstudeerrichting "maatschappelijk werk" & advies' }],
  iscedStudiegebied: { code: '762', naam: 'Maatschappelijk werk' },
  iscedNiveau: { code: '5A', naam: 'Hoger onderwijs, eerste fase' },
  iscedNiveau2011: { code: '6', naam: 'Bachelor of gelijkwaardig' },
  vksNiveauOnderwijskwalificatie: { code: '6', naam: 'Niveau 6' },
  vksNiveauBeroepskwalificatie: { code: 'NBS', naam: 'Niet beschikbaar' },
});

/** Escapes text between two tags. */
export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');

const leaf = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `<${name}>${escapeXml(value)}</${name}>`;
const named = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `<${name}>${leaf('Naam', value)}</${name}>`;
const coded = (name: string, value: TestCoded | undefined): string =>
  value === undefined ? '' : `<${name}>${leaf('Code', value.code)}${leaf('Naam', value.naam)}</${name}>`;

const date = (value: TestRecord['uitreikingsdatum']): string =>
  value === undefined
    ? ''
    : `<Uitreikingsdatum>${leaf('Jaar', value.jaar)}${leaf('Maand', value.maand)}${leaf('Dag', value.dag)}</Uitreikingsdatum>`;

const information = (list: TestRecord['bijkomendeInformatie']): string =>
  list === undefined
    ? ''
    : `<BijkomendeInformaties>${list
        .map(
          (one) =>
            `<BijkomendeInformatie>${leaf('Naam', one.naam)}${leaf('Inhoud', one.inhoud)}</BijkomendeInformatie>`,
        )
        .join('')}</BijkomendeInformaties>`;

/** One Bewijs as XML, together with the elements that LED always sends and the service does not read. */
export const bewijsXml = (record: TestRecord): string =>
  '<Bewijs><BewijsrefertesLed><Bewijsreferte>0d3c6bd1-7c0c-4d5c-8a4b-0a5f6d1e2f30</Bewijsreferte>' +
  '<Bewijsmutatiereferte>5b1f9a52-33a7-4a55-b6f0-9a1f0b7c8d41</Bewijsmutatiereferte></BewijsrefertesLed>' +
  `<BewijsstatusLed>${leaf('Code', record.status)}<DatumModificatie><Datum>21.03.2023</Datum><Tijd>21:03:39.293</Tijd>` +
  '</DatumModificatie></BewijsstatusLed><Leverancier><Naam>Hoger onderwijs</Naam><Bewijsreferte>B-1</Bewijsreferte>' +
  `</Leverancier><PersoonUitgereikt>${leaf('INSZ', record.holder)}</PersoonUitgereikt><Basis>` +
  named('Authenticiteit', record.authenticiteit) +
  named('Categorie', record.categorie) +
  named('Graad', record.graad) +
  named('Onderwijsvorm', record.onderwijsvorm) +
  named('Bewijstype', record.bewijstype) +
  named('Bewijsstaat', record.bewijsstaat) +
  named('Instantie', record.instantie) +
  coded('Onderwerp', record.onderwerp) +
  date(record.uitreikingsdatum) +
  leaf('VolledigeNaam', record.volledigeNaam) +
  (record.land === undefined ? '' : `<Land>${leaf('Code', record.land)}</Land>`) +
  (record.taal === undefined ? '' : `<Taal>${leaf('Code', record.taal)}</Taal>`) +
  '<Instelling><Naam>Hogeschool Voorbeeld</Naam><Nummer>110999</Nummer></Instelling>' +
  named('Schooltype', record.schooltype) +
  '<Studierichting><Naam>sociaal werk</Naam><Code>1234</Code></Studierichting>' +
  `${information(record.bijkomendeInformatie)}</Basis><Afgeleid>` +
  coded('ISCEDStudiegebied', record.iscedStudiegebied) +
  coded('ISCEDNiveau', record.iscedNiveau) +
  coded('ISCEDNiveau2011', record.iscedNiveau2011) +
  coded('VKSNiveauOnderwijskwalificatie', record.vksNiveauOnderwijskwalificatie) +
  coded('VKSNiveauBeroepskwalificatie', record.vksNiveauBeroepskwalificatie) +
  `</Afgeleid>${record.raw ?? ''}</Bewijs>`;

/** Uitzonderingen as XML, or '' without any. */
export const uitzonderingenXml = (exceptions: readonly TestException[] | undefined): string =>
  exceptions === undefined || exceptions.length === 0
    ? ''
    : `<Uitzonderingen>${exceptions
        .map(
          (one) =>
            `<Uitzondering>${leaf('Identificatie', one.identificatie)}${leaf('Oorsprong', one.oorsprong)}${leaf('Type', one.type)}` +
            '<Tijdstip><Datum>2026-11-23</Datum><Tijd>10:15:30.000</Tijd></Tijdstip>' +
            `<Diagnose>${escapeXml(one.diagnose ?? 'Proef')}</Diagnose>${one.raw ?? ''}</Uitzondering>`,
        )
        .join('')}</Uitzonderingen>`;

/** Puts XML into the Body of a SOAP 1.1 envelope. */
export const envelopeXml = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${SOAP}"><soap:Header/><soap:Body>${body}</soap:Body></soap:Envelope>`;

/** Puts XML into the Body of a SOAP 1.2 envelope. */
export const envelope12Xml = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope xmlns:env="${SOAP_12}"><env:Body>${body}</env:Body></env:Envelope>`;

/** The GeefBewijsResponse without an envelope. */
export const responseXml = (answer: TestAnswer): string => {
  const prefix = answer.prefix ?? 'geef';
  const name = prefix === '' ? 'GeefBewijsResponse' : `${prefix}:GeefBewijsResponse`;
  const namespace = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  const content =
    answer.records === undefined
      ? ''
      : `<Inhoud><Bewijzen>${answer.records.map(bewijsXml).join('')}</Bewijzen><Bron><Naam>LED</Naam><Code>LED</Code></Bron></Inhoud>`;
  const exceptions = uitzonderingenXml(answer.exceptions);
  const replies =
    content === '' && exceptions === ''
      ? ''
      : `<Antwoorden><Antwoord>${leaf('Referte', answer.referte)}${content}${exceptions}</Antwoord></Antwoorden>`;
  return (
    `<${name} ${namespace}="${LED}"><Repliek><Context><Naam>GeefBewijs</Naam><Versie>02.00.0000</Versie><Bericht>` +
    '<Type>ANTWOORD</Type><Tijdstip><Datum>2026-11-23</Datum><Tijd>10:15:30.000</Tijd></Tijdstip><Afzender>' +
    '<Identificatie>vip.vlaanderen.be</Identificatie><Naam>MagdaGateway</Naam><Referte>5f4dcc3b-5aa7-465d-8327-deb882cf99aa</Referte>' +
    `</Afzender><Ontvanger><Identificatie>proef.example/led</Identificatie>${leaf('Referte', answer.referte)}</Ontvanger>` +
    `</Bericht></Context>${replies}${uitzonderingenXml(answer.repliekExceptions)}</Repliek></${name}>`
  );
};

/** A whole answer of LED, in its envelope. */
export const answerXml = (answer: TestAnswer): string => envelopeXml(responseXml(answer));

/** A whole SOAP Fault. In MAGDA the faultstring starts with the code, if there is one. */
export const faultXml = (faultstring: string, faultcode = 'soap:Server'): string =>
  envelopeXml(
    `<soap:Fault>${leaf('faultcode', faultcode)}${leaf('faultstring', faultstring)}<detail><Proef>99995</Proef></detail></soap:Fault>`,
  );

/** A whole SOAP Fault in SOAP 1.2, with a Text for each language. */
export const fault12Xml = (...texts: readonly string[]): string =>
  envelope12Xml(
    '<env:Fault><env:Code><env:Value>env:Receiver</env:Value><env:Subcode><env:Value>99996</env:Value></env:Subcode></env:Code>' +
      `<env:Reason>${texts.map((text, i) => `<env:Text xml:lang="${i === 0 ? 'nl' : 'en'}">${escapeXml(text)}</env:Text>`).join('')}</env:Reason>` +
      '<env:Detail><Proef>99995</Proef></env:Detail></env:Fault>',
  );

/** The header with which the public MAGDA mock signs its answers; the signature itself is made up. */
export const securityHeaderXml =
  '<soap:Header><wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" ' +
  'xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" soap:mustUnderstand="1">' +
  `<wsse:BinarySecurityToken wsu:Id="X509-1">${'MIID'.repeat(500)}</wsse:BinarySecurityToken>` +
  '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="SIG-1"><ds:SignedInfo><ds:Reference URI="#id-1"/></ds:SignedInfo>' +
  '<ds:SignatureValue>c2lnbmF0dXJl</ds:SignatureValue></ds:Signature></wsse:Security></soap:Header>';
