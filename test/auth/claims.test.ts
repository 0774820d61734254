import { describe, expect, it } from 'vitest';
import { callerOf } from '../../src/auth/claims.ts';
import { Fault } from '../../src/fault.ts';

type Claims = Readonly<Record<string, unknown>>;
type Reading = { readonly certificateSubject?: string; readonly allowedRoles?: readonly string[] };

/** The caller of a token with these claims. Without them it is a good token of the system `app`. */
const read = (claims: Claims, { certificateSubject, allowedRoles }: Reading = {}) =>
  callerOf(
    { client_id: 'app', sub: 'app', scope: 'led_eligibility', ...claims },
    'led_eligibility',
    certificateSubject,
    allowedRoles,
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
      'digits that may be an INSZ are masked',
      { client_id: '61670100123', sub: '61670100123' },
      { client: { id: '***********' } },
    ],
  ])('%s', (_, claims, expected) => {
    expect(read(claims)).toEqual({ ...expected, ruleSets: 'all' });
  });

  it('a certificate names the client only if the token does not', () => {
    const certificateSubject = 'CN=dossier-app';
    expect(read({}, { certificateSubject }).client).toEqual(app);
    expect(read({ client_id: undefined, sub: undefined }, { certificateSubject }).client).toEqual({
      id: 'CN=dossier-app',
    });
  });

  it('of several roles the first allowed one, otherwise the first', () => {
    const roles = ['a', 'b', 'c'];
    expect(read({ sub: 'jan', roles }, { allowedRoles: ['c', 'b'] }).user).toEqual({ id: 'jan', role: 'b' });
    expect(read({ sub: 'jan', roles }, { allowedRoles: ['x'] }).user).toEqual({ id: 'jan', role: 'a' });
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
