import { afterEach, beforeEach } from 'vitest';
import { type Authenticator, createAuthenticator } from '../../src/auth/authenticator.ts';
import type { AuthConfig, ClaimNames } from '../../src/auth/token-check.ts';
import type { Caller } from '../../src/caller.ts';
import { Environment } from '../../src/environment.ts';
import { type AuthorisationServer, startAuthorisationServer } from './authorisation-server.ts';

/** What the tests of token checks use. Each test starts with a new one. */
type Bench = {
  server: AuthorisationServer;
  authenticator: Authenticator;
  /** The warnings that the authenticator logged. */
  lines: unknown[];
  /** Milliseconds by which both clocks of the service run ahead; `wall` moves the wall clock alone. */
  ahead: number;
  wall: number;
};

const { shape } = Environment;

/** The default names of claims. */
export const defaultClaims: ClaimNames = {
  person: shape.AUTH_PERSON_CLAIM.parse(undefined),
  client: shape.AUTH_CLIENT_CLAIM.parse(undefined),
  role: shape.AUTH_ROLE_CLAIM.parse(undefined),
  organisation: shape.AUTH_ORGANISATION_CLAIM.parse(undefined),
};

/** The settings of the mode `jwt` for a server. */
export const jwtConfig = ({ issuer, audience, jwksUrl }: AuthorisationServer): AuthConfig => ({
  mode: 'jwt',
  issuer,
  audience,
  jwksUrl,
  scope: 'led_eligibility',
  claims: defaultClaims,
});

/**
 * Starts an authorisation server and an authenticator for it before each test of the file, and closes both after it.
 * `configOf` makes the settings of the authenticator. `create` makes another authenticator with the same clocks and log.
 */
export const setUpAuthentication = (configOf: (server: AuthorisationServer) => AuthConfig) => {
  const bench = {} as Bench;
  const create = (config: AuthConfig = configOf(bench.server), allowedRoles?: string[]): Authenticator =>
    createAuthenticator(config, {
      now: () => Date.now() + bench.ahead + bench.wall,
      monotonic: () => performance.now() + bench.ahead,
      log: { warn: (...line) => bench.lines.push(line) },
      allowedRoles,
    });
  beforeEach(async () => {
    const server = await startAuthorisationServer();
    Object.assign(bench, { server, lines: [], ahead: 0, wall: 0 });
    bench.authenticator = create();
  });
  afterEach(async () => {
    await bench.authenticator.close();
    await bench.server.close();
  });
  const ask = (token: string): Promise<Caller> =>
    bench.authenticator.authenticate({ authorization: `Bearer ${token}` });
  return { bench, create, ask };
};
