import type { JWTPayload } from 'jose';
import { Fault, type FaultCode } from '../fault.ts';
import type { Log } from './auth-fetch.ts';
import { createIntrospectionCheck } from './auth-introspection.ts';
import { createJwtCheck } from './auth-jwt.ts';

/** How callers prove who they are. `scope` grants every rule set, `<scope>:<ruleSet>` one. */
export type AuthConfig =
  | { readonly mode: 'none' }
  | {
      readonly mode: 'jwt';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUrl: URL;
      readonly scope: string;
    }
  | {
      readonly mode: 'introspection';
      readonly url: URL;
      readonly clientId: string;
      /** Private key, PEM. */
      readonly clientKey: string;
      readonly scope: string;
      /** Given: the answer's `iss` must be it, and it is the audience of our assertions (otherwise `url` is). */
      readonly issuer?: string;
      /** Given: must be among the answer's `aud`. */
      readonly audience?: string;
    };

/** Who asks: the calling system, the person if the token names one, and the rule sets that the token opens. */
export type Caller = {
  readonly client: { readonly id: string; readonly org?: string };
  readonly user?: { readonly id: string; readonly role?: string };
  readonly ruleSets: 'all' | ReadonlySet<string>;
};

/** The wall clock (ms since 1970), against which tokens expire, and one that never jumps (ms), for ages. */
export type Clocks = { readonly now: () => number; readonly monotonic: () => number };

export type Credentials = {
  /** The Authorization header; see `authorizationHeader`. */
  readonly authorization: string | undefined;
  /** The verified client certificate's subject, if the caller had to show one. */
  readonly certificateSubject?: string;
};

export type Authenticator = {
  readonly authenticate: (request: Credentials) => Promise<Caller>;
  readonly close: () => Promise<void>;
};

type Dependencies = Partial<Clocks> & {
  readonly log: Log;
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

/**
 * The Authorization header out of Node's raw headers (names and values in turn). Node keeps the first of several and
 * drops the rest unseen; here they come as one text, which is no valid credential.
 */
export const authorizationHeader = (rawHeaders: readonly string[]): string | undefined => {
  const found = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization',
  );
  return found.length === 0 ? undefined : found.join(', ');
};

const MAX_TOKEN_LENGTH = 8_192;

/** RFC 6750, section 2.1. Credentials of another kind are no access token; two at once are none that can be trusted. */
const bearerToken = (authorization: string | undefined): string => {
  if (!authorization || /^(?!bearer\b)[\w!#$%&'*+.^`|~-]+ [^,]+$/i.test(authorization)) {
    throw new Fault('noAccessToken', 'noAccessToken');
  }
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH) throw invalid('tokenMalformed');
  return token;
};

/**
 * Reads the caller from the claims of a JWT or of an introspection answer.
 *
 * - Client: `client_id` (RFC 9068; ACM, the Flemish access management), else `azp` or `cid`, else `sub`: a token that
 *   names no client beside its subject was given to that subject itself. `org` is ACM's `vo_orgcode`, else `org`.
 * - Person: `vo_id`, ACM's lasting id of a person, else `sub` where that is not the client. A system is not taken for
 *   a person where the issuer gives it a subject of its own: `vo_applicatienaam` (ACM), `idtyp` `app` (Entra), `gty`
 *   or a subject ending in `@clients` (Auth0), a user name beginning with `service-account-` (Keycloak). `rrn` is
 *   never read.
 * - Role: `role`, `roles`, or ACM's `…_rol_3d`, where the organisation after the last colon is left off. One that is
 *   not of the contract's form is passed over.
 * - A person whose id is not of the contract's form is refused: left out, the body could name anyone in its place.
 * - A token bound to a key (`cnf`, RFC 8705 and 9449) is refused, for here nobody proves to hold that key.
 */
