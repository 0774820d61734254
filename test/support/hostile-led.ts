import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { pino } from 'pino';
import { Fault } from '../../src/fault.ts';
import { type LedAnswer, type LedCalls, noLedCalls, type Question } from '../../src/led/ask.ts';
import { createLedClient, type LedClient, type LedConfig } from '../../src/led/client.ts';
import { createMetrics, type Metrics } from '../../src/lib/metrics.ts';
import { answerXml, bachelorRecord, testInsz } from './answers.ts';
import type { Certificates } from './certificates.ts';

/** One request. The answer is written to `stream` (TLS or plain), and `tcp` is the connection under it. */
export type Call = {
  readonly head: string;
  readonly body: string;
  readonly referte: string;
  readonly stream: Socket;
  readonly tcp: Socket;
  /** The number of the request on this server, from 0. */
  readonly number: number;
  readonly at: number;
};

export type Respond = (call: Call) => void;

/** Writes a whole HTTP answer, with a Content-Length unless `headers` set the length in their own way. */
export const respond = (
  call: Pick<Call, 'stream'>,
  body: string | Buffer,
  headers: Record<string, string> = {},
  status = '200 OK',
): void => {
  const bytes = Buffer.from(body as string);
  const all: Record<string, string> = { 'Content-Type': 'text/xml; charset=utf-8', ...headers };
  if (!('Content-Length' in all) && !('Transfer-Encoding' in all)) all['Content-Length'] = String(bytes.length);
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  call.stream.write(Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${head.join('')}\r\n`), bytes]));
};

/** The answer of a healthy LED: one diploma of the person in the question. */
export const goodXml = (referte: string): string => answerXml({ referte, records: [bachelorRecord(testInsz())] });
export const good: Respond = (call) => respond(call, goodXml(call.referte));

export type HostileLed = {
  readonly port: number;
  readonly url: URL;
  /** The complete requests so far. */
  readonly calls: Call[];
  /** Answers a request. By default with a good answer. */
  respond: Respond;
  /** Handles a new connection. Returns `true` to keep it away from TLS and HTTP. */
  onTcp: (tcp: Socket) => boolean;
  /** Handles the first bytes of a new connection (a ClientHello). Returns `true` to keep it away from TLS. */
  onHello: ((hello: Buffer, tcp: Socket) => boolean) | undefined;
  /** Handles a connection after its TLS handshake. Returns `true` to keep it away from HTTP. */
  onSecure: (stream: TLSSocket, tcp: Socket) => boolean;
  /** The number of TCP connections so far, and of those that are open now. */
  accepted: () => number;
  open: () => number;
  setTls: (options: TlsOptions) => void;
  close: () => Promise<void>;
};

/**
 * Starts a server that behaves as the test says, by default on a free port of 127.0.0.1. Without `tls` it speaks plain
 * HTTP.
 */
export const startHostileLed = async (
  tls?: TlsOptions,
  { host = '127.0.0.1', port: wanted = 0 }: { host?: string; port?: number } = {},
): Promise<HostileLed> => {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const serve = (stream: Socket, tcp: Socket) => {
    let received = Buffer.alloc(0);
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = received.toString('latin1', 0, end);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (received.length < end + 4 + length) return;
        const body = received.toString('utf8', end + 4, end + 4 + length);
        received = received.subarray(end + 4 + length);
        const referte = /<Referte>([^<]+)</.exec(body)?.[1] ?? '';
        const call = { head, body, referte, stream, tcp, number: led.calls.length, at: performance.now() };
        led.calls.push(call);
        led.respond(call);
      }
    });
  };
  const tcpOf = new Map<number, Socket>();
  const secure =
    tls === undefined
      ? undefined
      : createTlsServer(tls, (stream) => {
          const tcp = tcpOf.get(stream.remotePort ?? 0) ?? stream;
          stream.on('error', () => {});
          if (!led.onSecure(stream, tcp)) serve(stream, tcp);
        });
  secure?.on('tlsClientError', () => {});
  const server = createServer((tcp) => {
    accepted += 1;
    sockets.add(tcp);
    tcp.on('error', () => {});
    const port = tcp.remotePort ?? 0;
    tcpOf.set(port, tcp);
    tcp.on('close', () => {
      sockets.delete(tcp);
      tcpOf.delete(port);
    });
    if (led.onTcp(tcp)) {
      // Without reading, the server would not see that the other side closes.
      tcp.resume();
      return;
    }
    if (secure === undefined) serve(tcp, tcp);
    else if (led.onHello === undefined) secure.emit('connection', tcp);
    else {
      tcp.once('data', (hello: Buffer) => {
        tcp.pause();
        if (led.onHello?.(hello, tcp)) return;
        tcp.unshift(hello);
        secure.emit('connection', tcp);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(wanted, host, resolve));
  const { port } = server.address() as AddressInfo;
  const led: HostileLed = {
    port,
    url: new URL(`${tls === undefined ? 'http' : 'https'}://${host}:${port}/GeefBewijsDienst-02.00/soap/WebService`),
    calls: [],
    respond: good,
    onTcp: () => false,
    onHello: undefined,
    onSecure: () => false,
    accepted: () => accepted,
    open: () => sockets.size,
    setTls: (options) => secure?.setSecureContext(options),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return led;
};

/** Whether a ClientHello offers to resume: a pre-shared key (TLS 1.3), or a session ticket that is not empty. */
export const offersSession = (record: Buffer): boolean => {
  const skip = (at: number, lengthBytes: number) => at + lengthBytes + record.readUIntBE(at, lengthBytes);
  // The record and handshake headers, version and random; then session id, cipher suites, compression methods.
  let at = skip(skip(skip(5 + 4 + 2 + 32, 1), 2), 1) + 2;
  for (; at + 4 <= record.length; at = skip(at + 2, 2)) {
    const type = record.readUInt16BE(at);
    if (type === 41 || (type === 35 && record.readUInt16BE(at + 2) > 0)) return true;
  }
  return false;
};

/** Refuses a ClientHello: with a reset, or with the alert handshake_failure. */
export const refuseHello = (tcp: Socket, way: 'reset' | 'alert'): void => {
  if (way === 'reset') tcp.resetAndDestroy();
  else tcp.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]));
};

