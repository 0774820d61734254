import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readAuditKey } from './audit/key.ts';
import type { AuthConfig } from './auth/token-check.ts';
import type { LedConfig } from './led/client.ts';
import { defined } from './lib/defined.ts';
import type { CredentialFiles } from './lib/tls-files.ts';

const milliseconds = (least: number, most: number) => whole(least, most);

const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
};

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
 * Every variable the service reads, with its default, form and meaning: the one place from which validation and
 * documentation come.
 */
export const Environment = z.object({
  HOST: z.string().default('0.0.0.0').describe('address of the business listener'),
  PORT: port.prefault('8080').describe('port of the business listener; 0: any free one'),
  OPS_HOST: z.string().default('0.0.0.0').describe('address of the operations listener, plain HTTP, never exposed'),
  OPS_PORT: port.prefault('8081').describe('port of the operations listener; 0: any free one'),
  TLS_CERT_FILE: file.optional().describe('certificate chain (PEM): business listener over TLS'),
  TLS_KEY_FILE: file.optional().describe('its private key (PEM)'),
  TLS_CLIENT_CA_FILE: file.optional().describe('authorities (PEM) whose client certificates are required of callers'),
  AUTH_MODE: choice('jwt', 'introspection', 'none').describe(
    'how callers prove who they are: `jwt`, `introspection`, or `none`, which must be asked for',
  ),
  AUTH_ISSUER: z
    .string()
    .optional()
    .describe(
      'jwt: the token issuer (`iss`); introspection, optional: it must be the answer’s, and is our assertion’s audience',
    ),
  AUTH_AUDIENCE: z
    .string()
    .optional()
    .describe('jwt: this service among the token audiences (`aud`); introspection: optional'),
  AUTH_JWKS_URL: url.optional().describe('jwt: where the issuer publishes its keys'),
  AUTH_SCOPE: z
    .string()
    .regex(/^[\x21\x23-\x39\x3B-\x5B\x5D-\x7E]+$/, 'must be one scope word without a colon')
    .default('led_eligibility')
    .describe('the scope that grants every rule set; `<scope>:<ruleSet>` grants one'),
  AUTH_INTROSPECTION_URL: url.optional().describe('introspection: the endpoint (RFC 7662)'),
  AUTH_CLIENT_ID: z.string().optional().describe('introspection: our client id'),
  AUTH_CLIENT_KEY_FILE: file.optional().describe('introspection: our private key (PEM), for private_key_jwt'),
  AUTH_ALLOWED_ROLES: z
    .string()
    .transform((value) => value.split(',').map((role) => role.trim()))
    .refine((roles) => roles.every((role) => /^[\w.@:-]{1,64}$/.test(role)), 'must be a comma list of role names')
    .optional()
    .describe('comma list; given: the case handler’s role must be among them'),
  LED_URL: url.describe('whole URL of LED.GeefBewijs; https only (http only for loopback)'),
  LED_CLIENT_CERT_FILE: file
    .optional()
    .describe('our client certificate chain (PEM, RSA); watched; required for https'),
  LED_CLIENT_KEY_FILE: file.optional().describe('its private key (PEM); watched; required for https'),
  LED_CLIENT_KEY_PASSPHRASE_FILE: file.optional().describe('the key’s passphrase'),
  LED_CA_FILE: file.optional().describe('authorities (PEM) that may vouch for LED; default: those of the runtime'),
  LED_SENDER_ID: text(120).min(1, 'must not be empty').describe('Afzender/Identificatie, as registered with MAGDA'),
  LED_CAPACITY: text(24).optional().describe('Hoedanigheid'),
  LED_SEND_USER: flag.prefault('false').describe('whether a case handler id that is a valid INSZ goes into Gebruiker'),
  LED_SIGNATURE: choice('rsa-sha256', 'rsa-sha1', 'none')
    .optional()
    .describe(
      'WS-Security: `rsa-sha256` (default), `rsa-sha1` or `none` (default for plain http without a certificate)',
    ),
  LED_CONNECT_TIMEOUT_MS: milliseconds(50, 60_000).prefault('2000').describe('to connect, TLS handshake included'),
  LED_TIMEOUT_MS: milliseconds(100, 120_000)
    .prefault('10000')
    .describe('bounds everything from the whole request’s arrival on, a retry included'),
  LED_MAX_IN_FLIGHT: whole(1, 10_000).prefault('64').describe('calls to LED at once'),
  LED_MAX_QUEUE: whole(0, 100_000).prefault('256').describe('calls that wait for their turn, at most 1 s'),
  LED_MAX_PER_SECOND: whole(1, 100_000).optional().describe('calls to LED a second; a burst is smoothed'),
  LED_MAX_RESPONSE_BYTES: whole(1_024, 67_108_864).prefault('1048576').describe('largest answer that is read'),
  DEFAULT_RULE_SET: z.string().default('begeleider-ama').describe('the rule set where a request names none'),
  RULE_SET_DIR: z
    .string()
    .optional()
    .describe('folder of further rule sets; a bad one keeps the service from starting'),
  AUDIT_KEY_FILE: file.describe('base64 of at least 32 bytes: the key of the audit HMAC'),
  AUDIT_KEY_ID: z
    .string()
    .regex(/^[\w.-]{1,32}$/, 'must be 1 to 32 letters, digits, ".", "_" or "-"')
    .default('k1')
    .describe('the name of that key in audit lines'),
  AUDIT_TIMEOUT_MS: milliseconds(1, 1_000)
    .prefault('500')
    .describe('how long an answer waits for its audit line to be taken'),
  ALLOW_TEST_INSZ: flag.prefault('false').describe('accept MAGDA’s test numbers (month 60 to 72)'),
  RATE_LIMIT_PER_MINUTE: whole(1, 1_000_000)
    .optional()
    .describe('requests per client; with AUTH_MODE=none per address'),
  SHUTDOWN_DELAY_MS: milliseconds(0, 120_000).prefault('3000').describe('after SIGTERM: not ready, still serving'),
  SHUTDOWN_TIMEOUT_MS: milliseconds(100, 600_000).prefault('15000').describe('then: to finish what is under way'),
  LOG_LEVEL: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')
    .default('info')
    .describe('operational log on standard error: `fatal`, `error`, `warn`, `info`, `debug`, `trace`, `silent`'),
});

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

