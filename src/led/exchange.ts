import { randomUUID } from 'node:crypto';
import { Fault } from '../fault.ts';
import { unlessAborted } from './abort.ts';
import type { Ask } from './ask.ts';
import type { AnswerReader, Connection } from './connection.ts';
import { writeRequest } from './envelope.ts';
import { interpret } from './exceptions.ts';
import { type AnswerParser, createAnswerParser, type Expected } from './parse.ts';
import type { Secure } from './signature.ts';

/** The connection and the signature that belongs to it; both are replaced together. */
export type Link = { readonly connection: Connection; readonly secure?: Secure | undefined };

export type ExchangeOptions = {
  /** The link of now; asked once for each call. */
  readonly link: () => Link;
  readonly sender: { readonly id: string; readonly capacity?: string };
  readonly maxResponseBytes: number;
};

const badGateway = (reason: string) => new Fault('badGateway', reason);

/**
 * Seconds to wait by a Retry-After header, from 1 to 60: it holds seconds or an HTTP date; 5 if it holds neither.
 * `now` is in ms since 1970.
 */
export const retryAfterOf = (header: string | string[] | undefined, now: number): number => {
  if (typeof header !== 'string') return 5;
  const value = header.trim();
  const seconds = /^\d+$/.test(value)
    ? Number(value)
    : /^[A-Z][a-z]+, .+ GMT$/.test(value)
      ? Math.ceil((Date.parse(value) - now) / 1000)
      : Number.NaN;
  return Number.isNaN(seconds) ? 5 : Math.min(60, Math.max(1, seconds));
};

/** Whether a Content-Type is one of XML, in a charset that UTF-8 covers. */
const isXml = (header: string | string[] | undefined): boolean => {
  if (typeof header !== 'string') return false;
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  return (
    /^(text\/xml|application\/xml|application\/soap\+xml)$/.test(type.trim()) &&
    parameters.every((parameter) => {
      const [name = '', value = ''] = parameter.split('=');
      return name.trim() !== 'charset' || /^("?)(utf-8|us-ascii)\1$/.test(value.trim());
    })
  );
};

/** Refuses by status and headers what must stay unread, and by size what would not fit; hands on the rest. */
const boundedReader = (expected: Expected, maxBytes: number) => {
  let status: 200 | 500 = 200;
  let parser: AnswerParser | undefined;
  let bytes = 0;
  const reader: AnswerReader = {
    start: (code, headers) => {
      if (code === 429 || code === 503) {
        throw new Fault('serviceUnavailable', 'ledBusy', {
          retryAfter: retryAfterOf(headers['retry-after'], Date.now()),
        });
      }
      if (code !== 200 && code !== 500) throw badGateway('ledStatus');
      if (!isXml(headers['content-type'])) throw badGateway('ledContentType');
      const encoding = headers['content-encoding'];
      if (encoding !== undefined && (typeof encoding !== 'string' || encoding.trim().toLowerCase() !== 'identity')) {
        throw badGateway('ledContentEncoding');
      }
      const size = Number(headers['content-length'] ?? 0);
      if (size > maxBytes) throw badGateway('ledTooLong');
      status = code;
      parser = createAnswerParser(expected);
    },
    data: (chunk) => {
      bytes += chunk.length;
      if (bytes > maxBytes) throw badGateway('ledTooLong');
      parser?.write(chunk);
    },
  };
  return {
    reader,
    end: () => ({ parsed: (parser ?? createAnswerParser(expected)).end(), status }),
    close: () => parser?.close(),
  };
};

/**
 * Makes one call to LED: a new Referte, the signed request, the intent, the answer read as it comes and judged. Rejects
 * with the signal's reason at once when it fires, else with the Faults of the connection, the parser and `interpret`;
 * `ledStatus`, `ledContentType`, `ledContentEncoding`, `ledTooLong` and `ledBusy` are its own.
 */
export const createExchange = ({ link, sender, maxResponseBytes }: ExchangeOptions): Ask => {
  return async ({ insz, user, wanted, signal, intent, trail }) => {
    signal.throwIfAborted();
    try {
      const { connection, secure } = link();
      const referte = randomUUID();
      const at = Date.now();
      const request = writeRequest({ insz, referte, at, sender, ...(user === undefined ? {} : { user }) }, secure);
      const [body] = await unlessAborted(signal, Promise.all([request, intent(referte)]));
      const { reader, end, close } = boundedReader({ referte, wanted }, maxResponseBytes);
      trail.references.push(referte);
      trail.startedAt ??= performance.now();
      try {
        await connection.post(body, signal, reader);
        const { parsed, status } = end();
        return interpret(parsed, status, (exceptions) => trail.exceptions.push(...exceptions));
      } finally {
        close();
        trail.endedAt = performance.now();
      }
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault('internalServerError', 'ledCallBroke', { cause: error });
    }
  };
};
