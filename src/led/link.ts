import { defined } from '../lib/defined.ts';
import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import { type CredentialFiles, type Credentials, loadCredentials } from '../lib/tls-files.ts';
import { watchCredentials } from '../lib/tls-watch.ts';
import { type Connection, openConnection } from './connection.ts';
import { createSigner, type SignatureAlgorithm, type Signer } from './request/signature.ts';
import { createToken, type TokenForm } from './request/token.ts';

/** The connection and the signer that use one certificate. Both are replaced together. */
export type Link = { readonly connection: Connection; readonly signer?: Signer };

export type LinkOptions = {
  readonly url: URL;
  readonly credentials?: CredentialFiles | undefined;
  readonly signature: SignatureAlgorithm | 'none';
  readonly token: TokenForm | 'auto';
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
};

/** The certificate for LED, as metrics, logs and messages call it. A signature needs an RSA key. */
export const ledUse = (signature: LinkOptions['signature']) => ({ use: 'led', rsa: signature !== 'none' });

type LinkHolder = {
  /** The link in use now. */
  readonly current: () => Link;
  /** Whether the certificate in use is still valid. */
  readonly ready: () => boolean;
  /** Stops watching files and closes the connections; resolves when the calls under way have ended. */
  readonly close: () => Promise<void>;
};

/**
 * Opens the link to LED and replaces it when the certificate files change. New calls then use the new link; calls under
 * way end on the old one. Throws an `Error` in plain words if the files cannot be used (see `loadCredentials`).
 */
export const holdLink = (options: LinkOptions, { metrics, log }: { metrics: Metrics; log: Log }): LinkHolder => {
  const { credentials: files, signature } = options;
  const expect = ledUse(signature);
  let credentials = files && loadCredentials(files, expect);
  let link = openLink(options, credentials);
  let drained: Promise<unknown> = Promise.resolve();
  const watcher =
    files &&
    credentials &&
    watchCredentials({
      files,
      expect,
      current: credentials,
      metrics,
      log,
      onChange: (fresh) => {
        const old = link;
        link = openLink(options, fresh);
        credentials = fresh;
        drained = Promise.all([drained, old.connection.close()]);
      },
    });
  return {
    current: () => link,
    ready: () => credentials === undefined || credentials.notAfter.getTime() > Date.now(),
    close: async () => {
      watcher?.close();
      await Promise.all([drained, link.connection.close()]);
    },
  };
};

const openLink = (options: LinkOptions, credentials: Credentials | undefined): Link => {
  const { url, signature, token, connectTimeoutMs, timeoutMs } = options;
  return defined({
    signer:
      credentials === undefined || signature === 'none'
        ? undefined
        : createSigner({
            token: createToken(credentials.chain, token),
            algorithm: signature,
            sign: credentials.sign(signature),
          }),
    connection: openConnection({ url, credentials, connectTimeoutMs, timeoutMs }),
  });
};
