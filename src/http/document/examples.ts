import { present } from '../../decision.ts';
import { bodyIssue, Fault, type FaultCode, type FaultIssue } from '../../fault.ts';
import type { LedRecord } from '../../record.ts';
import { decide } from '../../rules/decide.ts';
import { loadRuleSets } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { EligibilityRequest } from '../eligibility-request.ts';
import { problemTypes } from '../problem-types.ts';
import { problemHref, problemOf } from '../problems.ts';
import { detailOf, listOf } from '../rule-sets.ts';

/** An example of the OpenAPI document. */
type Example = { readonly summary: string; readonly description?: string; readonly value: unknown };
/** Examples by their name in the document. */
export type Examples = Readonly<Record<string, Example>>;

/**
 * Persons of the LED simulator, so that "Try it out" gets an answer in the demo. MAGDA test numbers: month 61 to 72.
 */
const persons = { bachelor: '90610100155', equivalence: '82620300128', nurse: '79630700146', nothing: '79631100123' };

const caseHandler = { id: 'handler-17', role: 'recognition' };

const requests = {
  bachelor: {
    summary: 'A bachelor in social work: eligible',
    value: { insz: persons.bachelor, caseHandler, caseReference: 'AMA/2026/0042' },
  },
  foreignDiploma: {
    summary: 'A foreign diploma: a case handler judges',
    value: { insz: persons.equivalence, caseHandler },
  },
  nurse: {
    summary: 'A nurse (HBO5), which is not enough. The request names a rule set and a day',
    value: { insz: persons.nurse, caseHandler, ruleSet: 'begeleider-ama', referenceDate: '2026-11-23' },
  },
  nothing: { summary: 'A person about whom LED holds nothing', value: { insz: persons.nothing, caseHandler } },
} satisfies Readonly<Record<string, Example & { readonly value: EligibilityRequest }>>;

const bachelor: LedRecord = {
  holder: persons.bachelor,
  status: '1',
  authenticity: 'Authentiek',
  year: '2015',
  month: '06',
  day: '30',
  attributes: {
    taal: 'nld',
    land: 'BEL',
    categorie: 'Hoger onderwijs',
    graad: 'Professionele bachelor',
    onderwijsvorm: 'Niet van toepassing',
    typeBewijs: 'Diploma',
    staatBewijs: 'Eindbewijs',
    instantie: 'Hogeschool',
    typeSchool: 'Hogeschool',
    onderwerp: { code: '762003', naam: 'Sociaal-agogisch werk' },
    iscedStudiegebied: { code: '762', naam: 'Maatschappelijk werk en sociaal advies' },
    iscedNiveau: { code: '5B', naam: 'Hoger onderwijs van het korte type' },
    vksNiveauOnderwijskwalificatie: { code: '6', naam: 'Niveau 6' },
    vksNiveauBeroepskwalificatie: { code: 'NBS', naam: 'Niet beschikbaar' },
    uitreikingsdatum: '2015-06-30',
    volledigeNaam: 'Bachelor in het sociaal werk',
    bijkomendeInformatie: [{ type: 'Afstudeerrichting', inhoud: 'Maatschappelijk werk' }],
  },
};

const equivalence: LedRecord = {
  ...bachelor,
  holder: persons.equivalence,
  attributes: {
    ...bachelor.attributes,
    land: 'ROU',
    typeBewijs: 'Gelijkwaardigheid',
    uitreikingsdatum: '2021-03',
    volledigeNaam: 'Gelijkwaardigheid met bachelor in het sociaal werk',
  },
};

const nurse: LedRecord = {
  ...bachelor,
  holder: persons.nurse,
  attributes: {
    ...bachelor.attributes,
    categorie: 'Hoger beroepsonderwijs',
    graad: 'Gegradueerde',
    instantie: 'Secundaire school',
    onderwerp: { code: '723008', naam: 'Verpleegkunde' },
    iscedStudiegebied: { code: '723', naam: 'Verpleeg- en verloskunde' },
    vksNiveauOnderwijskwalificatie: { code: '5', naam: 'Niveau 5' },
  },
};

