import type { Credentials } from '../lib/tls-files.ts';
import { createDialer } from './dial.ts';
import { createPooledConnection, type PooledConnection, type ResponseHandler } from './pooled-connection.ts';

/** The way to LED with one certificate: a pool of kept connections. */
export type Connection = {
  /**
   * Sends one request and passes the answer to `handler`. Rejects with a `Fault` or with the signal's reason. A Fault
   * of `handler` is passed on unchanged.
   */
  readonly post: (body: Buffer, signal: AbortSignal, handler: ResponseHandler) => Promise<void>;
  /** Closes idle connections at once, and the others after their call. Resolves when no call is under way. */
  readonly close: () => Promise<void>;
};

type ConnectionOptions = {
  readonly url: URL;
  /** None for plain HTTP. */
  readonly credentials?: Credentials | undefined;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
};

/**
 * Opens the way to LED. Each connection carries one call at a time. A call that finds no idle connection opens another,
 * so there are never more connections than calls. A connection is closed if its call failed. `connectFault` and
 * `callFault` make the Faults. Throws if the credentials cannot be used for TLS.
 */
export const openConnection = ({ url, credentials, connectTimeoutMs, timeoutMs }: ConnectionOptions): Connection => {
  const dial = createDialer({ url, credentials, connectTimeoutMs });
  const idle: PooledConnection[] = [];
  let closed = false;
  let underWay = 0;
  let onQuiet: (() => void) | undefined;

  const open = (): PooledConnection => {
    const connection = createPooledConnection({
      url,
      timeoutMs,
      dial,
      onDisconnect: () => {
        if (idle.includes(connection)) discard(connection);
      },
    });
    return connection;
  };
  const discard = (connection: PooledConnection): void => {
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    connection.destroy();
  };
  const release = (connection: PooledConnection, answered: boolean): void => {
    underWay -= 1;
    if (answered && !closed) idle.push(connection);
    else discard(connection);
    if (underWay === 0) onQuiet?.();
  };

  return {
    post: (body, signal, handler) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        // The connection that was used last is used next: it is the least likely to be dead, and the others may expire.
        const connection = idle.pop() ?? open();
        underWay += 1;
        connection.send(body, signal, handler, (failure) => {
          release(connection, failure === undefined);
          if (failure === undefined) resolve();
          else reject(failure.reason);
        });
      }),
    close: () => {
      closed = true;
      for (const connection of [...idle]) discard(connection);
      return underWay === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            onQuiet = resolve;
          });
    },
  };
};
