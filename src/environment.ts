import { z } from 'zod';

/** A whole number in decimal digits, from `least` to `most`. */
const whole = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message)
    .meta({ range: `${least} to ${most}` });
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

const claimName = /^[^\s*]{1,200}$/;

/** Names of claims, separated by commas, each of this form. */
const claimNames = (form = claimName) =>
  z
    .string()
    .transform((value) => value.split(',').map((name) => name.trim()))
    .refine((names) => names.every((name) => form.test(name)), 'must be a comma list of claim names');

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

/** Identificatie and Hoedanigheid of the Afzender; the schema of MAGDA sets their lengths. */
export const senderId = text(120).min(1, 'must not be empty');
export const capacity = text(24).min(1, 'must not be empty');

/**
 * Every environment variable that the service reads, with its default, form and meaning. The validation and the table
 * in RUNBOOK.md both come from here. `config.ts` checks which variables belong together.
 */
export const Environment = z.object({
  HOST: z.string().default('0.0.0.0').describe('address of the business listener'),
  PORT: port.prefault('8080').describe('port of the business listener; 0: any free one'),
  OPS_HOST: z.string().default('0.0.0.0').describe('address of the operations listener: plain HTTP, do not expose it'),
  OPS_PORT: port.prefault('8081').describe('port of the operations listener; 0: any free one'),
  BASE_PATH: z
    .string()
    .max(200, 'must have at most 200 characters')
    .regex(
      /^(\/[0-9A-Za-z_~-][0-9A-Za-z._~-]*)+$/,
      'must be a path such as /REST/ledEligibility/v1, without a slash at its end',
    )
    .optional()
    .transform((value) => value ?? '')
    .describe(
      'path prefix of the business listener, such as `/REST/ledEligibility/v1`; leave it out if a proxy strips the prefix',
    ),
  MAX_CONNECTIONS: whole(16, 65_536)
    .prefault('1024')
    .describe('open connections of the business listener; when full, an idle one gives way to a new one'),
  KEEP_ALIVE_TIMEOUT_MS: milliseconds(1_000, 3_600_000)
    .prefault('65000')
    .describe('how long an idle connection of the business listener stays open'),
  TLS_CERT_FILE: file.optional().describe('certificate chain (PEM) of the business listener, which then uses TLS'),
  TLS_KEY_FILE: file.optional().describe('its private key (PEM)'),
  TLS_CLIENT_CA_FILE: file
    .optional()
    .describe(
      'certificate authorities (PEM), roots or issuing ones: callers must show a client certificate from one of them',
    ),
  AUTH_MODE: choice('jwt', 'introspection', 'none').describe('how callers prove who they are; there is no default'),
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
  AUTH_PERSON_CLAIM: claimNames()
    .prefault('vo_id,sub')
    .describe('claims that name the civil servant, separated by commas: the first that is there counts'),
  AUTH_CLIENT_CLAIM: claimNames()
    .prefault('client_id,azp,cid,sub')
    .describe('claims that name the calling system, likewise'),
  AUTH_ROLE_CLAIM: claimNames(/^\*?[^\s*]{1,200}$/)
    .prefault('role,roles,*_rol_3d')
    .describe('claims that give the civil servant’s role, likewise; `*` at the start: any claim that ends so'),
  AUTH_ORGANISATION_CLAIM: claimNames()
    .prefault('vo_orgcode,org')
    .describe('claims that name the organisation of the calling system, likewise'),
  AUTH_ALLOWED_ROLES: z
    .string()
    .transform((value) => value.split(',').map((role) => role.trim()))
    .refine((roles) => roles.every((role) => /^[\w.@:-]{1,64}$/.test(role)), 'must be a comma list of role names')
    .optional()
    .describe(
      'roles separated by commas; if set, the case handler must have one of them, by the token where the token names the case handler',
    ),
  LED_URL: url.describe(
    'full URL of LED.GeefBewijs; https (http only for loopback). The path is by convention `/GeefBewijsDienst-02.00/soap/WebService`',
  ),
  LED_CLIENT_CERT_FILE: file
    .optional()
    .describe('our client certificate chain (PEM, RSA), read again when it changes; required for https'),
  LED_CLIENT_KEY_FILE: file
    .optional()
    .describe('its private key (PEM), read again when it changes; required for https'),
  LED_CLIENT_KEY_PASSPHRASE_FILE: file.optional().describe('file with the passphrase of that key'),
  LED_CA_FILE: file
    .optional()
    .describe(
      'certificate authorities (PEM) that LED’s certificate may come from, roots or issuing ones; default: those of Node.js',
    ),
  LED_SENDER_ID: senderId.describe('Afzender/Identificatie, as registered with MAGDA'),
  LED_CAPACITY: capacity.optional().describe('Hoedanigheid; without it the request has none'),
  LED_REGISTRATIONS_FILE: file
    .optional()
    .describe(
      'JSON, `{"<ruleSet>": {"senderId": …, "capacity": …}}`: rule sets that ask under a registration of their own with MAGDA. Without `capacity` they send no Hoedanigheid. Other rule sets ask under the two above',
    ),
  LED_SEND_USER: flag
    .prefault('false')
    .describe('whether a case handler’s id that is a valid INSZ is sent to LED as Gebruiker'),
  LED_SIGNATURE: choice('rsa-sha256', 'rsa-sha1', 'none')
    .optional()
    .describe('WS-Security; default `rsa-sha256`, or `none` for plain http without a certificate'),
  LED_TOKEN: choice('auto', 'x509v3', 'pkipath')
    .default('auto')
    .describe(
      'WS-Security token: our certificate alone (`x509v3`), or the whole path of the certificate file (`pkipath`); `auto`: the path if the file holds a chain',
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
  LED_PROBE_INSZ: z
    .string()
    .optional()
    .describe(
      'a test number of MAGDA (month 61 to 72) that the service asks about, under the default rule set, when it has not asked LED for a while',
    ),
  LED_PROBE_SECONDS: whole(1, 86_400).prefault('300').describe('how long that while is, in seconds'),
  DEFAULT_RULE_SET: z.string().default('begeleider-ama').describe('rule set for requests that name none'),
  RULE_SET_DIR: z
    .string()
    .optional()
    .describe(
      'folder with more rule sets, and with further versions and corrections of built-in ones; the service does not start if one is faulty or names no sources',
    ),
  AUDIT_KEY_FILE: file.describe('file with the key of the audit HMAC: base64 of at least 32 random bytes'),
  AUDIT_KEY_ID: z
    .string()
    .regex(/^[\w.-]{1,32}$/, 'must be 1 to 32 letters, digits, ".", "_" or "-"')
    .default('k1')
    .describe('name of that key in audit lines'),
  AUDIT_TIMEOUT_MS: milliseconds(1, 1_000)
    .prefault('500')
    .describe('how long an answer waits until its audit line is written'),
  RECEIPT_KEY_FILE: file
    .optional()
    .describe(
      'Ed25519 private key (PEM, PKCS#8): each decision gets a signed receipt, and audit lines are signed; without it neither',
    ),
  RECEIPT_OLD_KEYS_DIR: file
    .optional()
    .describe('folder with other public keys of receipts (PEM, SPKI), which `GET /doc/receipt-keys` publishes too'),
  ALLOW_TEST_INSZ: flag.prefault('false').describe('whether MAGDA’s test numbers (month 60 to 72) are accepted'),
  RATE_LIMIT_PER_MINUTE: whole(1, 1_000_000)
    .optional()
    .describe(
      'requests per client and minute; with AUTH_MODE=none per address. Requests without a good token are counted by address',
    ),
  SHUTDOWN_DELAY_MS: milliseconds(0, 120_000)
    .prefault('3000')
    .describe('how long the service still serves, but is not ready, after SIGTERM'),
  SHUTDOWN_TIMEOUT_MS: milliseconds(100, 600_000)
    .prefault('15000')
    .describe('how long it then waits for requests that are not finished'),
  LOG_LEVEL: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent')
    .default('info')
    .describe('level of the operational log on standard error'),
});