const builtIn = () => {
  const loaded = loadRuleSets();
  const found = 'catalogue' in loaded ? loaded.catalogue.find('begeleider-ama', '2026-11-23') : undefined;
  if (!found?.ok) throw new Error('the built-in rule set cannot be used');
  return found.ruleSet;
};

/**
 * All examples except those of problems, by the name of their schema. The code itself makes the answers, in English.
 */
export const examplesBySchema = (): Readonly<Record<string, Examples>> => {
  const ruleSet = builtIn();
  const decided = (summary: string, { insz }: EligibilityRequest, ...records: LedRecord[]): Example => ({
    summary,
    value: present(
      {
        ruling: decide({ records, warning: false, incomplete: false }, ruleSet, insz, '2026-11-23'),
        ruleSet,
        referenceDate: '2026-11-23',
      },
      { id: '019ab000-4d2a-7c3e-9f10-5b2c8d7e6f01', decidedAt: '2026-11-23T10:15:30.123Z', language: 'en' },
    ),
  });
  const health = (status: string, summary: string): Example => ({ summary, value: { status } });
  const detail = detailOf(ruleSet, 'en');
  const { subjects, otherProofs, degrees, reasons } = detail;
  return {
    EligibilityRequest: requests,
    Decision: {
      eligible: decided('Eligible: record it', requests.bachelor.value, bachelor),
      manualReview: decided('Manual review: a case handler judges', requests.foreignDiploma.value, equivalence),
      notDemonstrated: decided('Not demonstrated: what LED holds is not enough', requests.nurse.value, nurse),
      nothingInLed: decided('Not demonstrated: LED holds nothing. This is not a refusal', requests.nothing.value),
    },
    RuleSets: { ruleSets: { summary: 'One rule set, one version', value: listOf([ruleSet], 'en') } },
    RuleSetFile: { file: { summary: 'A file (the beginning)', value: headOf(ruleSet.source) } },
    RuleSetDetail: {
      ruleSet: {
        summary: 'A rule set (with shortened lists)',
        value: {
          ...detail,
          subjects: subjects.slice(0, 2),
          otherProofs: otherProofs.slice(0, 2),
          degrees: degrees.slice(0, 2),
          reasons: reasons.slice(0, 2),
        },
      },
    },
    ReceiptKeys: {
      receiptKeys: {
        summary: 'One key',
        value: {
          keys: [
            {
              kty: 'OKP',
              crv: 'Ed25519',
              x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
              kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
              alg: 'EdDSA',
              use: 'sig',
            },
          ],
        },
      },
    },
    Health: {
      up: health('UP', 'Everything works'),
      degraded: health('DEGRADED', 'LED is slow or fails'),
      down: health('DOWN', 'No decision can be given'),
    },
  };
};

/** The first members of a file, which are enough for an example. */
const headOf = ({ id, version, title, legalBasis, validFrom }: RuleSet): object => ({
  id,
  version,
  title,
  legalBasis,
  validFrom,
});

