import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readAuditKey } from './audit/key.ts';
import type { AuthConfig } from './auth/token-check.ts';
import type { LedConfig } from './led/client.ts';
import { defined } from './lib/defined.ts';
import { errorCode } from './lib/error-code.ts';
import type { CredentialFiles } from './lib/tls-files.ts';

/** A whole number in decimal digits, from `least` to `most`. */
const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
};

const milliseconds = whole;

const choice = <const T extends readonly [string, ...string[]]>(...words: T) =>
  z.enum(words, { error: `must be one of ${words.join(', ')}` });

const flag = choice('true', 'false').transform((value) => value === 'true');

const text = (most: number) =>
  z
    .string()
    .max(most, `must have at most ${most} characters`)
    .regex(/^[^\p{Cc}\p{Cs}\uFFFE\uFFFF]*$/u, 'must not hold control characters');

const isLoopback = (url: URL) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);

const url = z.string().transform((value, context) => {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  const secure = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback(parsed));
  if (parsed && secure && parsed.username === '' && parsed.password === '' && parsed.hash === '') return parsed;
  context.addIssue('must be a whole https URL without user or fragment (http only for loopback)');
  return z.NEVER;
});

const port = whole(0, 65_535);
const file = z.string().describe('path');

/**
 * Every variable that the service reads, with its default, form and meaning. Validation and the table in the README
 * both come from here.
 */
export const Environment = z.object({
  HOST: z.string().default('0.0.0.0').describe('address of the business listener'),
  PORT: port.prefault('8080').describe('port of the business listener; 0: any free one'),
  OPS_HOST: z.string().default('0.0.0.0').describe('address of the operations listener: plain HTTP, do not expose it'),
  OPS_PORT: port.prefault('8081').describe('port of the operations listener; 0: any free one'),
  TLS_CERT_FILE: file.optional().describe('certificate chain (PEM) of the business listener, which then uses TLS'),
  TLS_KEY_FILE: file.optional().describe('its private key (PEM)'),
  TLS_CLIENT_CA_FILE: file
    .optional()
    .describe('certificate authorities (PEM): callers must show a client certificate from one of them'),
  AUTH_MODE: choice('jwt', 'introspection', 'none').describe(
    'how callers prove who they are: `jwt`, `introspection` or `none`; there is no default',
  ),
  AUTH_ISSUER: z
    .string()
    .optional()
    .describe(
      'jwt: the issuer of the tokens (`iss`); introspection: optional, the `iss` that answers must have, and the audience of our assertions',
    ),
  AUTH_AUDIENCE: z
    .string()
    .optional()
    .describe('jwt: the name of this service in the `aud` of tokens; introspection: the same, optional'),
  AUTH_JWKS_URL: url.optional().describe('jwt: where the issuer publishes its keys'),
  AUTH_SCOPE: z
    .string()
    .regex(/^[\x21\x23-\x39\x3B-\x5B\x5D-\x7E]+$/, 'must be one scope word without a colon')
    .default('led_eligibility')
    .describe('scope that grants every rule set; `<scope>:<ruleSet>` grants one'),
  AUTH_INTROSPECTION_URL: url.optional().describe('introspection: the endpoint (RFC 7662)'),
  AUTH_CLIENT_ID: z.string().optional().describe('introspection: our client id'),
  AUTH_CLIENT_KEY_FILE: file.optional().describe('introspection: our private key (PEM), for private_key_jwt'),
  AUTH_ALLOWED_ROLES: z
    .string()
    .transform((value) => value.split(',').map((role) => role.trim()))
    .refine((roles) => roles.every((role) => /^[\w.@:-]{1,64}$/.test(role)), 'must be a comma list of role names')
    .optional()
    .describe('roles separated by commas; if set, the case handler must have one of them'),
  LED_URL: url.describe('full URL of LED.GeefBewijs; https (http only for loopback)'),
  LED_CLIENT_CERT_FILE: file
    .optional()
    .describe('our client certificate chain (PEM, RSA), read again when it changes; required for https'),
  LED_CLIENT_KEY_FILE: file
    .optional()
    .describe('its private key (PEM), read again when it changes; required for https'),
  LED_CLIENT_KEY_PASSPHRASE_FILE: file.optional().describe('file with the passphrase of that key'),
  LED_CA_FILE: file
    .optional()
    .describe('certificate authorities (PEM) that LED’s certificate may come from; default: those of Node.js'),
  LED_SENDER_ID: text(120).min(1, 'must not be empty').describe('Afzender/Identificatie, as registered with MAGDA'),
  LED_CAPACITY: text(24).optional().describe('Hoedanigheid'),
  LED_SEND_USER: flag
    .prefault('false')
    .describe('whether a case handler’s id that is a valid INSZ is sent to LED as Gebruiker'),
  LED_SIGNATURE: choice('rsa-sha256', 'rsa-sha1', 'none')
    .optional()
    .describe(
      'WS-Security: `rsa-sha256` (default), `rsa-sha1` or `none` (default for plain http without a certificate)',
    ),
  LED_CONNECT_TIMEOUT_MS: milliseconds(50, 60_000)
    .prefault('2000')
    .describe('time to connect, including the TLS handshake'),
  LED_TIMEOUT_MS: milliseconds(100, 120_000)
    .prefault('10000')
    .describe('time for everything after the request has arrived, including a retry'),
  LED_MAX_IN_FLIGHT: whole(1, 10_000).prefault('64').describe('calls to LED at the same time'),
  LED_MAX_QUEUE: whole(0, 100_000)
    .prefault('256')
    .describe('calls that may wait for their turn; each waits at most 1 s'),
  LED_MAX_PER_SECOND: whole(1, 100_000).optional().describe('calls to LED per second; a burst is spread out'),
  LED_MAX_RESPONSE_BYTES: whole(1_024, 67_108_864)
    .prefault('1048576')
    .describe('size of the largest answer that is read'),
  DEFAULT_RULE_SET: z.string().default('begeleider-ama').describe('rule set for requests that name none'),
  RULE_SET_DIR: z
    .string()
    .optional()
    .describe('folder with more rule sets; the service does not start if one is faulty'),
  AUDIT_KEY_FILE: file.describe('file with the key of the audit HMAC: base64 of at least 32 bytes'),
  AUDIT_KEY_ID: z
    .string()
    .regex(/^[\w.-]{1,32}$/, 'must be 1 to 32 letters, digits, ".", "_" or "-"')
    .default('k1')
    .describe('name of that key in audit lines'),
  AUDIT_TIMEOUT_MS: milliseconds(1, 1_000)
    .prefault('500')
    .describe('how long an answer waits until its audit line is written'),
  ALLOW_TEST_INSZ: flag.prefault('false').describe('whether MAGDA’s test numbers (month 60 to 72) are accepted'),
  RATE_LIMIT_PER_MINUTE: whole(1, 1_000_000)
    .optional()
    .describe('requests per client and minute; with AUTH_MODE=none per address'),
  SHUTDOWN_DELAY_MS: milliseconds(0, 120_000)
    .prefault('3000')
    .describe('how long the service still serves, but is not ready, after SIGTERM'),
  SHUTDOWN_TIMEOUT_MS: milliseconds(100, 600_000)
    .prefault('15000')
    .describe('how long it then waits for requests that are not finished'),
  LOG_LEVEL: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')
    .default('info')
    .describe(
      'level of the operational log on standard error: `fatal`, `error`, `warn`, `info`, `debug`, `trace`, `silent`',
    ),
});

