import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

// A process of its own, so that the test can measure how fast others are served meanwhile:
//   node flood.ts KIND PORT COUNT CA
// CA is the authority of the service (PEM). It opens COUNT connections to 127.0.0.1, and prints `{"opened":…,"open":…}` once it has opened them all. The
// connections stay open as long as the service keeps them, until the process is killed.

const head = 'POST /eligibility HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

/** What a connection sends, whether it speaks TLS, and whether it reads. */
const kinds: Readonly<
  Record<string, { readonly bytes: string | Buffer; readonly tls: boolean; readonly reads: boolean }>
> = {
  silent: { bytes: '', tls: false, reads: true },
  halfHandshake: { bytes: Buffer.from('16030102000100', 'hex'), tls: false, reads: true },
  keepAlive: { bytes: 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n', tls: true, reads: true },
  halfBody: { bytes: `${head}Content-Length: 16000\r\n\r\n{${' '.repeat(15_000)}`, tls: true, reads: true },
  pipelined: { bytes: `${head}Content-Length: 2\r\n\r\n{}`.repeat(20_000), tls: true, reads: false },
};

const [kindName = '', port = '', count = '', ca = ''] = process.argv.slice(2);
const kind = kinds[kindName];
if (!kind) throw new Error(`one of ${Object.keys(kinds).join(', ')}`);

const sockets = new Set<Socket>();
let session: Buffer | undefined;
const open = async (): Promise<void> => {
  const to = { host: '127.0.0.1', port: Number(port) };
  // A session saves time here, not in the service.
  const socket = kind.tls ? connectTls({ ...to, ca, ...(session && { session }) }) : connect(to);
  if (kind.tls) (socket as TLSSocket).once('session', (ticket: Buffer) => (session ??= ticket));
  sockets.add(socket);
  socket.on('error', () => {});
  socket.once('close', () => sockets.delete(socket));
  const ready = once(socket, kind.tls ? 'secureConnect' : 'connect').catch(() => {});
  await Promise.race([ready, new Promise((resolve) => socket.once('close', resolve))]);
  if (kind.reads) socket.resume();
  else socket.pause();
  socket.write(kind.bytes);
};

let begun = 0;
const one = async (): Promise<void> => {
  while (begun < Number(count)) {
    begun += 1;
    await open();
  }
};
await Promise.all(Array.from({ length: 100 }, one));
process.stdout.write(`${JSON.stringify({ opened: begun, open: sockets.size })}\n`);
setInterval(() => {}, 60_000);
