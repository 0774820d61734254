/** The values of one Bewijs. `null` leaves the element out. `holder` is by default the person in the question. */
export type Bewijs = {
  readonly status: string;
  readonly holder?: string;
  readonly authenticiteit: string;
  readonly categorie: string;
  readonly graad: string;
  readonly bewijstype: string;
  readonly bewijsstaat: string;
  readonly instantie: string;
  /** Six digits. `subjects` gives the name. */
  readonly onderwerp: string;
  /** The ISCED field. By default the first three digits of the subject. */
  readonly studiegebied?: string;
  readonly jaar: string;
  readonly maand: string | null;
  readonly dag: string | null;
  readonly volledigeNaam: string;
  readonly land: string;
  readonly instelling: string;
  readonly isced1997: string;
  readonly isced2011: string | null;
  readonly vks: string;
  /** Adds optional elements that the service ignores: Finaliteit, Beroepskwalificaties, ISCEDStudiegebied2013. */
  readonly extra?: boolean;
};

/** Where an answer holds an Uitzondering: in a SOAP Fault (HTTP 500 or 200), in the Repliek or in the Antwoord. */
export type Level = 'fault500' | 'fault200' | 'repliek' | 'antwoord';

/** One Uitzondering. A SOAP Fault holds only the code and the text of it. */
export type Uitzondering = {
  readonly id: string;
  readonly origin: string;
  readonly type: string;
  readonly diagnose: string;
};

/** The failures that the simulator can cause, for one person or for the whole process. */
export const failures = ['unavailable', 'tooMany', 'reset', 'cut', 'html', 'silent', 'otherReferte', 'status'] as const;
export type Failure = (typeof failures)[number];

/** The answer of the service by the rule set `begeleider-ama`: a decision with its reason codes, or a problem. */
export type Expectation =
  | {
      readonly status: 200;
      readonly outcome: 'eligible' | 'manualReview' | 'notDemonstrated';
      readonly reasons: readonly string[];
      readonly diplomas: readonly (readonly string[])[];
      readonly rejected: readonly (readonly string[])[];
    }
  | { readonly status: 400 | 502 | 503 | 504; readonly problem: string; readonly issue?: string };

export type Person = {
  /** A MAGDA test number: month part 61 to 72. */
  readonly insz: string;
  readonly name: string;
  readonly about: string;
  readonly expects: Expectation;
  readonly bewijzen?: readonly Bewijs[];
  readonly uitzonderingen?: { readonly level: Level; readonly list: readonly Uitzondering[] };
  readonly failure?: Failure;
  readonly latencyMs?: number;
  /** The answer breaks LED's own schema, as some real answers do. */
  readonly offSchema?: boolean;
  /** The answer starts with a byte order mark. */
  readonly bom?: boolean;
};

/** The names of the subject codes (Onderwerp) in this file. */
export const subjects: Readonly<Record<string, string>> = {
  '144001': 'Lager onderwijs',
  '311001': 'Psychologie',
  '312002': 'Sociologie',
  '721001': 'Geneeskunde',
  '723005': 'Vroedkunde',
  '723007': 'Personenzorg',
  '723008': 'Verpleegkunde',
  '725002': 'Optiek',
  '726004': 'Ergotherapie',
  '762001': 'Jeugd- en gehandicaptenzorg',
  '762003': 'Sociaal-agogisch werk',
};

const bachelor: Bewijs = {
  status: '1',
  authenticiteit: 'Authentiek',
  categorie: 'Hoger onderwijs',
  graad: 'Professionele bachelor',
  bewijstype: 'Diploma',
  bewijsstaat: 'Eindbewijs',
  instantie: 'Hogeschool',
  onderwerp: '762003',
  jaar: '2015',
  maand: '06',
  dag: '30',
  volledigeNaam: 'Bachelor in het sociaal werk',
  land: 'BEL',
  instelling: 'Hogeschool Zeshoek',
  isced1997: '5B',
  isced2011: null,
  vks: '6',
};

const master: Bewijs = {
  ...bachelor,
  graad: 'Master',
  instantie: 'Universiteit',
  onderwerp: '311001',
  jaar: '2018',
  volledigeNaam: 'Master of Science in de psychologie',
  instelling: 'Universiteit Noordzee',
  isced1997: '5A',
  vks: '7',
};

