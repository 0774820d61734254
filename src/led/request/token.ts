import { X509Certificate } from 'node:crypto';

/** The part that most names of WS-Security 1.0 begin with. */
export const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';

/** `x509v3`: our certificate alone. `pkipath`: our certificate and those above it, in one token. */
export type TokenForm = 'x509v3' | 'pkipath';

/** A BinarySecurityToken: its ValueType and its content. */
export type Token = { readonly valueType: string; readonly isPath: boolean; readonly base64: string };

/**
 * Creates the token that goes with a signature. `chain` holds certificates in PEM: ours, then each one's issuer. `auto`
 * is `pkipath` if there is more than our certificate: a receiver that trusts only the root needs the certificates
 * between. Throws if a text holds no certificate.
 */
export const createToken = (chain: readonly [string, ...string[]], form: TokenForm | 'auto'): Token => {
  const [leaf, ...issuers] = chain.map((pem) => new X509Certificate(pem).raw) as [Buffer, ...Buffer[]];
  const isPath = form === 'auto' ? issuers.length > 0 : form === 'pkipath';
  const content = isPath ? pkiPath([leaf, ...issuers]) : leaf;
  return {
    valueType: `${WSS}-x509-token-profile-1.0#${isPath ? 'X509PKIPathv1' : 'X509v3'}`,
    isPath,
    base64: content.toString('base64'),
  };
};

/** PkiPath (ITU-T X.509): the DER of a SEQUENCE of certificates, the one nearest the root first, ours last. */
const pkiPath = (chain: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(chain.toReversed());
  return Buffer.concat([Buffer.from([SEQUENCE]), derLength(content.length), content]);
};

const SEQUENCE = 0x30;

/** The length of a DER value: one byte up to 127, else the number of the bytes that follow, and these. */
const derLength = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 + bytes.length]), bytes]);
};
