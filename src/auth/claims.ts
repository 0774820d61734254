import type { JWTPayload } from 'jose';
import { type Caller, identifierForm } from '../caller.ts';
import { Fault } from '../fault.ts';
import { invalidToken } from './token-check.ts';

/**
 * Reads the caller from the claims of a JWT or of an introspection answer. Throws the Fault `invalidAccessToken` or
 * `missingScope`.
 *
 * - Client: the first of `client_id` (RFC 9068; ACM, the Flemish access management), `azp`, `cid` and `sub`. A token
 *   that names only a subject was issued to that subject itself. Its organisation is ACM's `vo_orgcode`, otherwise
 *   `org`.
 * - Person: `vo_id`, ACM's lasting id of a person, otherwise `sub` if that is not the client. Some issuers give a
 *   system a subject of its own. Such a token names no person: it has `vo_applicatienaam` (ACM), `idtyp` `app` (Entra),
 *   `gty` or a subject ending in `@clients` (Auth0), or a user name beginning with `service-account-` (Keycloak). `rrn`
 *   is never read.
 * - Role: `role`, `roles`, or ACM's `…_rol_3d` without the organisation after the last colon. A role that does not have
 *   the form of an identifier (`identifierForm`) is ignored.
 * - A token that names a person by an id without that form is refused. If the id were ignored, the request body could
 *   name anyone.
 * - A token that is bound to a key (`cnf`, RFC 8705 and 9449) is refused, because callers do not prove here that they
 *   hold the key.
 */
export const callerOf = (
  claims: JWTPayload,
  scope: string,
  certificateSubject: string | undefined,
  allowedRoles: readonly string[] | undefined,
): Caller => {
  if (claims.cnf !== undefined) throw invalidToken('tokenBoundToKey');
  const named = [claims.client_id, claims.azp, claims.cid, claims.sub].find((each) => printable(each) !== undefined);
  const client = printable(named) ?? printable(certificateSubject);
  if (client === undefined) throw invalidToken('tokenWithoutClient');
  const ruleSets = ruleSetsOf(claims.scope ?? claims.scp, scope);
  const org = printable(claims.vo_orgcode) ?? printable(claims.org);
  const person = personOf(claims, named);
  if (person === undefined) return { client: { id: client, ...(org && { org }) }, ruleSets };

  if (!isIdentifier(person)) throw invalidToken('tokenPersonUnusable');
  const roles = rolesOf(claims);
  const role = roles.find((each) => allowedRoles?.includes(each)) ?? roles[0];
  return { client: { id: client, ...(org && { org }) }, user: { id: person, ...(role && { role }) }, ruleSets };
};

const isIdentifier = (value: unknown): value is string => typeof value === 'string' && identifierForm.test(value);

/**
 * Makes a text fit for a log line: one line of at most 128 characters. Returns undefined if nothing remains. The
 * subject of a personal certificate holds its owner's INSZ, so a word of eleven digits becomes asterisks. (A UUID has
 * no such word.)
 */
export const printable = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined;
  const line = value.replace(/[\r\n]+/g, ', ').replace(/[\p{C}\p{Z}]+/gu, ' ');
  const masked = line.replace(/(?<![0-9A-Za-z])[0-9]{11}(?![0-9A-Za-z])/g, '***********');
  return masked.trim().slice(0, 128).toWellFormed() || undefined;
};

/** The id of the person as the token gives it; undefined if the token was issued to a system. */
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
  if (ruleSets.size === 0) throw new Fault('missingScope', 'missingScope', { requiredScopes: [scope] });
  return ruleSets;
};
