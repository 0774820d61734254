import { randomUUID } from 'node:crypto';
import { Fault } from '../fault.ts';
import { defined } from '../lib/defined.ts';
import { unlessAborted } from '../lib/promises.ts';
import { type AnswerBuffer, createAnswerBuffers } from './answer/answer-buffer.ts';
import { interpret } from './answer/exceptions.ts';
import { createAnswerParser } from './answer/parse.ts';
import { checkResponseHead } from './answer/response-head.ts';
import type { Ask } from './ask.ts';
import type { Link } from './link.ts';
import type { ResponseHandler } from './pooled-connection.ts';
import { writeRequest } from './request/envelope.ts';

type ExchangeOptions = {
  /** Returns the link in use now; called once for each call. */
  readonly link: () => Link;
  readonly maxResponseBytes: number;
};

/**
 * Creates the `Ask` that makes one call to LED. It makes a new Referte, signs the request, waits for `intent`, sends
 * the request, and reads and judges the answer. Rejects with the signal's reason as soon as the signal fires. Otherwise
 * it rejects with a Fault of the connection, of `checkResponseHead`, of the parser or of `interpret`, with
 * `ledTooLong`, or with `ledCallBroke` (an error of our own).
 */
export const createExchange = ({ link, maxResponseBytes }: ExchangeOptions): Ask => {
  const buffers = createAnswerBuffers();
  const parseAnswer = createAnswerParser();
  return async ({ insz, sender, user, wanted, signal, intent, calls }) => {
    signal.throwIfAborted();
    try {
      const { connection, signer } = link();
      const referte = randomUUID();
      const request = writeRequest(defined({ insz, user, referte, at: Date.now(), sender }), signer);
      const [bytes] = await unlessAborted(signal, Promise.all([request, intent(referte)]));
      const body = buffers.start();
      const receiver = createReceiver(body, maxResponseBytes, (status) => {
        calls.status = status;
      });
      calls.made += 1;
      calls.references.push(referte);
      calls.status = undefined;
      calls.startedAt ??= performance.now();
      try {
        // The second call of a question is its retry.
        await connection.post(bytes, signal, receiver.handler, calls.made > 1);
        const parsed = parseAnswer(body.pieces(), { referte, wanted });
        return interpret(parsed, receiver.status(), (exceptions) => calls.exceptions.push(...exceptions));
      } finally {
        calls.endedAt = performance.now();
        body.release();
      }
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault('internalServerError', 'ledCallBroke', { cause: error });
    }
  };
};

/**
 * Writes the bytes of an answer to `body`. Refuses an answer with a wrong head or with more than `maxBytes`. Passes the
 * status on before it checks it.
 */
const createReceiver = (
  body: AnswerBuffer,
  maxBytes: number,
  onStatus: (status: number) => void,
): { readonly handler: ResponseHandler; readonly status: () => 200 | 500 } => {
  let status: 200 | 500 = 200;
  let bytes = 0;
  return {
    handler: {
      head: (received, headers) => {
        onStatus(received);
        status = checkResponseHead(received, headers, { maxBytes, now: Date.now() });
      },
      data: (chunk) => {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new Fault('badGateway', 'ledTooLong');
        body.add(chunk);
      },
    },
    status: () => status,
  };
};
