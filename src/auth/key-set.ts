import { setTimeout as delay } from 'node:timers/promises';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { WarningLog } from './token-check.ts';
import { createTokenService, tokenServiceUnavailable } from './token-service.ts';

const REFRESH_AFTER_MS = 5_000;
const USABLE_FOR_MS = 30_000;
const BETWEEN_FETCHES_MS = 500;
const MAX_BYTES = 262_144;

/** The published keys of an issuer. */
type KeySet = {
  /**
   * Resolves with keys that are not older than 30 s. With `since` (monotonic clock, ms) they were fetched after that
   * moment, for a token with a key that is not in memory yet. Rejects with the Fault `serviceUnavailable` if the
   * key server gives no such keys.
   */
  readonly keysSince: (since?: number) => Promise<JWTVerifyGetKey>;
  readonly close: () => Promise<void>;
};

/**
 * Keeps the keys that the issuer publishes at `url`. When they are used after 5 s, they are fetched again in the
 * background. After 30 s they are not used any more. So a withdrawn key is not trusted for long, and a short outage of
 * the key server has no effect. jose's own remote key set keeps keys for minutes, and its clock can jump.
 *
 * The key server gets at most two requests a second. Tokens with unknown keys wait for the same fetch. So tokens with
 * invented keys cannot flood the key server through this service, and a key that was just published is still found.
 */
export const createKeySet = (url: URL, monotonic: () => number, log: WarningLog): KeySet => {
  const service = createTokenService(url, MAX_BYTES, log);
  let keys: JWTVerifyGetKey | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const fetchKeys = async (): Promise<void> => {
    const startedAt = monotonic();
    triedAt = startedAt;
    const body = await service.ask(async () => ({ method: 'GET', headers: { accept: 'application/json' } }));
    try {
      keys = createLocalJWKSet(body as JSONWebKeySet);
    } catch {
      log.warn({ failure: 'notAKeySet' }, 'token service unavailable');
      throw tokenServiceUnavailable();
    }
    fetchedAt = startedAt;
  };
  const refresh = (): Promise<void> => {
    fetching ??= fetchKeys().finally(() => {
      fetching = undefined;
    });
    return fetching;
  };
  const untilNextFetch = (): number => (fetching ? 0 : triedAt + BETWEEN_FETCHES_MS - monotonic());

  const fetchSince = async (since: number): Promise<void> => {
    while (fetchedAt < since) {
      const wait = untilNextFetch();
      if (wait > 0) await delay(wait, undefined, { ref: false });
      // In the meantime, another token may have fetched them.
      if (fetchedAt < since) await refresh();
    }
  };
  const keepFresh = async (): Promise<void> => {
    const age = monotonic() - fetchedAt;
    if (age >= USABLE_FOR_MS) {
      if (untilNextFetch() > 0) throw tokenServiceUnavailable();
      await refresh();
    } else if (age >= REFRESH_AFTER_MS && untilNextFetch() <= 0) {
      refresh().catch(() => undefined);
    }
  };
  const keysSince = async (since?: number): Promise<JWTVerifyGetKey> => {
    if (since !== undefined) await fetchSince(since);
    await keepFresh();
    if (keys === undefined) throw tokenServiceUnavailable();
    return keys;
  };
  return { keysSince, close: service.close };
};