const callerOf = (
  claims: JWTPayload,
  scope: string,
  certificateSubject: string | undefined,
  allowedRoles: readonly string[] | undefined,
): Caller => {
  if (claims.cnf !== undefined) throw invalid('tokenBoundToKey');
  const named = [claims.client_id, claims.azp, claims.cid, claims.sub].find((each) => printable(each) !== undefined);
  const client = printable(named) ?? printable(certificateSubject);
  if (client === undefined) throw invalid('tokenWithoutClient');
  const ruleSets = ruleSetsOf(claims.scope ?? claims.scp, scope);
  const org = printable(claims.vo_orgcode) ?? printable(claims.org);
  const person = personOf(claims, named);
  if (person === undefined) return { client: { id: client, ...(org && { org }) }, ruleSets };

  if (!isIdentifier(person)) throw invalid('tokenPersonUnusable');
  const roles = rolesOf(claims);
  const role = roles.find((each) => allowedRoles?.includes(each)) ?? roles[0];
  return { client: { id: client, ...(org && { org }) }, user: { id: person, ...(role && { role }) }, ruleSets };
};

const invalid = (reason: string): Fault => new Fault('invalidAccessToken', reason);

const isIdentifier = (value: unknown): value is string => typeof value === 'string' && /^[\w.@:-]{1,64}$/.test(value);

/**
 * A text fit for a log line: one line, at most 128 characters. A personal certificate's subject holds its owner's
 * INSZ; eleven digits that stand alone are blotted out (a UUID has no group of eleven).
 */
const printable = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined;
  const line = value.replace(/[\r\n]+/g, ', ').replace(/[\p{C}\p{Z}]+/gu, ' ');
  const blotted = line.replace(/(?<![0-9A-Za-z])[0-9]{11}(?![0-9A-Za-z])/g, '***********');
  return blotted.trim().slice(0, 128).toWellFormed() || undefined;
};

const personOf = (claims: JWTPayload, client: unknown): unknown => {
  const { vo_id: voId, sub, preferred_username: name } = claims;
  if (voId !== undefined) return voId;
  if (sub === undefined || sub === client || claims.vo_applicatienaam !== undefined) return undefined;
  if (claims.idtyp === 'app' || claims.gty === 'client-credentials' || sub === `${client}@clients`) return undefined;
  if (typeof name === 'string' && name.startsWith('service-account-')) return undefined;
  return sub;
};

const rolesOf = (claims: JWTPayload): string[] => {
  const acm = Object.keys(claims).filter((name) => name.endsWith('_rol_3d'));
  const named = [claims.role, claims.roles].flat();
  const ofOrganisation = acm.flatMap((name) => claims[name]).filter((role) => typeof role === 'string');
  return [...named, ...ofOrganisation.map((role) => role.replace(/:[^:]*$/, ''))].filter(isIdentifier);
};

const ruleSetsOf = (granted: unknown, scope: string): Caller['ruleSets'] => {
  const scopes: unknown[] = typeof granted === 'string' ? granted.split(' ') : [granted].flat();
  if (scopes.includes(scope)) return 'all';
  const prefix = `${scope}:`;
  const named = scopes.flatMap((each) =>
    typeof each === 'string' && each.startsWith(prefix) ? [each.slice(prefix.length)] : [],
  );
  const ruleSets = new Set(named.filter((each) => each !== ''));
  if (ruleSets.size === 0) throw new Fault('missingScope', 'missingScope');
  return ruleSets;
};

/**
 * Refuses with the Fault `missingPermission` a rule set that the caller's scopes do not open, and, where
 * `allowedRoles` is given, a case handler whose `role` is not among them.
 */
export const permit = (
  caller: Caller,
  asked: { ruleSet: string; role?: string | undefined; allowedRoles?: readonly string[] | undefined },
): void => {
  if (caller.ruleSets !== 'all' && !caller.ruleSets.has(asked.ruleSet)) {
    throw new Fault('missingPermission', 'ruleSetNotAllowed');
  }
  if (asked.allowedRoles && !(asked.role !== undefined && asked.allowedRoles.includes(asked.role))) {
    throw new Fault('missingPermission', 'roleNotAllowed');
  }
};

/** The WWW-Authenticate header where a token is refused or missing (RFC 6750, section 3); never a word of the token. */
export const wwwAuthenticate = (code: FaultCode): string | undefined => challenges[code];

const challenges: Partial<Record<FaultCode, string>> = {
  noAccessToken: 'Bearer',
  invalidAccessToken: 'Bearer error="invalid_token"',
  expiredAccessToken: 'Bearer error="invalid_token", error_description="The access token expired"',
  missingScope: 'Bearer error="insufficient_scope"',
};
