import { randomUUID } from 'node:crypto';
import { Fault } from '../fault.ts';
import { unlessAborted } from '../lib/promises.ts';
import { startAnswerBuffer } from './answer/answer-buffer.ts';
import { interpret } from './answer/exceptions.ts';
import { parseAnswer } from './answer/parse.ts';
import type { Ask } from './ask.ts';
import type { AnswerReader, Connection } from './connection.ts';
import { writeRequest } from './request/envelope.ts';
import type { Signer } from './request/signature.ts';

/** The connection and the signature that belongs to it; both are replaced together. */
export type Link = { readonly connection: Connection; readonly signer?: Signer | undefined };

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

/** Refuses by status and headers what must stay unread, and by size what would not fit; keeps the rest. */
const boundedReader = (maxBytes: number) => {
  const answer = { status: 200 as 200 | 500, body: startAnswerBuffer() };
  let bytes = 0;
  const reader: AnswerReader = {
    start: (status, headers) => {
      if (status === 429 || status === 503) {
        throw new Fault('serviceUnavailable', 'ledBusy', {
          retryAfter: retryAfterOf(headers['retry-after'], Date.now()),
        });
      }
      if (status !== 200 && status !== 500) throw badGateway('ledStatus');
      if (!isXml(headers['content-type'])) throw badGateway('ledContentType');
      const encoding = headers['content-encoding'];
      if (encoding !== undefined && (typeof encoding !== 'string' || encoding.trim().toLowerCase() !== 'identity')) {
        throw badGateway('ledContentEncoding');
      }
      if (Number(headers['content-length'] ?? 0) > maxBytes) throw badGateway('ledTooLong');
      answer.status = status;
    },
    data: (chunk) => {
      bytes += chunk.length;
      if (bytes > maxBytes) throw badGateway('ledTooLong');
      answer.body.add(chunk);
    },
  };
  return { reader, answer };
};

/**
 * Makes one call to LED: a new Referte, the signed request, the intent, the answer read and judged. Rejects
 * with the signal's reason at once when it fires, else with the Faults of the connection, the parser and `interpret`;
 * `ledStatus`, `ledContentType`, `ledContentEncoding`, `ledTooLong` and `ledBusy` are its own.
 */
export const createExchange = ({ link, sender, maxResponseBytes }: ExchangeOptions): Ask => {
  return async ({ insz, user, wanted, signal, intent, calls }) => {
    signal.throwIfAborted();
    try {
      const { connection, signer } = link();
      const referte = randomUUID();
      const at = Date.now();
      const request = writeRequest({ insz, referte, at, sender, ...(user === undefined ? {} : { user }) }, signer);
      const [body] = await unlessAborted(signal, Promise.all([request, intent(referte)]));
      const { reader, answer } = boundedReader(maxResponseBytes);
      calls.made += 1;
      calls.references.push(referte);
      calls.startedAt ??= performance.now();
      try {
        await connection.post(body, signal, reader);
        const parsed = parseAnswer(answer.body.pieces(), { referte, wanted });
        return interpret(parsed, answer.status, (exceptions) => calls.exceptions.push(...exceptions));
      } finally {
        calls.endedAt = performance.now();
        answer.body.release();
      }
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault('internalServerError', 'ledCallBroke', { cause: error });
    }
  };
};
