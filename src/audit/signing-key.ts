import { createPrivateKey, createPublicKey, hash as digest, type KeyObject } from 'node:crypto';

/** An Ed25519 public key as a JWK (RFC 8037). `kid` is its thumbprint (RFC 7638). */
export type PublicJwk = {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
};

/** An Ed25519 public key. */
export type PublicKey = { readonly kid: string; readonly key: KeyObject; readonly jwk: PublicJwk };

/** An Ed25519 private key, and its public part. */
export type SigningKey = PublicKey & { readonly privateKey: KeyObject };

const PRIVATE_PEM = /^\s*-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\s*$/;
const PUBLIC_PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/**
 * Reads the text of a key file: one Ed25519 private key, PKCS#8 in PEM without a passphrase. Returns undefined for any
 * other text.
 */
export const readSigningKey = (text: string): SigningKey | undefined => {
  if (!PRIVATE_PEM.test(text)) return undefined;
  try {
    const privateKey = createPrivateKey(text.trim());
    const known = publicKeyOf(createPublicKey(privateKey));
    return known && { ...known, privateKey };
  } catch {
    return undefined;
  }
};

/**
 * Reads the text of a file with Ed25519 public keys: SPKI in PEM, or a JWK set (RFC 7517). Returns undefined if it is
 * neither, if a PEM holds a key of another kind, or if a JWK set holds no Ed25519 key.
 */
export const readPublicKeys = (text: string): PublicKey[] | undefined => {
  const keys = text.trimStart().startsWith('{') ? keysOfSet(text) : keysOfPem(text);
  const found = keys?.filter((key) => key !== undefined) ?? [];
  return found.length === 0 || found.length !== keys?.length ? undefined : found;
};

const keysOfPem = (text: string): (PublicKey | undefined)[] | undefined =>
  text.replace(PUBLIC_PEM, '').trim() === '' ? text.match(PUBLIC_PEM)?.map((pem) => keyFrom(pem)) : undefined;

const keysOfSet = (text: string): (PublicKey | undefined)[] | undefined => {
  try {
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    if (!Array.isArray(keys)) return undefined;
    // A set may hold keys for other purposes too.
    return keys.filter(isEd25519).map(({ kty, crv, x }) => keyFrom({ key: { kty, crv, x }, format: 'jwk' }));
  } catch {
    return undefined;
  }
};

const isEd25519 = (jwk: unknown): jwk is { readonly kty: string; readonly crv: string; readonly x: string } => {
  const { kty, crv, x } = (jwk ?? {}) as Partial<Record<'kty' | 'crv' | 'x', unknown>>;
  return kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string';
};

const keyFrom = (input: Parameters<typeof createPublicKey>[0]): PublicKey | undefined => {
  try {
    return publicKeyOf(createPublicKey(input));
  } catch {
    return undefined;
  }
};

const publicKeyOf = (key: KeyObject): PublicKey | undefined => {
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  const { x = '' } = key.export({ format: 'jwk' });
  const kid = digest('sha256', JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }), 'base64url');
  return { kid, key, jwk: { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' } };
};
