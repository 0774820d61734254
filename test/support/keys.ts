import { generateKeyPairSync } from 'node:crypto';
import { type PublicKey, readPublicKeys, readSigningKey, type SigningKey } from '../../src/audit/signing-key.ts';

/** A new Ed25519 key: as PEM texts, and as the service reads them. */
export const newKey = (): { privatePem: string; publicPem: string; signer: SigningKey; key: PublicKey } => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const signer = readSigningKey(privatePem);
  const [key] = readPublicKeys(publicPem) ?? [];
  if (!signer || !key) throw new Error('the key cannot be read');
  return { privatePem, publicPem, signer, key };
};
