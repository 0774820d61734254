import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type AccessDraft,
  accessOf,
  type Ending,
  intentOf,
  noteClient,
  noteRuling,
  noteSender,
  noteSubject,
  noteUser,
  noteWhy,
  startDraft,
} from '../../src/audit/access-draft.ts';
import type { AuditEvent } from '../../src/audit/event.ts';
import { FIRST_PREV, formatLine } from '../../src/audit/line.ts';
import { decide } from '../../src/rules/decide.ts';
import { ama, applicant, example, recordsOf, today } from '../rules/support.ts';
import { svc } from './sample.ts';

const id = '01a20938-7501-7f82-887d-2b48665eaf53';
const auditKey = { id: 'k1', key: Buffer.alloc(32, 7) };
const hmacOf = (text: string): string => createHmac('sha256', auditKey.key).update(text).digest('base64url');

/** The members that an event has on its line, without those that place the line in its chain. */
const onLine = (event: AuditEvent): Record<string, unknown> => {
  const place = { ts: '2026-11-23T10:15:30.123Z', inst: 'inst-1', seq: 1, svc, prev: FIRST_PREV };
  const { v, ts, inst, seq, svc: service, prev, hash, ...own } = JSON.parse(formatLine(event, place).bytes.toString());
  return own;
};

/** The access line of a request that ended so. */
const accessLine = (draft: AccessDraft, ending: Partial<Ending> & Pick<Ending, 'status'>) =>
  onLine(accessOf(draft, { problem: undefined, durationMs: 12.6, now: 9000, ...ending }));

/** A request that was checked: all is known that is known before LED is called. */
const checked = (): AccessDraft => {
  const draft = startDraft(id);
  noteClient(draft, auditKey, { id: 'intake-desk', org: 'BE0123456789' });
  noteUser(draft, auditKey, { id: 'u-4711', role: 'caseworker', source: 'token' });
  noteWhy(draft, auditKey, ama, 'DOS/2026/17');
  noteSubject(draft, auditKey, applicant);
  noteSender(draft, { id: 'example.be/led', capacity: 'test' });
  return draft;
};

const known = {
  id,
  client: { id: 'intake-desk', org: 'BE0123456789' },
  user: { id: 'u-4711', role: 'caseworker', source: 'token' },
  why: {
    ruleSet: 'begeleider-ama',
    version: '1.1.0',
    digest: ama.digest,
    legalBasis: ama.source.legalBasis,
    caseReference: 'DOS/2026/17',
  },
  subject: { key: 'k1', hmac: hmacOf(`insz:${applicant}`) },
};
const what = {
  service: 'LED.GeefBewijs',
  version: '02.00.0000',
  operation: 'read',
  sender: 'example.be/led',
  capacity: 'test',
};

/** What the LED client notes for one call, from and to these moments of the monotonic clock. */
const call = ({ calls }: AccessDraft, referte: string, from: number, to?: number): void => {
  calls.made += 1;
  calls.references.push(referte);
  calls.startedAt ??= from;
  if (to !== undefined) calls.endedAt = to;
};

const judge = (draft: AccessDraft, words: string, candidates = [] as (typeof ama)[]): void => {
  const answer = { records: recordsOf(words), warning: false, incomplete: false };
  const shadow = candidates.map((ruleSet) => ({ ruleSet, outcome: decide(answer, ruleSet, applicant, today).outcome }));
  noteRuling(draft, decide(answer, ama, applicant, today), shadow);
};

describe('the intent line', () => {
  it('says who asks, why, about whom, and the Referte of the call', () => {
    expect(onLine(intentOf(checked(), 'r1'))).toEqual({ kind: 'intent', ...known, what, led: { references: ['r1'] } });
  });

  it('does not change with what is noted later', () => {
    const draft = checked();
    call(draft, 'r1', 100, 200);
    expect(onLine(intentOf(draft, 'r2')).led).toEqual({ references: ['r2'] });
  });
});

