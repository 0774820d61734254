import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { auditKeyForm, readAuditKey } from './audit/key.ts';
import { type PublicKey, readPublicKeys, readSigningKey, type SigningKey } from './audit/signing-key.ts';
import type { AuthConfig } from './auth/token-check.ts';
import { Environment } from './environment.ts';
import { isTestInsz } from './insz.ts';
import type { Sender } from './led/ask.ts';
import type { LedConfig } from './led/client.ts';
import { brusselsDay } from './lib/clock.ts';
import { defined } from './lib/defined.ts';
import { errorCode } from './lib/error-code.ts';
import { isWorldWritable } from './lib/file-rights.ts';
import { misspelt } from './lib/misspelt.ts';
import type { CredentialFiles } from './lib/tls-files.ts';
import { readRegistrations } from './registrations.ts';

/** The whole configuration, checked. Times are in milliseconds. */
export type Config = {
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly opsHost: string;
    readonly opsPort: number;
    /** The path prefix of the business listener; empty if there is none. */
    readonly basePath: string;
    readonly maxConnections: number;
    readonly keepAliveTimeoutMs: number;
    readonly tls?: CredentialFiles;
  };
  readonly auth: AuthConfig;
  readonly allowedRoles?: readonly string[];
  readonly led: LedConfig;
  /** Under which registration LED is asked, unless `registrations` has another for the rule set (by its id). */
  readonly sender: Sender;
  readonly registrations: ReadonlyMap<string, Sender>;
  /** The ids of the rule sets that LED_REGISTRATIONS_FILE names. */
  readonly registered: readonly string[];
  readonly sendUser: boolean;
  /** The test number to ask about when LED was not asked for `quietMs` milliseconds. */
  readonly probe?: { readonly insz: string; readonly quietMs: number };
  readonly defaultRuleSet: string;
  readonly ruleSetDir?: string;
  readonly audit: { readonly key: Buffer; readonly keyId: string; readonly timeoutMs: number };
  readonly receipts: {
    /** Signs receipts and audit lines. Without it neither is signed. */
    readonly signer?: SigningKey;
    /** Other public keys to publish: those of earlier receipts. */
    readonly oldKeys: readonly PublicKey[];
  };
  readonly allowTestInsz: boolean;
  readonly rateLimitPerMinute?: number;
  readonly shutdown: { readonly delayMs: number; readonly timeoutMs: number };
  readonly logLevel: string;
  /** What the environment tells Node.js itself to do. */
  readonly node: NodeFlags;
  /** Each variable with the value in force, set or by default. A secret is a file, of which this holds the path. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** The variables whose file every user of the machine may write. */
  readonly worldWritable: readonly string[];
};

type NodeFlags = {
  /** NODE_TLS_REJECT_UNAUTHORIZED=0: do not verify servers. Every connection of the service overrides it. */
  readonly trustsAnyServer: boolean;
  /** NODE_OPTIONS opens an inspector. Anyone who reaches its port can read the memory. */
  readonly inspector: boolean;
};

/**
 * The files and the rule set that a faulty configuration names. They are checked too, so that all faults are reported
 * together.
 */
type Known = Pick<Config, 'ruleSetDir' | 'registered' | 'defaultRuleSet'> & {
  /** The text of AUTH_CLIENT_KEY_FILE. */
  readonly clientKey?: string;
  readonly http: Pick<Config['http'], 'tls'>;
  readonly led: Pick<LedConfig, 'credentials' | 'signature'>;
};

export type ConfigReading =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly string[]; readonly known: Known };

export type Variables = Readonly<Record<string, string | undefined>>;
export type Name = keyof typeof Environment.shape;
/** Notes a fault: the variable, and what is wrong with it. */
export type Refuse = (name: Name, what: string) => void;

/** The variables that are set. An empty variable counts as not set. */
export const setVariables = (environment: Variables): Variables =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));

/** The folder that RULE_SET_DIR names, for commands that need no other part of the configuration. */
export const ruleSetDirOf = (environment: Variables): string | undefined => setVariables(environment).RULE_SET_DIR;

/** Parses the variables of a schema, and lists the faults so far, variables with a misspelt name included. */
export const parseVariables = <T extends z.ZodObject>(schema: T, set: Variables) => {
  const parsed = schema.safeParse(set, { error: (issue) => (issue.input === undefined ? 'is required' : undefined) });
  const faults = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const refuse: Refuse = (name, what) => void faults.push(`${name}: ${what}`);
  for (const { name, known } of misspelt(Object.keys(set), Object.keys(Environment.shape))) {
    faults.push(`${name}: there is no such variable; is ${known} meant?`);
  }
  return { parsed, faults, refuse };
};

