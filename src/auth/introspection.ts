import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { Fault } from '../fault.ts';
import { isObject } from '../lib/is-object.ts';
import { createClientAssertions } from './client-assertion.ts';
import { createFairTurns, type Origin } from './fair-turns.ts';
import {
  type AuthConfig,
  CLOCK_TOLERANCE_S,
  type Clocks,
  invalidToken,
  type TokenCheck,
  type WarningLog,
} from './token-check.ts';
import { createTokenService, TOKEN_SERVICE_CONNECTIONS, tokenServiceUnavailable } from './token-service.ts';

const CACHE_MS = 30_000;
/** A caller that repeats a refused token as fast as it can causes one question in this time. */
const REFUSAL_MS = 1_000;
const CACHE_SIZE = 1_000;
const MAX_ANSWER_BYTES = 16_384;

/**
 * The share of the connections for tokens that the token service has not confirmed before. The rest is for tokens that
 * it has: a flood of invented tokens does not delay those.
 */
const UNKNOWN_AT_ONCE = TOKEN_SERVICE_CONNECTIONS * 0.75;
const MOST_WAITING = 256;
const WAIT_MS = 1_000;

/**
 * Checks access tokens by asking the token service (RFC 7662). This service identifies itself with a signed assertion
 * (RFC 7523). An answer "active" is kept for at most 30 s and never after the token expires. A refusal is kept for 1 s.
 * Any other answer is the Fault `serviceUnavailable`. Tokens that the token service has not confirmed before
 * wait for their turn where there are many of them (`createFairTurns`), at most 1 s: then it is `serviceUnavailable` too.
 * Throws an Error if `clientKey` cannot sign.
 */
export const createIntrospectionCheck = (
  config: Extract<AuthConfig, { mode: 'introspection' }>,
  { now, monotonic }: Clocks,
  log: WarningLog,
): TokenCheck => {
  const { clientId, clientKey, issuer, url } = config;
  const makeAssertion = createClientAssertions({ clientId, clientKey, audience: issuer ?? url.href }, now);
  const service = createTokenService(url, MAX_ANSWER_BYTES, log);
  const inTurn = createFairTurns({
    atOnce: UNKNOWN_AT_ONCE,
    mostOfOne: UNKNOWN_AT_ONCE * 0.75,
    mostWaiting: MOST_WAITING,
    waitMs: WAIT_MS,
    refuse: () => new Fault('serviceUnavailable', 'tokenCheckOverload', { retryAfter: 1 }),
  });
  // The maps have the SHA-256 of the token as their key. A token stays in `known` when it has to be asked about again.
  const known = new Map<string, { claims: JWTPayload; until: number }>();
  const refused = new Map<string, { fault: Fault; until: number }>();
  const asking = new Map<string, Promise<JWTPayload>>();

  const introspect = async (token: string): Promise<JWTPayload> => {
    const answer = await service.ask(async () => ({
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, token_type_hint: 'access_token', ...(await makeAssertion()) }).toString(),
    }));
    if (!isIntrospection(answer)) {
      log.warn({ failure: 'notAnIntrospection' }, 'token service unavailable');
      throw tokenServiceUnavailable();
    }
    if (!answer.active) throw invalidToken('tokenInactive');
    checkClaims(answer, config, now() / 1000);
    return answer;
  };

  const ask = async (token: string, digest: string): Promise<JWTPayload> => {
    const askedAt = monotonic();
    const claims = await introspect(token).catch((error) => {
      if (error instanceof Fault && error.code === 'serviceUnavailable') throw error;
      known.delete(digest);
      if (error instanceof Fault) keep(refused, digest, { fault: error, until: askedAt + REFUSAL_MS });
      throw error;
    });
    const left = claims.exp === undefined ? CACHE_MS : Math.min(CACHE_MS, claims.exp * 1000 - now());
    known.delete(digest);
    if (left > 0) keep(known, digest, { claims, until: askedAt + left });
    return claims;
  };

  const check = async (token: string, origin: Origin): Promise<JWTPayload> => {
    const digest = createHash('sha256').update(token).digest('base64');
    const hit = known.get(digest);
    // The expiry is compared with the wall clock each time, because that clock may have been corrected since.
    const expired = hit?.claims.exp !== undefined && hit.claims.exp * 1000 <= now();
    if (hit && !expired && monotonic() < hit.until) return hit.claims;
    const refusal = refused.get(digest);
    if (refusal && monotonic() < refusal.until) throw refusal.fault;
    const running = asking.get(digest);
    if (running) return running;
    const asked = hit ? ask(token, digest) : inTurn(origin, () => ask(token, digest));
    const answer = asked.finally(() => asking.delete(digest));
    asking.set(digest, answer);
    return answer;
  };
  return { check, close: service.close };
};

/** Adds an answer as the newest one. If there are too many, the oldest one is forgotten. */
const keep = <T>(answers: Map<string, T>, digest: string, answer: T): void => {
  answers.delete(digest);
  const [oldest] = answers.keys();
  if (answers.size >= CACHE_SIZE && oldest !== undefined) answers.delete(oldest);
  answers.set(digest, answer);
};

const isIntrospection = (answer: unknown): answer is JWTPayload & { active: boolean } =>
  isObject(answer) && typeof answer.active === 'boolean';

/**
 * Throws the Fault of the first claim that does not fit. RFC 7662 makes every claim optional, so most of them may be
 * missing. `now` is in seconds.
 */
const checkClaims = (claims: JWTPayload, config: { issuer?: string; audience?: string }, now: number): void => {
  const { iss, aud, exp, nbf, token_type: type } = claims;
  if (exp !== undefined && typeof exp !== 'number') throw invalidToken('tokenClaims');
  if (exp !== undefined && exp + CLOCK_TOLERANCE_S <= now) throw new Fault('expiredAccessToken', 'tokenExpired');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf - CLOCK_TOLERANCE_S <= now)) {
    throw invalidToken('tokenNotYetValid');
  }
  if (config.issuer !== undefined && iss !== undefined && iss !== config.issuer) throw invalidToken('tokenIssuer');
  if (config.audience !== undefined && ![aud].flat().includes(config.audience)) throw invalidToken('tokenAudience');
  if (type !== undefined && !(typeof type === 'string' && type.toLowerCase() === 'bearer')) {
    throw invalidToken('tokenType');
  }
};
