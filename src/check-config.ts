import type { SigningKey } from './audit/signing-key.ts';
import {
  connectingVariables,
  knownLedFiles,
  ledOf,
  parseVariables,
  readAuditKeyFile,
  readReceiptKeys,
  readRegistrationsFile,
  requireCompanions,
  setVariables,
  type Variables,
} from './config.ts';
import { Environment } from './environment.ts';
import type { Sender } from './led/ask.ts';
import type { LedConfig } from './led/client.ts';
import { defined } from './lib/defined.ts';

/** What `led check` needs in order to ask: under which registration and by which rules, and the keys of audit lines. */
export type AskConfig = {
  readonly sender: Sender;
  readonly registrations: ReadonlyMap<string, Sender>;
  /** The ids of the rule sets that LED_REGISTRATIONS_FILE names. */
  readonly registered: readonly string[];
  readonly defaultRuleSet: string;
  readonly ruleSetDir?: string | undefined;
  readonly audit: { readonly key: Buffer; readonly keyId: string; readonly timeoutMs: number };
  readonly signer?: SigningKey | undefined;
};

/** The part of the configuration that `led check` uses. */
export type CheckConfig = { readonly led: LedConfig; readonly ask?: AskConfig | undefined };

const askVariables = {
  LED_SENDER_ID: true,
  LED_CAPACITY: true,
  LED_REGISTRATIONS_FILE: true,
  DEFAULT_RULE_SET: true,
  RULE_SET_DIR: true,
  AUDIT_KEY_FILE: true,
  AUDIT_KEY_ID: true,
  AUDIT_TIMEOUT_MS: true,
  RECEIPT_KEY_FILE: true,
} as const;

const Connecting = Environment.pick(connectingVariables);
const Asking = Environment.pick({ ...connectingVariables, ...askVariables });

/**
 * Reads the variables that `led check` needs; those for asking only if it `asks`. Returns the configuration, or every
 * fault at once as `NAME: what is wrong`, as `readConfig` does, with the certificate files that can still be checked.
 */
export const readCheckConfig = (
  environment: Variables,
  asks: boolean,
):
  | { readonly ok: true; readonly config: CheckConfig }
  | { readonly ok: false; readonly faults: readonly string[]; readonly led: ReturnType<typeof knownLedFiles> } => {
  const set = setVariables(environment);
  const reading = asks ? readAsking(set) : readConnecting(set);
  return reading.ok ? reading : { ...reading, led: knownLedFiles(set) };
};

/** The variables that are set and used: others, such as those for callers, may be missing or wrong. */
const usedOf = (set: Variables, schema: { readonly shape: object }): Variables =>
  Object.fromEntries(Object.entries(set).filter(([name]) => name in schema.shape));

type Reading =
  | { readonly ok: true; readonly config: CheckConfig }
  | { readonly ok: false; readonly faults: readonly string[] };

const readConnecting = (set: Variables): Reading => {
  const { parsed, faults, refuse } = parseVariables(Connecting, set);
  requireCompanions(usedOf(set, Connecting), refuse);
  return parsed.success && faults.length === 0
    ? { ok: true, config: { led: ledOf(parsed.data) } }
    : { ok: false, faults };
};

const readAsking = (set: Variables): Reading => {
  const { parsed, faults, refuse } = parseVariables(Asking, set);
  requireCompanions(usedOf(set, Asking), refuse);
  const { registrations, ruleSets: registered } = readRegistrationsFile(set, refuse);
  const key = readAuditKeyFile(set, refuse);
  const { signer } = readReceiptKeys(usedOf(set, Asking), refuse);
  if (!parsed.success || key === undefined || faults.length > 0) return { ok: false, faults };
  const { data: env } = parsed;
  const ask = defined({
    sender: defined({ id: env.LED_SENDER_ID, capacity: env.LED_CAPACITY }),
    registrations,
    registered,
    defaultRuleSet: env.DEFAULT_RULE_SET,
    ruleSetDir: env.RULE_SET_DIR,
    audit: { key, keyId: env.AUDIT_KEY_ID, timeoutMs: env.AUDIT_TIMEOUT_MS },
    signer,
  });
  return { ok: true, config: { led: ledOf(env), ask } };
};