const wrongInputs: Readonly<Record<string, { readonly summary: string; readonly issues: readonly FaultIssue[] }>> = {
  badRequest: {
    summary: 'Several members are wrong, and all are named at once',
    issues: [
      bodyIssue('schemaViolation', 'insz', 'must be a string of exactly 11 digits', 'format'),
      bodyIssue('schemaViolation', 'caseHandler.id', 'must be 1 to 64 letters, digits, "_", ".", "@", ":" or "-"'),
      bodyIssue('unknownInput', 'casereference', 'is not known: look for a typing error, or leave it out'),
    ],
  },
  badRequestMalformed: {
    summary: 'The body is not JSON',
    issues: [bodyIssue('schemaViolation', 'body', 'is no well-formed JSON in UTF-8')],
  },
  badRequestInsz: {
    summary: 'The INSZ has a typing error',
    issues: [
      bodyIssue('invalidInput', 'insz', 'has check digits that do not fit: look for a typing error', 'checksum'),
    ],
  },
  badRequestRuleSet: {
    summary: 'There is no such rule set',
    issues: [bodyIssue('referencedResourceNotFound', 'ruleSet', 'there is no such rule set; GET /ruleSets lists them')],
  },
  badRequestReferenceDate: {
    summary: 'No version is in force on that day',
    issues: [bodyIssue('invalidInput', 'referenceDate', 'no version of the rule set is in force on that day')],
  },
  badRequestInszUnknown: {
    summary: 'LED does not know the INSZ',
    issues: [bodyIssue('referencedResourceNotFound', 'insz', 'This INSZ is not known')],
  },
  badRequestInszCancelled: {
    summary: 'The INSZ was cancelled',
    issues: [bodyIssue('canceledSsin', 'insz', 'This INSZ has been cancelled')],
  },
  badRequestInszReplaced: {
    summary: 'The INSZ was replaced',
    issues: [bodyIssue('replacedSsin', 'insz', 'This INSZ has been replaced by another')],
  },
};

const unknownQuery: FaultIssue = {
  type: 'unknownInput',
  in: 'query',
  name: 'lang',
  detail: 'is not known: this path takes no query parameters',
};

const noHost: FaultIssue = { type: 'schemaViolation', in: 'header', name: 'Host', detail: 'is required' };

const unknownRuleSet: FaultIssue = {
  type: 'referencedResourceNotFound',
  in: 'path',
  name: 'ruleSetId',
  detail: 'does not exist',
};

const instance = '019ab000-4d2a-7c3e-9f10-5b2c8d7e6f02';

/** Where a problem occurs: the path of the operation, whether it has a body, and whether it refuses query parameters. */
export type Place = { readonly path: string; readonly hasBody: boolean; readonly refusesQuery: boolean };

/** The examples of one kind of problem in one operation. The code itself makes them from such a fault. */
export const problemExamples = (code: FaultCode, place: Place): Examples =>
  Object.fromEntries(
    Object.entries(faultsFor(code, place)).map(([name, [summary, fault]]) => [
      name,
      { summary, value: problemOf(fault, instance, problemHref(code, place.path, '')).body },
    ]),
  );

/** The faults behind the examples, each with the summary of its example. */
const faultsFor = (
  code: FaultCode,
  { path, hasBody, refusesQuery }: Place,
): Record<string, [summary: string, fault: Fault]> => {
  const { title } = problemTypes[code];
  switch (code) {
    case 'badRequest':
      if (hasBody) {
        return Object.fromEntries(
          Object.entries(wrongInputs).map(([name, { summary, issues }]) => [
            name,
            [summary, new Fault(code, 'input', { issues })],
          ]),
        );
      }
      return refusesQuery
        ? { [code]: ['The query has a parameter', new Fault(code, 'query', { issues: [unknownQuery] })] }
        : { [code]: ['The request has no header Host', new Fault(code, 'noHost', { issues: [noHost] })] };
    case 'resourceNotFound':
      return path.includes('{ruleSetId}')
        ? { [code]: ['There is no such rule set', new Fault(code, 'ruleSet', { issues: [unknownRuleSet] })] }
        : { [code]: ['There is nothing at this path', new Fault(code, 'route')] };
    case 'missingPermission':
      return {
        ruleSetNotAllowed: ['The client may not use this rule set', new Fault(code, 'ruleSetNotAllowed')],
        roleNotAllowed: ['The case handler has no role that may ask', new Fault(code, 'roleNotAllowed')],
      };
    case 'missingScope':
      return { [code]: [title, new Fault(code, code, { requiredScopes: ['led_eligibility'] })] };
    case 'tooManyRequests':
      return { [code]: [title, new Fault(code, 'rateLimit', { retryAfter: 17, limit: 600 })] };
    case 'serviceUnavailable':
      return { [code]: [title, new Fault(code, 'ledBusy', { retryAfter: 5 })] };
    default:
      return { [code]: [title, new Fault(code, code)] };
  }
};
