import { anonymous, type Caller, type Client } from '../caller.ts';
import { Fault } from '../fault.ts';
import { callerOf } from './claims.ts';
import type { Origin } from './fair-turns.ts';
import { createIntrospectionCheck } from './introspection.ts';
import { createJwtCheck } from './jwt.ts';
import { type AuthConfig, type Clocks, invalidToken, type WarningLog } from './token-check.ts';

/** What a caller shows. */
export type Credentials = {
  /** The value of the Authorization header. */
  readonly authorization: string | undefined;
  /** The verified client certificate, if the listener requires one. */
  readonly certificate?: Certificate;
  /** Where the request comes from. All requests without it count as one network, and each waits until the end. */
  readonly origin?: Origin;
};

/** Both as Node gives them: `subject` has a line for each part, `fingerprint256` is hexadecimal with colons. */
type Certificate = { readonly subject: string | undefined; readonly fingerprint256: string };

/** Finds out who calls; see `createAuthenticator`. */
export type Authenticator = {
  readonly authenticate: (request: Credentials) => Promise<Caller>;
  readonly close: () => Promise<void>;
};

type Dependencies = Partial<Clocks> & {
  readonly log: WarningLog;
  /** AUTH_ALLOWED_ROLES. If a token has several roles, the first allowed one counts. */
  readonly allowedRoles?: readonly string[] | undefined;
};

/**
 * Creates the function that finds out who calls. It rejects with the Faults `noAccessToken`, `invalidAccessToken`,
 * `expiredAccessToken`, `missingScope`, and with `serviceUnavailable` while the token service is down (what that
 * service confirmed less than 30 s ago is still accepted). With `mode: 'none'` it accepts every caller and does not
 * read tokens. Throws an Error in plain words if the client key cannot sign.
 */
export const createAuthenticator = (config: AuthConfig, dependencies: Dependencies): Authenticator => {
  const { now = Date.now, monotonic = () => performance.now(), log, allowedRoles } = dependencies;
  if (config.mode === 'none') {
    return {
      authenticate: async ({ certificate }) => ({ client: certifiedClient(certificate) ?? anonymous, ruleSets: 'all' }),
      close: async () => undefined,
    };
  }
  const clocks = { now, monotonic };
  const { check, close } =
    config.mode === 'jwt' ? createJwtCheck(config, clocks, log) : createIntrospectionCheck(config, clocks, log);
  return {
    authenticate: async ({ authorization, certificate, origin = unknownOrigin }) => {
      const claims = await check(bearerToken(authorization), origin);
      return callerOf(claims, { ...config, allowedRoles }, certifiedClient(certificate));
    },
    close,
  };
};

/**
 * The system that a certificate names: its subject on one line. The values in it are escaped (RFC 4514), so two subjects
 * never become the same line. A subject without a value names nothing: then it is the fingerprint.
 */
const certifiedClient = (certificate: Certificate | undefined): Client | undefined => {
  if (certificate === undefined) return undefined;
  const { subject = '', fingerprint256 } = certificate;
  return /=./.test(subject) ? { id: subject.replaceAll('\n', ', ') } : { id: fingerprint256, madeHere: true };
};

const unknownOrigin: Origin = { network: '', isGone: () => false };

const MAX_TOKEN_LENGTH = 8_192;

/**
 * Returns the token from the header (RFC 6750, section 2.1). Throws the Fault `noAccessToken` if there is no header or
 * it has another scheme. Throws `invalidAccessToken` if it cannot be read, for example because several headers were
 * joined.
 */
const bearerToken = (authorization: string | undefined): string => {
  if (!authorization || /^(?!bearer\b)[\w!#$%&'*+.^`|~-]+ [^,]+$/i.test(authorization)) {
    throw new Fault('noAccessToken', 'noAccessToken');
  }
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw invalidToken('tokenMalformed');
  return token;
};
