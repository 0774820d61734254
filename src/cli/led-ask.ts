import { createSecretKey, randomUUID, randomUUIDv7 } from 'node:crypto';
import {
  accessOf,
  intentOf,
  noteClient,
  noteRuling,
  noteSender,
  noteSubject,
  noteUser,
  noteWhy,
  startDraft,
} from '../audit/access-draft.ts';
import { auditKeyCheck } from '../audit/key.ts';
import { wholeLinesTo } from '../audit/stdout.ts';
import { createAuditStream } from '../audit/stream.ts';
import type { AskConfig } from '../check-config.ts';
import { Fault } from '../fault.ts';
import { problemTypes } from '../http/problem-types.ts';
import type { LedException } from '../led/ask.ts';
import { createLedClient, type LedConfig } from '../led/client.ts';
import { build } from '../lib/build.ts';
import { brusselsDay } from '../lib/clock.ts';
import { defined } from '../lib/defined.ts';
import { createLog } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics.ts';
import type { Outcome } from '../outcome.ts';
import { decide } from '../rules/decide.ts';
import { type CompiledRuleSet, referenceOf } from '../rules/rule-set.ts';

/** What LED said about a test number. */
export type AskedFacts = {
  /** The id of the audit lines. */
  readonly id: string;
  readonly references: readonly string[];
  readonly durationMs: number;
  /** One of these: what the rules make of the answer, or why there is none. */
  readonly outcome?: Outcome;
  readonly reason?: string;
  readonly ledStatus?: number;
  readonly exceptions: readonly LedException[];
};

type AskInput = {
  /** A test number of MAGDA: 11 digits, checked. */
  readonly insz: string;
  readonly led: LedConfig;
  readonly ask: AskConfig;
  readonly ruleSet: CompiledRuleSet;
  /** The open file that the audit lines are added to. */
  readonly auditFd: number;
};

/**
 * Asks LED about a test number as the service does: signed, with its retry, and with the `intent` and `access` lines,
 * between a `start` and a `stop`. Rejects with a `Fault` if the lines cannot be written.
 */
export const askAboutTestNumber = async ({ insz, led, ask, ruleSet, auditFd }: AskInput): Promise<AskedFacts> => {
  const metrics = createMetrics();
  const client = createLedClient(led, { metrics, log: createLog('silent', process.stderr) });
  const audit = createAuditStream(
    defined({
      out: wholeLinesTo(auditFd),
      inst: randomUUID(),
      svc: build,
      signer: ask.signer,
      timeoutMs: ask.audit.timeoutMs,
      now: Date.now,
      metrics,
      onBroken: () => {},
    }),
  );
  const auditKey = { id: ask.audit.keyId, key: createSecretKey(ask.audit.key) };
  const draft = startDraft(randomUUIDv7());
  const startedAt = performance.now();
  const deadline = startedAt + led.timeoutMs;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Fault('ledTimeout', 'ledTimeout')), led.timeoutMs);
  const sender = ask.registrations.get(ruleSet.source.id) ?? ask.sender;
  noteClient(draft, auditKey, { id: PROGRAM });
  noteUser(draft, auditKey, { id: PROGRAM, source: 'probe' });
  noteWhy(draft, auditKey, ruleSet, undefined);
  noteSubject(draft, auditKey, insz);
  noteSender(draft, sender);
  try {
    await audit.write(
      defined({
        kind: 'start' as const,
        ruleSets: [referenceOf(ruleSet)],
        testInsz: true,
        auditKey: { id: auditKey.id, check: auditKeyCheck(ask.audit.key) },
        signer: ask.signer?.kid,
      }),
    );
    let fault: Fault | undefined;
    try {
      const answer = await client.ask({
        id: draft.id,
        insz,
        sender,
        signal: controller.signal,
        deadline,
        intent: (referte) => audit.write(intentOf(draft, referte)),
        calls: draft.calls,
      });
      noteRuling(draft, decide(answer, ruleSet, insz, brusselsDay(Date.now())), []);
      // The outcome is all that is shown.
      draft.decided = { ...draft.decided, disclosed: { diplomas: 0, attributes: [] } };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      fault = error;
    }
    const durationMs = Math.round(performance.now() - startedAt);
    const status = fault === undefined ? 200 : problemTypes[fault.code].status;
    await audit.write(accessOf(draft, { status, problem: fault?.code, durationMs, now: performance.now() }));
    return defined({
      id: draft.id,
      references: draft.calls.references,
      durationMs,
      outcome: draft.decided?.outcome,
      reason: fault?.reason,
      ledStatus: fault === undefined ? undefined : draft.calls.status,
      exceptions: draft.calls.exceptions,
    });
  } finally {
    clearTimeout(timer);
    await audit.close({ kind: 'stop' });
    await client.close();
  }
};

/** Who asks, on the audit lines: this command, and no person. */
const PROGRAM = 'led-check';
