import type { JWTPayload } from 'jose';
import { type Caller, type Client, identifierForm, isRole } from '../caller.ts';
import { Fault } from '../fault.ts';
import { defined } from '../lib/defined.ts';
import { type ClaimNames, invalidToken } from './token-check.ts';

/** What a token must grant, and where it says who calls. */
export type ClaimReading = {
  /** The scope that allows every rule set. */
  readonly scope: string;
  readonly claims: ClaimNames;
  /** AUTH_ALLOWED_ROLES. If a token has several roles, the first allowed one counts. */
  readonly allowedRoles?: readonly string[] | undefined;
};

/**
 * Reads the caller from the claims of a JWT or of an introspection answer. `names` (AUTH_…_CLAIM) says which claim
 * means what: of each list, the first claim that is there. Throws the Fault `invalidAccessToken` or `missingScope`.
 *
 * - Client: without such a claim it is the system of the client certificate, if there is one.
 * - Person: a claim with the same value as the client names no person, because the token was issued to the client
 *   itself. The same holds for a token with the mark of a system (`isOfSystem`).
 * - Role: one that has not the form of a role is ignored. A claim with `_rol_3d` at its end (ACM, the Flemish access
 *   management) gives the role without the organisation after the last colon.
 * - A token that names a person by an id without the form of an identifier is refused. If the id were ignored, the
 *   request body could name anyone.
 * - A token that is bound to a key (`cnf`, RFC 8705 and 9449) is refused, because callers do not prove here that they
 *   hold the key.
 */
export const callerOf = (
  claims: JWTPayload,
  { scope, claims: names, allowedRoles }: ClaimReading,
  certified: Client | undefined,
): Caller => {
  if (claims.cnf !== undefined) throw invalidToken('tokenBoundToKey');
  const named = firstText(claims, names.client);
  const client = named === undefined ? certified : { id: named };
  if (client === undefined) throw invalidToken('tokenWithoutClient');
  const ruleSets = ruleSetsOf(claims.scope ?? claims.scp, scope);
  const calling: Client = defined({ ...client, org: firstText(claims, names.organisation) });
  const person = personOf(claims, names.person, named);
  if (person === undefined) return { client: calling, ruleSets };

  if (!(typeof person === 'string' && identifierForm.test(person))) throw invalidToken('tokenPersonUnusable');
  const roles = rolesOf(claims, names.role);
  const role = roles.find((each) => allowedRoles?.includes(each)) ?? roles[0];
  return { client: calling, user: defined({ id: person, role }), ruleSets };
};

/** The first of these claims that is a text with more than spaces in it. */
const firstText = (claims: JWTPayload, names: readonly string[]): string | undefined =>
  names.map((name) => claims[name]).find(isText);

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && /[^\p{C}\p{Z}]/u.test(value);

/** The id of the person as the token gives it; undefined if the token was issued to a system. */
const personOf = (claims: JWTPayload, names: readonly string[], client: string | undefined): unknown => {
  const name = names.find((each) => claims[each] !== undefined && claims[each] !== null);
  if (name === undefined || claims[name] === client || isOfSystem(claims, name, client)) return undefined;
  return claims[name];
};

/**
 * Whether a token with a subject of its own was issued to a system. Each issuer marks such tokens in another way:
 *
 * - Entra: `idtyp` is `app`. Auth0: `gty` is `client-credentials`. No user can choose these.
 * - ACM: `vo_applicatienaam`, in a token that names no person but by `sub`. Auth0: the subject is the client and
 *   `@clients`.
 * - Keycloak: the user name is `service-account-` and the client. A person can have such a user name too, so it counts
 *   only in a token that says to which client it was issued, and that says nothing about a person.
 */
const isOfSystem = (claims: JWTPayload, personClaim: string, client: string | undefined): boolean => {
  if (claims.idtyp === 'app' || claims.gty === 'client-credentials') return true;
  if (personClaim === 'sub' && (claims.vo_applicatienaam !== undefined || claims.sub === `${client}@clients`))
    return true;
  return (
    client !== undefined &&
    (claims.client_id === client || claims.azp === client) &&
    // Keycloak writes user names in lower case.
    claims.preferred_username === `service-account-${client.toLowerCase()}` &&
    (personClaim === 'sub' || personClaim === 'preferred_username') &&
    !ofPersons.some((name) => claims[name] !== undefined)
  );
};

/** The claims that only persons have: names, and signs of a login (OpenID Connect Core, sections 2 and 5.1). */
const ofPersons = ['vo_id', 'rrn', 'name', 'given_name', 'family_name', 'email', 'auth_time', 'amr'];

const rolesOf = (claims: JWTPayload, names: readonly string[]): string[] => {
  for (const name of names) {
    const found = Object.keys(claims).filter((claim) => matches(claim, name));
    const values = found.flatMap((claim) => [claims[claim]].flat().map((value) => roleIn(claim, value)));
    if (values.some((value) => value !== undefined && value !== null && value !== '')) return values.filter(isRole);
  }
  return [];
};

/** A name in AUTH_ROLE_CLAIM that begins with `*` fits every claim that ends with the rest of it. */
const matches = (claim: string, name: string): boolean =>
  name.startsWith('*') ? claim.endsWith(name.slice(1)) : claim === name;

const roleIn = (claim: string, value: unknown): unknown =>
  claim.endsWith('_rol_3d') && typeof value === 'string' ? value.replace(/:[^:]*$/, '') : value;

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
