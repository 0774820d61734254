import { Agent, type Dispatcher, request } from 'undici';
import { Fault } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';
import { tlsSuites } from '../lib/tls-suites.ts';
import type { WarningLog } from './token-check.ts';

/** Makes one request. It is called again for a retry, because a client assertion may be used only once. */
type MakeRequest = () => Promise<{
  method: Dispatcher.HttpMethod;
  headers: Record<string, string>;
  body?: string;
}>;

/** Asks the token service at a fixed address. `ask` resolves with the parsed JSON body of a 200. */
export type TokenService = {
  readonly ask: (makeRequest: MakeRequest) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

/** How many requests to one endpoint of the token service run at the same time. */
export const TOKEN_SERVICE_CONNECTIONS = 128;

const TIMEOUT_MS = 2000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Connects to one endpoint of the token service (key set or introspection). `ask` takes at most 2 s in total, follows
 * no redirect and reads at most `maxBytes`. For every answer but a 200 with JSON it rejects with the Fault
 * `serviceUnavailable`. It logs the kind of failure, never what was sent or received.
 */
export const createTokenService = (url: URL, maxBytes: number, log: WarningLog): TokenService => {
  const dispatcher = new Agent({
    connections: TOKEN_SERVICE_CONNECTIONS,
    allowH2: false,
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect.
    connect: { ...tlsSuites, timeout: TIMEOUT_MS, rejectUnauthorized: true },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });

  const askOnce = async (makeRequest: MakeRequest, signal: AbortSignal): Promise<unknown> => {
    const { statusCode, body } = await request(url, { ...(await makeRequest()), dispatcher, signal });
    if (statusCode !== 200) {
      body.on('error', () => undefined).destroy();
      throw failure(`status${statusCode}`);
    }
    return JSON.parse(utf8.decode(await readAtMost(maxBytes, body)));
  };

  const ask = async (makeRequest: MakeRequest): Promise<unknown> => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await askOnce(makeRequest, signal).catch((error) => {
        // The token service may just have closed an idle connection. That does not mean that it is down.
        if (!connectionLost.has(failureCode(error))) throw error;
        return askOnce(makeRequest, signal);
      });
    } catch (error) {
      log.warn({ failure: failureCode(error) }, 'token service unavailable');
      throw tokenServiceUnavailable();
    }
  };
  return { ask, close: () => dispatcher.destroy() };
};

/** The Fault if the token service gives no usable answer: 503, retry after 5 s. */
export const tokenServiceUnavailable = (): Fault =>
  new Fault('serviceUnavailable', 'tokenServiceUnavailable', { retryAfter: 5 });

const readAtMost = async (maxBytes: number, body: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw failure('tooLarge');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const connectionLost = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** The code of an error, or the name of its class, such as `SyntaxError`. */
const failureCode = (error: unknown): string => errorCode(error, error instanceof Error ? error.name : 'unknown');