/** A bachelor whose degree, VKS and ISCED 1997 give no level. A test person can then set one of them alone. */
const mute: Bewijs = { ...bachelor, graad: 'Niet van toepassing', isced1997: 'NBS', vks: 'NBS' };

const hbo5: Bewijs = {
  ...bachelor,
  categorie: 'Hoger beroepsonderwijs',
  graad: 'Gegradueerde',
  instantie: 'Secundaire school',
  onderwerp: '723008',
  volledigeNaam: 'Gegradueerde in de verpleegkunde',
  instelling: 'Instituut Sint-Rozenhoed',
  vks: '5',
};

const secondary: Bewijs = {
  ...bachelor,
  categorie: 'Secundair onderwijs',
  graad: '3de graad',
  instantie: 'Secundaire school',
  onderwerp: '723007',
  jaar: '2009',
  volledigeNaam: 'Diploma van secundair onderwijs, personenzorg',
  instelling: 'Middenschool De Brug',
  isced1997: '3A',
  vks: '4',
};

const decided =
  (outcome: 'eligible' | 'manualReview' | 'notDemonstrated') =>
  (reasons: string, diplomas: readonly string[] = [], rejected: readonly string[] = []): Expectation => ({
    status: 200,
    outcome,
    reasons: reasons.split(' '),
    diplomas: diplomas.map((codes) => codes.split(' ')),
    rejected: rejected.map((codes) => codes.split(' ')),
  });
const eligible = decided('eligible');
const manualReview = decided('manualReview');
const notDemonstrated = decided('notDemonstrated');

/** A person with one record, which needs a review for these reasons. */
const review = (
  insz: string,
  name: string,
  about: string,
  reasons: string,
  bewijs: Bewijs,
  more: Partial<Person> = {},
): Person => ({
  insz,
  name,
  about,
  expects: manualReview('diplomaNeedsReview', [reasons]),
  bewijzen: [bewijs],
  ...more,
});

/** A person with one record, which the rules reject for these reasons. */
const rejected = (insz: string, name: string, about: string, reasons: string, bewijs: Bewijs): Person => ({
  insz,
  name,
  about,
  expects: notDemonstrated('noQualifyingDiploma', [], [reasons]),
  bewijzen: [bewijs],
});

const none = notDemonstrated('noRelevantDiplomaInLed');
const noData: Uitzondering = {
  id: '40000',
  origin: 'LED',
  type: 'FOUT',
  diagnose: 'Er zijn geen bewijzen gevonden voor deze persoon.',
};
const otherWarning: Uitzondering = {
  id: '40041',
  origin: 'LED',
  type: 'WAARSCHUWING',
  diagnose: 'Een deel van de bronnen kon niet bevraagd worden.',
};