/**
 * Reads the configuration from environment variables. Returns a frozen `Config`, or every fault at once as
 * `NAME: what is wrong`; a fault names the variable and never its value. An empty variable counts as not set.
 */
export const readConfig = (environment: Record<string, string | undefined>): Config | { readonly faults: string[] } => {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(set, {
    error: (issue) => (issue.input === undefined ? 'is required' : undefined),
  });
  const faults: string[] = [];
  const refuse = (name: string, what: string): void => {
    faults.push(`${name}: ${what}`);
  };
  for (const issue of parsed.error?.issues ?? []) refuse(issue.path.join('.'), issue.message);

  // The rules that span variables are checked on what parsed, so that one bad value does not hide another fault.
  const have = (name: keyof typeof Environment.shape): boolean => set[name] !== undefined;
  const demand = (names: readonly (keyof typeof Environment.shape)[], why: string): void => {
    for (const name of names) if (!have(name)) refuse(name, `is required ${why}`);
  };
  const mode = set.AUTH_MODE;
  if (mode === 'jwt') demand(['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'], 'with AUTH_MODE=jwt');
  if (mode === 'introspection') {
    demand(['AUTH_INTROSPECTION_URL', 'AUTH_CLIENT_ID', 'AUTH_CLIENT_KEY_FILE'], 'with AUTH_MODE=introspection');
  }
  if (set.LED_URL?.startsWith('https:'))
    demand(['LED_CLIENT_CERT_FILE', 'LED_CLIENT_KEY_FILE'], 'for an https LED_URL');
  else if (have('LED_SIGNATURE') && set.LED_SIGNATURE !== 'none') {
    demand(['LED_CLIENT_CERT_FILE', 'LED_CLIENT_KEY_FILE'], 'to sign with');
  }
  if (have('LED_CLIENT_CERT_FILE') !== have('LED_CLIENT_KEY_FILE') && !set.LED_URL?.startsWith('https:')) {
    demand(['LED_CLIENT_CERT_FILE', 'LED_CLIENT_KEY_FILE'], 'beside its counterpart');
  }
  if (have('TLS_CERT_FILE') || have('TLS_KEY_FILE') || have('TLS_CLIENT_CA_FILE')) {
    demand(['TLS_CERT_FILE', 'TLS_KEY_FILE'], 'for a listener over TLS');
  }

  const secret = (name: keyof typeof Environment.shape): string | undefined => {
    const path = set[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      refuse(name, `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
      return undefined;
    }
  };
  const clientKey = mode === 'introspection' ? secret('AUTH_CLIENT_KEY_FILE') : undefined;
  const auditKeyText = secret('AUDIT_KEY_FILE');
  const auditKey = auditKeyText === undefined ? undefined : readAuditKey(auditKeyText);
  if (auditKeyText !== undefined && auditKey === undefined) {
    refuse('AUDIT_KEY_FILE', 'the file must hold the base64 of at least 32 bytes');
  }
  if (!parsed.success || auditKey === undefined || faults.length > 0) return { faults };

  const env = parsed.data;
  const credentials = filesOf(
    env.LED_CLIENT_CERT_FILE,
    env.LED_CLIENT_KEY_FILE,
    env.LED_CLIENT_KEY_PASSPHRASE_FILE,
    env.LED_CA_FILE,
  );
  return Object.freeze(
    defined({
      http: defined({
        host: env.HOST,
        port: env.PORT,
        opsHost: env.OPS_HOST,
        opsPort: env.OPS_PORT,
        tls: filesOf(env.TLS_CERT_FILE, env.TLS_KEY_FILE, undefined, env.TLS_CLIENT_CA_FILE),
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

const filesOf = (certFile?: string, keyFile?: string, passphraseFile?: string, caFile?: string) =>
  certFile === undefined || keyFile === undefined ? undefined : defined({ certFile, keyFile, passphraseFile, caFile });

/** What a mode needs has been demanded above; should a rule there ever be missed, the service fails, never opens. */
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
