import { bachelorRecord, responseXml, type TestAnswer, type TestRecord, testInsz } from '../support/answers.ts';

/** An answer in a form that LED really uses, and what the service must answer. */
export type AnswerForm = {
  readonly name: string;
  readonly insz: string;
  /** A GeefBewijsResponse without an envelope. */
  readonly xml: string;
  /** The outcome, or the type of the problem without `urn:problem-type:`. */
  readonly says: keyof typeof statuses;
  readonly status: number;
};

const statuses = {
  eligible: 200,
  manualReview: 200,
  notDemonstrated: 200,
  'belgif:serviceUnavailable': 503,
  'zorg:ledRegistrationMissing': 502,
} as const;

/** MAGDA test numbers that no question is about: another holder, and the user whom an answer repeats. */
export const somebodyElse = testInsz(998);
export const user = testInsz(999);

const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';
const referte = '1989';
const unknown = { code: 'NBS', naam: 'Niet beschikbaar' };
const level4 = { code: '4', naam: 'Niveau 4' };
const level7 = { code: '7', naam: 'Niveau 7' };

/** A record without ISCEDNiveau2011 and Schooltype: these elements are optional, and older records lack them. */
const recordOf = (holder: string, change: TestRecord = {}): TestRecord => {
  const { iscedNiveau2011: _, schooltype: __, ...record } = bachelorRecord(holder);
  return { ...record, ...change };
};
const subject = (code: string): TestRecord => ({
  onderwerp: { code, naam: 'Onderwerp' },
  iscedStudiegebied: { code: code.slice(0, 3), naam: 'Studiegebied' },
});
const secondary: TestRecord = {
  categorie: 'Secundair onderwijs',
  instantie: 'Secundaire school',
  iscedNiveau: { code: '3A', naam: 'Secundair onderwijs' },
  ...subject('10001'),
};
const noLevel: TestRecord = {
  iscedNiveau: unknown,
  vksNiveauOnderwijskwalificatie: unknown,
  graad: 'Niet van toepassing',
};
const master: TestRecord = { graad: 'Master', instantie: 'Universiteit', vksNiveauOnderwijskwalificatie: level7 };

/** The same with line breaks as an editor adds them: around a value, or at its first space. */
const broken = (xml: string): string =>
  xml
    .replaceAll('><', '>\n<')
    .replace(/<(Naam|Code)>([^<]+)</g, (_, name: string, text: string) =>
      text.includes(' ') ? `<${name}>${text.replace(' ', '\n    ')}<` : `<${name}>\n    ${text}\n  <`,
    );
/** The same with the namespace declared again on every element that holds text. */
const declaredAgain = (xml: string): string => xml.replace(/<(\w+)>(?=[^<])/g, `<$1 xmlns:geef="${LED}">`);
/** The same with an Ontvanger that repeats the capacity and the user of the question. */
const withUser = (xml: string): string =>
  xml.replace('</Ontvanger>', `<Hoedanigheid>801</Hoedanigheid><Gebruiker>${user}</Gebruiker></Ontvanger>`);
/** The same as a file: with a byte order mark, an XML declaration and line breaks. */
const indented = (xml: string): string =>
  `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n${xml.replaceAll('><', '>\n  <')}\n`;

const exception = (identificatie: string, oorsprong: string) => ({
  identificatie,
  oorsprong,
  type: 'FOUT',
  diagnose: 'Melding',
  raw: '<Omstandigheid>INSZnummer</Omstandigheid>',
});

