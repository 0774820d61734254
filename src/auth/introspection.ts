import { createHash, createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
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

const CACHE_MS = 30_000;
const CACHE_SIZE = 1_000;
const MAX_ANSWER_BYTES = 16_384;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Checks access tokens by asking the token service (RFC 7662), which knows this service by a signed assertion (RFC
 * 7523, `private_key_jwt`). An answer that a token is active serves for at most 30 s and never past its expiry; that
 * it is not is never kept. Whatever is not a clear answer is the Fault `serviceUnavailable`. Throws an Error when
 * `clientKey` is no private key to sign with.
 */
export const createIntrospectionCheck = (
  config: Extract<AuthConfig, { mode: 'introspection' }>,
  { now, monotonic }: Clocks,
  log: WarningLog,
): TokenCheck => {
  const service = createTokenService(config.url, MAX_ANSWER_BYTES, log);
  const { key, alg } = signingKey(config.clientKey);
  const known = new Map<string, { claims: JWTPayload; until: number }>();
  const asking = new Map<string, Promise<JWTPayload>>();

  const assertion = (): Promise<string> => {
    const seconds = Math.floor(now() / 1000);
    return new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg, typ: 'JWT' })
      .setIssuer(config.clientId)
      .setSubject(config.clientId)
      .setAudience(config.issuer ?? config.url.href)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 60)
      .sign(key);
  };

  const introspect = async (token: string): Promise<JWTPayload> => {
    const answer = await service.ask(async () => ({
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        token,
        token_type_hint: 'access_token',
        client_id: config.clientId,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(),
      }).toString(),
    }));
    if (!isIntrospection(answer)) {
      log.warn({ failure: 'notAnIntrospection' }, 'token service unavailable');
      throw tokenServiceUnavailable();
    }
    if (!answer.active) throw invalidToken('tokenInactive');
    judge(answer, config, now() / 1000);
    return answer;
  };

  const ask = async (token: string, digest: string): Promise<JWTPayload> => {
    const asked = monotonic();
    const claims = await introspect(token);
    const left = claims.exp === undefined ? CACHE_MS : Math.min(CACHE_MS, claims.exp * 1000 - now());
    if (left > 0) {
      const [oldest] = known.keys();
      if (known.size >= CACHE_SIZE && oldest !== undefined) known.delete(oldest);
      known.set(digest, { claims, until: asked + left });
    }
    return claims;
  };

  const check = async (token: string): Promise<JWTPayload> => {
    const digest = createHash('sha256').update(token).digest('base64');
    const hit = known.get(digest);
    // The expiry is read from the clock on the wall each time: that may have been set right since.
    if (hit && monotonic() < hit.until && !(hit.claims.exp !== undefined && hit.claims.exp * 1000 <= now())) {
      return hit.claims;
    }
    known.delete(digest);
    const running = asking.get(digest);
    if (running) return running;
    const answer = ask(token, digest).finally(() => asking.delete(digest));
    asking.set(digest, answer);
    return answer;
  };
  return { check, close: service.close };
};

const isIntrospection = (answer: unknown): answer is JWTPayload & { active: boolean } =>
  typeof answer === 'object' && answer !== null && 'active' in answer && typeof answer.active === 'boolean';

/** What the answer states is held against it; what RFC 7662 leaves open may be missing. */
const judge = (claims: JWTPayload, config: { issuer?: string; audience?: string }, now: number): void => {
  const { iss, aud, exp, nbf, token_type: type } = claims;
  if (exp !== undefined && typeof exp !== 'number') throw invalidToken('tokenClaims');
  if (exp !== undefined && exp + CLOCK_TOLERANCE_S <= now) throw new Fault('expiredAccessToken', 'tokenExpired');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf - CLOCK_TOLERANCE_S <= now)) {
    throw invalidToken('tokenNotYetValid');
  }
  if (config.issuer !== undefined && iss !== undefined && iss !== config.issuer) throw invalidToken('tokenIssuer');
  if (config.audience !== undefined && ![aud].flat().includes(config.audience)) throw invalidToken('tokenAudience');
  if (type !== undefined && !(typeof type === 'string' && type.toLowerCase() === 'bearer'))
    throw invalidToken('tokenType');
};

const curves: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

const signingKey = (pem: string): { key: KeyObject; alg: string } => {
  const key = readKey(pem);
  const type = key?.asymmetricKeyType;
  const curve = key?.asymmetricKeyDetails?.namedCurve ?? '';
  const alg = type === 'rsa' ? 'RS256' : type === 'ed25519' ? 'EdDSA' : type === 'ec' ? curves[curve] : undefined;
  if (key === undefined || alg === undefined) {
    throw new Error('AUTH_CLIENT_KEY_FILE: must hold a private key (PEM, RSA, EC or Ed25519) without a passphrase');
  }
  return { key, alg };
};

const readKey = (pem: string): KeyObject | undefined => {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
};
