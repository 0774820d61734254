import { randomUUIDv7 } from 'node:crypto';
import {
  type AccessDraft,
  accessOf,
  intentOf,
  noteClient,
  noteRuling,
  noteSender,
  noteSubject,
  noteUser,
  noteWhy,
  startDraft,
} from './audit/access-draft.ts';
import type { AuditEvent } from './audit/event.ts';
import type { NamedAuditKey } from './audit/key.ts';
import { Fault } from './fault.ts';
import { problemTypes } from './http/problem-types.ts';
import type { Ask, Sender } from './led/ask.ts';
import { brusselsDay } from './lib/clock.ts';
import { decide } from './rules/decide.ts';
import { wantedBy } from './rules/judge.ts';
import type { CompiledRuleSet } from './rules/rule-set.ts';

type ProbeInput = {
  /** A test number of MAGDA: see `isTestInsz`. */
  readonly insz: string;
  readonly ruleSet: CompiledRuleSet;
  readonly sender: Sender;
  /** Who asks, on the audit lines: a program, and no person. */
  readonly program: string;
  readonly ask: Ask;
  readonly write: (event: AuditEvent) => Promise<void>;
  readonly auditKey: NamedAuditKey;
  readonly timeoutMs: number;
};

/** What came of a probe. `fault`: why there is no answer. `draft` holds the calls and the outcome. */
export type Probed = { readonly draft: AccessDraft; readonly durationMs: number; readonly fault: Fault | undefined };

/**
 * Asks LED about a test number as the service asks about a person, and writes the `intent` and `access` lines. A fault of
 * LED is part of the result. Rejects with a `Fault` if the `access` line cannot be written.
 */
export const probe = async (input: ProbeInput): Promise<Probed> => {
  const { insz, ruleSet, sender, program, ask, write, auditKey, timeoutMs } = input;
  const draft = startDraft(randomUUIDv7());
  noteClient(draft, auditKey, { id: program });
  noteUser(draft, auditKey, { id: program, source: 'probe' });
  noteWhy(draft, auditKey, ruleSet, undefined);
  noteSubject(draft, auditKey, insz);
  noteSender(draft, sender);

  const startedAt = performance.now();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Fault('ledTimeout', 'ledTimeout')), timeoutMs);
  let fault: Fault | undefined;
  try {
    const answer = await ask({
      id: draft.id,
      insz,
      sender,
      wanted: wantedBy(ruleSet, insz),
      signal: controller.signal,
      deadline: startedAt + timeoutMs,
      intent: (referte) => write(intentOf(draft, referte)),
      calls: draft.calls,
    });
    noteRuling(draft, decide(answer, ruleSet, insz, brusselsDay(Date.now())), []);
    // No answer leaves the service: nothing is disclosed.
    draft.decided = { ...draft.decided, disclosed: { diplomas: 0, attributes: [] } };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    fault = error;
  } finally {
    clearTimeout(timer);
  }
  const durationMs = Math.round(performance.now() - startedAt);
  const status = fault === undefined ? 200 : problemTypes[fault.code].status;
  await write(accessOf(draft, { status, problem: fault?.code, durationMs, now: performance.now() }));
  return { draft, durationMs, fault };
};

/**
 * Calls `run` whenever LED was not asked for `quietMs` milliseconds, one at a time. Returns the `ask` to use, which notes
 * each question, and a function that ends it.
 */
export const whenQuiet = (
  ask: Ask,
  quietMs: number,
  run: (ask: Ask) => Promise<unknown>,
): { readonly ask: Ask; readonly stop: () => void } => {
  let askedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const noting: Ask = (question) => {
    askedAt = performance.now();
    return ask(question);
  };
  const wait = (): void => {
    if (!stopped) timer = setTimeout(look, Math.max(0, askedAt + quietMs - performance.now())).unref();
  };
  const look = (): void => {
    const isQuiet = performance.now() >= askedAt + quietMs;
    if (isQuiet) askedAt = performance.now();
    // The metrics and the log have what went wrong.
    void (isQuiet ? run(noting).catch(() => {}) : Promise.resolve()).finally(wait);
  };
  wait();
  return {
    ask: noting,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
