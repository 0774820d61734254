import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { limitConnections } from '../../src/http/connections.ts';
import { createRequestTurns } from '../../src/http/request-turns.ts';
import { type OpenConnection, openConnection } from '../support/connections.ts';

// A machine has one IPv6 address of its own, so the callers' addresses are set on the accepted sockets.
const startServer = async (most: number) => {
  const { listener, held } = createRequestTurns(
    (_, response) => response.end('answer'),
    () => {},
  );
  const server = createHttpServer(listener);
  const closed: string[] = [];
  limitConnections(server, { most, tls: false, held, onClosed: (reason) => closed.push(reason), onCount: () => {} });
  let remoteAddress = '';
  const listening = createServer((socket: Socket) => {
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
    server.emit('connection', socket);
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  onTestFinished(() => {
    listening.close();
    server.closeAllConnections();
    server.close();
  });
  const connectFrom = async (address: string): Promise<OpenConnection> => {
    remoteAddress = address;
    const connection = await openConnection({ port }, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    onTestFinished(() => void connection.socket.destroy());
    await Promise.race([once(connection.socket, 'data'), connection.closed]);
    return connection;
  };
  return { connectFrom, closed };
};

test.each([
  ['IPv6 addresses of one network', ['2001:db8:1:2::1', '2001:db8:1:2::2', '2001:db8:1:2:ffff::3']],
  ['an IPv4 address in both forms', ['198.51.100.7', '::ffff:198.51.100.7', '198.51.100.7']],
])('%s count as one caller: its idle connection gives way', async (_, addresses) => {
  const { connectFrom, closed } = await startServer(5);
  const others = [await connectFrom('2001:db8:1:3::1'), await connectFrom('2001:db8:1:3::1')];
  const many: OpenConnection[] = [];
  for (const address of addresses) many.push(await connectFrom(address));
  const [first, ...rest] = many;
  expect(closed).toEqual([]);
  const added = await connectFrom('203.0.113.5');
  await first?.closed;
  expect([...others, ...rest, added].map(({ isClosed }) => isClosed())).not.toContain(true);
  expect(closed).toEqual(['gaveWay']);
});