/** The whole configuration, checked. Times are in milliseconds. */
export type Config = {
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly opsHost: string;
    readonly opsPort: number;
    readonly tls?: CredentialFiles;
  };
  readonly auth: AuthConfig;
  readonly allowedRoles?: readonly string[];
  readonly led: LedConfig;
  readonly sendUser: boolean;
  readonly defaultRuleSet: string;
  readonly ruleSetDir?: string;
  readonly audit: { readonly key: Buffer; readonly keyId: string; readonly timeoutMs: number };
  readonly allowTestInsz: boolean;
  readonly rateLimitPerMinute?: number;
  readonly shutdown: { readonly delayMs: number; readonly timeoutMs: number };
  readonly logLevel: string;
};

/** The files that a faulty configuration names, so that their faults can be reported together with the others. */
export type KnownFiles = Pick<Config, 'ruleSetDir'> & { readonly led: Pick<LedConfig, 'credentials' | 'signature'> };

export type ConfigReading =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly faults: readonly string[]; readonly known: KnownFiles };

type Variables = Readonly<Record<string, string | undefined>>;
type Name = keyof typeof Environment.shape;
type Refuse = (name: Name, what: string) => void;

/** The variables that are set. An empty variable counts as not set. */
const setVariables = (environment: Variables): Variables =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));

/** The folder that RULE_SET_DIR names, for commands that need no other part of the configuration. */
export const ruleSetDirOf = (environment: Variables): string | undefined => setVariables(environment).RULE_SET_DIR;

/**
 * Reads the configuration from environment variables and from the key files that they name. Returns a frozen `Config`,
 * or every fault at once as `NAME: what is wrong`. A fault names the variable and never its value.
 */
