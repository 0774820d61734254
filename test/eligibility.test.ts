import { describe, expect, test } from 'vitest';
import { accessOf, noteClient, startDraft } from '../src/audit/access-draft.ts';
import type { IntentEvent } from '../src/audit/event.ts';
import { auditId, subjectHmac } from '../src/audit/identity.ts';
import type { Caller } from '../src/caller.ts';
import { createAssess, type EligibilityDeps, type Inquiry } from '../src/eligibility.ts';
import { Fault } from '../src/fault.ts';
import type { Ask, LedAnswer, Question } from '../src/led/ask.ts';
import { createCatalogue } from '../src/rules/catalogue.ts';
import { compile, referenceOf } from '../src/rules/rule-set.ts';
import { ama, amaVersion, applicant, example, kinds, record, recordsOf, somebodyElse } from './rules/support.ts';

const today = '2026-11-23';
const auditKey = { id: 'k1', key: Buffer.alloc(32, 7) };
/** A case handler who is known by an INSZ: a MAGDA test number. */
const civilServant = '00621500378';

/** The system that calls. It may use every rule set, and its token names no person. */
const system: Caller = { client: { id: 'intake-desk' }, ruleSets: 'all' };
const inquiry: Inquiry = { insz: applicant, caseHandler: { id: 'handler-1', role: 'recognition' } };

/** A stricter version of the rule set in force, on trial: it wants a master's degree. */
const candidate = compile(amaVersion({ version: '1.2.0', candidate: true, minimumLevel: 7 }));
/** Like it, but for the subject 144001, which the rule set in force does not have. */
const widerCandidate = compile(
  amaVersion({
    version: '1.3.0',
    candidate: true,
    subjects: [{ code: '144001', label: 'Onderwijs', domain: 'pedagogisch' }],
  }),
);

const answerOf = (words: string, more: Partial<LedAnswer> = {}): LedAnswer => ({
  records: recordsOf(words),
  warning: false,
  incomplete: false,
  exceptions: [],
  ...more,
});

type Case = {
  readonly inquiry?: Partial<Inquiry>;
  readonly caller?: Partial<Caller>;
  readonly deps?: Partial<EligibilityDeps>;
  /** What LED does with each call, after its intent. */
  readonly led?: () => LedAnswer;
  /** The Referte of each call: more than one if the call is retried. */
  readonly calls?: readonly string[];
};

/**
 * Assesses one request with stand-ins for LED and for the audit trail. `happened` lists what reached them, in order.
 */
const assess = async (given: Case = {}) => {
  const happened: (IntentEvent | { readonly called: string })[] = [];
  const questions: Question[] = [];
  const ask: Ask = async (question) => {
    questions.push(question);
    for (const referte of given.calls ?? ['referte-1']) {
      await question.intent(referte);
      question.calls.made += 1;
      question.calls.references.push(referte);
      happened.push({ called: referte });
    }
    return given.led ? given.led() : answerOf('match');
  };
  const deps: EligibilityDeps = {
    ask,
    writeIntent: async (event) => void happened.push(event),
    catalogue: createCatalogue([ama, example]),
    auditKey,
    defaultRuleSet: 'begeleider-ama',
    allowTestInsz: true,
    senderOf: () => ({ id: 'example.be/led', capacity: 'test' }),
    sendUser: false,
    today: () => today,
    ...given.deps,
  };
  const caller = { ...system, ...given.caller };
  const draft = startDraft('019abcde-0000-7000-8000-000000000001');
  noteClient(draft, auditKey, caller.client);
  const limit = { signal: new AbortController().signal, deadline: 12_345 };
  const result = await createAssess(deps)({ ...inquiry, ...given.inquiry }, caller, draft, limit).catch(
    (error: unknown) => error,
  );
  return { result, draft, happened, questions, limit };
};

/** The assessment of a request that is decided. */
const assessed = async (given: Case = {}) => {
  const { result, ...rest } = await assess(given);
  if (result instanceof Error) throw result;
  return { ...rest, assessment: result as Awaited<ReturnType<ReturnType<typeof createAssess>>> };
};

/** The Fault of a request that is refused, for which LED must not be asked. */
const refused = async (given: Case) => {
  const { result, questions, happened, draft } = await assess(given);
  expect({ questions, happened }).toEqual({ questions: [], happened: [] });
  if (!(result instanceof Fault)) throw new Error('it was not refused', { cause: result });
  return { code: result.code, reason: result.reason, issues: result.issues, draft };
};

