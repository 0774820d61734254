import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as never);

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

/** A certificate and its private key, both in PEM. `cert` holds the certificate only, without its chain. */
export type Pair = { readonly cert: string; readonly key: string };

export type PairOptions = {
  readonly commonName: string;
  /** DNS names and IP addresses. A client certificate has none. */
  readonly names?: readonly string[];
  readonly use: 'server' | 'client';
  readonly keyType?: 'rsa' | 'ec';
  readonly notBefore?: Date;
  readonly notAfter?: Date;
};

/** A temporary certificate authority: its own pair (PEM), and functions that make what it signs. */
export type Authority = Pair & {
  readonly issue: (options: PairOptions) => Promise<Pair>;
  /** Makes an authority under this one. */
  readonly createIntermediate: (name: string) => Promise<Authority>;
};

const pem = async (key: webcrypto.CryptoKey): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
};

const generateKeys = (type: 'rsa' | 'ec'): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(type === 'rsa' ? RSA : EC, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

const serial = (): string => `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;

/**
 * Makes a certificate authority in memory, for the demo, the compose file and the tests. By default its certificates
 * are valid from yesterday until `days` days from now, and their keys are EC P-256. The LED client certificate needs
 * `keyType: 'rsa'` (2048 bits).
 */
export const createAuthority = async (name = 'Throwaway CA', days = 90): Promise<Authority> => {
  const keys = await generateKeys('ec');
  const notBefore = new Date(Date.now() - day);
  const notAfter = new Date(Date.now() + days * day);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name}`,
    notBefore,
    notAfter,
    signingAlgorithm: EC,
    keys: keys as never,
    extensions: await authorityExtensions(keys),
  });
  return authorityOf(ca, keys.privateKey);
};

const authorityExtensions = async (keys: webcrypto.CryptoKeyPair): Promise<x509.Extension[]> => [
  new x509.BasicConstraintsExtension(true, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as never),
];

/** Takes an authority that `createAuthority` made into use again. Throws if `key` is not a key as it makes them. */
export const openAuthority = async ({ cert, key }: Pair): Promise<Authority> => {
  const der = Buffer.from(key.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return authorityOf(
    new x509.X509Certificate(cert),
    await webcrypto.subtle.importKey('pkcs8', der, EC, true, ['sign']),
  );
};

/** Pairs are valid as long as `ca`, unless they say otherwise. */
const authorityOf = async (ca: x509.X509Certificate, key: webcrypto.CryptoKey): Promise<Authority> => {
  const issue = async (options: PairOptions): Promise<Pair> => {
    const own = await generateKeys(options.keyType ?? 'ec');
    const names = (options.names ?? []).map((value) => ({
      type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const),
      value,
    }));
    const usage = options.use === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
    const cert = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${options.commonName}`,
      issuer: ca.subject,
      notBefore: options.notBefore ?? ca.notBefore,
      notAfter: options.notAfter ?? ca.notAfter,
      signingAlgorithm: EC,
      publicKey: own.publicKey as never,
      signingKey: key as never,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.nonRepudiation, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    return { cert: `${cert.toString('pem')}\n`, key: await pem(own.privateKey) };
  };
  const createIntermediate = async (name: string): Promise<Authority> => {
    const keys = await generateKeys('ec');
    const cert = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${name}`,
      issuer: ca.subject,
      notBefore: ca.notBefore,
      notAfter: ca.notAfter,
      signingAlgorithm: EC,
      publicKey: keys.publicKey as never,
      signingKey: key as never,
      extensions: [
        ...(await authorityExtensions(keys)),
        await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
      ],
    });
    return authorityOf(cert, keys.privateKey);
  };
  return { cert: `${ca.toString('pem')}\n`, key: await pem(key), issue, createIntermediate };
};