export const readConfig = (environment: Variables): ConfigReading => {
  const set = setVariables(environment);
  const parsed = Environment.safeParse(set, {
    error: (issue) => (issue.input === undefined ? 'is required' : undefined),
  });
  const faults = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const refuse: Refuse = (name, what) => void faults.push(`${name}: ${what}`);

  requireCompanions(set, refuse);
  const clientKey = set.AUTH_MODE === 'introspection' ? readSecret(set, 'AUTH_CLIENT_KEY_FILE', refuse) : undefined;
  const auditKeyText = readSecret(set, 'AUDIT_KEY_FILE', refuse);
  const auditKey = auditKeyText === undefined ? undefined : readAuditKey(auditKeyText);
  if (auditKeyText !== undefined && auditKey === undefined) {
    refuse('AUDIT_KEY_FILE', 'the file must hold the base64 of at least 32 bytes');
  }

  if (!parsed.success || auditKey === undefined || faults.length > 0)
    return { ok: false, faults, known: knownFiles(set) };
  return { ok: true, config: configOf(parsed.data, auditKey, clientKey) };
};

/**
 * Refuses variables that are missing because of the value of another one. It looks at what is set, not at what parsed,
 * so that one bad value does not hide another fault.
 */
const requireCompanions = (set: Variables, refuse: Refuse): void => {
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

const knownFiles = (set: Variables): KnownFiles =>
  defined({
    ruleSetDir: set.RULE_SET_DIR,
    led: {
      credentials: ledFilesOf(set),
      signature: set.LED_SIGNATURE === 'none' ? ('none' as const) : ('rsa-sha256' as const),
    },
  });

const configOf = (env: z.infer<typeof Environment>, auditKey: Buffer, clientKey: string | undefined): Config => {
  const credentials = ledFilesOf(env);
  return Object.freeze(
    defined({
      http: defined({
        host: env.HOST,
        port: env.PORT,
        opsHost: env.OPS_HOST,
        opsPort: env.OPS_PORT,
        tls: filesOf(env.TLS_CERT_FILE, env.TLS_KEY_FILE, { caFile: env.TLS_CLIENT_CA_FILE }),
      }),
      auth: authOf(env, clientKey),
      allowedRoles: env.AUTH_ALLOWED_ROLES,
      led: defined({
        url: env.LED_URL,
        credentials,
        senderId: env.LED_SENDER_ID,
        capacity: env.LED_CAPACITY,
        signature: env.LED_SIGNATURE ?? (credentials === undefined ? 'none' : 'rsa-sha256'),
        connectTimeoutMs: env.LED_CONNECT_TIMEOUT_MS,
        timeoutMs: env.LED_TIMEOUT_MS,
        maxInFlight: env.LED_MAX_IN_FLIGHT,
        maxQueue: env.LED_MAX_QUEUE,
        maxPerSecond: env.LED_MAX_PER_SECOND,
        maxResponseBytes: env.LED_MAX_RESPONSE_BYTES,
      }),
      sendUser: env.LED_SEND_USER,
      defaultRuleSet: env.DEFAULT_RULE_SET,
      ruleSetDir: env.RULE_SET_DIR,
      audit: { key: auditKey, keyId: env.AUDIT_KEY_ID, timeoutMs: env.AUDIT_TIMEOUT_MS },
      allowTestInsz: env.ALLOW_TEST_INSZ,
      rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
      shutdown: { delayMs: env.SHUTDOWN_DELAY_MS, timeoutMs: env.SHUTDOWN_TIMEOUT_MS },
      logLevel: env.LOG_LEVEL,
    }),
  );
};

/** A certificate without its key, or a key without its certificate, is no pair. */
const filesOf = (
  certFile: string | undefined,
  keyFile: string | undefined,
  others: Pick<CredentialFiles, 'passphraseFile' | 'caFile'>,
): CredentialFiles | undefined =>
  certFile === undefined || keyFile === undefined ? undefined : defined({ certFile, keyFile, ...others });

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
  if (mode === 'none') return { mode };
  if (mode === 'jwt' && env.AUTH_ISSUER && env.AUTH_AUDIENCE && env.AUTH_JWKS_URL) {
    return { mode, issuer: env.AUTH_ISSUER, audience: env.AUTH_AUDIENCE, jwksUrl: env.AUTH_JWKS_URL, scope };
  }
  if (mode === 'introspection' && env.AUTH_INTROSPECTION_URL && env.AUTH_CLIENT_ID && clientKey) {
    return defined({
      mode,
      url: env.AUTH_INTROSPECTION_URL,
      clientId: env.AUTH_CLIENT_ID,
      clientKey,
      scope,
      issuer: env.AUTH_ISSUER,
      audience: env.AUTH_AUDIENCE,
    });
  }
  throw new Error('AUTH_MODE is incomplete');
};
