import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { defined } from './defined.ts';
import { errorCode } from './error-code.ts';

/**
 * Paths. The certificate file is PEM: the leaf first, then its intermediates. The passphrase is the first line of its
 * file.
 */
export type CredentialFiles = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphraseFile?: string | undefined;
  readonly caFile?: string | undefined;
};

/** `use` is the word for these files in metrics, logs and messages. `rsa`: whether the key must be an RSA key. */
export type Expectation = { readonly use: string; readonly rsa: boolean };

/** A certificate and its key that are whole, match and are valid. All text is PEM, the key without its passphrase. */
export type Credentials = {
  readonly cert: string;
  readonly leaf: string;
  /** All certificates of the certificate file: the leaf, then each one's issuer. */
  readonly chain: readonly [string, ...string[]];
  readonly key: string;
  readonly ca?: string;
  readonly notAfter: Date;
  /** Signs with the private key in the thread pool: PKCS #1 v1.5 over the digest that `algorithm` names. */
  readonly sign: (algorithm: 'rsa-sha256' | 'rsa-sha1') => (data: Buffer) => Promise<Buffer>;
};

/**
 * Reads and checks a certificate, its key and the authorities to trust. Throws an `Error` in plain words, without
 * paths, values or key material, if a file is missing, unreadable or half-written, if the certificate is not valid at
 * `now`, if certificate and key do not match, if the passphrase does not open the key, or if RSA is required and the
 * key is another.
 */
export const loadCredentials = (files: CredentialFiles, expect: Expectation, now: Date = new Date()): Credentials => {
  try {
    const chain = readCertificates(readText(files.certFile, 'certificate'), 'the certificate file');
    const key = readKey(files);
    const ca = files.caFile === undefined ? undefined : readCertificates(readText(files.caFile, 'CA'), 'the CA file');
    const [leaf] = chain;
    checkPair(leaf.certificate, key, expect, now);
    const pem = {
      cert: joined(chain),
      key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ca: ca && joined(ca),
    };
    checkUsable(pem);
    return {
      ...defined(pem),
      leaf: leaf.text,
      chain: [leaf.text, ...chain.slice(1).map(({ text }) => text)],
      notAfter: leaf.certificate.validToDate,
      sign: (algorithm) => (data) =>
        new Promise((resolve, reject) => {
          sign(algorithm, data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
        }),
    };
  } catch (error) {
    throw new Error(`${expect.use} certificate: ${(error as Error).message}`);
  }
};

type PemCertificate = { readonly text: string; readonly certificate: X509Certificate };

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const readText = (file: string, what: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`the ${what} file cannot be read (${errorCode(error, 'no code')})`);
  }
};

const readCertificates = (pem: string, what: string): [PemCertificate, ...PemCertificate[]] => {
  const [first, ...others] = pem.match(PEM_CERTIFICATE) ?? [];
  if (first === undefined) throw new Error(`${what} holds no whole PEM certificate`);
  // A half-written file has a BEGIN without an END.
  if (others.length + 1 !== pem.split('-----BEGIN ').length - 1) {
    throw new Error(`${what} is cut short, or holds more than certificates`);
  }
  const read = (text: string): PemCertificate => {
    try {
      return { text: `${text}\n`, certificate: new X509Certificate(text) };
    } catch {
      throw new Error(`${what} holds a certificate that cannot be read`);
    }
  };
  return [read(first), ...others.map(read)];
};

const joined = (certificates: readonly PemCertificate[]): string => certificates.map(({ text }) => text).join('');

const readKey = ({ keyFile, passphraseFile }: CredentialFiles): KeyObject => {
  const passphrase =
    passphraseFile === undefined ? undefined : readText(passphraseFile, 'passphrase').split(/\r?\n/, 1)[0];
  const pem = readText(keyFile, 'key');
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (encrypted && passphrase === undefined) throw new Error('the key is encrypted and no passphrase file is given');
  try {
    return createPrivateKey(defined({ key: pem, passphrase }));
  } catch {
    // No cause: the message of OpenSSL may quote the file.
    throw new Error(
      encrypted
        ? 'the key file is not whole, or the passphrase does not open it'
        : 'the key file holds no whole PEM private key',
    );
  }
};

const checkPair = (leaf: X509Certificate, key: KeyObject, expect: Expectation, now: Date): void => {
  if (!leaf.checkPrivateKey(key)) throw new Error('certificate and key do not belong together');
  if (leaf.validFromDate > now) {
    throw new Error(`the certificate is not valid yet (from ${leaf.validFromDate.toISOString()})`);
  }
  if (leaf.validToDate <= now) throw new Error(`the certificate has expired (${leaf.validToDate.toISOString()})`);
  if (expect.rsa && key.asymmetricKeyType !== 'rsa') throw new Error('the key is not an RSA key, as signing needs');
};

/** OpenSSL refuses some certificates and keys only here, a key that is too short for example. */
const checkUsable = (pem: { cert: string; key: string; ca: string | undefined }): void => {
  try {
    createSecureContext(pem);
  } catch (error) {
    throw new Error(`certificate and key cannot be used for TLS (${errorCode(error, 'no code')})`);
  }
};
