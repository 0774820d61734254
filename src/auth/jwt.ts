import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Fault } from '../fault.ts';
import { createKeySet } from './key-set.ts';
import {
  type AuthConfig,
  CLOCK_TOLERANCE_S,
  type Clocks,
  invalidToken,
  type TokenCheck,
  type WarningLog,
} from './token-check.ts';

/**
 * The signature algorithms with a public key (RFC 7518 and 8037). An algorithm with a secret key must not be among
 * them: the published key would then be the secret.
 */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/**
 * Checks JWT access tokens (RFC 7519, RFC 9068) against the keys that the issuer publishes: signature, issuer,
 * audience, expiry (required) and start. The clocks may differ by 30 s.
 */
export const createJwtCheck = (
  config: Extract<AuthConfig, { mode: 'jwt' }>,
  { now, monotonic }: Clocks,
  log: WarningLog,
): TokenCheck => {
  const { keysSince, close } = createKeySet(config.jwksUrl, monotonic, log);

  const verify = (token: string, keys: JWTVerifyGetKey): Promise<JWTPayload> =>
    verifyWithAny(token, keys, {
      algorithms: ALGORITHMS,
      issuer: config.issuer,
      audience: config.audience,
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(now()),
    });

  const check = async (token: string): Promise<JWTPayload> => {
    const since = monotonic();
    try {
      return await verify(token, await keysSince());
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw refusal(error);
    }
    // The key of this token may have been published a moment ago.
    try {
      return await verify(token, await keysSince(since));
    } catch (error) {
      throw refusal(error);
    }
  };
  return { check, close };
};

/** Resolves with the claims. A token without `kid` (key id) can match several keys: one of them must verify it. */
const verifyWithAny = async (
  token: string,
  keys: JWTVerifyGetKey,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload> => {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
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

/** Returns the Fault for an error of jose, without the error as its cause: jose's errors hold the claims. */
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