const written: readonly Person[] = [
  // Eligible: month 61
  {
    insz: '90610100155',
    name: 'Sofie',
    about: 'professional bachelor in social work of 2015',
    expects: eligible('diplomaMatches', ['levelByVks']),
    bewijzen: [bachelor],
  },
  {
    insz: '85610100246',
    name: 'Amir',
    about: 'master in psychology, and two proofs that do not count',
    expects: eligible('diplomaMatches', ['levelByVks'], ['belowByCategory', 'belowByCategory']),
    bewijzen: [secondary, { ...master, extra: true, isced2011: '7' }, hbo5],
  },
  {
    insz: '78610100392',
    name: 'Greet',
    about: 'occupational therapist, level known by ISCED 2011 only; the date has no day',
    expects: eligible('diplomaMatches', ['levelByIsced2011']),
    bewijzen: [
      { ...mute, onderwerp: '726004', isced2011: '6', dag: null, volledigeNaam: 'Bachelor in de ergotherapie' },
    ],
  },
  {
    insz: '71610100441',
    name: 'Rita',
    about: 'gegradueerde of a hogeschool in 2003, before the bachelor existed: equated by law; the date is a year only',
    expects: eligible('diplomaMatches', ['levelByDegree']),
    bewijzen: [
      {
        ...bachelor,
        graad: 'Gegradueerde',
        jaar: '2003',
        maand: null,
        dag: null,
        vks: 'NBS',
        volledigeNaam: 'Gegradueerde in de orthopedagogie',
        onderwerp: '762001',
      },
    ],
  },
  {
    insz: '69610100595',
    name: 'Jan',
    about: 'doctor in sociology, level known by ISCED 1997 only; the year is not known',
    expects: eligible('diplomaMatches', ['levelByIsced1997']),
    bewijzen: [
      {
        ...mute,
        instantie: 'Universiteit',
        onderwerp: '312002',
        isced1997: '6',
        jaar: '1800',
        maand: null,
        dag: null,
        volledigeNaam: 'Niet beschikbaar',
      },
    ],
  },
  {
    insz: '88610100608',
    name: 'Lien',
    about: 'a match, a record that a person would have to look at, and a cancelled one',
    expects: eligible('diplomaMatches', ['levelByVks', 'foreignWithoutEquivalence'], ['cancelled']),
    bewijzen: [
      { ...bachelor, status: '10', jaar: '2012' },
      { ...bachelor, land: 'FRA', jaar: '2020', instelling: 'Institut du Littoral' },
      { ...bachelor, jaar: '2013', extra: true },
    ],
  },
  {
    insz: '01610100752',
    name: 'Noor',
    about: 'born in this century; two diplomas, and a byte order mark in front of the answer',
    expects: eligible('diplomaMatches', ['levelByVks', 'levelByVks']),
    bewijzen: [
      { ...bachelor, jaar: '2022', onderwerp: '723005', volledigeNaam: 'Bachelor in de vroedkunde' },
      { ...master, jaar: '2024' },
    ],
    bom: true,
  },
  {
    insz: '80610100832',
    name: 'Bart',
    about: 'a doctor of medicine of 1999 and a record of another holder, which is dropped',
    expects: eligible('diplomaMatches otherHolderInAnswer', ['levelByDegree']),
    bewijzen: [
      {
        ...master,
        graad: 'Arts',
        onderwerp: '721001',
        jaar: '1999',
        vks: 'NBS',
        volledigeNaam: 'Arts',
      },
      { ...bachelor, holder: '60640100128' },
    ],
  },
  // Manual review: month 62
  review(
    '82620100188',
    'Mia',
    'a status that LED does not have',
    'unknownStatus',
    { ...bachelor, status: '3' },
    { offSchema: true },
  ),
  review('82620200158', 'Tom', 'the state of the proof is not known', 'unknownProofState', {
    ...bachelor,
    bewijsstaat: 'Niet beschikbaar',
  }),
  review('82620300128', 'Ioana', 'a foreign diploma with an equivalence decision of NARIC', 'equivalenceDecision', {
    ...bachelor,
    bewijstype: 'Gelijkwaardigheid',
    land: 'ROU',
    instelling: 'NARIC Vlaanderen',
  }),
  review('82620400195', 'Piet', 'a type of proof that the rules do not know', 'unknownProofType', {
    ...bachelor,
    bewijstype: 'Diplomasupplement',
  }),
  review('82620500165', 'Els', 'a category that the rules do not know', 'unknownCategory', {
    ...bachelor,
    categorie: 'Niet-formeel leren',
  }),
  review('82620600135', 'Koen', 'VKS says bachelor, the degree says kandidaat', 'levelConflict', {
    ...bachelor,
    graad: 'Kandidaat',
    instantie: 'Universiteit',
  }),
  review('82620700105', 'An', 'a graduaat of 2012 without VKS: old title or new one', 'levelOpen', {
    ...bachelor,
    graad: 'Graduaat',
    jaar: '2012',
    vks: 'NBS',
    volledigeNaam: 'Graduaat in het maatschappelijk werk',
  }),
  review('82620800172', 'Wim', 'nothing is known about the level', 'levelUnknown', mute),
  review('82620900142', 'Yara', 'declared by the person, on word of honour', 'selfDeclared', {
    ...bachelor,
    authenticiteit: 'Eigen verklaring - Op eer',
  }),
  review('82621000112', 'Joke', 'nothing is known about the authenticity', 'unknownAuthenticity', {
    ...bachelor,
    authenticiteit: 'Niet beschikbaar',
  }),
  review('82622100170', 'Otto', 'a date of award that lies in the future', 'awardDateInFuture', {
    ...bachelor,
    jaar: '2099',
  }),
  review('82621100179', 'Dirk', 'the country is not known', 'unknownCountry', {
    ...bachelor,
    land: 'Niet beschikbaar',
  }),
  review(
    '82621200149',
    'Femke',
    'a diploma of the Netherlands: its level is recognised, its content is not',
    'foreignLevelRecognised',
    {
      ...bachelor,
      land: 'NLD',
      instelling: 'Hogeschool Waddenkust',
    },
  ),
  review('82621300119', 'Luc', 'subject and field of study disagree', 'subjectFieldMismatch', {
    ...bachelor,
    studiegebied: '813',
  }),
  {
    insz: '82621400186',
    name: 'Nele',
    about: 'a diploma that matches, with a warning of LED',
    expects: manualReview('diplomaMatches ledWarning', ['levelByVks']),
    bewijzen: [bachelor],
    uitzonderingen: { level: 'antwoord', list: [otherWarning] },
  },
  {
    insz: '82621500156',
    name: 'Omar',
    about: 'ninety-nine proofs, all too low: there may be more',
    expects: manualReview('noQualifyingDiploma answerMayBeTruncated', [], Array(99).fill('belowByCategory')),
    bewijzen: Array.from({ length: 99 }, (_, n) => ({ ...secondary, jaar: String(1920 + n) })),
  },
  {
    insz: '82621600126',
    name: 'Paul',
    about: 'the only record in scope is of another holder',
    expects: manualReview('noRelevantDiplomaInLed otherHolderInAnswer'),
    bewijzen: [{ ...bachelor, holder: '60640100227' }],
  },
  review(
    '82621700193',
    'Sara',
    'several doubts about one record',
    'unknownProofState unknownProofType levelUnknown selfDeclared unknownCountry',
    {
      ...mute,
      bewijsstaat: 'NBS',
      bewijstype: 'Niet beschikbaar',
      authenticiteit: 'Eigen verklaring - Kopie',
      land: 'NBS',
    },
  ),
  {
    insz: '03620100110',
    name: 'Elif',
    about: 'born in this century; no data, with a warning that a source did not answer',
    expects: manualReview('noRelevantDiplomaInLed ledWarning'),
    uitzonderingen: { level: 'antwoord', list: [noData, otherWarning] },
  },
  {
    insz: '82622000103',
    name: 'Gita',
    about: 'no data, and LED says that it has more than its answer holds',
    expects: manualReview('noRelevantDiplomaInLed answerMayBeTruncated'),
    uitzonderingen: {
      level: 'antwoord',
      list: [noData, { id: '30040', origin: 'LED', type: 'INFORMATIE', diagnose: 'Er zijn meer gegevens.' }],
    },
  },
  // Not demonstrated: month 63
  rejected('79630100132', 'Hugo', 'a cancelled bachelor', 'cancelled', { ...bachelor, status: '10' }),
  rejected('79630200102', 'Lotte', 'a part of a bachelor', 'intermediateProof notADiploma', {
    ...bachelor,
    bewijstype: 'Deelcertificaat',
    bewijsstaat: 'Tussenbewijs',
  }),
  rejected('79630300169', 'Bram', 'a certificate, no diploma', 'notADiploma', {
    ...bachelor,
    bewijstype: 'Getuigschrift',
    extra: true,
  }),
  rejected('79630400139', 'Ilse', 'a graduaat of 2021', 'belowByVks', {
    ...bachelor,
    graad: 'Gegradueerde',
    jaar: '2021',
    vks: '5',
  }),
  rejected('79630500109', 'Kris', 'level known by ISCED 2011 only, too low', 'belowByIsced2011', {
    ...mute,
    isced2011: '54',
  }),
  rejected('79630600176', 'Walter', 'kandidaat in psychology of 2001', 'belowByDegree', {
    ...bachelor,
    graad: 'Kandidaat',
    instantie: 'Universiteit',
    onderwerp: '311001',
    jaar: '2001',
    isced1997: '5A',
    vks: 'NBS',
    volledigeNaam: 'Kandidaat in de psychologie',
  }),
  rejected('79630700146', 'Marie', 'HBO5 nursing: in scope, and one level too low', 'belowByCategory', hbo5),
  rejected('79630800116', 'Stef', 'level known by ISCED 1997 only, too low', 'belowByIsced1997', {
    ...mute,
    isced1997: '4A',
  }),
  {
    insz: '79630900183',
    name: 'Joris',
    about: 'teacher training only, which the protocol does not show',
    expects: none,
    bewijzen: [{ ...bachelor, onderwerp: '144001', volledigeNaam: 'Bachelor in het onderwijs: lager onderwijs' }],
  },
  rejected(
    '79631000153',
    'Hilde',
    'a level of higher vocational education known by the category only: enough where a rule set asks level 5',
    'belowByCategory',
    { ...mute, categorie: 'Hoger beroepsonderwijs' },
  ),
  {
    insz: '79631100123',
    name: 'Ward',
    about: 'LED holds nothing',
    expects: none,
    uitzonderingen: { level: 'antwoord', list: [noData] },
  },
  {
    insz: '79631200190',
    name: 'Zeno',
    about: 'everything was filtered out',
    expects: none,
    uitzonderingen: {
      level: 'antwoord',
      list: [{ id: '15021', origin: 'MAGDA', type: 'FOUT', diagnose: 'Na filtering blijft er geen antwoord over.' }],
    },
  },
  {
    insz: '04630100138',
    name: 'Fien',
    about: 'born in this century; no data, and yet a record: the record counts',
    expects: notDemonstrated('noQualifyingDiploma', [], ['belowByCategory']),
    bewijzen: [secondary],
    uitzonderingen: { level: 'antwoord', list: [noData] },
  },
  // Trouble with the connection: month 70
  {
    insz: '91700100142',
    name: 'Slow',
    about: 'a bachelor, after one and a half seconds',
    expects: eligible('diplomaMatches', ['levelByVks']),
    bewijzen: [bachelor],
    latencyMs: 1500,
  },
  trouble('91700200112', 'unavailable', 'HTTP 503 with Retry-After', 503, 'serviceUnavailable'),
  trouble('91700300179', 'tooMany', 'HTTP 429 with Retry-After', 503, 'serviceUnavailable'),
  trouble('91700400149', 'reset', 'the connection breaks in the middle of the answer', 502, 'badGateway'),
  trouble('91700500119', 'cut', 'the answer ends between two records', 502, 'badGateway'),
  trouble('91700600186', 'html', 'a page in HTML instead of an answer', 502, 'badGateway'),
  trouble('91700700156', 'silent', 'no answer ever', 504, 'ledTimeout'),
  trouble('91700800126', 'otherReferte', 'the answer to another question', 502, 'badGateway'),
];