describe('a valid request', () => {
  test('is judged by the default rule set of today', async () => {
    const { assessment } = await assessed();
    expect(assessment).toMatchObject({
      ruling: { outcome: 'eligible', diplomas: [{ verdict: 'match', domain: 'sociaal' }] },
      referenceDate: today,
      shadow: [],
    });
    expect(assessment.ruleSet).toBe(ama);
  });

  test('is judged by the rule set and the day that it names', async () => {
    const { assessment } = await assessed({
      inquiry: { ruleSet: 'voorbeeld-zorghulp', referenceDate: '2025-12-31' },
      led: () => answerOf('outOfScope outOfScopeOtherHolder'),
    });
    expect(assessment).toMatchObject({ ruling: { outcome: 'notDemonstrated' }, referenceDate: '2025-12-31' });
    expect(assessment.ruleSet).toBe(example);
  });

  test('asks LED one question: about the person, within the limit, with the calls of the draft', async () => {
    const { questions, limit, draft } = await assessed();
    expect(questions).toEqual([
      {
        id: draft.id,
        insz: applicant,
        sender: { id: 'example.be/led', capacity: 'test' },
        signal: limit.signal,
        deadline: limit.deadline,
        calls: draft.calls,
        intent: expect.any(Function),
        wanted: expect.any(Function),
      },
    ]);
    expect(questions[0]?.calls).toBe(draft.calls);
  });

  test('gives an outcome for an answer without records: LED knows nothing of the person', async () => {
    const { assessment } = await assessed({ led: () => answerOf('') });
    expect(assessment.ruling).toMatchObject({ outcome: 'notDemonstrated', reasons: ['noRelevantDiplomaInLed'] });
  });

  test('never gives the outcome eligible when LED warns', async () => {
    const { assessment } = await assessed({ led: () => answerOf('match', { warning: true }) });
    expect(assessment.ruling.outcome).toBe('manualReview');
  });
});

describe('the intent', () => {
  test('is written before the call: who asks, about whom, why, and the Referte', async () => {
    const { happened } = await assessed({ inquiry: { caseReference: 'file/1' } });
    const { id, version, digest } = referenceOf(ama);
    expect(happened).toEqual([
      {
        kind: 'intent',
        id: '019abcde-0000-7000-8000-000000000001',
        what: {
          service: 'LED.GeefBewijs',
          version: '02.00.0000',
          operation: 'read',
          sender: 'example.be/led',
          capacity: 'test',
        },
        client: { id: 'intake-desk' },
        user: { id: 'handler-1', role: 'recognition', source: 'asserted' },
        why: { ruleSet: id, version, digest, legalBasis: ama.source.legalBasis, caseReference: 'file/1' },
        subject: { key: 'k1', hmac: subjectHmac(auditKey.key, applicant) },
        led: { references: ['referte-1'] },
      },
      { called: 'referte-1' },
    ]);
  });

  test('names the registration of its rule set, for each call and without a Hoedanigheid that it has not', async () => {
    const senderOf = (id: string) =>
      id === 'voorbeeld-zorghulp' ? { id: 'kbo.be/zorg' } : { id: 'other', capacity: 'x' };
    const inquiry = { ruleSet: 'voorbeeld-zorghulp', referenceDate: '2025-12-31' };
    const { happened, questions, draft } = await assessed({
      deps: { senderOf },
      inquiry,
      calls: ['referte-1', 'referte-2'],
    });
    const what = { service: 'LED.GeefBewijs', version: '02.00.0000', operation: 'read', sender: 'kbo.be/zorg' };
    expect(questions.map(({ sender }) => sender)).toEqual([{ id: 'kbo.be/zorg' }]);
    expect(happened.flatMap((each) => ('what' in each ? [each.what] : []))).toEqual([what, what]);
    expect(accessOf(draft, { status: 200, problem: undefined, durationMs: 1, now: 1 }).what).toEqual(what);
  });

  test('is written before each call, a retry included', async () => {
    const { happened } = await assessed({ calls: ['referte-1', 'referte-2'] });
    expect(happened.map((each) => ('called' in each ? each.called : each.led.references))).toEqual([
      ['referte-1'],
      'referte-1',
      ['referte-2'],
      'referte-2',
    ]);
  });

  test('that cannot be written stops the call, and its fault is the answer', async () => {
    const fault = new Fault('serviceUnavailable', 'auditUnavailable');
    const { result, happened, draft } = await assess({ deps: { writeIntent: () => Promise.reject(fault) } });
    expect(result).toBe(fault);
    expect(happened).toEqual([]);
    expect(draft).not.toHaveProperty('decided');
  });
});