export type TestClient = LedClient & { readonly metrics: Metrics; readonly logs: string[] };

/** A client of `led` with short timeouts, its metrics, and the lines of its log. */
export const connect = (
  led: Pick<HostileLed, 'url'>,
  certificates: Certificates | undefined,
  config: Partial<LedConfig> = {},
): TestClient => {
  const metrics = createMetrics();
  const logs: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) });
  const client = createLedClient(
    {
      url: led.url,
      credentials: certificates?.files,
      signature: 'rsa-sha256',
      token: 'auto',
      connectTimeoutMs: 500,
      timeoutMs: 3000,
      maxInFlight: 64,
      maxQueue: 256,
      maxResponseBytes: 1_048_576,
      ...config,
    },
    { metrics, log },
  );
  return { ...client, metrics, logs };
};

export type Asked = {
  answer?: LedAnswer;
  fault?: Fault;
  ms: number;
  calls: LedCalls;
  intents: string[];
  /** The time of each intent. */
  intendedAt: number[];
};

/** Asks once, with its own deadline. Returns the answer or the Fault. Any other error fails the test. */
export const askOnce = async (
  client: Pick<LedClient, 'ask'>,
  options: { timeoutMs?: number; leave?: AbortSignal; insz?: string } = {},
): Promise<Asked> => {
  const { timeoutMs = 3000, leave } = options;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Fault('ledTimeout', 'ledTimeout')), timeoutMs);
  leave?.addEventListener('abort', () => controller.abort(new Fault('callerGone', 'callerGone')));
  const started = performance.now();
  const intents: string[] = [];
  const intendedAt: number[] = [];
  const calls = noLedCalls();
  const question: Question = {
    id: randomUUID(),
    insz: options.insz ?? testInsz(),
    sender: { id: 'kbo.be/0316380841' },
    signal: controller.signal,
    deadline: started + timeoutMs,
    intent: async (referte) => {
      intents.push(referte);
      intendedAt.push(performance.now());
    },
    calls,
  };
  try {
    const answer = await client.ask(question);
    return { answer, ms: performance.now() - started, calls, intents, intendedAt };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { fault: error, ms: performance.now() - started, calls, intents, intendedAt };
  } finally {
    clearTimeout(timer);
  }
};

/** The value of one metric, or 0 if it has none yet. */
export const metricValue = async (
  metrics: Metrics,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> => {
  const found = (await metrics.registry.getMetricsAsJSON()).find(
    (metric) => metric.name === name || `${metric.name}_count` === name,
  );
  const values = (found?.values ?? []) as { value: number; labels: Record<string, string>; metricName?: string }[];
  return values
    .filter(
      (one) =>
        (one.metricName ?? name) === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    )
    .reduce((sum, one) => sum + one.value, 0);
};
