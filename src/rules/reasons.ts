export type Language = 'nl' | 'en';

/**
 * A text in both languages. It says what was found, what is needed and what to do next. `{level}` is replaced by the
 * minimum level of the rule set.
 */
type Text = Readonly<Record<Language, string>>;

/**
 * What a reason does to the verdict of its record. One `reject` rejects the record. Without a `reject`, one `review`
 * sends it to a person.
 */
type Weight = 'reject' | 'review' | 'pass';

/** `unknownValue`: LED sent no value, or a value that the rules do not know. */
type RecordEntry = Text & { readonly weight: Weight; readonly unknownValue?: true };

const passBy = (nl: string, en: string) =>
  ({
    weight: 'pass',
    nl: `Volgens ${nl} heeft dit diploma minstens {level}. Dat volstaat.`,
    en: `By ${en} this diploma is of at least {level}. That is enough.`,
  }) as const;

const belowBy = (nl: string, en: string) =>
  ({
    weight: 'reject',
    nl: `${nl} ligt onder het vereiste niveau. Nodig is minstens {level}. Vraag de aanvrager om een ander diploma of een bewijs van ervaring.`,
    en: `${en} lies below the level required. At least {level} is needed. Ask the applicant for another diploma or for proof of experience.`,
  }) as const;

/** Reasons of one record, in the order of the rules. */
const ofRecords = {
  cancelled: {
    weight: 'reject',
    nl: 'LED vermeldt dit bewijs als geannuleerd. Alleen een geldig bewijs telt. Vraag de aanvrager om een geldig diploma.',
    en: 'LED lists this proof as cancelled. Only a valid proof counts. Ask the applicant for a valid diploma.',
  },
  unknownStatus: {
    weight: 'review',
    unknownValue: true,
    nl: 'De status van dit bewijs ontbreekt in LED of is onbekend. Nodig is een bewijs dat geldig is. Vraag de instelling die het uitreikte of het nog geldig is.',
    en: 'The status of this proof is missing in LED or unknown. A valid proof is needed. Ask the institution that issued it whether it is still valid.',
  },
  intermediateProof: {
    weight: 'reject',
    nl: 'Dit is een tussenbewijs. Nodig is een eindbewijs: de opleiding moet voltooid zijn. Vraag de aanvrager om het einddiploma.',
    en: 'This is an intermediate proof. A final one is needed: the studies must be completed. Ask the applicant for the final diploma.',
  },
  unknownProofState: {
    weight: 'review',
    unknownValue: true,
    nl: 'LED zegt niet duidelijk of dit een eindbewijs is. Nodig is een eindbewijs: de opleiding moet voltooid zijn. Kijk dat na op het diploma zelf.',
    en: 'LED does not say clearly whether this proof is final. A final one is needed: the studies must be completed. Check this on the diploma itself.',
  },
  equivalenceDecision: {
    weight: 'review',
    nl: 'Dit is een beslissing over gelijkwaardigheid. Nodig is een gelijkwaardigheid met minstens {level} voor een aanvaard onderwerp. Lees de beslissing en beoordeel of ze volstaat.',
    en: 'This is a decision on equivalence. Equivalence to at least {level} on an accepted subject is needed. Read the decision and judge whether it is enough.',
  },
  notADiploma: {
    weight: 'reject',
    nl: 'Dit soort bewijs is geen diploma (maar bijvoorbeeld een getuigschrift, attest of certificaat). Nodig is een diploma van minstens {level}. Vraag de aanvrager om het diploma zelf.',
    en: 'This kind of proof is no diploma (but a certificate or an attestation, for example). A diploma of at least {level} is needed. Ask the applicant for the diploma itself.',
  },
  unknownProofType: {
    weight: 'review',
    unknownValue: true,
    nl: 'Het soort bewijs ontbreekt in LED of is onbekend. Nodig is een diploma. Bekijk het bewijs en beoordeel of het een diploma is.',
    en: 'The kind of proof is missing in LED or unknown. A diploma is needed. Look at the proof and judge whether it is one.',
  },
  unknownCategory: {
    weight: 'review',
    unknownValue: true,
    nl: 'De categorie van dit bewijs ontbreekt in LED of is onbekend. Nodig is een diploma van minstens {level}. Kijk op het diploma na in welk soort onderwijs het behaald is.',
    en: 'The category of this proof is missing in LED or unknown. A diploma of at least {level} is needed. Check on the diploma in which kind of education it was obtained.',
  },
  levelConflict: {
    weight: 'review',
    nl: 'De gegevens over het niveau in LED spreken elkaar tegen. Nodig is minstens {level}. Bekijk het diploma en beoordeel welk niveau juist is.',
    en: 'The data about the level in LED contradict each other. At least {level} is needed. Look at the diploma and judge which level is right.',
  },
  levelOpen: {
    weight: 'review',
    nl: 'Uit de gegevens in LED blijkt niet of het niveau volstaat: oude en nieuwe graden hebben soms dezelfde naam. Nodig is minstens {level}. Bekijk de datum en de instelling op het diploma en beoordeel het niveau.',
    en: 'The data in LED do not show whether the level is enough: old and new degrees sometimes share a name. At least {level} is needed. Look at the date and the institution on the diploma and judge the level.',
  },
  levelByVks: passBy('het VKS-niveau in LED', 'the VKS level in LED'),
  levelByIsced2011: passBy('het ISCED 2011-niveau in LED', 'the ISCED 2011 level in LED'),
  levelByDegree: passBy('de graad in LED', 'the degree in LED'),
  levelByCategory: passBy('de categorie in LED', 'the category in LED'),
  levelByIsced1997: passBy('het ISCED 1997-niveau in LED', 'the ISCED 1997 level in LED'),
  belowByCategory: belowBy('De categorie in LED', 'The category in LED'),
  belowByVks: belowBy('Het VKS-niveau in LED', 'The VKS level in LED'),
  belowByIsced2011: belowBy('Het ISCED 2011-niveau in LED', 'The ISCED 2011 level in LED'),
  belowByDegree: belowBy('De graad in LED', 'The degree in LED'),
  belowByIsced1997: belowBy('Het ISCED 1997-niveau in LED', 'The ISCED 1997 level in LED'),
  levelUnknown: {
    weight: 'review',
    nl: 'LED bevat geen bruikbare gegevens over het niveau van dit diploma. Nodig is minstens {level}. Bekijk het diploma en beoordeel het niveau.',
    en: 'LED holds no usable data about the level of this diploma. At least {level} is needed. Look at the diploma and judge the level.',
  },
  selfDeclared: {
    weight: 'review',
    nl: 'Dit bewijs steunt op een eigen verklaring van de aanvrager. Nodig is een bewijs dat de instelling zelf bevestigt. Vraag het diploma op en laat de instelling het bevestigen.',
    en: "This proof rests on the applicant's own declaration. A proof that the institution itself confirms is needed. Ask for the diploma and let the institution confirm it.",
  },
  unknownAuthenticity: {
    weight: 'review',
    unknownValue: true,
    nl: 'LED bevestigt niet dat dit bewijs authentiek is. Nodig is een bewijs dat de instelling zelf bevestigt. Vraag het diploma op en laat de instelling het bevestigen.',
    en: 'LED does not confirm that this proof is authentic. A proof that the institution itself confirms is needed. Ask for the diploma and let the institution confirm it.',
  },
  unknownCountry: {
    weight: 'review',
    unknownValue: true,
    nl: 'LED vermeldt niet in welk land dit diploma behaald is. Nodig is een Belgisch diploma, of een buitenlands diploma met een beslissing over de gelijkwaardigheid. Kijk het land na op het diploma zelf.',
    en: 'LED does not say in which country this diploma was obtained. A Belgian diploma is needed, or a foreign one with a decision on its equivalence. Check the country on the diploma itself.',
  },
  foreignLevelRecognised: {
    weight: 'review',
    nl: 'Dit diploma komt uit een land waarvan de wet het niveau van diploma’s hoger onderwijs automatisch erkent. Een beslissing over de gelijkwaardigheid is dus niet nodig. Bekijk het diploma en beoordeel of de opleiding bij de voorwaarde past.',
    en: 'This diploma comes from a country whose levels of higher education the law recognises automatically. So no decision on equivalence is needed. Look at the diploma and judge whether the studies fit the condition.',
  },
  foreignWithoutEquivalence: {
    weight: 'review',
    nl: 'LED vermeldt bij dit diploma een ander land dan België, en dit bewijs is geen beslissing over de gelijkwaardigheid. Zo’n beslissing is nodig. Vraag de aanvrager om die beslissing, of verwijs door naar NARIC-Vlaanderen.',
    en: 'LED lists another country than Belgium for this diploma, and this proof is no decision on its equivalence. Such a decision is needed. Ask the applicant for it, or refer them to NARIC-Vlaanderen.',
  },
  subjectFieldMismatch: {
    weight: 'review',
    nl: 'Het onderwerp en het ISCED-studiegebied van dit bewijs passen niet bij elkaar. Nodig is een diploma met een aanvaard onderwerp. Bekijk het diploma en beoordeel de opleiding.',
    en: 'The subject and the ISCED field of this proof do not go together. A diploma on an accepted subject is needed. Look at the diploma and judge the studies.',
  },
  subjectUnderReview: {
    weight: 'review',
    nl: 'Diploma’s met dit onderwerp worden altijd door een dossierbehandelaar bekeken. Nodig is een opleiding die past bij de voorwaarde. Bekijk het diploma en beoordeel de opleiding.',
    en: 'Diplomas on this subject are always looked at by a case handler. Studies that fit the condition are needed. Look at the diploma and judge the studies.',
  },
  awardDateInFuture: {
    weight: 'review',
    nl: 'De uitreikingsdatum van dit bewijs ligt volgens LED in de toekomst. Nodig is een diploma dat al uitgereikt is. Kijk de datum na op het diploma zelf.',
    en: 'According to LED, the date of issue of this proof lies in the future. A diploma that has been issued is needed. Check the date on the diploma itself.',
  },
} as const satisfies Record<string, RecordEntry>;

