import { randomUUID } from 'node:crypto';
import { type Bewijs, type Person, subjects, type Uitzondering } from './persons.ts';

const namespace = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';
/** The versions of SOAP, and how an answer in each is said to be XML. */
const soap = {
  '1.1': { namespace: 'http://schemas.xmlsoap.org/soap/envelope/', contentType: 'text/xml;charset=utf-8' },
  '1.2': { namespace: 'http://www.w3.org/2003/05/soap-envelope', contentType: 'application/soap+xml;charset=utf-8' },
} as const;

export type SoapVersion = keyof typeof soap;

/** The Content-Type of an answer. */
export const contentTypeOf = (version: SoapVersion): string => soap[version].contentType;

/** The values of the question that the answer repeats. */
export type Asked = { readonly referte: string; readonly sender: string };

const brussels = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Brussels',
  dateStyle: 'short',
  timeStyle: 'medium',
});

/** The local time in Brussels: `yyyy-mm-dd` and `HH:MM:SS`. */
export const brusselsTime = (at: Date): { date: string; time: string } => {
  const [date = '', time = ''] = brussels.format(at).split(' ');
  return { date, time };
};

const escapeText = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const el = (name: string, ...children: readonly string[]): string => `<${name}>${children.join('')}</${name}>`;
const leaf = (name: string, value: string): string => (value === '' ? `<${name}/>` : el(name, escapeText(value)));
const named = (name: string, value: string): string => el(name, leaf('Naam', value));
const optional = (name: string, value: string | null): string => (value === null ? '' : leaf(name, value));
const coded = (name: string, code: string, naam: string): string => el(name, leaf('Code', code), leaf('Naam', naam));

const fields: Readonly<Record<string, string>> = {
  '144': 'Opleiding van leerkrachten lager onderwijs',
  '311': 'Psychologie',
  '312': 'Sociologie en culturele studies',
  '721': 'Geneeskunde',
  '723': 'Verpleging en verzorging',
  '726': 'Therapie en revalidatie',
  '762': 'Maatschappelijk werk en begeleiding',
  '813': 'Sport',
};

const unknown = 'Niet beschikbaar';
const levelName = (code: string): string => (/^\d$/.test(code) ? `Niveau ${code}` : unknown);

