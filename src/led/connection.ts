import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { createSecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { type buildConnector, Client, type Dispatcher } from 'undici';
import { Fault } from '../fault.ts';
import type { Credentials } from '../lib/tls-files.ts';

/** Takes in an answer as it comes. What it throws refuses the answer: the rest stays unread and the connection is cut. */
export type AnswerReader = {
  readonly start: (status: number, headers: Record<string, string | string[] | undefined>) => void;
  readonly data: (chunk: Uint8Array) => void;
};

/** The way to LED with one pair of credentials. */
export type Connection = {
  /** Sends one request and feeds the answer to `reader`; rejects with a `Fault`, the reader's, or the signal's reason. */
  readonly post: (body: Buffer, signal: AbortSignal, reader: AnswerReader) => Promise<void>;
  /** Keeps no connection open from here on; resolves when the calls under way have ended. */
  readonly close: () => Promise<void>;
};

export type ConnectionOptions = {
  readonly url: URL;
  /** None for plain HTTP. */
  readonly credentials?: Credentials | undefined;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
};

/** A client of one connection, and what is known of that connection's life so far. */
type PooledConnection = {
  client: Client;
  tcp?: Socket;
  socket?: Socket | TLSSocket;
  /** LED has taken our certificate: a session was given or resumed. */
  accepted: boolean;
  /** An answer came over it whole. */
  proven: boolean;
  /** Octets of answers on the connection before the call under way. */
  before: number;
};

const SESSION_MS = 300_000;
const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);
// Alerts by which a server turns down the certificate of its client, by the names that OpenSSL gives them.
const REFUSED =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|NO_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR|HANDSHAKE_FAILURE)/;

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

const unavailable = (reason: string, cause?: unknown) =>
  new Fault('serviceUnavailable', reason, { retryAfter: 5, cause });

/**
 * Opens the way to LED: HTTP/1.1 over TLS 1.2 or later, one request at a time on a connection, idle ones kept a few
 * seconds. The server is always verified, by authority and by name. Faults: `ledUnreachable` (nothing was reached, or a
 * kept connection had died unseen: safe to ask again), `ledUntrusted`, `ledCertificateRefused`, `ledClosed` (closed
 * without a word), `ledCutOff`, `ledMalformed`, `ledTimeout`. Throws if the credentials cannot be used for TLS.
 */