/** Reasons of the answer as a whole, in the order of the rules. */
const ofAnswers = {
  diplomaMatches: {
    nl: 'LED bevat een diploma met een aanvaard onderwerp en minstens {level}: daarmee is de diplomavoorwaarde aangetoond. U hoeft alleen nog iets te doen als er hieronder nog een andere reden staat.',
    en: 'LED holds a diploma with an accepted subject and at least {level}: this proves the diploma condition. You need to act only if another reason stands below.',
  },
  diplomaNeedsReview: {
    nl: 'LED bevat een bewijs dat misschien volstaat, maar de gegevens zijn niet eenduidig. Nodig is een diploma met een aanvaard onderwerp en minstens {level}. Bekijk de bewijzen in dit antwoord en beoordeel ze.',
    en: 'LED holds a proof that may qualify, but its data are not clear. A diploma with an accepted subject and at least {level} is needed. Look at the proofs in this answer and judge them.',
  },
  noQualifyingDiploma: {
    nl: 'De bewijzen met een aanvaard onderwerp in LED volstaan niet. Nodig is een diploma van minstens {level}. Dit is geen weigering: LED is niet volledig. Vraag de aanvrager om een ander diploma of een bewijs van ervaring.',
    en: 'The proofs on an accepted subject in LED are not enough. A diploma of at least {level} is needed. This is no refusal: LED is not complete. Ask the applicant for another diploma or for proof of experience.',
  },
  noRelevantDiplomaInLed: {
    nl: 'In LED is voor deze persoon geen diploma met een aanvaard onderwerp gevonden. Nodig is een diploma van minstens {level}. Dit is geen weigering: LED bevat niet alles, en hoger onderwijs pas vanaf ongeveer 1999-2000. Vraag de aanvrager om het diploma of een bewijs van ervaring.',
    en: 'No diploma with an accepted subject was found in LED for this person. A diploma of at least {level} is needed. This is no refusal: LED does not hold everything, and higher education only from about 1999-2000 on. Ask the applicant for the diploma or for proof of experience.',
  },
  ledWarning: {
    nl: 'LED gaf een waarschuwing bij het antwoord: het antwoord kan onvolledig of onjuist zijn. Nodig is een antwoord zonder voorbehoud. Kijk het dossier zelf na voordat u beslist.',
    en: 'LED gave a warning with its answer: the answer may be incomplete or wrong. An answer without reservations is needed. Check the file yourself before you decide.',
  },
  answerMayBeTruncated: {
    nl: 'LED gaf het grootste aantal bewijzen dat het in één keer geeft (99), of meldde dat er meer zijn: er kunnen bewijzen ontbreken. Nodig is een volledig beeld. Vraag de aanvrager welke diploma’s hier niet bij zijn.',
    en: 'LED gave as many proofs as it gives at once (99), or said that there are more: proofs may be missing. The whole picture is needed. Ask the applicant which diplomas are not among them.',
  },
  otherHolderInAnswer: {
    nl: 'LED gaf ook bewijzen die bij een ander INSZ horen: die zijn niet gebruikt en niet getoond. Het kan een oud nummer van dezelfde persoon zijn, of een verwisseling. Nodig is zekerheid over de persoon. Ga na of het INSZ in uw dossier juist is.',
    en: 'LED also gave proofs that belong to another INSZ: these were neither used nor shown. It may be an old number of the same person, or a mix-up. Certainty about the person is needed. Check that the INSZ in your file is right.',
  },
} as const satisfies Record<string, Text>;

