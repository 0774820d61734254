import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { type Authority, createAuthority, type Pair } from '../../docker/certificates.ts';

/** A temporary folder. `write` writes a file into it, or into a folder below it, and returns its path. */
export type Scratch = {
  readonly folder: string;
  readonly write: (name: string, content: string | Uint8Array) => string;
  readonly remove: () => void;
};

/** The files that the service needs to ask LED. */
export type ServiceFiles = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly auditKeyFile: string;
};

export type Certificates = Scratch & {
  readonly authority: Authority;
  readonly server: Pair;
  readonly client: Pair;
  readonly files: ServiceFiles;
};

const createScratch = (): Scratch => {
  const folder = mkdtempSync(join(tmpdir(), 'led-eligibility-'));
  return {
    folder,
    write: (name, content) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** Makes an authority, LED's certificate for 127.0.0.1 and localhost, our own (RSA), and an audit key. Ours are in files. */
export const createCertificates = async (): Promise<Certificates> => {
  const authority = await createAuthority();
  const server = await authority.issue({ commonName: 'LED', names: ['127.0.0.1', 'localhost'], use: 'server' });
  const client = await authority.issue({ commonName: 'us', use: 'client', keyType: 'rsa' });
  const scratch = createScratch();
  return {
    ...scratch,
    authority,
    server,
    client,
    files: {
      certFile: scratch.write('client.crt', client.cert),
      keyFile: scratch.write('client.key', client.key),
      caFile: scratch.write('ca.pem', authority.cert),
      auditKeyFile: scratch.write('audit.key', randomBytes(32).toString('base64')),
    },
  };
};

/** The TLS options with which LED's side requires our certificate. */
export const mutualTls = ({ server, authority }: Certificates, more: TlsOptions = {}): TlsOptions => ({
  ...server,
  ca: authority.cert,
  requestCert: true,
  rejectUnauthorized: true,
  ...more,
});