export const openConnection = (options: ConnectionOptions): Connection => {
  const { url, credentials, connectTimeoutMs, timeoutMs } = options;
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (secure ? 443 : 80));
  const secureContext = secure
    ? createSecureContext({
        minVersion: 'TLSv1.2',
        cert: credentials?.cert,
        key: credentials?.key,
        ca: credentials?.ca,
      })
    : undefined;
  const headers = {
    'content-type': 'text/xml;charset=UTF-8',
    soapaction: '""',
    'accept-encoding': 'identity',
  };
  const idle: PooledConnection[] = [];
  let session: { ticket: Buffer; at: number } | undefined;
  let closed = false;
  let underWay = 0;
  let onQuiet: (() => void) | undefined;

  /** Why no connection came about. */
  const connectFault = (error: Error, pooled: PooledConnection): Fault => {
    if (error instanceof Fault) return error;
    if (pooled.socket !== pooled.tcp && (pooled.socket as TLSSocket).authorizationError) {
      return unavailable('ledUntrusted', error);
    }
    // Without a single octet from the other side, nobody took part in a handshake.
    if ((pooled.tcp?.bytesRead ?? 0) === 0) return unavailable('ledUnreachable', error);
    const refused = RESET.has(codeOf(error)) || REFUSED.test(codeOf(error));
    return unavailable(refused ? 'ledCertificateRefused' : 'ledUntrusted', error);
  };

  /** Why a call over a connection came to nothing. */
  const callFault = (error: Error, pooled: PooledConnection): unknown => {
    if (error instanceof Fault) return error;
    const code = codeOf(error);
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
      return new Fault('ledTimeout', 'ledTimeout', { cause: error });
    }
    if ((pooled.socket?.bytesRead ?? 0) > pooled.before) {
      return new Fault('badGateway', RESET.has(code) ? 'ledCutOff' : 'ledMalformed', { cause: error });
    }
    if (REFUSED.test(code)) return unavailable('ledCertificateRefused', error);
    if (pooled.proven) return unavailable('ledUnreachable', error);
    // Under TLS 1.3 the server judges our certificate after our side of the handshake is done.
    return unavailable(secure && !pooled.accepted ? 'ledCertificateRefused' : 'ledClosed', error);
  };

  const dial = (pooled: PooledConnection, callback: buildConnector.Callback): void => {
    const tcp = tcpConnect({ host, port, noDelay: true, keepAlive: true });
    const ticket = session !== undefined && performance.now() - session.at < SESSION_MS ? session.ticket : undefined;
    const socket = secure
      ? tlsConnect({
          socket: tcp,
          host,
          servername: isIP(host) === 0 ? host : '',
          secureContext,
          ALPNProtocols: ['http/1.1'],
          ...(ticket === undefined ? {} : { session: ticket }),
        })
      : tcp;
    Object.assign(pooled, { tcp, socket, accepted: false, proven: false, before: 0 });
    // Timed here: undici's own connect timer is up to a second late.
    const timer = setTimeout(
      () => socket.destroy(unavailable('ledUnreachable', new Error('no connection in time'))),
      connectTimeoutMs,
    );
    let waiting = true;
    socket.once('close', () => clearTimeout(timer));
    socket.on('error', (error) => {
      clearTimeout(timer);
      if (waiting) callback(connectFault(error, pooled), null);
      waiting = false;
    });
    socket.on('session', (given: Buffer) => {
      pooled.accepted = true;
      session = { ticket: given, at: performance.now() };
    });
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      if (secure && (socket as TLSSocket).isSessionReused()) pooled.accepted = true;
      if (waiting) callback(null, socket);
      waiting = false;
    });
  };

  const discard = (pooled: PooledConnection): void => {
    const at = idle.indexOf(pooled);
    if (at >= 0) idle.splice(at, 1);
    // Destroying a client leaves a connection that is still being made to its fate.
    pooled.socket?.destroy();
    void pooled.client.destroy();
  };

  const openPooled = (): PooledConnection => {
    const pooled: PooledConnection = {
      client: new Client(url.origin, {
        allowH2: false,
        pipelining: 1,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        keepAliveTimeout: 4000,
        keepAliveMaxTimeout: 30_000,
        maxHeaderSize: 16_384,
        connect: (_, callback) => dial(pooled, callback),
      }),
      accepted: false,
      proven: false,
      before: 0,
    };
    pooled.client.on('disconnect', () => {
      if (idle.includes(pooled)) discard(pooled);
    });
    return pooled;
  };

  const leave = (pooled: PooledConnection, whole: boolean): void => {
    underWay -= 1;
    pooled.proven = whole;
    // The last one used is the next one used: it is the least likely to have died, and the others can go.
    if (whole && !closed) idle.push(pooled);
    else discard(pooled);
    if (underWay === 0) onQuiet?.();
  };

  return {
    post: (body, signal, reader) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const pooled = idle.pop() ?? openPooled();
        underWay += 1;
        pooled.before = pooled.socket?.bytesRead ?? 0;
        let done = false;
        const finish = (failure?: { reason: unknown }) => {
          if (done) return;
          done = true;
          signal.removeEventListener('abort', abort);
          leave(pooled, failure === undefined);
          if (failure === undefined) resolve();
          else reject(failure.reason);
        };
        const abort = () => finish({ reason: signal.reason });
        signal.addEventListener('abort', abort, { once: true });
        const handler: Dispatcher.DispatchHandler = {
          onRequestStart: () => {},
          onResponseStart: (_, status, answered) => {
            // An interim answer (1xx) announces nothing that we wait for.
            if (status >= 200) reader.start(status, answered);
          },
          onResponseData: (_, chunk) => reader.data(chunk),
          onResponseEnd: () => finish(),
          onResponseError: (_, error) => finish({ reason: callFault(error, pooled) }),
        };
        pooled.client.dispatch({ path: url.pathname + url.search, method: 'POST', headers, body }, handler);
      }),
    close: () => {
      closed = true;
      for (const pooled of [...idle]) discard(pooled);
      return underWay === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            onQuiet = resolve;
          });
    },
  };
};
