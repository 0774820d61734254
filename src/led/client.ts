import type { Logger } from 'pino';
import type { Metrics } from '../lib/metrics.ts';
import { type CredentialFiles, type Credentials, loadCredentials } from '../lib/tls-files.ts';
import { watchCredentials } from '../lib/tls-watch.ts';
import type { Ask, Behaviour } from './ask.ts';
import { type BreakerState, breaker } from './behaviours/breaker.ts';
import { inFlightLimit, rateLimit } from './behaviours/limits.ts';
import { createObserver } from './behaviours/observe.ts';
import { retry } from './behaviours/retry.ts';
import { openConnection } from './connection.ts';
import { createExchange, type Link } from './exchange.ts';
import { createSigner, type SignatureAlgorithm } from './request/signature.ts';

/** How LED is reached; times in ms. Without credentials (plain HTTP to this machine) nothing is signed. */
export type LedConfig = {
  readonly url: URL;
  readonly credentials?: CredentialFiles | undefined;
  readonly senderId: string;
  readonly capacity?: string | undefined;
  readonly signature: SignatureAlgorithm | 'none';
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly maxQueue: number;
  readonly maxPerSecond?: number | undefined;
  readonly maxResponseBytes: number;
};

export type LedClient = {
  readonly ask: Ask;
  /** Whether a further call would be turned down at once; known before anything is read of the request for it. */
  readonly isFull: () => boolean;
  /** Judged from the calls of the last minute, never by making one. */
  readonly health: () => 'UP' | 'DEGRADED';
  /** Whether the certificate in use is still valid; says nothing about LED. */
  readonly ready: () => boolean;
  /** Stops watching files and keeps no connection; resolves when the calls under way have ended. */
  readonly close: () => Promise<void>;
};

const BREAKER_LEVEL: Record<BreakerState, number> = { closed: 0, halfOpen: 1, open: 2 };

/**
 * Makes the client of LED: one `Ask` out of small behaviours, outermost first. Throws an `Error` in plain words if the
 * certificate files cannot be used (see `loadCredentials`).
 */
export const createLedClient = (config: LedConfig, deps: { metrics: Metrics; log: Logger }): LedClient => {
  const { url, credentials: files, signature, connectTimeoutMs, timeoutMs, maxInFlight, maxQueue } = config;
  const { metrics, log } = deps;

  const openLink = (credentials: Credentials | undefined): Link => ({
    signer:
      credentials === undefined || signature === 'none'
        ? undefined
        : createSigner({ certificate: credentials.leaf, algorithm: signature, sign: credentials.sign(signature) }),
    connection: openConnection({ url, credentials, connectTimeoutMs, timeoutMs }),
  });

  const expect = { use: 'led', rsa: signature !== 'none' };
  let credentials = files === undefined ? undefined : loadCredentials(files, expect);
  let link = openLink(credentials);
  let drained: Promise<unknown> = Promise.resolve();
  const watcher =
    files === undefined || credentials === undefined
      ? undefined
      : watchCredentials({
          files,
          expect,
          current: credentials,
          metrics,
          log,
          onChange: (fresh) => {
            const old = link;
            link = openLink(fresh);
            credentials = fresh;
            drained = Promise.all([drained, old.connection.close()]);
          },
        });

  const onState = (state: BreakerState) => {
    metrics.ledBreaker.set(BREAKER_LEVEL[state]);
    if (state === 'open') log.warn('LED does not answer: breaker open');
    if (state === 'closed') log.info('LED answers again: breaker closed');
  };
  const observer = createObserver({ metrics, log, timeoutMs });
  const inFlight = inFlightLimit({ maxInFlight, maxQueue });
  const behaviours: Behaviour[] = [
    retry(() => metrics.ledRetries.inc()),
    ...(config.maxPerSecond === undefined ? [] : [rateLimit({ maxPerSecond: config.maxPerSecond, maxQueue })]),
    inFlight,
    breaker({ slowMs: timeoutMs / 2, onState }),
    observer.behaviour,
  ];
  const exchange = createExchange({
    link: () => link,
    sender: { id: config.senderId, ...(config.capacity === undefined ? {} : { capacity: config.capacity }) },
    maxResponseBytes: config.maxResponseBytes,
  });

  return {
    ask: behaviours.reduceRight((next, behaviour) => behaviour(next), exchange),
    isFull: inFlight.isFull,
    health: observer.health,
    ready: () => credentials === undefined || credentials.notAfter.getTime() > Date.now(),
    close: async () => {
      watcher?.close();
      await Promise.all([drained, link.connection.close()]);
    },
  };
};
