import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

/** Where a pair lies. Certificate: PEM, leaf first, intermediates after it. The passphrase is the file's first line. */
export type CredentialFiles = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphraseFile?: string | undefined;
  readonly caFile?: string | undefined;
};

/** What the pair is for: a word for metrics, logs and messages, and whether the key has to be an RSA key. */
export type Expectation = { readonly use: string; readonly rsa: boolean };

/** A pair that was found whole, matching and valid; all text is PEM, the key without its passphrase. */
export type Credentials = {
  readonly cert: string;
  readonly leaf: string;
  readonly key: string;
  readonly ca?: string;
  readonly notAfter: Date;
  /** Signs with the private key in the thread pool: PKCS #1 v1.5 over the digest that `algorithm` names. */
  readonly sign: (algorithm: 'rsa-sha256' | 'rsa-sha1') => (data: Buffer) => Promise<Buffer>;
};

const DAY = 86_400_000;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'no code';
};

/** The certificates of a PEM file. A file that was caught half-written has a beginning without an end. */
const readCertificates = (pem: string, what: string): { text: string; certificate: X509Certificate }[] => {
  const blocks = pem.match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new Error(`${what} holds no whole PEM certificate`);
  if (blocks.length !== pem.split('-----BEGIN ').length - 1) {
    throw new Error(`${what} is cut short, or holds more than certificates`);
  }
  return blocks.map((text) => {
    try {
      return { text: `${text}\n`, certificate: new X509Certificate(text) };
    } catch {
      throw new Error(`${what} holds a certificate that cannot be read`);
    }
  });
};

const readKey = (pem: string, passphrase: string | undefined): KeyObject => {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (encrypted && passphrase === undefined) throw new Error('the key is encrypted and no passphrase file is given');
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // The cause is left out on purpose: OpenSSL's words may quote the file.
    throw new Error(
      encrypted
        ? 'the key file is not whole, or the passphrase does not open it'
        : 'the key file holds no whole PEM private key',
    );
  }
};

/**
 * Reads and proves a certificate, its key and the authorities to trust. Throws an `Error` in plain words, without
 * paths, values or key material, if a file is missing, unreadable or half-written, if the certificate is not valid at
 * `now`, if the pair does not match, if an encrypted key does not open, or if RSA is needed and the key is another.
 */
export const loadCredentials = (files: CredentialFiles, expect: Expectation, now: Date = new Date()): Credentials => {
  const read = (file: string, what: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new Error(`the ${what} file cannot be read (${codeOf(error)})`);
    }
  };
  try {
    const chain = readCertificates(read(files.certFile, 'certificate'), 'the certificate file');
    const passphrase =
      files.passphraseFile === undefined ? undefined : read(files.passphraseFile, 'passphrase').split(/\r?\n/, 1)[0];
    const key = readKey(read(files.keyFile, 'key'), passphrase);
    const ca =
      files.caFile === undefined
        ? undefined
        : readCertificates(read(files.caFile, 'CA'), 'the CA file')
            .map(({ text }) => text)
            .join('');
    const [first] = chain;
    if (first === undefined) throw new Error('the certificate file holds no whole PEM certificate');
    const leaf = first.certificate;
    if (!leaf.checkPrivateKey(key)) throw new Error('certificate and key do not belong together');
    if (leaf.validFromDate > now)
      throw new Error(`the certificate is not valid yet (from ${leaf.validFromDate.toISOString()})`);
    if (leaf.validToDate <= now) throw new Error(`the certificate has expired (${leaf.validToDate.toISOString()})`);
    if (expect.rsa && key.asymmetricKeyType !== 'rsa') throw new Error('the key is not an RSA key, as signing needs');
    const cert = chain.map(({ text }) => text).join('');
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    try {
      createSecureContext({ cert, key: pem, ca });
    } catch (error) {
      throw new Error(`certificate and key cannot be used for TLS (${codeOf(error)})`);
    }
    return {
      cert,
      leaf: first.text,
      key: pem,
      ...(ca === undefined ? {} : { ca }),
      notAfter: leaf.validToDate,
      sign: (algorithm) => (data) =>
        new Promise((resolve, reject) => {
          sign(algorithm, data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
        }),
    };
  } catch (error) {
    throw new Error(`${expect.use} certificate: ${(error as Error).message}`);
  }
};

