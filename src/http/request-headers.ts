import type { IncomingMessage } from 'node:http';
import { Fault } from '../fault.ts';

/** More headers are refused: Node drops them silently. */
export const MOST_HEADERS = 100;

/** Node keeps the first of several and drops the others; a proxy before the service may have read another one. */
const single = ['host', 'content-type', 'authorization'];

/** The fault in the headers of a request of any route, or undefined. */
export const headerFault = ({ rawHeaders, headers, httpVersion }: IncomingMessage): Fault | undefined => {
  if (rawHeaders.length >= 2 * MOST_HEADERS)
    return badHeader('tooManyHeaders', 'headers', `must be fewer than ${MOST_HEADERS}`);
  // RFC 9112, section 3.2.
  if (headers.host === undefined && httpVersion !== '1.0') return badHeader('noHost', 'Host', 'is required');
  const twice = single.find((name) => timesGiven(name, rawHeaders) > 1);
  if (twice !== undefined) return badHeader('headerTwice', headerTitle(twice), 'must be given once');
  // Node closes the connection if the last coding is another one.
  if (/,\s*chunked$/i.test(headers['transfer-encoding'] ?? '')) {
    return badHeader('transferEncoding', 'Transfer-Encoding', 'must be chunked alone');
  }
  return undefined;
};

/** How often a header (its name in lower case) is in a list of names and values in turn. */
const timesGiven = (header: string, rawHeaders: readonly string[]): number => {
  let times = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    // Most names have another length, and need no copy in lower case.
    if (name?.length === header.length && name.toLowerCase() === header) times += 1;
  }
  return times;
};

const badHeader = (reason: string, name: string, detail: string): Fault =>
  new Fault('badRequest', reason, { issues: [{ type: 'schemaViolation', in: 'header', name, detail }] });

/** `content-type` becomes `Content-Type`. */
const headerTitle = (name: string): string => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
