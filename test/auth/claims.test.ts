import { describe, expect, it } from 'vitest';
import { callerOf } from '../../src/auth/claims.ts';
import type { ClaimNames } from '../../src/auth/token-check.ts';
import { Fault } from '../../src/fault.ts';
import { defaultClaims } from '../support/authentication.ts';

type Claims = Readonly<Record<string, unknown>>;
type Reading = {
  readonly certified?: { readonly id: string };
  readonly allowedRoles?: readonly string[];
  readonly names?: Partial<ClaimNames>;
};

/** The caller of a token with these claims. Without them it is a good token of the system `app`. */
const read = (claims: Claims, { certified, allowedRoles, names }: Reading = {}) =>
  callerOf(
    { client_id: 'app', sub: 'app', scope: 'led_eligibility', ...claims },
    { scope: 'led_eligibility', claims: { ...defaultClaims, ...names }, allowedRoles },
    certified,
  );

const refusalOf = (claims: Claims): string => {
  try {
    read(claims);
  } catch (error) {
    if (error instanceof Fault) return `${error.code}:${error.reason}`;
    throw error;
  }
  return 'none';
};

describe('who is named', () => {
  const app = { id: 'app' };
  it.each<[string, Claims, object]>([
    [
      'azp if there is no client_id',
      { client_id: undefined, azp: 'app', sub: 'jan' },
      { client: app, user: { id: 'jan' } },
    ],
    ['client_id before azp', { client_id: 'app', azp: 'other' }, { client: app }],
    ['cid', { client_id: undefined, cid: 'app', sub: 'jan' }, { client: app, user: { id: 'jan' } }],
    ['a subject without a client is a system', { client_id: undefined, sub: 'app' }, { client: app }],
    [
      'ACM: the lasting id of the person',
      { client_id: 'app', sub: '2102c8e2', vo_id: '4d6636e0-2252' },
      { client: app, user: { id: '4d6636e0-2252' } },
    ],
    ['ACM: a system with a subject', { client_id: 'app', sub: 'Z5O3up', vo_applicatienaam: 'x' }, { client: app }],
    ['Entra: a system', { client_id: 'app', sub: 'object', idtyp: 'app' }, { client: app }],
    ['Auth0: a system', { client_id: 'app', sub: 'app@clients' }, { client: app }],
    ['Keycloak: a system', { client_id: 'app', sub: 'x', preferred_username: 'service-account-app' }, { client: app }],
    [
      'an INSZ claim is never read',
      { client_id: 'app', sub: 'jan', rrn: '61670100123' },
      { client: app, user: { id: 'jan' } },
    ],
    [
      'the first role that is an identifier',
      { client_id: 'app', sub: 'jan', roles: ['not usable', 'a', 'b'] },
      { client: app, user: { id: 'jan', role: 'a' } },
    ],
    [
      'ACM: a role without its organisation',
      { client_id: 'app', sub: 'jan', led_rol_3d: ['Behandelaar:OVO000001'] },
      { client: app, user: { id: 'jan', role: 'Behandelaar' } },
    ],
    [
      'roles that are not texts',
      { client_id: 'app', sub: 'jan', role: { toString: 1 }, roles: 7, x_rol_3d: [null] },
      { client: app, user: { id: 'jan' } },
    ],
    [
      'an organisation',
      { client_id: 'app', sub: 'app', org: 'OPGROEIEN' },
      { client: { id: 'app', org: 'OPGROEIEN' } },
    ],
    [
      'an id that is an INSZ stays what it is: the audit line shows its HMAC',
      { client_id: '61670100123', sub: '61670100123' },
      { client: { id: '61670100123' } },
    ],
  ])('%s', (_, claims, expected) => {
    expect(read(claims)).toEqual({ ...expected, ruleSets: 'all' });
  });

  it('a certificate names the client only if the token does not', () => {
    const certified = { id: 'CN=dossier-app' };
    expect(read({}, { certified }).client).toEqual(app);
    expect(read({ client_id: undefined, sub: undefined }, { certified }).client).toEqual(certified);
  });

  it('of several roles the first allowed one, otherwise the first', () => {
    const roles = ['a', 'b', 'c'];
    expect(read({ sub: 'jan', roles }, { allowedRoles: ['c', 'b'] }).user).toEqual({ id: 'jan', role: 'b' });
    expect(read({ sub: 'jan', roles }, { allowedRoles: ['x'] }).user).toEqual({ id: 'jan', role: 'a' });
  });
});