/** What the case handler can do after the decision, in the order of the rules. */
const followUps = {
  confirmAuthenticity: {
    nl: 'Een diploma dat nog niet bevestigd is, telt zodra de instelling die het uitreikte, het bevestigt. Vraag het op en laat het bevestigen.',
    en: 'A diploma that is not yet confirmed counts once the institution that issued it confirms it. Ask for it and let it be confirmed.',
  },
  equivalenceDecision: {
    nl: 'Een buitenlands diploma telt als een beslissing het gelijkwaardig verklaart met minstens {level}. Vraag de aanvrager om die beslissing, of verwijs door naar NARIC-Vlaanderen.',
    en: 'A foreign diploma counts if a decision declares it equivalent to at least {level}. Ask the applicant for that decision, or refer them to NARIC-Vlaanderen.',
  },
  confirmDate: {
    nl: 'Een diploma waarvan de datum ontbreekt of niet klopt, kan tellen zodra de uitreikingsdatum vaststaat. Vraag het diploma op en kijk de datum na.',
    en: 'A diploma whose date is missing or wrong may count once its date of issue is certain. Ask for the diploma and check the date.',
  },
  reviewDiplomas: {
    nl: 'Bekijk de diploma’s in dit antwoord en beoordeel of er een aan de voorwaarde voldoet: een aanvaard onderwerp en minstens {level}.',
    en: 'Look at the diplomas in this answer and judge whether one meets the condition: an accepted subject and at least {level}.',
  },
  attachDiploma: {
    nl: 'Vraag de aanvrager om het diploma bij het dossier te voegen als LED het niet of niet volledig bevat. Nodig is een diploma van minstens {level}.',
    en: 'Ask the applicant to attach the diploma to the file if LED does not hold it, or not completely. A diploma of at least {level} is needed.',
  },
  careExperience: {
    nl: 'Wijs de aanvrager op de andere mogelijkheid: ervaring in de zorg voor de doelgroep, zoals de regelgeving die omschrijft, kan in de plaats komen van een diploma. Vraag de bewijzen daarvan.',
    en: 'Point the applicant to the other possibility: experience in giving care to the target group, as the law describes it, can take the place of a diploma. Ask for the proofs of it.',
  },
} as const satisfies Record<string, Text>;

