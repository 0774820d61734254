import { answerXml, bachelorRecord, type TestRecord } from './answers.ts';
import { type Call, type Respond, respond } from './hostile-led.ts';

/** The INSZ that a request asks about. */
export const askedInsz = ({ body }: Pick<Call, 'body'>): string => /<INSZ>(\d{11})</.exec(body)?.[1] ?? '';

/** The answer of a healthy LED: `count` diplomas of the person in the question. */
export const soundXml = (call: Call, count = 1): string => recordsXml(call, ...Array(count).fill({}));

/** An answer with one record for each description, which changes a bachelor's diploma of the person in the question. */
export const recordsXml = (call: Call, ...changes: TestRecord[]): string => {
  const whole = bachelorRecord(askedInsz(call));
  return answerXml({ referte: call.referte, records: changes.map((change) => ({ ...whole, ...change })) });
};

export const sound: Respond = (call) => respond(call, soundXml(call));

/** Writes text again and again, one character every 10 ms, for as long as somebody listens. */
export const drip = ({ stream }: Call, text: string): void => {
  let at = 0;
  const timer = setInterval(() => {
    if (stream.destroyed) clearInterval(timer);
    else stream.write(text[at++ % text.length] ?? '');
  }, 10);
};

/** Sends a body in chunks, without a length. */
export const respondChunked = (call: Call, text: string): void => {
  const size = Buffer.byteLength(text).toString(16);
  respond(call, `${size}\r\n${text}\r\n0\r\n\r\n`, { 'Transfer-Encoding': 'chunked' });
};

/** Writes 50 MB of white space behind a head, as fast as the other side takes it, and keeps none of it. */
export const flood = ({ stream }: Call, head: string, frame: (data: Buffer) => Buffer = (data) => data): void => {
  const data = frame(Buffer.alloc(65_536, ' '));
  let left = 50_000_000;
  stream.write(`HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n${head}\r\n\r\n`);
  const more = (): void => {
    while (left > 0 && !stream.destroyed) {
      left -= data.length;
      if (!stream.write(data)) return void stream.once('drain', more);
    }
  };
  more();
};

/** One chunk of the chunked transfer coding. */
export const chunkOf = (data: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);

/** Tears the connection down once what was written has had time to arrive. */
export const resetSoon = ({ tcp }: Call): void => void setTimeout(() => tcp.resetAndDestroy(), 30);