/** What tells one state of the files from another, links followed; a file that is not there is a state too. */
const stampOf = (files: CredentialFiles): string =>
  [files.certFile, files.keyFile, files.passphraseFile, files.caFile]
    .filter((file) => file !== undefined)
    .map((file) => {
      try {
        const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file);
        return [dev, ino, size, mtimeMs, ctimeMs].join(':');
      } catch (error) {
        return codeOf(error);
      }
    })
    .join(' ');

export type WatchOptions = {
  readonly files: CredentialFiles;
  readonly expect: Expectation;
  /** The pair in use so far. */
  readonly current: Credentials;
  readonly onChange: (credentials: Credentials) => void;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly pollMs?: number;
  readonly settleMs?: number;
};

/**
 * Follows the files of a pair and hands on each new pair that is whole and valid; until then the old one stays. The
 * folders are watched, since a Kubernetes secret changes by a renamed link beside the files, and looked at every
 * `pollMs` besides: on some volumes no event comes. Counts each attempt, keeps the expiry metric, and warns in the log
 * once a day from 30 days before the end.
 */
export const watchCredentials = (options: WatchOptions): { close: () => void } => {
  const { files, expect, onChange, metrics, log, pollMs = 5000, settleMs = 100 } = options;
  const { use } = expect;
  let notAfter = options.current.notAfter;
  // The files may have changed between the first reading and now: an empty stamp makes the first look read them again.
  let seen = '';
  let warnedAt = Number.NEGATIVE_INFINITY;
  let settling: NodeJS.Timeout | undefined;

  const remind = () => {
    const left = notAfter.getTime() - Date.now();
    if (left > 30 * DAY || Math.abs(Date.now() - warnedAt) < DAY) return;
    warnedAt = Date.now();
    const facts = { use, notAfter: notAfter.toISOString(), daysLeft: Math.floor(left / DAY) };
    if (left > 0) log.warn(facts, 'certificate expires soon');
    else log.error(facts, 'certificate has expired');
  };
  const adopt = (credentials: Credentials) => {
    notAfter = credentials.notAfter;
    metrics.certificateExpiry.set({ use }, notAfter.getTime() / 1000);
    warnedAt = Number.NEGATIVE_INFINITY;
    remind();
  };
  const look = () => {
    // Taken before reading: what changes while we read is another state, and is read again.
    const stamp = stampOf(files);
    if (stamp === seen) return;
    const first = seen === '';
    seen = stamp;
    try {
      const credentials = loadCredentials(files, expect);
      if (first && credentials.cert === options.current.cert && credentials.ca === options.current.ca) return;
      onChange(credentials);
      metrics.certificateReloads.inc({ use, result: 'ok' });
      log.info({ use, notAfter: credentials.notAfter.toISOString() }, 'certificate replaced');
      adopt(credentials);
    } catch (error) {
      metrics.certificateReloads.inc({ use, result: 'failed' });
      log.error({ use, problem: (error as Error).message }, 'certificate files not taken up, the old pair stays');
    }
  };
  // Not put off by further events: a folder that never rests must not keep a new pair from being seen.
  const soon = () => {
    settling ??= setTimeout(() => {
      settling = undefined;
      look();
    }, settleMs).unref();
  };

  const folders = new Set(
    [files.certFile, files.keyFile, files.passphraseFile, files.caFile].flatMap((file) =>
      file === undefined ? [] : [dirname(file)],
    ),
  );
  const watchers: FSWatcher[] = [];
  for (const folder of folders) {
    try {
      const watcher = watch(folder, { persistent: false }, soon);
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch (error) {
      log.warn({ use, code: codeOf(error) }, 'certificate folder cannot be watched, its files are polled only');
    }
  }
  const poll = setInterval(() => {
    look();
    remind();
  }, pollMs).unref();

  adopt(options.current);
  look();
  return {
    close: () => {
      clearInterval(poll);
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
};
