import { describe, expect, it } from 'vitest';
import { createExchange } from '../../src/led/exchange.ts';
import type { ResponseHandler } from '../../src/led/pooled-connection.ts';
import { answerXml, bachelorRecord, testInsz } from '../support/answers.ts';
import { callerGone, question, reasonOf } from '../support/asking.ts';

const headers = { 'content-type': 'text/xml' };
const refertesOf = (request: Buffer): string[] =>
  [...request.toString().matchAll(/<Referte>([^<]*)</g)].map(([, referte = '']) => referte);

/** An exchange over a connection that answers with `reply`, and what happened in order. */
const setUp = (reply: (handler: ResponseHandler, referte: string) => void, maxResponseBytes = 100_000) => {
  const events: string[] = [];
  const requests: Buffer[] = [];
  const ask = createExchange({
    link: () => {
      events.push('link');
      return {
        connection: {
          post: async (body, _, handler) => {
            requests.push(body);
            events.push(`post ${refertesOf(body)[0]}`);
            reply(handler, refertesOf(body)[0] ?? '');
          },
          close: async () => {},
        },
      };
    },
    maxResponseBytes,
  });
  const intent = async (referte: string) => void events.push(`intent ${referte}`);
  return { ask, events, requests, intent };
};
const good = (handler: ResponseHandler, referte: string): void => {
  handler.head(200, headers);
  const bytes = Buffer.from(answerXml({ referte, records: [bachelorRecord(testInsz(1))] }));
  for (let at = 0; at < bytes.length; at += 100) handler.data(bytes.subarray(at, at + 100));
};

describe('one call to LED', () => {
  it('takes the link, writes the intent, then sends the request with the same new Referte', async () => {
    const { ask, events, requests, intent } = setUp(good);
    const first = question({ insz: testInsz(1), intent });
    expect((await ask(first)).records).toHaveLength(1);
    await ask(question({ insz: testInsz(1), user: testInsz(2), intent }));
    const [one = [], two = []] = requests.map(refertesOf);
    expect(one).toHaveLength(2);
    expect(new Set(one).size).toBe(1);
    expect(two[0]).not.toBe(one[0]);
    expect(events).toEqual([one[0], two[0]].flatMap((referte) => ['link', `intent ${referte}`, `post ${referte}`]));
    expect(requests.map((request) => request.includes('Gebruiker'))).toEqual([false, true]);
    expect(first.calls).toMatchObject({ made: 1, references: [one[0]], exceptions: [] });
    expect(first.calls.endedAt).toBeGreaterThanOrEqual(first.calls.startedAt ?? Number.NaN);
  });

  it('adds a second call for the same question to the first', async () => {
    const { ask, intent } = setUp(good);
    const asked = question({ intent });
    await ask(asked);
    const { startedAt } = asked.calls;
    await ask(asked);
    expect(asked.calls).toMatchObject({ made: 2, startedAt });
    expect(new Set(asked.calls.references).size).toBe(2);
  });

  it('is not made when the intent fails, which is our own fault', async () => {
    const { ask, events } = setUp(good);
    const asked = question({ intent: () => Promise.reject(new Error('no')) });
    await expect(ask(asked)).rejects.toMatchObject({ code: 'internalServerError', reason: 'ledCallBroke' });
    expect(events).toEqual(['link']);
    expect(asked.calls).toEqual({ made: 0, references: [], exceptions: [] });
  });

  it('is not made for a caller who has left, before or during the intent', async () => {
    const { ask, events } = setUp(good);
    expect(await reasonOf(ask(question({ signal: AbortSignal.abort(callerGone()) })))).toBe('callerGone');
    expect(events).toEqual([]);
    const leaving = new AbortController();
    const intent = () => {
      leaving.abort(callerGone());
      return Promise.resolve();
    };
    const asked = question({ signal: leaving.signal, intent });
    expect(await reasonOf(ask(asked))).toBe('callerGone');
    expect(asked.calls.made).toBe(0);
  });

  it('notes exceptions and the end of the call also when the answer is refused', async () => {
    const busy = { identificatie: '99995', oorsprong: 'MAGDA', type: 'FOUT' };
    const { ask } = setUp((handler, referte) => {
      handler.head(200, headers);
      handler.data(Buffer.from(answerXml({ referte, exceptions: [busy] })));
    });
    const asked = question();
    expect(await reasonOf(ask(asked))).toBe('ledBusy');
    expect(asked.calls.exceptions).toEqual([{ id: '99995', origin: 'MAGDA', type: 'FOUT' }]);
    expect(asked.calls.endedAt).toBeDefined();
  });

  it('passes the status of the response on: records with status 500 are refused', async () => {
    const { ask } = setUp((handler, referte) => good({ ...handler, head: () => handler.head(500, headers) }, referte));
    expect(await reasonOf(ask(question()))).toBe('ledInvalidStatus');
  });

  it('refuses an answer by its head, and one that grows over the limit without a Content-Length', async () => {
    const html = setUp((handler) => handler.head(200, { 'content-type': 'text/html' }));
    expect(await reasonOf(html.ask(question()))).toBe('ledContentType');
    const long = setUp(good, 1000);
    expect(await reasonOf(long.ask(question()))).toBe('ledTooLong');
  });

  it('wipes the bytes of an answer, also after a failure', async () => {
    for (const fails of [false, true]) {
      const buffers = new Set<ArrayBufferLike>();
      const { ask } = setUp((handler, referte) => {
        good(handler, referte);
        if (fails) throw callerGone();
      });
      // The Uint8Array method that copies a chunk is the only way to see the memory of the buffer from outside.
      const { set } = Uint8Array.prototype;
      Uint8Array.prototype.set = function (...parameters) {
        buffers.add(this.buffer);
        set.apply(this, parameters);
      };
      try {
        expect(await reasonOf(ask(question()))).toBe(fails ? 'callerGone' : 'ok');
      } finally {
        Uint8Array.prototype.set = set;
      }
      expect(buffers.size).toBeGreaterThan(0);
      for (const buffer of buffers) expect(Buffer.from(buffer).includes('INSZ')).toBe(false);
    }
  });
});