function trouble(insz: string, failure: Failure, about: string, status: 502 | 503 | 504, problem: string): Person {
  const name = `${failure.slice(0, 1).toUpperCase()}${failure.slice(1)}`;
  return { insz, name, about, expects: { status, problem }, bewijzen: [bachelor, master], failure };
}

// Uitzonderingen: each code on each level. In a SOAP Fault a code has no origin and no type. The service then looks at
// the number only, and never as "no data". So a few codes have another meaning in a Fault than in an answer.

type ExceptionRow = readonly [id: string, origin: string, type: string, inAnswer: Expectation, inFault?: Expectation];

const refused: Expectation = { status: 502, problem: 'badGateway' };
const busy: Expectation = { status: 503, problem: 'serviceUnavailable' };
const missing: Expectation = { status: 502, problem: 'ledRegistrationMissing' };
const issue = (type: string): Expectation => ({ status: 400, problem: 'badRequest', issue: type });
const harmless = eligible('diplomaMatches', ['levelByVks']);
const incomplete = eligible('diplomaMatches answerMayBeTruncated', ['levelByVks']);
const warning = manualReview('diplomaMatches ledWarning', ['levelByVks']);

const exceptions: readonly ExceptionRow[] = [
  ['40000', 'LED', 'FOUT', none, refused],
  ['15021', 'MAGDA', 'FOUT', none, refused],
  ['30001', 'MAGDA', 'FOUT', none, refused],
  ['30101', 'RR', 'FOUT', none, refused],
  ['20002', 'MAGDA', 'FOUT', issue('invalidInput')],
  ['30002', 'KSZ', 'FOUT', issue('canceledSsin')],
  ['30003', 'KSZ', 'FOUT', issue('referencedResourceNotFound')],
  ['30004', 'KSZ', 'FOUT', issue('replacedSsin')],
  ['13202', 'MAGDA', 'FOUT', missing],
  ['40003', 'LED', 'FOUT', missing],
  ['13303', 'MAGDA', 'FOUT', missing],
  ['13001', 'MAGDA', 'FOUT', refused],
  ['13101', 'MAGDA', 'FOUT', refused],
  ['13501', 'MAGDA', 'FOUT', refused],
  ['20005', 'MAGDA', 'FOUT', refused],
  ['40001', 'LED', 'FOUT', refused],
  ['40005', 'LED', 'FOUT', refused],
  ['40006', 'LED', 'FOUT', refused],
  ['60011', 'MAGDA', 'FOUT', refused],
  ['ERR_025', 'MAGDA', 'FOUT', refused],
  ['99994', 'MAGDA', 'FOUT', busy],
  ['99995', 'MAGDA', 'FOUT', busy],
  ['99996', 'MAGDA', 'FOUT', busy],
  ['99997', 'MAGDA', 'FOUT', busy],
  ['90000', 'LED', 'FOUT', busy],
  ['60006', 'MAGDA', 'FOUT', busy],
  ['60010', 'MAGDA', 'FOUT', busy],
  ['60013', 'MAGDA', 'FOUT', busy],
  ['10001', 'LED', 'INFORMATIE', harmless],
  ['99984', 'MAGDA', 'WAARSCHUWING', harmless],
  ['30040', 'KSZ', 'WAARSCHUWING', incomplete],
  ['30042', 'KSZ', 'WAARSCHUWING', incomplete],
  ['40046', 'LED', 'WAARSCHUWING', harmless],
  ['30004', 'KSZ', 'WAARSCHUWING', warning],
  ['40041', 'LED', 'WAARSCHUWING', warning],
  ['40000', 'MAGDA', 'FOUT', refused],
  ['90000', 'MAGDA', 'FOUT', refused],
  ['77777', 'MAGDA', 'FOUT', refused],
  ['', 'MAGDA', 'FOUT', refused],
  // New rows come last: the number of a person follows from the row.
  ['10001', 'MAGDA', 'FOUT', refused],
  ['30042', 'LED', 'INFORMATIE', incomplete],
];

