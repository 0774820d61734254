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

/** What is wrong with one of the files, in plain words, without paths, values or key material. */
export type FileFault = { readonly file: keyof CredentialFiles; readonly problem: string };

/** Thrown by `loadCredentials`. The message holds all faults. */
export class CredentialFault extends Error {
  readonly faults: readonly FileFault[];

  constructor(use: string, faults: readonly FileFault[]) {
    super(`${use} certificate: ${faults.map(({ problem }) => problem).join('; ')}`);
    this.faults = faults;
  }
}

/**
 * Reads and checks a certificate, its key and the authorities to trust. Throws a `CredentialFault` that names every
 * file that is missing, unreadable or half-written. If all are whole, it throws one if the certificate is not valid at
 * `now`, if certificate and key do not match, if the certificates are not in order, or if RSA is required and the key
 * is another.
 */
export const loadCredentials = (files: CredentialFiles, expect: Expectation, now: Date = new Date()): Credentials => {
  const faults: FileFault[] = [];
  const attempt = <T>(file: keyof CredentialFiles, read: (path: string) => T): T | undefined => {
    const path = files[file];
    try {
      return path === undefined ? undefined : read(path);
    } catch (error) {
      faults.push({ file, problem: (error as Error).message });
      return undefined;
    }
  };
  const refuseFaults = (): void => {
    if (faults.length > 0) throw new CredentialFault(expect.use, faults);
  };

  const chain = attempt('certFile', (path) => readCertificates(readText(path, 'certificate'), 'the certificate file'));
  const keyText = attempt('keyFile', (path) => readText(path, 'key'));
  const passphrase = attempt('passphraseFile', (path) => readText(path, 'passphrase').split(/\r?\n/, 1)[0]);
  const ca = attempt('caFile', (path) => readCertificates(readText(path, 'CA'), 'the CA file'));
  // A key that cannot be opened because its passphrase file is missing is one fault, not two.
  const openable = keyText !== undefined && !faults.some(({ file }) => file === 'passphraseFile');
  const key = openable ? attempt('keyFile', () => openKey(keyText, passphrase)) : undefined;
  refuseFaults();
  if (chain === undefined || key === undefined) throw new Error('a file without a fault was not read');

  const pem = {
    cert: joined(chain),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ca: ca && joined(ca),
  };
  attempt('certFile', () => checkChain(chain, key, now));
  if (faults.length === 0) attempt('keyFile', () => checkKey(key, expect));
  if (faults.length === 0) attempt('certFile', () => checkUsable(pem));
  refuseFaults();
  const [leaf, ...issuers] = chain;
  return {
    ...defined(pem),
    leaf: leaf.text,
    chain: [leaf.text, ...issuers.map(({ text }) => text)],
    notAfter: leaf.certificate.validToDate,
    sign: (algorithm) => (data) =>
      new Promise((resolve, reject) => {
        sign(algorithm, data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
      }),
  };
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

/** Opens a private key. The error has no cause: the message of OpenSSL may quote the file. */
const openKey = (pem: string, passphrase: string | undefined): KeyObject => {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (encrypted && passphrase === undefined) throw new Error('the key is encrypted and no passphrase file is given');
  try {
    return createPrivateKey(defined({ key: pem, passphrase }));
  } catch (error) {
    if (!encrypted || !isWhole(pem)) throw new Error('the key file holds no whole PEM private key');
    if (errorCode(error) === 'ERR_OSSL_EVP_UNSUPPORTED') {
      throw new Error('the encryption of the key is too old: encrypt it again, with AES-256');
    }
    throw new Error('the passphrase does not open the key');
  }
};

/** Whether the text of an encrypted key has an end and, in PKCS #8, as many bytes as it announces. */
const isWhole = (pem: string): boolean => {
  if (!/-----END [A-Z ]*PRIVATE KEY-----/.test(pem)) return false;
  const [, body] = /-----BEGIN ENCRYPTED PRIVATE KEY-----([^-]+)-----END/.exec(pem) ?? [];
  if (body === undefined) return true;
  const der = Buffer.from(body, 'base64');
  if (der.length < 4) return false;
  // A DER length of 128 to 255 is in one byte after 0x81, a longer one in two bytes after 0x82.
  const announced = der[1] === 0x81 ? 3 + (der[2] ?? 0) : 4 + der.readUInt16BE(2);
  return der.length === announced;
};

const checkChain = (chain: readonly [PemCertificate, ...PemCertificate[]], key: KeyObject, now: Date): void => {
  const [leaf] = chain;
  const belongs = ({ certificate }: PemCertificate): boolean => certificate.checkPrivateKey(key);
  if (!belongs(leaf)) {
    throw new Error(
      chain.some(belongs)
        ? 'the certificates are in the wrong order: the certificate of the key must be the first'
        : 'certificate and key do not belong together',
    );
  }
  for (const [at, { certificate }] of chain.slice(0, -1).entries()) {
    const isIssuer = (other: PemCertificate | undefined): boolean =>
      other !== undefined && certificate.checkIssued(other.certificate);
    if (isIssuer(chain[at + 1])) continue;
    throw new Error(
      chain.some((other) => other.certificate !== certificate && isIssuer(other))
        ? `the certificates are in the wrong order: the issuer of certificate ${at + 1} must follow it`
        : `an intermediate certificate is missing: certificate ${at + 2} is not the issuer of certificate ${at + 1}`,
    );
  }
  const { validFromDate, validToDate } = leaf.certificate;
  if (validFromDate > now) throw new Error(`the certificate is not valid yet (from ${validFromDate.toISOString()})`);
  if (validToDate <= now) throw new Error(`the certificate has expired (${validToDate.toISOString()})`);
};

const checkKey = (key: KeyObject, expect: Expectation): void => {
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
