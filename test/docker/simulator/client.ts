import { randomUUID, sign } from 'node:crypto';
import { Agent, request } from 'undici';
import { type Authority, createAuthority, type Pair } from '../../../docker/certificates.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../docker/simulator/server.ts';
import { writeRequest } from '../../../src/led/request/envelope.ts';
import { createSigner, type SignatureAlgorithm } from '../../../src/led/request/signature.ts';
import { createToken } from '../../../src/led/request/token.ts';

export type Reply = {
  readonly status: number;
  readonly type: string;
  readonly retryAfter: unknown;
  readonly body: string;
};

/** A simulator over mutual TLS with temporary certificates, and a client for it. */
export type Bench = {
  readonly simulator: Simulator;
  readonly authority: Authority;
  readonly client: Pair;
  /** Posts these bytes unchanged. Rejects if the connection breaks. */
  readonly post: (body: string | Buffer, headers?: Record<string, string | undefined>, url?: string) => Promise<Reply>;
  /** Asks about one person with a valid signed request and a new Referte. */
  readonly ask: (insz: string) => Promise<Reply & { readonly referte: string }>;
  readonly close: () => Promise<void>;
};

/**
 * The text of a request with the present time by default. It is signed if `pair` is given; its token is a path if there
 * are certificates above that of the pair.
 */
export const question = async (
  input: { insz: string; referte?: string; user?: string; capacity?: string; at?: number },
  pair?: Pair,
  algorithm: SignatureAlgorithm = 'rsa-sha256',
  path: readonly string[] = [],
): Promise<string> => {
  const { insz, referte = randomUUID(), at = Date.now(), user, capacity } = input;
  const sender = { id: 'test.example/simulator', ...(capacity === undefined ? {} : { capacity }) };
  const signer =
    pair === undefined
      ? undefined
      : createSigner({
          token: createToken([pair.cert, ...path], 'auto'),
          algorithm,
          sign: async (data) => sign(algorithm === 'rsa-sha1' ? 'sha1' : 'sha256', data, pair.key),
        });
  return (
    await writeRequest({ insz, referte, at, sender, ...(user === undefined ? {} : { user }) }, signer)
  ).toString();
};

/** Starts a simulator over mutual TLS with new certificates. */
export const startBench = async (options: SimulatorOptions = {}): Promise<Bench> => {
  const authority = await createAuthority();
  const server = await authority.issue({ commonName: 'led', names: ['127.0.0.1', 'localhost'], use: 'server' });
  const client = await authority.issue({ commonName: 'caller', use: 'client', keyType: 'rsa' });
  const simulator = await startSimulator({ tls: { ...server, ca: authority.cert }, ...options });
  const dispatcher = new Agent({ connect: { ...client, ca: authority.cert } });
  const post: Bench['post'] = async (body, headers = {}, url = simulator.url) => {
    const all = { 'content-type': 'text/xml;charset=UTF-8', soapaction: '""', ...headers };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const reply = await request(url, { dispatcher, method: 'POST', body, headers: sent as Record<string, string> });
    return {
      status: reply.statusCode,
      type: String(reply.headers['content-type']),
      retryAfter: reply.headers['retry-after'],
      // Not text(), because that removes a byte order mark.
      body: Buffer.from(await reply.body.arrayBuffer()).toString(),
    };
  };
  return {
    simulator,
    authority,
    client,
    post,
    ask: async (insz) => {
      const referte = randomUUID();
      return { ...(await post(await question({ insz, referte }, client))), referte };
    },
    close: async () => {
      await dispatcher.destroy();
      await simulator.close();
    },
  };
};