/** The INSZ that starts with these nine digits, with check digits for a birth before 2000. */
const checked = (nine: string): string => `${nine}${String(97 - (Number(nine) % 97)).padStart(2, '0')}`;

const levels: readonly Level[] = ['fault500', 'fault200', 'repliek', 'antwoord'];

const excepted: readonly Person[] = levels.flatMap((level, at) =>
  exceptions.flatMap(([id, origin, type, inAnswer, inFault], row): Person[] => {
    const fault = level === 'fault500' || level === 'fault200';
    // A SOAP Fault has neither origin nor type: one person for each code is enough there.
    if (fault && exceptions.findIndex((other) => other[0] === id) !== row) return [];
    const severe = type === 'FOUT';
    return [
      {
        // Month 65: SOAP Fault with 500. 66: with 200. 67: in the Repliek. 68: in the Antwoord. The serial is the row.
        insz: checked(`77${65 + at}01${String(row + 1).padStart(3, '0')}`),
        name: `${id === '' ? 'Codeless' : id}${fault || origin === '' ? '' : `.${origin}`}`,
        about: `${fault ? 'SOAP Fault' : type} ${id === '' ? 'without a code' : id} (${level})`,
        expects: fault && !severe ? refused : fault ? (inFault ?? inAnswer) : inAnswer,
        uitzonderingen: {
          level,
          // The text holds an INSZ, as some real texts do. The service must not pass it on.
          list: [{ id, origin, type, diagnose: 'Melding van de simulator over 60640100128.' }],
        },
        ...(severe || fault ? {} : { bewijzen: [bachelor] }),
        ...(fault || /^\d+$/.test(id) || id === '' ? {} : { offSchema: true }),
      },
    ];
  }),
);

/**
 * The test persons of the simulator, by INSZ. Together they lead to every outcome and every reason code of the rule set
 * `begeleider-ama`, to every Uitzondering that the service knows on each level, and to trouble with the connection. The
 * reasons `levelByCategory` and `subjectUnderReview` do not occur: in this rule set no category reaches the minimum
 * level and no subject is marked for review.
 */
export const persons: ReadonlyMap<string, Person> = new Map(
  [...written, ...excepted].map((person) => [person.insz, person]),
);