/**
 * Reads the configuration from environment variables and from the key files that they name. Returns a frozen `Config`,
 * or every fault at once as `NAME: what is wrong`. A fault names the variable and never its value.
 */
export const readConfig = (environment: Variables): ConfigReading => {
  const set = setVariables(environment);
  const { parsed, faults, refuse } = parseVariables(Environment, set);
  requireCompanions(set, refuse);
  const clientKey = set.AUTH_MODE === 'introspection' ? readSecret(set, 'AUTH_CLIENT_KEY_FILE', refuse) : undefined;
  const { registrations, ruleSets: registered } = readRegistrationsFile(set, refuse);
  if (set.LED_PROBE_INSZ !== undefined && !isTestInsz(set.LED_PROBE_INSZ, brusselsDay(Date.now()))) {
    refuse('LED_PROBE_INSZ', 'must be a test number of MAGDA: month 61 to 72, with check digits that fit');
  }
  const auditKey = readAuditKeyFile(set, refuse);
  const receipts = readReceiptKeys(set, refuse);

  if (!parsed.success || auditKey === undefined || faults.length > 0)
    return { ok: false, faults, known: knownOf(set, registered, clientKey) };
  const contents = { auditKey, clientKey, receipts, registrations, registered };
  return { ok: true, config: configOf(parsed.data, contents, nodeFlagsOf(set)) };
};

/**
 * Refuses each variable that is missing although another one requires it. This looks at the variables that are set,
 * also if their values are wrong, so that one fault does not hide another.
 */
export const requireCompanions = (set: Variables, refuse: Refuse): void => {
  const isSet = (name: Name): boolean => set[name] !== undefined;
  const demand = (names: readonly Name[], why: string): void => {
    for (const name of names) if (!isSet(name)) refuse(name, `is required ${why}`);
  };

  if (set.AUTH_MODE === 'jwt') demand(['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'], 'with AUTH_MODE=jwt');
  if (set.AUTH_MODE === 'introspection') {
    demand(['AUTH_INTROSPECTION_URL', 'AUTH_CLIENT_ID', 'AUTH_CLIENT_KEY_FILE'], 'with AUTH_MODE=introspection');
  }

  const pair = ['LED_CLIENT_CERT_FILE', 'LED_CLIENT_KEY_FILE'] as const;
  if (set.LED_URL?.startsWith('https:')) demand(pair, 'for an https LED_URL');
  else if (isSet('LED_SIGNATURE') && set.LED_SIGNATURE !== 'none') demand(pair, 'to sign with');
  else if (pair.some(isSet)) demand(pair, 'beside its counterpart');

  if (isSet('TLS_CERT_FILE') || isSet('TLS_KEY_FILE') || isSet('TLS_CLIENT_CA_FILE')) {
    demand(['TLS_CERT_FILE', 'TLS_KEY_FILE'], 'for a listener over TLS');
  }
};

/** The text of the file that a variable names; undefined if the variable is not set or the file cannot be read. */
const readSecret = (set: Variables, name: Name, refuse: Refuse): string | undefined => {
  const path = set[name];
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    refuse(name, `the file cannot be read (${errorCode(error)})`);
    return undefined;
  }
};

/** The key of AUDIT_KEY_FILE; undefined if the variable is not set or the file does not hold one. */
export const readAuditKeyFile = (set: Variables, refuse: Refuse): Buffer | undefined => {
  const text = readSecret(set, 'AUDIT_KEY_FILE', refuse);
  const key = text === undefined ? undefined : readAuditKey(text);
  if (text !== undefined && key === undefined) refuse('AUDIT_KEY_FILE', `the file must hold ${auditKeyForm}`);
  return key;
};

/** The registrations of LED_REGISTRATIONS_FILE; none if the variable is not set. */
export const readRegistrationsFile = (set: Variables, refuse: Refuse) => {
  const reading = readRegistrations(readSecret(set, 'LED_REGISTRATIONS_FILE', refuse) ?? '{}');
  for (const fault of reading.faults) refuse('LED_REGISTRATIONS_FILE', fault);
  return reading;
};

/** The key that signs receipts, and the public keys of the folder of old keys. Each file must hold such a key. */
export const readReceiptKeys = (set: Variables, refuse: Refuse): Config['receipts'] => {
  const text = readSecret(set, 'RECEIPT_KEY_FILE', refuse);
  const signer = text === undefined ? undefined : readSigningKey(text);
  if (text !== undefined && signer === undefined) {
    refuse('RECEIPT_KEY_FILE', 'the file must hold an Ed25519 private key (PEM, PKCS#8) without a passphrase');
  }
  return defined({ signer, oldKeys: readOldKeys(set.RECEIPT_OLD_KEYS_DIR, refuse) });
};

