import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Authority, createAuthority, openAuthority } from './certificates.ts';

/** The names of the files that `makeCertificates` writes. */
export const certificateFiles = {
  ca: 'ca.pem',
  caKey: 'ca.key',
  serverCert: 'led-server.crt',
  serverKey: 'led-server.key',
  clientCert: 'led-client.crt',
  clientKey: 'led-client.key',
  auditKey: 'audit.key',
} as const;

const day = 86_400_000;

/** Runs `check`. Returns false when it throws: a file may be missing or damaged. */
const holds = (check: () => boolean): boolean => {
  try {
    return check();
  } catch {
    return false;
  }
};

/**
 * Writes temporary certificates and an audit key into `folder`, and makes the folder where it does not exist: an
 * authority, a server pair for `names` and an RSA client pair. Keeps files that are complete and valid for at least one
 * more day; with `renew` it keeps only the authority and the audit key, so that a rotation can be tried. Returns the
 * names of the files that it wrote. Everybody can read the files, because the containers that mount the folder run as
 * a user who does not own it. That is acceptable only because these keys protect nothing.
 */
export const makeCertificates = async (
  folder: string,
  names: readonly string[] = ['led-simulator', 'localhost', '127.0.0.1', '::1'],
  { renew = false } = {},
): Promise<readonly string[]> => {
  mkdirSync(folder, { recursive: true });
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const written: string[] = [];
  const write = (file: string, content: string): void => {
    writeFileSync(join(folder, file), content, { mode: 0o644 });
    chmodSync(join(folder, file), 0o644);
    written.push(file);
  };
  const { ca, caKey, serverCert, serverKey, clientCert, clientKey, auditKey } = certificateFiles;

  const lasts = (certificate: X509Certificate): boolean => certificate.validToDate.getTime() > Date.now() + day;
  const isGood = (cert: string, key: string): boolean => {
    const authority = new X509Certificate(read(ca));
    const leaf = new X509Certificate(read(cert));
    return lasts(leaf) && leaf.verify(authority.publicKey) && leaf.checkPrivateKey(createPrivateKey(read(key)));
  };
  const authorityIsGood = holds(() => {
    const authority = new X509Certificate(read(ca));
    return lasts(authority) && authority.checkPrivateKey(createPrivateKey(read(caKey)));
  });
  const serverHasName = (name: string): boolean => {
    const leaf = new X509Certificate(read(serverCert));
    return (/^[\d.]+$|:/.test(name) ? leaf.checkIP(name) : leaf.checkHost(name)) !== undefined;
  };
  const pairsAreGood = (): boolean =>
    isGood(serverCert, serverKey) && isGood(clientCert, clientKey) && names.every(serverHasName);
  if (renew || !authorityIsGood || !holds(pairsAreGood)) {
    let authority: Authority;
    if (authorityIsGood) authority = await openAuthority({ cert: read(ca), key: read(caKey) });
    else {
      authority = await createAuthority('Throwaway CA', 30);
      write(ca, authority.cert);
      write(caKey, authority.key);
    }
    const server = await authority.issue({ commonName: names[0] ?? 'led', names, use: 'server' });
    const client = await authority.issue({ commonName: 'led-eligibility', use: 'client', keyType: 'rsa' });
    write(serverCert, server.cert);
    write(serverKey, server.key);
    write(clientCert, client.cert);
    write(clientKey, client.key);
  }
  if (!holds(() => Buffer.from(read(auditKey), 'base64').length >= 32)) {
    write(auditKey, `${randomBytes(32).toString('base64')}\n`);
  }
  return written;
};

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { renew: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [folder, ...names] = positionals;
  if (folder === undefined) {
    process.stderr.write('usage: node docker/make-certificates.ts [--renew] FOLDER [NAME-OF-THE-LED-SERVER…]\n');
    process.exitCode = 64;
  } else {
    const written = await makeCertificates(folder, names.length > 0 ? names : undefined, values);
    process.stdout.write(written.length > 0 ? `written: ${written.join(', ')}\n` : 'all there and valid\n');
  }
}
