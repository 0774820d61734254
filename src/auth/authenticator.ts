import type { Caller } from '../caller.ts';
import { Fault } from '../fault.ts';
import { callerOf, printable } from './claims.ts';
import { createIntrospectionCheck } from './introspection.ts';
import { createJwtCheck } from './jwt.ts';
import { type AuthConfig, type Clocks, invalidToken, type WarningLog } from './token-check.ts';

/** What a caller shows. */
export type Credentials = {
  /** The value of the Authorization header. */
  readonly authorization: string | undefined;
  /** The subject of the verified client certificate, if the listener requires one. */
  readonly certificateSubject?: string;
};

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
 * read tokens. Throws an Error that names the variable if the client key cannot sign.
 */
export const createAuthenticator = (config: AuthConfig, dependencies: Dependencies): Authenticator => {
  const { now = Date.now, monotonic = () => performance.now(), log, allowedRoles } = dependencies;
  if (config.mode === 'none') {
    return {
      authenticate: async ({ certificateSubject }) => ({
        client: { id: printable(certificateSubject) ?? 'anonymous' },
        ruleSets: 'all',
      }),
      close: async () => undefined,
    };
  }
  const clocks = { now, monotonic };
  const { check, close } =
    config.mode === 'jwt' ? createJwtCheck(config, clocks, log) : createIntrospectionCheck(config, clocks, log);
  return {
    authenticate: async ({ authorization, certificateSubject }) => {
      const claims = await check(bearerToken(authorization));
      return callerOf(claims, config.scope, certificateSubject, allowedRoles);
    },
    close,
  };
};

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