describe('a fault of LED', () => {
  test.each(['badGateway', 'ledRegistrationMissing', 'serviceUnavailable', 'ledTimeout', 'callerGone'] as const)(
    '%s stays a fault, and no outcome is noted',
    async (code) => {
      const fault = new Fault(code, 'fromLed');
      const { result, draft } = await assess({
        led: () => {
          throw fault;
        },
        deps: { catalogue: createCatalogue([ama, candidate]) },
      });
      expect(result).toBe(fault);
      expect(draft).not.toHaveProperty('decided');
      expect(draft).toMatchObject({ user: { id: 'handler-1' }, calls: { made: 1 } });
    },
  );
});

describe('refused before LED is asked, with the issue', () => {
  const inBody = (type: string, name: string, detail: string, code?: string) => [
    { type, in: 'body', name, detail, ...(code === undefined ? {} : { code }) },
  ];

  test.each<[string, Case, ReturnType<typeof inBody>]>([
    [
      'an INSZ with a typing error',
      { inquiry: { insz: '00621500181' } },
      inBody('invalidInput', 'insz', 'has check digits that do not fit: look for a typing error', 'checksum'),
    ],
    [
      'a test number where none are allowed',
      { deps: { allowTestInsz: false } },
      inBody('invalidInput', 'insz', 'has a month that no INSZ has', 'month'),
    ],
    [
      'no case handler, neither in the request nor in the token',
      { inquiry: { caseHandler: undefined } },
      inBody('schemaViolation', 'caseHandler', 'is required: who asks?'),
    ],
    [
      'another case handler than in the token',
      { caller: { user: { id: 'handler-2' } } },
      inBody('invalidInput', 'caseHandler.id', 'contradicts the person whom the access token names'),
    ],
    [
      'another role than in the token',
      { caller: { user: { id: 'handler-1', role: 'inspection' } } },
      inBody('invalidInput', 'caseHandler.role', 'contradicts the role that the access token gives'),
    ],
    [
      'an unknown rule set',
      { inquiry: { ruleSet: 'nothing' } },
      inBody('referencedResourceNotFound', 'ruleSet', 'there is no such rule set; GET /ruleSets lists them'),
    ],
    [
      'a day before the first version',
      { inquiry: { referenceDate: '2023-10-03' } },
      inBody('invalidInput', 'referenceDate', 'no version of the rule set is in force on that day'),
    ],
    [
      'a day after today',
      { inquiry: { referenceDate: '2026-11-24' } },
      inBody('invalidInput', 'referenceDate', 'must not be after today'),
    ],
    [
      'a day after today, which is also after the last version',
      { inquiry: { ruleSet: 'voorbeeld-zorghulp', referenceDate: '2026-11-24' } },
      inBody('invalidInput', 'referenceDate', 'must not be after today'),
    ],
  ])('%s', async (_, given, issues) => {
    expect(await refused(given)).toMatchObject({ code: 'badRequest', reason: 'input', issues });
  });

  test('all issues at once', async () => {
    const { issues } = await refused({
      inquiry: { insz: '1', caseHandler: undefined, referenceDate: '2026-11-24', ruleSet: 'nothing' },
    });
    expect(issues.map(({ name }) => name)).toEqual(['insz', 'caseHandler', 'referenceDate', 'ruleSet']);
  });

  test('a rule set or a role without permission', async () => {
    const others: Partial<Caller> = { ruleSets: new Set(['voorbeeld-zorghulp']) };
    expect(await refused({ caller: others })).toMatchObject({ code: 'missingPermission', reason: 'ruleSetNotAllowed' });
    const deps = { allowedRoles: ['inspection'] };
    const noRole = { code: 'missingPermission', reason: 'roleNotAllowed' };
    expect(await refused({ deps })).toMatchObject(noRole);
    expect(await refused({ deps, inquiry: { caseHandler: { id: 'handler-1' } } })).toMatchObject(noRole);
  });
});