export type RecordReason = keyof typeof ofRecords;
export type AnswerReason = keyof typeof ofAnswers;
export type FollowUp = keyof typeof followUps;
export type ReasonCode = RecordReason | AnswerReason;

/** The reasons of one record by their code, in the order of the rules. */
export const recordReasons: Readonly<Record<RecordReason, RecordEntry>> = ofRecords;

/** The codes of the reasons of one record that have one of these weights, in the order of the rules. */
export const recordReasonsWith = (...weights: readonly Weight[]): readonly RecordReason[] =>
  (Object.keys(ofRecords) as RecordReason[]).filter((code) => weights.includes(ofRecords[code].weight));

/** The codes of the reasons of an answer, in the order of the rules. */
export const answerReasons = Object.keys(ofAnswers) as readonly AnswerReason[];

/** The codes of the steps after a decision, in the order of the rules. */
export const followUpSteps = Object.keys(followUps) as readonly FollowUp[];

const reasons: Readonly<Record<ReasonCode, Text>> = { ...ofRecords, ...ofAnswers };

/** Every code of a reason: those of records, then of answers. */
export const reasonCodes = Object.keys(reasons) as readonly ReasonCode[];

/** The name of a VKS level: its number, and its degree if the level is 5 to 8. */
export const levelName = (level: number, language: Language): string => {
  const degree = { 5: 'graduaat', 6: 'bachelor', 7: 'master', 8: language === 'nl' ? 'doctor' : 'doctorate' }[level];
  const number = language === 'nl' ? `VKS-niveau ${level}` : `VKS level ${level}`;
  return degree === undefined ? number : `${number} (${degree})`;
};

const withLevel = (text: Text, language: Language, minimumLevel: number): string =>
  text[language].replaceAll('{level}', levelName(minimumLevel, language));

/** The first sentence of a text. */
export const gist = (text: string): string => text.split(/(?<=[.?!]) /)[0] ?? '';

/**
 * The text of a reason for a case handler, under a rule set with this minimum level (VKS, 5 to 8). It contains nothing
 * from a record.
 */
export const reasonText = (code: ReasonCode, language: Language, minimumLevel: number): string =>
  withLevel(reasons[code], language, minimumLevel);

/** The text of a step after a decision. `equivalenceDecision` is a reason too, with another text. */
export const followUpText = (step: FollowUp, language: Language, minimumLevel: number): string =>
  withLevel(followUps[step], language, minimumLevel);
