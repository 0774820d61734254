import { type buildConnector, Client, type Dispatcher } from 'undici';
import { callFault } from './connection-faults.ts';
import type { Dialled } from './dial.ts';

/**
 * Receives an answer while it arrives. If a function throws a Fault, the answer is refused and the rest is not read.
 */
export type ResponseHandler = {
  readonly head: (status: number, headers: ResponseHeaders) => void;
  readonly data: (chunk: Uint8Array) => void;
};

/** By lower-case name. */
type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One kept connection to LED, which carries one call at a time. It connects when the first call needs it. */
export type PooledConnection = {
  /**
   * Sends one request and passes the answer to `handler`. Calls `end` exactly once: without a failure when the whole
   * answer has arrived, otherwise with a `Fault` or with the signal's reason. A Fault of `handler` is passed on
   * unchanged.
   */
  readonly send: (
    body: Buffer,
    signal: AbortSignal,
    handler: ResponseHandler,
    end: (failure?: { readonly reason: unknown }) => void,
  ) => void;
  /** Closes the connection at once, also one that is still being made. */
  readonly destroy: () => void;
};

type PooledConnectionOptions = {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly dial: (callback: buildConnector.Callback) => Dialled;
  /** Called when the connection is closed, by either side. */
  readonly onDisconnect: () => void;
};

const HEADERS = {
  'content-type': 'text/xml;charset=UTF-8',
  soapaction: '""',
  'accept-encoding': 'identity',
};

/**
 * Makes one connection of the pool: HTTP/1.1. It is closed when it was idle for 4 s, or for the time in the server's
 * Keep-Alive header (at most 30 s), and when bytes come while it is idle.
 */
export const createPooledConnection = (options: PooledConnectionOptions): PooledConnection => {
  const { url, timeoutMs, dial, onDisconnect } = options;
  let dialled: Dialled | undefined;
  let answeredBefore = false;
  let bytesBefore = 0;

  const client = new Client(url.origin, {
    allowH2: false,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 30_000,
    maxHeaderSize: 16_384,
    connect: (_, callback) => {
      // The client may connect again for a later call. Nothing is known of the new connection yet.
      answeredBefore = false;
      bytesBefore = 0;
      dialled = dial(callback);
    },
  });
  client.on('disconnect', onDisconnect);

  const bytesRead = (): number => dialled?.socket().bytesRead ?? 0;
  const faultOf = (error: Error) =>
    callFault(error, {
      secure: url.protocol === 'https:',
      certificateAccepted: dialled?.isCertificateAccepted() ?? false,
      resumed: dialled?.isResumed() ?? false,
      answeredBefore,
      answerBegun: bytesRead() > bytesBefore,
    });

  return {
    send: (body, signal, handler, end) => {
      let ended = false;
      const finish = (failure?: { readonly reason: unknown }) => {
        if (ended) return;
        ended = true;
        signal.removeEventListener('abort', abort);
        answeredBefore = failure === undefined;
        end(failure);
      };
      const abort = () => finish({ reason: signal.reason });
      const dispatchHandler: Dispatcher.DispatchHandler = {
        onRequestStart: () => {},
        onResponseStart: (_, status, headers) => {
          // An interim answer (1xx) is not the answer.
          if (status >= 200) handler.head(status, headers);
        },
        onResponseData: (_, chunk) => handler.data(chunk),
        onResponseEnd: () => finish(),
        onResponseError: (_, error) => finish({ reason: faultOf(error) }),
      };
      signal.addEventListener('abort', abort, { once: true });
      bytesBefore = bytesRead();
      client.dispatch({ path: url.pathname + url.search, method: 'POST', headers: HEADERS, body }, dispatchHandler);
    },
    destroy: () => {
      // `client.destroy` does not stop a connection that is still being made.
      dialled?.socket().destroy();
      void client.destroy();
    },
  };
};