describe('the draft of a refused request', () => {
  test('says who asked and why, but not about whom when the request is not valid', async () => {
    const { draft } = await refused({ inquiry: { insz: '00621500181', caseReference: 'file/1' } });
    expect(draft).toMatchObject({ user: { id: 'handler-1' }, why: { caseReference: 'file/1' }, calls: { made: 0 } });
    expect(draft).not.toHaveProperty('subject');
    expect(draft).not.toHaveProperty('decided');
  });

  test('says also about whom when only the permission is missing', async () => {
    const { draft } = await refused({ deps: { allowedRoles: ['inspection'] } });
    expect(draft.subject).toEqual({ key: 'k1', hmac: subjectHmac(auditKey.key, applicant) });
  });

  test('names the person in the token when the request names another one', async () => {
    const { draft } = await refused({ caller: { user: { id: 'handler-2', role: 'inspection' } } });
    expect(draft.user).toEqual({ id: 'handler-2', role: 'inspection', source: 'token' });
  });

  test('has no reason to ask when the rule set is unknown', async () => {
    expect((await refused({ inquiry: { ruleSet: 'nothing' } })).draft).not.toHaveProperty('why');
  });
});

describe('the case handler', () => {
  test('is the person in the request when the token names no person', async () => {
    const { draft } = await assessed();
    expect(draft.user).toEqual({ id: 'handler-1', role: 'recognition', source: 'asserted' });
  });

  test('is the person in the token, and the request need not repeat it', async () => {
    const { draft } = await assessed({
      caller: { user: { id: 'handler-2', role: 'recognition' } },
      inquiry: { caseHandler: undefined },
    });
    expect(draft.user).toEqual({ id: 'handler-2', role: 'recognition', source: 'token' });
  });

  test('has the role of the token, or that of the request when the token has none', async () => {
    const fromBody = await assessed({ caller: { user: { id: 'handler-1' } } });
    expect(fromBody.draft.user).toEqual({
      id: 'handler-1',
      role: 'recognition',
      source: 'token',
      roleSource: 'asserted',
    });
    const fromToken = await assessed({
      deps: { allowedRoles: ['recognition'] },
      caller: { user: { id: 'handler-1', role: 'recognition' } },
      inquiry: { caseHandler: { id: 'handler-1' } },
    });
    expect(fromToken.draft.user).toEqual({ id: 'handler-1', role: 'recognition', source: 'token' });
  });
});

test('with allowed roles, the role in the request does not count for a person whom the token names', async () => {
  const deps = { allowedRoles: ['recognition'] };
  const fault = await refused({ deps, caller: { user: { id: 'handler-1' } } });
  expect(fault).toMatchObject({ code: 'missingPermission', reason: 'roleNotAllowed' });
  expect(fault.draft.user).toMatchObject({ role: 'recognition', source: 'token', roleSource: 'asserted' });
  await assessed({ deps });
});

describe('the INSZ of the case handler', () => {
  const userOf = async (caseHandler: string, deps: Partial<EligibilityDeps>) => {
    const { questions } = await assessed({ inquiry: { caseHandler: { id: caseHandler } }, deps });
    return questions[0]?.user;
  };

  test('goes to LED with LED_SEND_USER alone', async () => {
    expect(await userOf(civilServant, { sendUser: true })).toBe(civilServant);
    expect(await userOf(civilServant, { sendUser: false })).toBeUndefined();
  });

  test('an id that is no valid INSZ does not go to LED', async () => {
    expect(await userOf('handler-1', { sendUser: true })).toBeUndefined();
    expect(await userOf('00621500379', { sendUser: true })).toBeUndefined();
  });

  test('is written to the draft as an HMAC', async () => {
    const { draft } = await assessed({ inquiry: { caseHandler: { id: civilServant } }, deps: { sendUser: true } });
    expect(draft.user).toEqual({ id: auditId(auditKey.key, civilServant), source: 'asserted' });
    expect(JSON.stringify(draft)).not.toContain(civilServant);
  });

  test('that is a UUID is written as it is, whatever its digits', async () => {
    const id = '0b0e4a1c-0000-4000-8000-012345678901';
    expect((await assessed({ inquiry: { caseHandler: { id } } })).draft.user).toEqual({ id, source: 'asserted' });
  });
});

describe('what is read of an answer', () => {
  const wantedOf = async (deps: Partial<EligibilityDeps> = {}) => (await assessed({ deps })).questions[0]?.wanted;

  test('a record of the person, on a subject of the rule set', async () => {
    const wanted = await wantedOf();
    expect([
      wanted?.('762003', applicant),
      wanted?.('762003', somebodyElse),
      wanted?.('762003', ''),
      wanted?.('144001', applicant),
      wanted?.('', applicant),
    ]).toEqual([true, false, false, false, false]);
  });

  test('no record on a subject that only a candidate has', async () => {
    const wanted = await wantedOf({ catalogue: createCatalogue([ama, widerCandidate]) });
    expect([
      wanted?.('762003', applicant),
      wanted?.('144001', applicant),
      wanted?.('144001', somebodyElse),
      wanted?.('999999', applicant),
    ]).toEqual([true, false, false, false]);
  });
});

