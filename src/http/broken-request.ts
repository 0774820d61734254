import { randomUUID, randomUUIDv7 } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Fault, type FaultCode } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';
import { securityHeaders } from './answer-headers.ts';
import { problemOf } from './problems.ts';

const TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/**
 * Answers what Node cannot read as a request (the listener's `clientError`). Such a request has no route and no hooks,
 * so the answer is written to the socket by hand, and the connection is closed.
 *
 * If an earlier request on the connection is not answered yet, the caller would take this answer for the earlier one,
 * and it would have no audit line. Then the connection is closed without an answer. The one exception is a body that
 * did not arrive in time: that request was never complete, so no other answer can follow.
 */
export const answerBrokenRequest = (error: Error, socket: Socket): void => {
  const code = errorCode(error);
  if (code === 'ECONNRESET' || !socket.writable || wouldAnswerAnotherRequest(socket, code)) {
    socket.destroy();
    return;
  }
  socket.end(problemText(faultCodes[code] ?? 'badRequest'), () => socket.destroy());
};

/** By the error code of Node or of its HTTP parser. */
const faultCodes: Readonly<Record<string, FaultCode>> = {
  [TIMEOUT]: 'requestTimeout',
  HPE_HEADER_OVERFLOW: 'payloadTooLarge',
};

const wouldAnswerAnotherRequest = (socket: Socket, code: string): boolean => {
  // Node keeps the response that is due on a connection here, and offers no public way to it.
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