const bewijs = (record: Bewijs, holder: string, style: number): string => {
  // Some sources put line breaks in their values or spaces around them, as an editor does.
  const broken = (value: string): string =>
    style === 1 ? value.replace(' ', '\n                ') : style === 2 ? `\n            ${value}\n        ` : value;
  const text = (name: string, value: string): string => named(name, broken(value));
  const field = record.studiegebied ?? record.onderwerp.slice(0, 3);
  const extra = record.extra === true;
  return el(
    'Bewijs',
    el('BewijsrefertesLed', leaf('Bewijsreferte', randomUUID()), leaf('Bewijsmutatiereferte', randomUUID())),
    el(
      'BewijsstatusLed',
      leaf('Code', record.status),
      el('DatumModificatie', leaf('Datum', '19.01.2022'), leaf('Tijd', '05:23:24.192')),
    ),
    el('Leverancier', leaf('Naam', record.categorie), leaf('Bewijsreferte', randomUUID().slice(0, 20))),
    el('PersoonUitgereikt', leaf('INSZ', record.holder ?? holder)),
    el(
      'Basis',
      text('Authenticiteit', record.authenticiteit),
      text('Categorie', record.categorie),
      text('Graad', record.graad),
      named('Onderwijsvorm', 'Niet van toepassing'),
      extra ? named('Finaliteit', 'Doorstroom en arbeidsmarkt') : '',
      text('Bewijstype', record.bewijstype),
      text('Bewijsstaat', record.bewijsstaat),
      text('Instantie', record.instantie),
      coded('Onderwerp', record.onderwerp, broken(subjects[record.onderwerp] ?? unknown)),
      el('Uitreikingsdatum', leaf('Jaar', record.jaar), optional('Maand', record.maand), optional('Dag', record.dag)),
      leaf('VolledigeNaam', broken(record.volledigeNaam)),
      el('Land', leaf('Code', record.land)),
      el('Taal', leaf('Code', record.land === 'ROU' ? 'ron' : 'nld')),
      el('Instelling', leaf('Naam', record.instelling), leaf('Nummer', '100200')),
      named('Schooltype', 'Niet van toepassing'),
      el('Studierichting', leaf('Naam', record.volledigeNaam), leaf('Code', '027001')),
      leaf('UrenVolwassenenonderwijs', '0'),
      extra ? el('Beroepskwalificaties', coded('Beroepskwalificatie', 'BK-0001-1', 'Begeleider in de zorg')) : '',
      el(
        'BijkomendeInformaties',
        el('BijkomendeInformatie', leaf('Naam', 'Bewijs omschrijving'), leaf('Inhoud', broken(record.volledigeNaam))),
      ),
    ),
    el(
      'Afgeleid',
      coded('ISCEDStudiegebied', field, broken(fields[field] ?? unknown)),
      extra ? coded('ISCEDStudiegebied2013', '0923', 'Maatschappelijk werk') : '',
      coded('ISCEDNiveau', record.isced1997, record.isced1997 === 'NBS' ? unknown : 'Niveau volgens ISCED 1997'),
      record.isced2011 === null ? '' : coded('ISCEDNiveau2011', record.isced2011, 'Niveau volgens ISCED 2011'),
      coded('VKSNiveauOnderwijskwalificatie', broken(record.vks), levelName(record.vks)),
      coded('VKSNiveauBeroepskwalificatie', 'NBS', unknown),
    ),
  );
};

const uitzonderingen = (list: readonly Uitzondering[], at: Date): string => {
  const { date, time } = brusselsTime(at);
  return el(
    'Uitzonderingen',
    ...list.map((one) =>
      el(
        'Uitzondering',
        leaf('Identificatie', one.id),
        leaf('Oorsprong', one.origin),
        leaf('Type', one.type),
        el('Tijdstip', leaf('Datum', date), leaf('Tijd', time)),
        leaf('Diagnose', one.diagnose),
      ),
    ),
  );
};

/** The parts that not every GeefBewijsResponse has. */
type Parts = { readonly antwoord?: string; readonly uitzonderingen?: string };

const response = (asked: Asked, at: Date, style: number, parts: Parts): string => {
  const { date, time } = brusselsTime(at);
  const repliek = [
    el(
      'Context',
      // In some answers the name of the service starts with its domain.
      leaf('Naam', style === 2 ? 'LED.GeefBewijs' : 'GeefBewijs'),
      leaf('Versie', '02.00.0000'),
      el(
        'Bericht',
        leaf('Type', 'ANTWOORD'),
        el('Tijdstip', leaf('Datum', date), leaf('Tijd', `${time}.${String(at.getMilliseconds()).padStart(3, '0')}`)),
        el('Afzender', leaf('Identificatie', 'led.simulator.example'), leaf('Referte', randomUUID())),
        asked.sender === ''
          ? ''
          : el('Ontvanger', leaf('Identificatie', asked.sender), optional('Referte', asked.referte || null)),
      ),
    ),
    parts.antwoord === undefined ? '' : el('Antwoorden', parts.antwoord),
    parts.uitzonderingen ?? '',
  ].join('');
  if (style === 1) {
    return `<web:GeefBewijsResponse xmlns:web="${namespace}"><Repliek>${repliek}</Repliek></web:GeefBewijsResponse>`;
  }
  if (style === 2) {
    return `<GeefBewijsResponse xmlns="${namespace}"><Repliek xmlns="">${repliek}</Repliek></GeefBewijsResponse>`;
  }
  const pretty = repliek.replaceAll('><', '>\n<');
  return `<geef:GeefBewijsResponse xmlns:geef="${namespace}">\n<Repliek>\n${pretty}\n</Repliek>\n</geef:GeefBewijsResponse>`;
};