const readOldKeys = (folder: string | undefined, refuse: Refuse): PublicKey[] => {
  if (folder === undefined) return [];
  try {
    // A mounted secret has hidden entries of the platform beside its files.
    const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
    return names.sort().flatMap((name) => {
      const keys = readPublicKeys(readFileSync(join(folder, name), 'utf8'));
      if (keys === undefined) refuse('RECEIPT_OLD_KEYS_DIR', `${name}: must hold an Ed25519 public key (PEM, SPKI)`);
      return keys ?? [];
    });
  } catch (error) {
    refuse('RECEIPT_OLD_KEYS_DIR', `the folder or a file in it cannot be read (${errorCode(error)})`);
    return [];
  }
};

const knownOf = (set: Variables, registered: readonly string[], clientKey: string | undefined): Known =>
  defined({
    ruleSetDir: set.RULE_SET_DIR,
    registered,
    defaultRuleSet: Environment.shape.DEFAULT_RULE_SET.parse(set.DEFAULT_RULE_SET),
    clientKey,
    http: defined({ tls: serverFilesOf(set) }),
    led: knownLedFiles(set),
  });

/** The certificate files of LED that these variables name, whatever else is wrong with them. */
export const knownLedFiles = (set: Variables): Pick<LedConfig, 'credentials' | 'signature'> => ({
  credentials: ledFilesOf(set),
  signature: set.LED_SIGNATURE === 'none' ? 'none' : 'rsa-sha256',
});

const nodeFlagsOf = (set: Variables): NodeFlags => ({
  trustsAnyServer: set.NODE_TLS_REJECT_UNAUTHORIZED === '0',
  inspector: /(^|[\s"'])--inspect([-_](brk|wait))?($|[\s="'])/.test(set.NODE_OPTIONS ?? ''),
});

/** What the files hold that the environment names. */
type Contents = {
  readonly auditKey: Buffer;
  readonly clientKey: string | undefined;
  readonly receipts: Config['receipts'];
  readonly registrations: ReadonlyMap<string, Sender>;
  readonly registered: readonly string[];
};

const configOf = (
  env: z.infer<typeof Environment>,
  { auditKey, clientKey, receipts, registrations, registered }: Contents,
  node: NodeFlags,
): Config => {
  const led = ledOf(env);
  return Object.freeze(
    defined({
      http: defined({
        host: env.HOST,
        port: env.PORT,
        opsHost: env.OPS_HOST,
        opsPort: env.OPS_PORT,
        basePath: env.BASE_PATH,
        maxConnections: env.MAX_CONNECTIONS,
        keepAliveTimeoutMs: env.KEEP_ALIVE_TIMEOUT_MS,
        tls: serverFilesOf(env),
      }),
      auth: authOf(env, clientKey),
      allowedRoles: env.AUTH_ALLOWED_ROLES,
      led,
      sender: defined({ id: env.LED_SENDER_ID, capacity: env.LED_CAPACITY }),
      registrations,
      registered,
      sendUser: env.LED_SEND_USER,
      probe:
        env.LED_PROBE_INSZ === undefined
          ? undefined
          : { insz: env.LED_PROBE_INSZ, quietMs: env.LED_PROBE_SECONDS * 1000 },
      defaultRuleSet: env.DEFAULT_RULE_SET,
      ruleSetDir: env.RULE_SET_DIR,
      audit: { key: auditKey, keyId: env.AUDIT_KEY_ID, timeoutMs: env.AUDIT_TIMEOUT_MS },
      receipts,
      allowTestInsz: env.ALLOW_TEST_INSZ,
      rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
      shutdown: { delayMs: env.SHUTDOWN_DELAY_MS, timeoutMs: env.SHUTDOWN_TIMEOUT_MS },
      logLevel: env.LOG_LEVEL,
      node,
      settings: settingsOf({ ...env, LED_SIGNATURE: led.signature }),
      worldWritable: Object.entries(env)
        .filter(([name, value]) => name.endsWith('_FILE') && typeof value === 'string' && isWorldWritable(value))
        .map(([name]) => name),
    }),
  );
};

/** How to reach LED. */
export const ledOf = (env: Pick<z.infer<typeof Environment>, keyof typeof connectingVariables>): LedConfig => {
  const credentials = ledFilesOf(env);
  return defined({
    url: env.LED_URL,
    credentials,
    signature: env.LED_SIGNATURE ?? (credentials === undefined ? 'none' : 'rsa-sha256'),
    token: env.LED_TOKEN,
    connectTimeoutMs: env.LED_CONNECT_TIMEOUT_MS,
    timeoutMs: env.LED_TIMEOUT_MS,
    maxInFlight: env.LED_MAX_IN_FLIGHT,
    maxQueue: env.LED_MAX_QUEUE,
    maxPerSecond: env.LED_MAX_PER_SECOND,
    maxResponseBytes: env.LED_MAX_RESPONSE_BYTES,
  });
};

/** The variables that `ledOf` needs. */
export const connectingVariables = {
  LED_URL: true,
  LED_CLIENT_CERT_FILE: true,
  LED_CLIENT_KEY_FILE: true,
  LED_CLIENT_KEY_PASSPHRASE_FILE: true,
  LED_CA_FILE: true,
  LED_SIGNATURE: true,
  LED_TOKEN: true,
  LED_CONNECT_TIMEOUT_MS: true,
  LED_TIMEOUT_MS: true,
  LED_MAX_IN_FLIGHT: true,
  LED_MAX_QUEUE: true,
  LED_MAX_PER_SECOND: true,
  LED_MAX_RESPONSE_BYTES: true,
} as const;

const settingsOf = (env: z.infer<typeof Environment>): Config['settings'] =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      if (value === undefined) return [];
      // The log holds no number of a person, not even of an invented one.
      if (name === 'LED_PROBE_INSZ') return [[name, 'set']];
      return [[name, typeof value === 'object' ? String(value) : value]];
    }),
  );