describe('candidates', () => {
  test('judge the same answer in the shadow, and change nothing about the decision', async () => {
    const catalogue = createCatalogue([ama, candidate, widerCandidate, example]);
    const { assessment, draft, questions } = await assessed({ deps: { catalogue } });
    expect(questions).toHaveLength(1);
    expect(assessment.ruling).toEqual((await assessed()).assessment.ruling);
    expect(assessment.shadow).toEqual([
      { ruleSet: candidate, outcome: 'notDemonstrated' },
      { ruleSet: widerCandidate, outcome: 'notDemonstrated' },
    ]);
    const { id, ...ofCandidate } = referenceOf(candidate);
    expect(draft.decided?.shadow?.[0]).toEqual({ ruleSet: id, ...ofCandidate, outcome: 'notDemonstrated' });
  });

  test('do not see records that the rule set in force does not see', async () => {
    const { assessment } = await assessed({
      deps: { catalogue: createCatalogue([ama, widerCandidate]) },
      led: () => answerOf('outOfScope outOfScopeOtherHolder'),
    });
    expect(assessment.ruling).toMatchObject({ outcome: 'notDemonstrated', diplomas: [], dropped: { outOfScope: 2 } });
    expect(assessment.shadow).toEqual([{ ruleSet: widerCandidate, outcome: 'notDemonstrated' }]);
  });

  test('know that the answer may be truncated, also by records that they do not see', async () => {
    const { assessment } = await assessed({
      deps: { catalogue: createCatalogue([ama, candidate]) },
      led: () => answerOf('99×outOfScope'),
    });
    expect(assessment.ruling.outcome).toBe('manualReview');
    expect(assessment.shadow).toEqual([{ ruleSet: candidate, outcome: 'manualReview' }]);
  });

  test('judge records of another holder like the rule set in force', async () => {
    const { assessment } = await assessed({
      deps: { catalogue: createCatalogue([ama, candidate]) },
      led: () => answerOf('otherHolder'),
    });
    expect(assessment.shadow).toEqual([{ ruleSet: candidate, outcome: 'manualReview' }]);
  });

  test('of another rule set do not judge', async () => {
    const { assessment } = await assessed({
      deps: { catalogue: createCatalogue([ama, candidate, example]) },
      inquiry: { ruleSet: 'voorbeeld-zorghulp', referenceDate: '2025-01-01' },
    });
    expect(assessment.shadow).toEqual([]);
  });
});

describe('the draft of a decided request', () => {
  test('holds the outcome, the names of what is disclosed and the number of dropped records, and no value', async () => {
    const { draft } = await assessed({ led: () => answerOf('match 2×outOfScope otherHolder') });
    expect(draft.decided).toEqual({
      outcome: 'eligible',
      disclosed: {
        diplomas: 1,
        attributes: [
          'categorie',
          'graad',
          'instantie',
          'iscedNiveau',
          'iscedStudiegebied',
          'land',
          'onderwerp',
          'staatBewijs',
          'typeBewijs',
          'vksNiveauOnderwijskwalificatie',
          'volledigeNaam',
        ],
      },
      dropped: { outOfScope: 2, otherHolder: 1 },
      quality: { otherHolder: 1, outOfScope: 2 },
    });
    expect(JSON.stringify(draft)).not.toMatch(/bachelor|762003/i);
    expect(JSON.stringify(draft)).not.toContain(applicant);
  });

  test('names no attribute of a rejected record', async () => {
    const { draft } = await assessed({ led: () => answerOf('rejected') });
    expect(draft.decided).toMatchObject({ outcome: 'notDemonstrated', disclosed: { diplomas: 0, attributes: [] } });
  });

  test('makes the access line', async () => {
    const { draft } = await assessed({ led: () => ({ ...answerOf(''), records: [record(kinds.review ?? {})] }) });
    expect(accessOf(draft, { status: 200, problem: undefined, durationMs: 30.4, now: 0 })).toMatchObject({
      kind: 'access',
      result: 'decided',
      outcome: 'manualReview',
      led: { references: ['referte-1'], attempts: 1 },
    });
  });
});