/**
 * The GeefBewijsResponse element for one test person, without an envelope. Its form (prefix, line breaks, spaces)
 * depends only on the INSZ, so that it is the same every time. A person with a SOAP Fault has no such element: see
 * `soapFault`.
 */
export const personAnswer = (person: Person, asked: Asked, at: Date): string => {
  const style = Number(person.insz) % 3;
  const { level, list } = person.uitzonderingen ?? {};
  const exceptions = list === undefined ? '' : uitzonderingen(list, at);
  const records = (person.bewijzen ?? []).map((record) => bewijs(record, person.insz, style)).join('');
  const inAnswer = [
    leaf('Referte', asked.referte),
    records === '' ? '' : el('Inhoud', el('Bewijzen', records)),
    level === 'antwoord' ? exceptions : '',
  ];
  return response(asked, at, style, {
    ...(records === '' && level === 'repliek' ? {} : { antwoord: el('Antwoord', ...inAnswer) }),
    ...(level === 'repliek' ? { uitzonderingen: exceptions } : {}),
  });
};

/** A GeefBewijsResponse with one Uitzondering, in the Antwoord or directly in the Repliek. */
export const refusalAnswer = (
  asked: Asked,
  at: Date,
  level: 'repliek' | 'antwoord',
  uitzondering: Uitzondering,
): string => {
  const exceptions = uitzonderingen([uitzondering], at);
  return response(
    asked,
    at,
    0,
    level === 'repliek'
      ? { uitzonderingen: exceptions }
      : { antwoord: el('Antwoord', leaf('Referte', asked.referte), exceptions) },
  );
};

/** Replaces the value of Antwoord/Referte in the text of a GeefBewijsResponse. Changes nothing else. */
export const withReferte = (answer: string, referte: string): string =>
  answer.replace(
    /(<(?:[\w.-]+:)?Antwoord(?:\s[^>]*)?>\s*<(?:[\w.-]+:)?Referte(?:\s[^>]*)?>)[^<]*(?=<\/)/,
    (_, before: string) => before + escapeText(referte),
  );

/** The text of an XML file without byte order mark and XML declaration, so that another document can contain it. */
export const bare = (document: string): string => document.replace(/^\uFEFF?\s*(<\?xml[^>]*\?>)?\s*/, '').trimEnd();

/** Wraps the content of a Body in an envelope. The prefix depends on `style`. */
export const envelope = (content: string, version: SoapVersion, style = 0): string => {
  const prefix = ['soapenv', 'S', 'SOAP-ENV'][style % 3] ?? 'soapenv';
  const header = style % 2 === 0 ? `<${prefix}:Header/>` : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${prefix}:Envelope xmlns:${prefix}="${soap[version].namespace}">${header}<${prefix}:Body>${content}</${prefix}:Body></${prefix}:Envelope>`;
};

/** An envelope with a SOAP Fault. Its text starts with the code, as in MAGDA: `99995 - …`, `ERR_025: …`. */
export const soapFault = (code: string, text: string, version: SoapVersion): string => {
  const lead = code === '' ? '' : code.startsWith('ERR_') ? `${code}: ` : `${code} - `;
  const shown = escapeText(lead + text);
  const parts =
    version === '1.1'
      ? `<faultcode>soapenv:Server</faultcode><faultstring>${shown}</faultstring>`
      : '<soapenv:Code><soapenv:Value>soapenv:Receiver</soapenv:Value></soapenv:Code>' +
        `<soapenv:Reason><soapenv:Text xml:lang="nl">${shown}</soapenv:Text></soapenv:Reason>`;
  return envelope(`<soapenv:Fault>${parts}</soapenv:Fault>`, version);
};
