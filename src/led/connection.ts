import type { LookupFunction } from 'node:net';
import { Fault } from '../fault.ts';
import { unlessAborted } from '../lib/promises.ts';
import type { Credentials } from '../lib/tls-files.ts';
import { unavailable } from './connection-faults.ts';
import { createDialer } from './dial.ts';
import { createGenerations, type Generation } from './generations.ts';
import { createPooledConnection, type PooledConnection, type ResponseHandler } from './pooled-connection.ts';

/** The way to LED with one certificate: a pool of kept connections. */
export type Connection = {
  /**
   * Sends one request and passes the answer to `handler`, over a kept connection or, if `fresh`, over a new one with
   * a full handshake. Rejects with a `Fault` or with the signal's reason. A Fault of `handler` is passed on unchanged.
   */
  readonly post: (body: Buffer, signal: AbortSignal, handler: ResponseHandler, fresh?: boolean) => Promise<void>;
  /** Closes idle connections at once, and the others after their call. Resolves when no call is under way. */
  readonly close: () => Promise<void>;
};

type ConnectionOptions = {
  readonly url: URL;
  /** None for plain HTTP. */
  readonly credentials?: Credentials | undefined;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
  /** How long a connection lives from its opening. Default: a minute. */
  readonly maxAgeMs?: number;
  /** Finds the address of LED. Default: the resolver of the system. */
  readonly lookup?: LookupFunction;
};

/** A connection of the pool. `generation` is that of its socket. */
type Member = {
  readonly connection: PooledConnection;
  readonly expiry: NodeJS.Timeout;
  generation: Generation;
  /** Its socket answered before. */
  kept: boolean;
  expired: boolean;
};

const MAX_AGE_MS = 60_000;

/**
 * Opens the way to LED. Each connection carries one call at a time. A call that finds no idle connection opens another,
 * so there are never more connections than calls. A connection is closed if its call failed, and when it is
 * `maxAgeMs` old: so a new address of LED is in use within that time. If a connection turns out to be dead
 * (`ledStale`), all idle ones are closed with it. `connectFault` and `callFault` make the Faults. Throws if the
 * credentials cannot be used for TLS.
 */
export const openConnection = (options: ConnectionOptions): Connection => {
  const { url, timeoutMs, maxAgeMs = MAX_AGE_MS } = options;
  const dial = createDialer(options);
  const generations = createGenerations();
  const idle = new Set<Member>();
  let closed = false;
  let underWay = 0;
  let onQuiet: (() => void) | undefined;

  const open = (fresh: boolean): Member => {
    const connection = createPooledConnection({
      url,
      timeoutMs,
      dial: (callback) => {
        member.generation = generations.join();
        member.kept = false;
        return dial(callback, fresh);
      },
      onDisconnect: () => {
        if (idle.has(member)) discard(member);
      },
    });
    const expiry = setTimeout(() => {
      member.expired = true;
      if (idle.has(member)) discard(member);
    }, maxAgeMs).unref();
    const member: Member = { connection, generation: generations.join(), expiry, kept: false, expired: false };
    return member;
  };
  const discard = (member: Member): void => {
    idle.delete(member);
    clearTimeout(member.expiry);
    member.connection.destroy();
  };
  const discardIdle = (): void => {
    for (const member of [...idle]) discard(member);
  };
  const release = (member: Member, answered: boolean): void => {
    underWay -= 1;
    if (answered && !closed && !member.expired) idle.add(member);
    else discard(member);
    if (underWay === 0) onQuiet?.();
  };
  /** The connection that was used last: it is the least likely to be dead, and the others may expire. */
  const takeIdle = (): Member | undefined => {
    const member = [...idle].at(-1);
    if (member !== undefined) idle.delete(member);
    return member;
  };
  /** Returns the reason of a failed call once it is known. It waits if the connection may have died in a fail-over. */
  const judge = async (reason: unknown, failedOver: Promise<boolean> | undefined, signal: AbortSignal) => {
    if (failedOver === undefined || !isStale(reason)) return reason;
    return (await unlessAborted(signal, failedOver)) ? unavailable('ledFailedOver', reason.cause) : reason;
  };

  return {
    post: (body, signal, handler, fresh = false) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const member = (fresh ? undefined : takeIdle()) ?? open(fresh);
        // The connection may be made again before the request is sent: then it is of another generation, and not kept.
        const taken = member.kept ? member.generation : undefined;
        if (taken !== undefined) generations.takeKept(taken);
        underWay += 1;
        member.connection.send(body, signal, handler, (failure) => {
          release(member, failure === undefined);
          const ended = failure === undefined ? 'answered' : isStale(failure.reason) ? 'dead' : 'failed';
          const failedOver = generations.end(member.generation, member.kept, ended);
          if (taken !== undefined) generations.giveBack(taken);
          if (failure === undefined) {
            member.kept = true;
            resolve();
            return;
          }
          const { reason } = failure;
          // The first dead connection takes the idle ones with it.
          if (isStale(reason) && failedOver === undefined) discardIdle();
          judge(reason, failedOver, signal).then(reject, reject);
        });
      }),
    close: () => {
      closed = true;
      discardIdle();
      return underWay === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            onQuiet = resolve;
          });
    },
  };
};

const isStale = (reason: unknown): reason is Fault => reason instanceof Fault && reason.reason === 'ledStale';
