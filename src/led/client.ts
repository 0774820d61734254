import type { Log } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Ask, Behaviour } from './ask.ts';
import { type BreakerState, breaker } from './behaviours/breaker.ts';
import { inFlightLimit } from './behaviours/in-flight-limit.ts';
import { createObserver } from './behaviours/observe.ts';
import { rateLimit } from './behaviours/rate-limit.ts';
import { retry } from './behaviours/retry.ts';
import { createExchange } from './exchange.ts';
import { holdLink, type LinkOptions } from './link.ts';

/** How to reach LED; times in ms. Without credentials (plain HTTP to this machine) nothing is signed. */
export type LedConfig = LinkOptions & {
  readonly maxInFlight: number;
  readonly maxQueue: number;
  readonly maxPerSecond?: number | undefined;
  readonly maxResponseBytes: number;
};

export type LedClient = {
  readonly ask: Ask;
  /** Whether a new call would be refused at once. Callers check it before they read a request. */
  readonly isFull: () => boolean;
  /** Judged by the calls of the last minute; makes no call itself. */
  readonly health: () => 'UP' | 'DEGRADED';
  /** Whether the certificate in use is still valid; says nothing about LED. */
  readonly ready: () => boolean;
  /** Stops watching files and closes the connections; resolves when the calls under way have ended. */
  readonly close: () => Promise<void>;
};

const BREAKER_LEVEL: Record<BreakerState, number> = { closed: 0, halfOpen: 1, open: 2 };

/**
 * Creates the client of LED: one `Ask`, made of an exchange and the behaviours around it. Throws an `Error` in plain
 * words if the certificate files cannot be used (see `loadCredentials`).
 */
export const createLedClient = (config: LedConfig, { metrics, log }: { metrics: Metrics; log: Log }): LedClient => {
  const { timeoutMs, maxInFlight, maxQueue, maxPerSecond } = config;
  const link = holdLink(config, { metrics, log });
  const exchange = createExchange({ link: link.current, maxResponseBytes: config.maxResponseBytes });

  const onState = (state: BreakerState) => {
    metrics.ledBreaker.set(BREAKER_LEVEL[state]);
    if (state === 'open') log.warn('LED does not answer: breaker open');
    if (state === 'closed') log.info('LED answers again: breaker closed');
  };
  const observer = createObserver({ metrics, log, timeoutMs });
  const inFlight = inFlightLimit({ maxInFlight, maxQueue });
  // The first is the outermost: a retry passes through all the others again, and only calls that pass are observed.
  const behaviours: Behaviour[] = [
    retry(() => metrics.ledRetries.inc()),
    ...(maxPerSecond === undefined ? [] : [rateLimit({ maxPerSecond, maxQueue })]),
    inFlight,
    breaker({ slowMs: timeoutMs / 2, onState }),
    observer.behaviour,
  ];

  return {
    ask: behaviours.reduceRight((next, behaviour) => behaviour(next), exchange),
    isFull: inFlight.isFull,
    health: observer.health,
    ready: link.ready,
    close: link.close,
  };
};
