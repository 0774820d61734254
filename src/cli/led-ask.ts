import { createSecretKey, randomUUID } from 'node:crypto';
import { auditKeyCheck } from '../audit/key.ts';
import { wholeLinesTo } from '../audit/stdout.ts';
import { createAuditStream } from '../audit/stream.ts';
import type { AskConfig } from '../check-config.ts';
import type { LedException } from '../led/ask.ts';
import { createLedClient, type LedConfig } from '../led/client.ts';
import { build } from '../lib/build.ts';
import { defined } from '../lib/defined.ts';
import { createLog } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics.ts';
import type { Outcome } from '../outcome.ts';
import { probe } from '../probe.ts';
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
    const { draft, durationMs, fault } = await probe({
      insz,
      ruleSet,
      sender: ask.registrations.get(ruleSet.source.id) ?? ask.sender,
      program: PROGRAM,
      ask: client.ask,
      write: audit.write,
      auditKey,
      timeoutMs: led.timeoutMs,
    });
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
    await audit.close({ kind: 'stop' });
    await client.close();
  }
};

/** Who asks, on the audit lines: this command, and no person. */
const PROGRAM = 'led-check';