/** Returns undefined unless both the certificate and the key are given. */
const filesOf = (
  certFile: string | undefined,
  keyFile: string | undefined,
  others: Pick<CredentialFiles, 'passphraseFile' | 'caFile'>,
): CredentialFiles | undefined =>
  certFile === undefined || keyFile === undefined ? undefined : defined({ certFile, keyFile, ...others });

const serverFilesOf = (
  set: Partial<Record<'TLS_CERT_FILE' | 'TLS_KEY_FILE' | 'TLS_CLIENT_CA_FILE', string | undefined>>,
): CredentialFiles | undefined => filesOf(set.TLS_CERT_FILE, set.TLS_KEY_FILE, { caFile: set.TLS_CLIENT_CA_FILE });

type LedFileVariables = Partial<
  Record<
    'LED_CLIENT_CERT_FILE' | 'LED_CLIENT_KEY_FILE' | 'LED_CLIENT_KEY_PASSPHRASE_FILE' | 'LED_CA_FILE',
    string | undefined
  >
>;

const ledFilesOf = (set: LedFileVariables): CredentialFiles | undefined =>
  filesOf(set.LED_CLIENT_CERT_FILE, set.LED_CLIENT_KEY_FILE, {
    passphraseFile: set.LED_CLIENT_KEY_PASSPHRASE_FILE,
    caFile: set.LED_CA_FILE,
  });

/**
 * `requireCompanions` has checked that the mode has what it needs. If a check there is ever missing, this throws: the
 * service then does not start, instead of running without authentication.
 */
const authOf = (env: z.infer<typeof Environment>, clientKey: string | undefined): AuthConfig => {
  const { AUTH_MODE: mode, AUTH_SCOPE: scope } = env;
  const claims = {
    person: env.AUTH_PERSON_CLAIM,
    client: env.AUTH_CLIENT_CLAIM,
    role: env.AUTH_ROLE_CLAIM,
    organisation: env.AUTH_ORGANISATION_CLAIM,
  };
  if (mode === 'none') return { mode };
  if (mode === 'jwt' && env.AUTH_ISSUER && env.AUTH_AUDIENCE && env.AUTH_JWKS_URL) {
    return { mode, issuer: env.AUTH_ISSUER, audience: env.AUTH_AUDIENCE, jwksUrl: env.AUTH_JWKS_URL, scope, claims };
  }
  if (mode === 'introspection' && env.AUTH_INTROSPECTION_URL && env.AUTH_CLIENT_ID && clientKey) {
    return defined({
      mode,
      url: env.AUTH_INTROSPECTION_URL,
      clientId: env.AUTH_CLIENT_ID,
      clientKey,
      scope,
      claims,
      issuer: env.AUTH_ISSUER,
      audience: env.AUTH_AUDIENCE,
    });
  }
  throw new Error('AUTH_MODE is incomplete');
};
