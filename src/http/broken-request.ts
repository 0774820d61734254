import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Fault, type FaultCode } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';
import { securityHeaders } from './answer-headers.ts';
import { problemOf } from './problems.ts';

const TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/** What is wrong with a request that Node cannot read, as the metric names it. */
type BrokenKind = (typeof kinds)[keyof typeof kinds] | 'other';

/**
 * Answers a request that Node cannot read (the listener's `clientError`), and returns what is wrong with it. Such a
 * request has no route and no hooks, so this function writes the answer to the socket itself and closes the connection.
 * The problem has no `instance`, because there is no audit line that it could name.
 *
 * If an earlier request on the connection has no answer yet, the caller would think that this is its answer, and it
 * would have no audit line. Then the connection is closed without an answer. There is one exception: a body that did
 * not arrive in time. Such a request never became complete, so it gets no other answer.
 */
export const answerBrokenRequest = (error: Error, socket: Socket): BrokenKind => {
  const code = errorCode(error);
  const kind = code in kinds ? kinds[code as keyof typeof kinds] : 'other';
  if (kind === 'cutOff' || !socket.writable || wouldAnswerAnotherRequest(socket, code)) {
    socket.destroy();
    return kind;
  }
  // The caller may never read the answer.
  socket.setTimeout(READ_MS, () => socket.destroy());
  socket.end(problemText(faultCodes[code] ?? 'badRequest'), () => socket.destroy());
  return kind;
};

const READ_MS = 1_000;

/** The kinds by the error code of Node or of its HTTP parser. */
const kinds = {
  [TIMEOUT]: 'timeout',
  ECONNRESET: 'cutOff',
  HPE_INVALID_EOF_STATE: 'cutOff',
  HPE_HEADER_OVERFLOW: 'headersTooLarge',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'contentLength',
  HPE_INVALID_CONTENT_LENGTH: 'contentLength',
  HPE_INVALID_TRANSFER_ENCODING: 'transferEncoding',
  HPE_INVALID_HEADER_TOKEN: 'header',
  HPE_CR_EXPECTED: 'header',
  HPE_LF_EXPECTED: 'header',
  HPE_INVALID_METHOD: 'requestLine',
  HPE_INVALID_URL: 'requestLine',
  HPE_INVALID_VERSION: 'requestLine',
  HPE_INVALID_CONSTANT: 'requestLine',
  HPE_PAUSED_H2_UPGRADE: 'requestLine',
  HPE_INVALID_CHUNK_SIZE: 'chunk',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'chunk',
  HPE_STRICT: 'chunk',
} as const;

export const brokenKinds: ReadonlySet<BrokenKind> = new Set([...Object.values(kinds), 'other']);

/** The problems by the same codes. */
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
  const { status, headers, body } = problemOf(new Fault(code, 'brokenRequest'), '');
  const { instance: _, ...members } = body;
  const text = JSON.stringify(members);
  const lines = Object.entries({
    ...securityHeaders,
    ...headers,
    'belgov-trace-id': randomUUID(),
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${body.title}\r\n${lines.join('')}\r\n${text}`;
};
