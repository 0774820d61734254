import { setTimeout as delay } from 'node:timers/promises';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Fault } from '../fault.ts';
import {
  type AuthConfig,
  CLOCK_TOLERANCE_S,
  type Clocks,
  invalidToken,
  type TokenCheck,
  type WarningLog,
} from './token-check.ts';
import { createTokenService, tokenServiceUnavailable } from './token-service.ts';

/** RFC 7518 and 8037, signatures with a public key only: with a secret one, the published key would be the secret. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/**
 * Checks JWT access tokens (RFC 7519, RFC 9068) against the issuer's published keys: signature, issuer, audience,
 * expiry (required) and begin, with 5 s of tolerance.
 */
export const createJwtCheck = (
  config: Extract<AuthConfig, { mode: 'jwt' }>,
  { now, monotonic }: Clocks,
  log: WarningLog,
): TokenCheck => {
  const { keysSince, close } = createKeySet(config.jwksUrl, monotonic, log);

  const verify = async (token: string, keys: JWTVerifyGetKey): Promise<JWTPayload> => {
    const options = {
      algorithms: ALGORITHMS,
      issuer: config.issuer,
      audience: config.audience,
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(now()),
    };
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // A token without `kid` while two keys are published, as during a rotation: one of them has to fit.
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload;
        } catch (other) {
          if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  };

  const check = async (token: string): Promise<JWTPayload> => {
    const since = monotonic();
    try {
      return await verify(token, await keysSince());
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw refusal(error);
    }
    try {
      return await verify(token, await keysSince(since));
    } catch (error) {
      throw refusal(error);
    }
  };
  return { check, close };
};

/** Without a cause: jose's errors carry the claims, and a logger would write them. */
const refusal = (error: unknown): Fault => {
  if (error instanceof Fault) return error;
  if (error instanceof errors.JWTExpired) return new Fault('expiredAccessToken', 'tokenExpired');
  if (error instanceof errors.JWTClaimValidationFailed) return invalidToken(claimReasons[error.claim] ?? 'tokenClaims');
  if (error instanceof errors.JWKSNoMatchingKey) return invalidToken('tokenKeyUnknown');
  if (error instanceof errors.JOSEAlgNotAllowed) return invalidToken('tokenAlgorithm');
  if (error instanceof errors.JWSSignatureVerificationFailed) return invalidToken('tokenSignature');
  return invalidToken('tokenMalformed');
};

const claimReasons: Readonly<Record<string, string>> = {
  iss: 'tokenIssuer',
  aud: 'tokenAudience',
  nbf: 'tokenNotYetValid',
  exp: 'tokenWithoutExpiry',
};

const REFRESH_AFTER_MS = 5_000;
const USABLE_FOR_MS = 30_000;
const BETWEEN_FETCHES_MS = 500;

/**
 * The issuer's keys. They are fetched anew in the background once 5 s old and serve for at most 30 s, so that a key
 * that was withdrawn is not trusted for longer, while a short outage of the key server goes unnoticed. jose's own
 * remote key set keeps keys for minutes, and measures that on a clock that can jump.
 */
const createKeySet = (url: URL, monotonic: () => number, log: WarningLog) => {
  const service = createTokenService(url, 262_144, log);
  let keys: JWTVerifyGetKey | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const fetchKeys = async (): Promise<void> => {
    triedAt = monotonic();
    const at = triedAt;
    const body = await service.ask(async () => ({ method: 'GET', headers: { accept: 'application/json' } }));
    try {
      keys = createLocalJWKSet(body as JSONWebKeySet);
    } catch {
      log.warn({ failure: 'notAKeySet' }, 'token service unavailable');
      throw tokenServiceUnavailable();
    }
    fetchedAt = at;
  };
  const refresh = (): Promise<void> => {
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    return fetching;
  };
  const untilNextFetch = (): number => (fetching ? 0 : triedAt + BETWEEN_FETCHES_MS - monotonic());

  /**
   * Keys not older than 30 s; with `since` (monotonic, ms) none fetched before that moment, for a token whose key is
   * not among those at hand. Tokens with made-up keys wait for one another's fetch, at most two in a second: the key
   * server cannot be flooded through this service, and a key that was just published is still found.
   */
  const keysSince = async (since?: number): Promise<JWTVerifyGetKey> => {
    while (since !== undefined && fetchedAt < since) {
      const wait = untilNextFetch();
      if (wait > 0) await delay(wait, undefined, { ref: false });
      if (fetchedAt < since) await refresh();
    }
    const age = monotonic() - fetchedAt;
    if (age >= USABLE_FOR_MS) {
      if (untilNextFetch() > 0) throw tokenServiceUnavailable();
      await refresh();
    } else if (age >= REFRESH_AFTER_MS && untilNextFetch() <= 0) {
      refresh().catch(() => undefined);
    }
    if (keys === undefined) throw tokenServiceUnavailable();
    return keys;
  };
  return { keysSince, close: service.close };
};
