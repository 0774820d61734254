import type { Caller } from '../caller.ts';
import { Fault } from '../fault.ts';
import { callerOf, printable } from './claims.ts';
import { createIntrospectionCheck } from './introspection.ts';
import { createJwtCheck } from './jwt.ts';
import { type AuthConfig, type Clocks, invalidToken, type WarningLog } from './token-check.ts';

export type Credentials = {
  /** The Authorization header. */
  readonly authorization: string | undefined;
  /** The verified client certificate's subject, if the caller had to show one. */
  readonly certificateSubject?: string;
};

export type Authenticator = {
  readonly authenticate: (request: Credentials) => Promise<Caller>;
  readonly close: () => Promise<void>;
};

type Dependencies = Partial<Clocks> & {
  readonly log: WarningLog;
  /** AUTH_ALLOWED_ROLES: of a token's several roles, the first that is among them is taken. */
  readonly allowedRoles?: readonly string[] | undefined;
};

/**
 * Makes the function that finds out who asks. It rejects with the Faults `noAccessToken`, `invalidAccessToken`,
 * `expiredAccessToken`, `missingScope`, and `serviceUnavailable` while the token service is down; what that confirmed
 * less than 30 s ago goes on. With `mode: 'none'` nobody is refused, and a token is not looked at. Throws an Error
 * that names the variable when the client key is of no use.
 */
export const createAuthenticator = (config: AuthConfig, dependencies: Dependencies): Authenticator => {
  const { now = Date.now, monotonic = () => performance.now(), log, allowedRoles } = dependencies;
  if (config.mode === 'none') {
    return {
      authenticate: async ({ certificateSubject }) => ({
        client: clientWithoutToken(certificateSubject),
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

/** The calling system where there is no token: the client certificate's subject, or `anonymous`. */
export const clientWithoutToken = (certificateSubject?: string): { id: string } => ({
  id: printable(certificateSubject) ?? 'anonymous',
});

const MAX_TOKEN_LENGTH = 8_192;

/** RFC 6750, section 2.1. Credentials of another kind are no access token; two at once are none that can be trusted. */
const bearerToken = (authorization: string | undefined): string => {
  if (!authorization || /^(?!bearer\b)[\w!#$%&'*+.^`|~-]+ [^,]+$/i.test(authorization)) {
    throw new Fault('noAccessToken', 'noAccessToken');
  }
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw invalidToken('tokenMalformed');
  return token;
};
