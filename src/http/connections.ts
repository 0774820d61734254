import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import { networkOf } from '../lib/network.ts';
import type { Held } from './request-turns.ts';

type Connection = {
  readonly tcp: Socket;
  /** Shared by all connections of the network. */
  readonly network: Network;
  /** The socket that HTTP is read from; undefined until the TLS handshake is finished. */
  http: Socket | undefined;
  /** How many bytes of HTTP the watch had found, and when it first found so many (ms, monotonic). */
  bytes: number;
  bytesAt: number;
  /** When the watch first found that it holds a part of a request; undefined if it did not. */
  unfinishedSince: number | undefined;
};

type Network = {
  readonly name: string;
  /** How many connections it holds. */
  held: number;
  /** On how many of them the watch found a part of a request. */
  unfinished: number;
};

type Limit = {
  readonly most: number;
  readonly tls: boolean;
  readonly held: (socket: Socket) => Held;
  readonly onClosed: (reason: 'gaveWay' | 'flood' | 'stalled' | 'refused') => void;
  /** Called with the number of open connections when it changes. */
  readonly onCount: (open: number) => void;
};

/**
 * Keeps at most `most` connections open on a server that does not listen yet. When there are that many, an idle one
 * gives way to a new one: of the network that holds most of them, the one that is idle longest. A connection is idle if
 * it holds no byte of a request. If none is idle, one gives way of whose request no byte has come for a second. If there
 * is none of those either, the new connection is closed.
 *
 * It is a flood when more than half of the connections, and more than 64, hold a part of a request: a request that
 * arrives as usual is complete within milliseconds. In a flood the connection gives way whose request is unfinished
 * longest, of the network with most of these. Idle ones are kept then: they are callers in their TLS handshake.
 *
 * The server's `closeIdleConnections`, which Node calls when the server closes, is replaced: it drops each connection
 * that holds no whole request, at once, and the others as soon as they hold none. Node's own function keeps those on
 * which nothing or half a request has arrived, and those whose TLS handshake is not finished.
 */
export const limitConnections = (server: Server, { most, tls, held, onClosed, onCount }: Limit): void => {
  // In order of use: the first one is idle longest.
  const connections = new Set<Connection>();
  const networks = new Map<string, Network>();
  const byHttp = new WeakMap<Socket, Connection>();
  // Node does not say from which TCP socket a TLS socket reads, so these are found by the address of the caller.
  const handshakes = new Map<string, Connection>();
  let lookedAt = 0;
  let isFlood = false;
  let draining = false;

  const open = (tcp: Socket): void => {
    const name = networkOf(tcp.remoteAddress ?? '');
    const network = networks.get(name) ?? { name, held: 0, unfinished: 0 };
    networks.set(name, network);
    network.held += 1;
    const connection: Connection = {
      tcp,
      network,
      http: undefined,
      bytes: 0,
      bytesAt: performance.now(),
      unfinishedSince: undefined,
    };
    connections.add(connection);
    const endpoint = endpointOf(tcp);
    if (tls) handshakes.set(endpoint, connection);
    else beginHttp(connection, tcp);
    onCount(connections.size);
    tcp.once('close', () => {
      if (handshakes.get(endpoint) === connection) handshakes.delete(endpoint);
      remove(connection);
    });
  };
  const beginHttp = (connection: Connection, http: Socket): void => {
    connection.http = http;
    byHttp.set(http, connection);
  };
  const remove = (connection: Connection): void => {
    if (!connections.delete(connection)) return;
    connection.network.held -= 1;
    if (connection.network.held === 0) networks.delete(connection.network.name);
    onCount(connections.size);
  };
  const holds = ({ http }: Connection): Held => (http === undefined ? 'nothing' : held(http));

  const isIdle = (connection: Connection): boolean => holds(connection) === 'nothing';
  const isStalled = (connection: Connection): boolean =>
    holds(connection) === 'part' &&
    connection.http?.bytesRead === connection.bytes &&
    performance.now() - connection.bytesAt > STALL_MS;

  // The bytes do not pass through JavaScript, so there is no event to wait for.
  const look = (): void => {
    lookedAt = performance.now();
    let unfinished = 0;
    for (const network of networks.values()) network.unfinished = 0;
    for (const connection of connections) {
      const bytes = connection.http?.bytesRead ?? 0;
      if (bytes !== connection.bytes) {
        connection.bytes = bytes;
        connection.bytesAt = lookedAt;
      }
      if (holds(connection) === 'part') {
        connection.unfinishedSince ??= lookedAt;
        connection.network.unfinished += 1;
        unfinished += 1;
      } else connection.unfinishedSince = undefined;
    }
    isFlood = unfinished > Math.max(most / 2, FEWEST_OF_FLOOD);
  };
  const watch = setInterval(look, STALL_MS / 2).unref();
  server.once('close', () => clearInterval(watch));

  /** The first connection that may go, of the network that holds most. */
  const findAmong = (mayGo: (connection: Connection) => boolean): Connection | undefined => {
    let found: Connection | undefined;
    for (const connection of connections) {
      if (connection.network.held > (found?.network.held ?? 0) && mayGo(connection)) found = connection;
    }
    return found;
  };
  const findUnfinished = (): Connection | undefined => {
    let found: Connection | undefined;
    for (const connection of connections) {
      const { unfinishedSince, network } = connection;
      if (unfinishedSince === undefined) continue;
      const more = network.unfinished - (found?.network.unfinished ?? 0);
      const isLonger = more > 0 || (more === 0 && unfinishedSince < (found?.unfinishedSince ?? 0));
      if (isLonger && holds(connection) === 'part') found = connection;
    }
    return found;
  };
  /** Closes a connection to make room for a new one. Returns why that one, or `refused` if none may go. */
  const makeRoom = () => {
    if (performance.now() - lookedAt > LOOK_MS) look();
    const close = (found: Connection | undefined): boolean => {
      if (found === undefined) return false;
      remove(found);
      found.tcp.destroy();
      return true;
    };
    if (isFlood && close(findUnfinished())) return 'flood';
    if (close(findAmong(isIdle))) return 'gaveWay';
    return close(findAmong(isStalled)) ? 'stalled' : 'refused';
  };

  // Node's own listeners prepare HTTP or TLS. They are called for connections that may stay.
  const accept = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (tcp: Socket) => {
    if (connections.size >= most) {
      const reason = makeRoom();
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
    const endpoint = endpointOf(http);
    const connection = handshakes.get(endpoint);
    if (connection === undefined) return;
    handshakes.delete(endpoint);
    beginHttp(connection, http);
  });
  server.on('request', (request, response) => {
    response.once('close', () => {
      const connection = byHttp.get(request.socket);
      // To the end of the order. A connection that gave way has left it.
      if (connection === undefined || !connections.delete(connection)) return;
      connections.add(connection);
      connection.unfinishedSince = undefined;
      if (draining && holds(connection) !== 'whole') connection.tcp.destroy();
    });
  });
  server.closeIdleConnections = () => {
    draining = true;
    for (const connection of connections) if (holds(connection) !== 'whole') connection.tcp.destroy();
  };
};

const STALL_MS = 1_000;
/** How old the findings of the watch may be where a connection has to give way. */
const LOOK_MS = 100;
/** So many unfinished requests are slow callers, however few connections there may be. */
const FEWEST_OF_FLOOD = 64;

/** Address and port of the caller. No two open connections of a listener have the same. */
const endpointOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