type Row = readonly [
  name: string,
  says: keyof typeof statuses,
  answer: (holder: string) => Omit<TestAnswer, 'referte'>,
  form: (xml: string) => string,
];
const rows: readonly Row[] = [
  [
    'one record, of a licentiaat',
    'eligible',
    (holder) => ({ records: [recordOf(holder, { ...master, graad: 'Licentiaat', ...subject('312002') })] }),
    indented,
  ],
  [
    'a school career in four records, values broken over lines, of which the last matches',
    'eligible',
    (holder) => ({
      prefix: 'web',
      records: [
        recordOf(holder, { ...secondary, ...noLevel, graad: '1ste graad', bewijstype: 'Getuigschrift' }),
        recordOf(holder, {
          ...secondary,
          ...{ graad: '2de graad', bewijstype: 'Getuigschrift' },
          vksNiveauOnderwijskwalificatie: { code: 'NVT', naam: 'Niet van toepassing' },
        }),
        recordOf(holder, { ...secondary, graad: '3de graad', vksNiveauOnderwijskwalificatie: level4 }),
        recordOf(holder, { ...master, ...subject('312002') }),
      ],
    }),
    broken,
  ],
  [
    'a diploma of another country, its year not known',
    'manualReview',
    (holder) => ({
      records: [
        recordOf(holder, {
          ...{ ...master, graad: 'Licentiaat', ...subject('312002'), land: 'AUS', taal: 'eng' },
          uitreikingsdatum: { jaar: '1800', maand: '06', dag: '30' },
        }),
      ],
    }),
    indented,
  ],
  [
    'an equivalence with the year alone, and a record of another holder',
    'manualReview',
    (holder) => ({
      records: [
        recordOf(holder, {
          ...{ ...noLevel, ...subject('725002'), bewijstype: 'Gelijkwaardigheid', uitreikingsdatum: { jaar: '2006' } },
          ...{ categorie: 'Ondernemersopleidingen', instantie: 'SYNTRA Vlaanderen' },
        }),
        recordOf(somebodyElse, {
          ...{ ...noLevel, ...subject('481001'), bewijstype: 'Attest', bewijsstaat: 'Tussenbewijs' },
          ...{ categorie: 'Hoger beroepsonderwijs', authenticiteit: 'Eigen verklaring - Op eer' },
        }),
      ],
    }),
    indented,
  ],
  [
    'a certificate without a level',
    'notDemonstrated',
    (holder) => ({
      records: [
        recordOf(holder, {
          ...{ ...noLevel, ...subject('725002'), bewijstype: 'Getuigschrift', uitreikingsdatum: { jaar: '2006' } },
          categorie: 'Ondernemersopleidingen',
        }),
      ],
    }),
    indented,
  ],
  [
    'three attestations of subjects that are out of scope',
    'notDemonstrated',
    (holder) => ({
      records: ['521001', '521001', '10001'].map((code) =>
        recordOf(holder, { ...secondary, ...noLevel, ...subject(code), graad: 'OV3', bewijstype: 'Attest' }),
      ),
    }),
    (xml) => withUser(indented(xml)),
  ],
  [
    'a bachelor and a master of subjects that are out of scope, values broken over lines',
    'notDemonstrated',
    (holder) => ({
      prefix: 'web',
      records: [
        recordOf(holder, { ...subject('481001'), graad: 'Academische bachelor', instantie: 'Universiteit' }),
        recordOf(holder, { ...master, ...subject('481001') }),
      ],
    }),
    broken,
  ],
  ['no data', 'notDemonstrated', () => ({ exceptions: [exception('40000', 'LED')] }), (xml) => withUser(indented(xml))],
  [
    'all filtered out and no data, the namespace declared again on every leaf',
    'notDemonstrated',
    () => ({ prefix: 'web', exceptions: [exception('15021', 'MAGDA'), exception('40000', 'LED')] }),
    (xml) => indented(declaredAgain(xml)),
  ],
  [
    'all filtered out, in the Repliek',
    'notDemonstrated',
    () => ({ repliekExceptions: [exception('15021', 'MAGDA')] }),
    indented,
  ],
  [
    'too many simultaneous calls, in the Repliek',
    'belgif:serviceUnavailable',
    () => ({ repliekExceptions: [exception('99996', 'MAGDA')] }),
    indented,
  ],
  [
    'LED is not available, in the Repliek',
    'belgif:serviceUnavailable',
    () => ({ repliekExceptions: [exception('90000', 'LED')] }),
    indented,
  ],
  [
    'no registration of a file, in the Repliek, with the context of another service',
    'zorg:ledRegistrationMissing',
    () => ({ prefix: 'web', repliekExceptions: [exception('13202', 'MAGDA')] }),
    (xml) =>
      indented(xml)
        .replace('<Naam>GeefBewijs<', '<Naam>GeefDossierKBI<')
        .replace('<Versie>02.00.0000<', '<Versie>01.00.0000<')
        .replace('<Tijd>10:15:30.000<', '<Tijd>12:12<'),
  ],
];

/** Every form, each for a different MAGDA test number. */
export const answerForms: readonly AnswerForm[] = rows.map(([name, says, answer, form], index) => {
  const insz = testInsz(900 + index);
  return { name, insz, xml: form(responseXml({ referte, ...answer(insz) })), says, status: statuses[says] };
});
