import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls } from 'node:tls';

/** A connection of a caller, which shows what the service does with it. */
export type OpenConnection = {
  readonly socket: Socket;
  /** What the service has sent so far. */
  readonly text: () => string;
  readonly isClosed: () => boolean;
  /** Resolves when the connection is closed, with the milliseconds since it was opened. */
  readonly closed: Promise<number>;
};

type To = {
  readonly port: number;
  readonly host?: string;
  /** The certificate authority; with it the connection uses TLS. */
  readonly ca?: string | undefined;
  /** The address from which to connect. */
  readonly from?: string;
  /** Whether to read what the service sends; by default yes. */
  readonly reads?: boolean;
};

/** Opens a connection and sends these bytes once it is open, over TLS once the handshake is finished. */
export const openConnection = async (
  { port, host = '127.0.0.1', ca, from = '127.0.0.1', reads = true }: To,
  bytes: string | Uint8Array = '',
): Promise<OpenConnection> => {
  const began = performance.now();
  const place = { port, host, localAddress: from };
  const socket = ca === undefined ? connect(place) : connectTls({ ...place, ca });
  let text = '';
  let closedAfter: number | undefined;
  socket.on('error', () => {});
  const closed = new Promise<number>((resolve) => {
    socket.once('close', () => {
      closedAfter = performance.now() - began;
      resolve(closedAfter);
    });
  });
  if (reads) {
    socket.on('data', (chunk) => {
      text += chunk;
    });
  } else socket.pause();
  await Promise.race([
    new Promise((resolve) => socket.once(ca === undefined ? 'connect' : 'secureConnect', resolve)),
    closed,
  ]);
  socket.write(bytes);
  return { socket, text: () => text, isClosed: () => closedAfter !== undefined, closed };
};

/** The first bytes of a TLS ClientHello: the header of a record of 512 bytes, and of the message in it. */
export const halfClientHello = Buffer.from('16030102000100', 'hex');

const get = 'GET /health HTTP/1.1\r\nHost: x\r\n';
/** What callers send: whole requests, and less. Connections that send these stay open for a while. */
export const sent = {
  nothing: '',
  halfHeader: get,
  halfBody:
    'POST /eligibility HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"insz"',
  wholeRequest: `${get}\r\n`,
} as const;

/** Opens a connection that has had an answer and waits for the next request. */
export const openIdle = async (to: To): Promise<OpenConnection> => {
  const connection = await openConnection(to, sent.wholeRequest);
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (connection.text().includes('"status"')) resolve();
      else connection.socket.once('data', () => setImmediate(check));
    };
    check();
  });
  return connection;
};