describe('the access line of a request', () => {
  it('that was refused before anything was known has only its id', () => {
    expect(accessLine(startDraft(id), { status: 401, problem: 'noAccessToken' })).toEqual({
      kind: 'access',
      id,
      result: 'refused',
      problem: 'noAccessToken',
      status: 401,
      durationMs: 13,
    });
  });

  it('that was refused when the user was known says so, and nothing of LED', () => {
    const draft = startDraft(id);
    noteClient(draft, auditKey, { id: 'intake-desk' });
    noteUser(draft, auditKey, { id: 'u-4711', source: 'asserted' });
    expect(accessLine(draft, { status: 400, problem: 'badRequest' })).toEqual({
      kind: 'access',
      id,
      client: { id: 'intake-desk' },
      user: { id: 'u-4711', source: 'asserted' },
      result: 'refused',
      problem: 'badRequest',
      status: 400,
      durationMs: 13,
    });
    expect(accessLine(checked(), { status: 403, problem: 'missingPermission' })).toEqual({
      kind: 'access',
      ...known,
      result: 'refused',
      problem: 'missingPermission',
      status: 403,
      durationMs: 13,
    });
  });

  it('that failed after one call to LED has that call, its exceptions and its time', () => {
    const draft = checked();
    call(draft, 'r1', 1000.2, 1101);
    draft.calls.exceptions.push({ id: '60013', origin: 'MAGDA', type: 'FOUT' });
    expect(accessLine(draft, { status: 502, problem: 'badGateway' })).toEqual({
      kind: 'access',
      ...known,
      what,
      led: {
        references: ['r1'],
        attempts: 1,
        exceptions: [{ id: '60013', origin: 'MAGDA', type: 'FOUT' }],
        durationMs: 101,
      },
      result: 'failed',
      problem: 'badGateway',
      status: 502,
      durationMs: 13,
    });
  });

  it('that failed after two calls to LED has both, and the time from the first to the last', () => {
    const draft = checked();
    call(draft, 'r1', 1000, 1100);
    call(draft, 'r2', 1150, 1400);
    expect(accessLine(draft, { status: 504, problem: 'ledTimeout' })).toMatchObject({
      led: { references: ['r1', 'r2'], attempts: 2, exceptions: [], durationMs: 400 },
      result: 'failed',
    });
  });

  it('that was decided has the outcome, what was dropped, and the names of what is shown', () => {
    const draft = checked();
    call(draft, 'r1', 1000, 1100);
    judge(draft, 'match rejected outOfScope otherHolder');
    expect(accessLine(draft, { status: 200 })).toEqual({
      kind: 'access',
      ...known,
      what,
      led: { references: ['r1'], attempts: 1, exceptions: [], durationMs: 100 },
      result: 'decided',
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
      dropped: { otherHolder: 1, outOfScope: 1 },
      quality: { otherHolder: 1, outOfScope: 1 },
      status: 200,
      durationMs: 13,
    });
  });

  it('that was decided has what candidates would have decided', () => {
    const draft = checked();
    call(draft, 'r1', 1000, 1100);
    judge(draft, 'match', [example]);
    expect(accessLine(draft, { status: 200 })).toMatchObject({
      outcome: 'eligible',
      shadow: [
        {
          ruleSet: 'voorbeeld-zorghulp',
          version: '0.1.0',
          digest: example.digest,
          outcome: decide({ records: recordsOf('match'), warning: false, incomplete: false }, example, applicant, today)
            .outcome,
        },
      ],
    });
  });

  it('that was decided has no problem, even if the ending has one', () => {
    const draft = checked();
    judge(draft, '');
    const line = accessLine(draft, { status: 200, problem: 'internalServerError' });
    expect(line).toMatchObject({
      result: 'decided',
      outcome: 'notDemonstrated',
      disclosed: { diplomas: 0, attributes: [] },
    });
    expect(line).not.toHaveProperty('problem');
  });

  it('that failed because its caller left counts an open call to LED until now', () => {
    const draft = checked();
    call(draft, 'r1', 8000);
    expect(accessLine(draft, { status: 499, problem: 'callerGone', now: 9000.4 })).toMatchObject({
      led: { references: ['r1'], attempts: 1, durationMs: 1000 },
      result: 'failed',
      problem: 'callerGone',
      status: 499,
    });
  });

  it.each([
    [403, 'missingPermission', 'refused'],
    [499, 'callerGone', 'failed'],
    [503, 'serviceUnavailable', 'failed'],
  ] as const)('with status %i has no outcome, even if LED’s answer was judged', (status, problem, result) => {
    const draft = checked();
    call(draft, 'r1', 1000, 1100);
    judge(draft, 'match', [example]);
    const line = accessLine(draft, { status, problem });
    expect(line).toMatchObject({ result, problem, led: { attempts: 1 } });
    for (const name of ['outcome', 'shadow', 'disclosed', 'dropped']) expect(line).not.toHaveProperty(name);
  });
});

describe('what a draft keeps of persons', () => {
  it('is never an INSZ: not of the applicant, a case handler, or in a certificate', () => {
    const draft = startDraft(id);
    noteClient(draft, auditKey, { id: `CN=app,SERIALNUMBER=${applicant}`, org: `org ${applicant}` });
    noteUser(draft, auditKey, { id: applicant, source: 'token' });
    noteSubject(draft, auditKey, applicant);
    expect(JSON.stringify(draft)).not.toContain(applicant);
    expect(draft.user?.id).toBe(`hmac:${draft.subject?.hmac}`);
  });

  it('is no value of a diploma', () => {
    const draft = checked();
    judge(draft, 'match');
    const text = JSON.stringify(draft);
    for (const value of ['Hogeschool', 'Professionele bachelor', '762003', 'BEL']) expect(text).not.toContain(value);
  });
});
