import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import type { Held } from './request-turns.ts';

type Connection = {
  readonly tcp: Socket;
  /** How many connections its address holds. All connections of an address share this object. */
  readonly address: { readonly name: string; held: number };
  /** The socket that HTTP is read from; undefined until the TLS handshake is finished. */
  http: Socket | undefined;
  /** How many bytes of HTTP the watch had found, and when it first found so many (ms, monotonic). */
  bytes: number;
  bytesAt: number;
};

type Limit = {
  readonly most: number;
  readonly tls: boolean;
  readonly held: (socket: Socket) => Held;
  readonly onClosed: (reason: 'gaveWay' | 'stalled' | 'refused') => void;
  /** Called with the number of open connections when it changes. */
  readonly onCount: (open: number) => void;
};

/**
 * Keeps at most `most` connections open on a server that does not listen yet. When there are that many, an idle one
 * gives way to a new one: of the address that holds most of them, the one that is idle longest. A connection is idle if
 * it holds no byte of a request. If none is idle, one gives way of whose request no byte has come for a second. If there
 * is none of those either, the new connection is closed.
 *
 * The server's `closeIdleConnections`, which Node calls when the server closes, is replaced: it drops each connection
 * that holds no whole request, at once, and the others as soon as they hold none. Node's own function keeps those on
 * which nothing or half a request has arrived, and those whose TLS handshake is not finished.
 */
export const limitConnections = (server: Server, { most, tls, held, onClosed, onCount }: Limit): void => {
  // In order of use: the first one is idle longest.
  const connections = new Map<string, Connection>();
  const addresses = new Map<string, Connection['address']>();
  let draining = false;

  const open = (tcp: Socket): void => {
    const name = tcp.remoteAddress ?? '';
    const address = addresses.get(name) ?? { name, held: 0 };
    addresses.set(name, address);
    address.held += 1;
    const key = keyOf(tcp);
    const connection = { tcp, address, http: tls ? undefined : tcp, bytes: 0, bytesAt: performance.now() };
    connections.set(key, connection);
    onCount(connections.size);
    tcp.once('close', () => remove(key, connection));
  };
  const remove = (key: string, connection: Connection): void => {
    if (connections.get(key) !== connection) return;
    connections.delete(key);
    connection.address.held -= 1;
    if (connection.address.held === 0) addresses.delete(connection.address.name);
    onCount(connections.size);
  };
  const holds = ({ http }: Connection): Held => (http === undefined ? 'nothing' : held(http));

  const isIdle = (connection: Connection): boolean => holds(connection) === 'nothing';
  const isStalled = (connection: Connection): boolean =>
    holds(connection) === 'part' &&
    connection.http?.bytesRead === connection.bytes &&
    performance.now() - connection.bytesAt > STALL_MS;

  /** Closes the first connection that may go, of the address that holds most. Returns false if there is none. */
  const makeRoom = (mayGo: (connection: Connection) => boolean): boolean => {
    let found: [string, Connection] | undefined;
    for (const [key, connection] of connections) {
      if (connection.address.held > (found?.[1].address.held ?? 0) && mayGo(connection)) found = [key, connection];
    }
    if (found === undefined) return false;
    remove(...found);
    found[1].tcp.destroy();
    return true;
  };

  // The bytes do not pass through JavaScript, so there is no event to wait for.
  const watch = setInterval(() => {
    for (const connection of connections.values()) {
      const bytes = connection.http?.bytesRead ?? 0;
      if (bytes === connection.bytes) continue;
      connection.bytes = bytes;
      connection.bytesAt = performance.now();
    }
  }, STALL_MS / 2).unref();
  server.once('close', () => clearInterval(watch));

  // Node's own listeners prepare HTTP or TLS. They are called for connections that may stay.
  const accept = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (tcp: Socket) => {
    if (connections.size >= most) {
      const reason = makeRoom(isIdle) ? 'gaveWay' : makeRoom(isStalled) ? 'stalled' : 'refused';
      onClosed(reason);
      if (reason === 'refused') {
        tcp.destroy();
        return;
      }
    }
    open(tcp);
    for (const listener of accept) listener.call(server, tcp);
  });
  server.on('secureConnection', (http: TLSSocket) => {
    const connection = connections.get(keyOf(http));
    if (connection) connection.http = http;
  });
  server.on('request', (request, response) => {
    response.once('close', () => {
      const key = keyOf(request.socket);
      const connection = connections.get(key);
      if (connection === undefined) return;
      // To the end of the order.
      connections.delete(key);
      connections.set(key, connection);
      if (draining && holds(connection) !== 'whole') connection.tcp.destroy();
    });
  });
  server.closeIdleConnections = () => {
    draining = true;
    for (const connection of connections.values()) if (holds(connection) !== 'whole') connection.tcp.destroy();
  };
};

const STALL_MS = 1_000;

/** No two open connections of a listener have the same one. */
const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
