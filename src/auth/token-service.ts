import { Agent, type Dispatcher, request } from 'undici';
import { Fault } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';
import type { WarningLog } from './token-check.ts';

/** One request to the token service; made anew for a repetition, since an assertion may be used only once. */
export type TokenServiceRequest = () => Promise<{
  method: Dispatcher.HttpMethod;
  headers: Record<string, string>;
  body?: string;
}>;

/** Asks the token service at a fixed address; resolves with the parsed JSON body of a 200. */
export type TokenService = {
  readonly ask: (make: TokenServiceRequest) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

const TIMEOUT_MS = 2000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Connects to one endpoint of the token service (key set or introspection). `ask` takes at most 2 s in all, follows no
 * redirect, reads at most `maxBytes`, and rejects with the Fault `serviceUnavailable` (`tokenServiceUnavailable`, 5 s)
 * for anything but a 200 with JSON. The log names the kind of failure and never what was sent or received.
 */
export const createTokenService = (url: URL, maxBytes: number, log: WarningLog): TokenService => {
  const dispatcher = new Agent({
    connections: 32,
    allowH2: false,
    connect: { timeout: TIMEOUT_MS },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });

  const once = async (make: TokenServiceRequest, signal: AbortSignal): Promise<unknown> => {
    const { statusCode, body } = await request(url, { ...(await make()), dispatcher, signal });
    if (statusCode !== 200) {
      body.on('error', () => undefined).destroy();
      throw failure(`status${statusCode}`);
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw failure('tooLarge');
      chunks.push(chunk);
    }
    return JSON.parse(utf8.decode(Buffer.concat(chunks)));
  };

  const ask = async (make: TokenServiceRequest): Promise<unknown> => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      // An idle connection that the service closed at that moment says nothing about the service: ask once more.
      return await once(make, signal).catch((error) => {
        if (!connectionLost.has(codeOf(error))) throw error;
        return once(make, signal);
      });
    } catch (error) {
      log.warn({ failure: codeOf(error) }, 'token service unavailable');
      throw tokenServiceUnavailable();
    }
  };
  return { ask, close: () => dispatcher.destroy() };
};

/** The Fault for a token service that cannot be asked: 503, try again in 5 s. */
export const tokenServiceUnavailable = (): Fault =>
  new Fault('serviceUnavailable', 'tokenServiceUnavailable', { retryAfter: 5 });

const connectionLost = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** The code of an error, or its class: messages of parsers quote what they read. */
const codeOf = (error: unknown): string => errorCode(error, error instanceof Error ? error.name : 'unknown');
