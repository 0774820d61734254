// A replacement for LED in a separate process: mutual TLS, and prepared answers in which only the Referte changes. It
// reads as little of HTTP as possible, because its processor time is missing for the measured process.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { answerOf, persons, sizes } from './answers.ts';

const [folder = '.'] = process.argv.slice(2);
const hole = '0'.repeat(36);
const answers = new Map(
  sizes.map((count) => {
    const body = answerOf(count, hole);
    const head = `HTTP/1.1 200 OK\r\ncontent-type: text/xml;charset=UTF-8\r\ncontent-length: ${body.length}\r\n\r\n`;
    const bytes = Buffer.concat([Buffer.from(head), body]);
    return [persons[count], { bytes, at: bytes.indexOf(hole) }];
  }),
);

const server = createServer({
  cert: readFileSync(`${folder}/server.crt`),
  key: readFileSync(`${folder}/server.key`),
  ca: readFileSync(`${folder}/ca.pem`),
  requestCert: true,
  rejectUnauthorized: true,
  minVersion: 'TLSv1.2',
  ALPNProtocols: ['http/1.1'],
});
let handshakes = 0;
let resumed = 0;
server.on('secureConnection', (socket) => {
  handshakes += 1;
  if (socket.isSessionReused()) resumed += 1;
  let waiting = '';
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    waiting += chunk.toString('latin1');
    const bodyAt = waiting.indexOf('\r\n\r\n') + 4;
    if (bodyAt < 4) return;
    const length = Number(/content-length: *(\d+)/i.exec(waiting.slice(0, bodyAt))?.[1]);
    if (waiting.length < bodyAt + length) return;
    const request = waiting;
    waiting = '';
    const referteAt = request.indexOf('<Referte>', bodyAt) + 9;
    const inszAt = request.lastIndexOf('<INSZ>') + 6;
    const answer = answers.get(request.slice(inszAt, inszAt + 11));
    if (answer === undefined) {
      socket.destroy();
      return;
    }
    const reply = (): void => {
      // Node encrypts the bytes during `write`, so that all connections can share one buffer.
      answer.bytes.write(request.slice(referteAt, referteAt + 36), answer.at, 36, 'latin1');
      socket.write(answer.bytes);
    };
    // The path holds the delay of LED in ms.
    const delay = Number(/^POST \/(\d+)/.exec(request)?.[1] ?? 0);
    if (delay === 0) reply();
    else setTimeout(reply, delay);
  });
});
process.on('message', () => process.send?.({ handshakes, resumed }));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