describe('a token of a system or of a person', () => {
  const service = { sub: 'x', preferred_username: 'service-account-app' };
  const system = { client: { id: 'app' }, ruleSets: 'all' };

  it.each<[string, Claims]>([
    ['Keycloak: named by client_id', service],
    ['Keycloak: named by azp', { ...service, client_id: undefined, azp: 'app' }],
    ['Keycloak: a client with capitals', { ...service, client_id: 'App', preferred_username: 'service-account-app' }],
    ['Auth0: a grant', { sub: 'x', gty: 'client-credentials' }],
  ])('a system: %s', (_, claims) => {
    expect(read(claims)).toEqual({ ...system, client: { id: claims.client_id ?? 'app' } });
  });

  it.each<[string, Claims]>([
    ['a person with a user name like that of a system', { ...service, given_name: 'Jan' }],
    ['a person who logged in', { ...service, auth_time: 1_700_000_000 }],
    ['a user name of another client', { ...service, preferred_username: 'service-account-other' }],
    ['a user name that only begins so', { ...service, preferred_username: 'service-account-app-jan' }],
    ['no client', { ...service, client_id: undefined, cid: 'app' }],
    ['ACM: a lasting id', { ...service, vo_id: 'x', vo_applicatienaam: 'y' }],
  ])('a person: %s', (_, claims) => {
    expect(read(claims).user).toEqual({ id: 'x' });
  });

  it('a lasting id that cannot be used refuses the token: it does not become a system', () => {
    for (const voId of ['', ' ', 'a b', 7, {}, ['x']]) {
      expect(refusalOf({ ...service, vo_id: voId })).toBe('invalidAccessToken:tokenPersonUnusable');
    }
  });
});

describe('with other names of claims', () => {
  it('of each list the first claim that is there counts', () => {
    const names = { person: ['employee', 'sub'], client: ['system'], role: ['duty', 'role'], organisation: ['dept'] };
    const claims = { system: 'desk', employee: 'jan', duty: 'adviser', role: 'director', dept: 'DZ', vo_id: 'x' };
    expect(read(claims, { names })).toEqual({
      client: { id: 'desk', org: 'DZ' },
      user: { id: 'jan', role: 'adviser' },
      ruleSets: 'all',
    });
    expect(read({ ...claims, employee: null, duty: [] }, { names }).user).toEqual({ id: 'app', role: 'director' });
  });

  it('without a claim of persons every token is a system’s', () => {
    expect(read({ sub: 'jan' }, { names: { person: ['employee'] } }).user).toBeUndefined();
  });

  it('a name with a wildcard fits every claim with that end', () => {
    const claims = { sub: 'jan', led_rol_3d: 'A:OVO000001', x_rol: 'b' };
    expect(read(claims, { names: { role: ['*_rol'] } }).user).toEqual({ id: 'jan', role: 'b' });
    expect(read(claims).user).toEqual({ id: 'jan', role: 'A' });
  });
});

describe('a role that holds eleven digits in a row', () => {
  it.each(['90610100155', 'r:90.61.01-001.55', 'a12345678901'])('%s is ignored', (role) => {
    expect(read({ sub: 'jan', role: [role, 'b'] }).user).toEqual({ id: 'jan', role: 'b' });
    expect(read({ sub: 'jan', role }).user).toEqual({ id: 'jan' });
  });
});

describe('which rule sets the scope opens', () => {
  it.each([
    ['led_eligibility', 'all'],
    ['openid led_eligibility:a led_eligibility', 'all'],
    ['led_eligibility:a led_eligibility:b other', new Set(['a', 'b'])],
    [['other', 'led_eligibility:a', 'led_eligibility:b'], new Set(['a', 'b'])],
    [['led_eligibility'], 'all'],
  ])('%j', (scope, ruleSets) => {
    expect(read({ scope }).ruleSets).toEqual(ruleSets);
  });

  it('scp, if there is no scope', () => {
    expect(read({ scope: undefined, scp: ['led_eligibility:a'] }).ruleSets).toEqual(new Set(['a']));
  });

  it.each([
    undefined,
    '',
    'led_eligibility:',
    'led_eligibility_more',
    'LED_ELIGIBILITY',
    'x:led_eligibility',
    5,
    [],
    {},
  ])('%j opens nothing', (scope) => {
    expect(refusalOf({ scope })).toBe('missingScope:missingScope');
  });
});

describe('a token is refused', () => {
  it.each<[string, Claims, string]>([
    ['that is bound to a key', { cnf: { jkt: 'x' } }, 'tokenBoundToKey'],
    ['that names no client', { client_id: undefined, sub: undefined }, 'tokenWithoutClient'],
    ['that names a client by spaces only', { client_id: '  ', sub: undefined }, 'tokenWithoutClient'],
    ['that names a person by an id that is not an identifier', { sub: 'a|b c' }, 'tokenPersonUnusable'],
  ])('%s', (_, claims, reason) => {
    expect(refusalOf(claims)).toBe(`invalidAccessToken:${reason}`);
  });
});
