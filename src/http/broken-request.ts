import { randomUUID, randomUUIDv7 } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Fault, type FaultCode } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';
import { securityHeaders } from './answer-headers.ts';
import { problemOf } from './problems.ts';

const TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/**
 * Answers a request that Node cannot read (the listener's `clientError`). Such a request has no route and no hooks, so
 * this function writes the answer to the socket itself and closes the connection.
 *
 * If an earlier request on the connection has no answer yet, the caller would think that this is its answer, and it
 * would have no audit line. Then the connection is closed without an answer. There is one exception: a body that did
 * not arrive in time. Such a request never became complete, so it gets no other answer.
 */
export const answerBrokenRequest = (error: Error, socket: Socket): void => {
  const code = errorCode(error);
  if (code === 'ECONNRESET' || !socket.writable || wouldAnswerAnotherRequest(socket, code)) {
    socket.destroy();
    return;
  }
  socket.end(problemText(faultCodes[code] ?? 'badRequest'), () => socket.destroy());
};

/** The problems by the error code of Node or of its HTTP parser. */
const faultCodes: Readonly<Record<string, FaultCode>> = {
  [TIMEOUT]: 'requestTimeout',
  HPE_HEADER_OVERFLOW: 'payloadTooLarge',
};

const wouldAnswerAnotherRequest = (socket: Socket, code: string): boolean => {
  // Node keeps the response that the connection waits for in this member. There is no public way to read it.
  const pending = (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
  if (pending === undefined) return false;
  const bodyIsLate = code === TIMEOUT && !pending.headersSent && !pending.req.complete;
  return !bodyIsLate;
};

/** A whole HTTP answer that holds a problem. */
const problemText = (code: FaultCode): string => {
  const { status, headers, body } = problemOf(new Fault(code, 'brokenRequest'), randomUUIDv7());
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...securityHeaders,
    ...headers,
    'belgov-trace-id': randomUUID(),
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${body.title}\r\n${lines.join('')}\r\n${text}`;
};
