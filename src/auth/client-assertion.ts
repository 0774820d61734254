import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

const VALID_FOR_S = 60;

/** The members of a request that prove who asks (RFC 7523, section 2.2). */
type ClientAssertion = {
  readonly client_id: string;
  readonly client_assertion_type: string;
  readonly client_assertion: string;
};

/**
 * Creates a function that makes a new signed assertion at each call (`private_key_jwt`): an assertion may be used only
 * once. `clientKey` is PEM, `now` the wall clock (ms). Throws as `readClientKey` does.
 */
export const createClientAssertions = (
  {
    clientId,
    clientKey,
    audience,
  }: { readonly clientId: string; readonly clientKey: string; readonly audience: string },
  now: () => number,
): (() => Promise<ClientAssertion>) => {
  const { key, alg } = readClientKey(clientKey);
  return async () => {
    const seconds = Math.floor(now() / 1000);
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg, typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(audience)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + VALID_FOR_S)
      .sign(key);
    return {
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    };
  };
};

/**
 * Reads our private key (PEM), and the JWS algorithm that it signs with. Throws an Error in plain words if the key cannot
 * sign.
 */
export const readClientKey = (pem: string): { key: KeyObject; alg: string } => {
  const key = readKey(pem);
  const alg = key && algorithmOf(key);
  if (key === undefined || alg === undefined) {
    throw new Error('must hold a private key (PEM, RSA, EC or Ed25519) without a passphrase');
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

/** The JWS algorithm of a key (RFC 7518 and 8037). */
const algorithmOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined => {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  return curves[asymmetricKeyDetails?.namedCurve ?? ''];
};

const curves: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };
