import { readdirSync, readFileSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import {
  bare,
  contentTypeOf,
  envelope,
  personAnswer,
  refusalAnswer,
  type SoapVersion,
  soapFault,
  withReferte,
} from './answers.ts';
import { type Failure, type Person, persons } from './persons.ts';
import { Refusal, type Request, readRequest, untrusted } from './request.ts';
import { createAnswerSigner } from './sign.ts';
import { rootsIn } from './token.ts';

/** The usual path of GeefBewijs 02.00 at MAGDA. */
export const path = '/GeefBewijsDienst-02.00/soap/WebService';

/** Latency and failure for every request. A person with a latency or failure of their own keeps it. */
export type Behaviour = {
  readonly latencyMs: number;
  readonly failure: Failure | undefined;
  /** The share of the requests that fail, from 0 to 1, evenly spread. */
  readonly failureRate: number;
  /** The HTTP status of the failure `status`. */
  readonly status: number;
  /** Close each connection that resumes a TLS session. */
  readonly refuseTickets: boolean;
};

export type SimulatorOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** PEM. The server then speaks TLS and requires a client certificate that `ca` signed. Without it: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /**
   * Trust only the roots in `ca`. A caller must then send its path, on the connection and in the token: one that sends
   * its certificate alone, issued by an authority below the root, gets ERR_025. Default false.
   */
  readonly rootOnly?: boolean;
  /** Sign the answers, as the public MAGDA mock can. Needs TLS with an RSA key. Default false. */
  readonly signAnswers?: boolean;
  /** The version of SOAP in which it answers; it takes only 1.1. Default 1.1. */
  readonly soap?: SoapVersion;
  /** Default: true with TLS, false without. A signature that is present is always verified. */
  readonly requireSignature?: boolean;
  /** Refuse a Tijdstip that is not the present time in Brussels, and a Referte that was used before. Default true. */
  readonly strict?: boolean;
  /** A folder of answers named `<INSZ>.xml`. They replace the simulator's own persons. */
  readonly samplesDir?: string;
  readonly behaviour?: Partial<Behaviour>;
  /** Gets one record for each request. A record never holds an INSZ. */
  readonly log?: (line: Readonly<Record<string, unknown>>) => void;
};

/** The requests since the start. */
export type Counters = {
  /** All POSTs on the path of the service. */
  total: number;
  /** Answered with the GeefBewijsResponse or the SOAP Fault of the person. */
  answered: number;
  /** Refused because of the request itself. */
  refused: number;
  /** Failed on purpose. */
  failed: number;
  /** The last 10 000 valid requests, oldest first. */
  readonly received: Request[];
};

export type Simulator = {
  readonly port: number;
  /** The URL of the service with its path. The host is the one that the server listens on. */
  readonly url: string;
  readonly requests: Counters;
  /** Changes latency and failure for the next requests. */
  readonly behave: (change: Partial<Behaviour>) => void;
  /** Fails over, as a load balancer does: the next request on each open connection closes it without an answer. */
  readonly failOver: () => void;
  /** Stops listening and closes every connection immediately. */
  readonly close: () => Promise<void>;
};

const maxBody = 256 * 1024;
const kept = 10_000;

const readSamples = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder)
      .filter((name) => /^[0-9]{11}\.xml$/.test(name))
      .map((name) => [name.slice(0, 11), bare(readFileSync(join(folder, name), 'utf8'))]),
  );

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new Refusal('fault', '20005', 'Het bericht is te groot.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const send = (response: ServerResponse, status: number, type: string, body: string): void => {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length }).end(bytes);
};

/** How answers are written: in which version of SOAP, and signed or not. */
type Form = { readonly soap: SoapVersion; readonly sign: (envelope: string) => string };

const sendXml = (response: ServerResponse, status: number, { soap }: Form, body: string): void =>
  send(response, status, contentTypeOf(soap), body);

const unknownPerson = (insz: string): Person => ({
  insz,
  name: 'unknown',
  about: 'any other valid number',
  expects: { status: 200, outcome: 'notDemonstrated', reasons: ['noRelevantDiplomaInLed'], diplomas: [], rejected: [] },
  uitzonderingen: {
    level: 'antwoord',
    list: [{ id: '40000', origin: 'LED', type: 'FOUT', diagnose: 'Er zijn geen bewijzen gevonden voor deze persoon.' }],
  },
});

/** Spoils the answer as `failure` says. `answer` is the whole envelope of the good answer. */
const fail = (
  { failure, status }: { readonly failure: Failure; readonly status: number },
  response: ServerResponse,
  form: Form,
  answer: string,
  request: Request,
): void => {
  const between = answer.indexOf('</Bewijs>') + '</Bewijs>'.length;
  const cut = answer.slice(0, between > 8 ? between : answer.length / 2);
  switch (failure) {
    case 'unavailable':
      response.writeHead(503, { 'Retry-After': '7', 'Content-Type': 'text/plain' }).end('Service Unavailable');
      return;
    case 'tooMany':
      response.writeHead(429, { 'Retry-After': '3', 'Content-Type': 'text/plain' }).end('Too Many Requests');
      return;
    case 'reset':
      response.writeHead(200, {
        'Content-Type': contentTypeOf(form.soap),
        'Content-Length': Buffer.byteLength(answer),
      });
      response.write(cut, () => response.destroy());
      return;
    case 'cut':
      sendXml(response, 200, form, cut);
      return;
    case 'html':
      send(response, 200, 'text/html;charset=utf-8', '<!DOCTYPE html><html><body><h1>Onderhoud</h1></body></html>');
      return;
    case 'otherReferte':
      sendXml(response, 200, form, withReferte(answer, `${request.referte.slice(0, 30)}-ander`));
      return;
    case 'status':
      send(response, status, 'text/plain', 'Status on purpose');
      return;
    case 'silent':
      // The connection stays open until the caller closes it or the simulator stops.
      return;
  }
};

/** Sends the Uitzondering or SOAP Fault of a request that breaks the rules. */
const refuse = ({ level, code, message, asked }: Refusal, response: ServerResponse, form: Form): void => {
  const { soap, sign } = form;
  if (level === 'fault') sendXml(response, 500, form, sign(soapFault(code, message, soap)));
  else {
    const uitzondering = { id: code, origin: 'MAGDA', type: 'FOUT', diagnose: message };
    sendXml(response, 200, form, sign(envelope(refusalAnswer(asked, new Date(), level, uitzondering), soap)));
  }
};

/** Creates a function that remembers the last 100 000 Refertes. It returns false for a Referte that was used before. */
const createReferteMemory = (): ((referte: string) => boolean) => {
  const used = new Set<string>();
  return (referte) => {
    if (used.has(referte)) return false;
    used.add(referte);
    if (used.size > 10 * kept) for (const oldest of used.values().take(1)) used.delete(oldest);
    return true;
  };
};

/** The latency and the failure of each answer: those of the person, otherwise those of the whole process. */
const createBehaviour = (initial: Partial<Behaviour> = {}) => {
  let behaviour: Behaviour = {
    latencyMs: 0,
    failure: undefined,
    failureRate: 1,
    status: 404,
    refuseTickets: false,
    ...initial,
  };
  let due = 0;
  return {
    status: (): number => behaviour.status,
    refusesTickets: (): boolean => behaviour.refuseTickets,
    latencyOf: (person: Person): number => person.latencyMs ?? behaviour.latencyMs,
    failureOf: (person: Person): Failure | undefined => {
      if (person.failure !== undefined || behaviour.failure === undefined) return person.failure;
      due += behaviour.failureRate;
      if (due < 1) return undefined;
      due -= 1;
      return behaviour.failure;
    },
    change: (change: Partial<Behaviour>): void => {
      behaviour = { ...behaviour, ...change };
      due = 0;
    },
  };
};

/** Sends the answer for the person. Returns how the request counts. */
const createAnswerer =
  (
    samples: ReadonlyMap<string, string>,
    behaviour: ReturnType<typeof createBehaviour>,
    form: Form,
    stopped: AbortSignal,
  ) =>
  async (request: Request, response: ServerResponse): Promise<'answered' | 'failed'> => {
    const sample = samples.get(request.insz);
    const person = (sample === undefined ? persons.get(request.insz) : undefined) ?? unknownPerson(request.insz);
    const wait = behaviour.latencyOf(person);
    if (wait > 0) await delay(wait, undefined, { signal: stopped });
    const failure = behaviour.failureOf(person);
    const { level, list } = person.uitzonderingen ?? {};
    if (failure === undefined && sample === undefined && (level === 'fault500' || level === 'fault200')) {
      const [first] = list ?? [];
      const fault = form.sign(soapFault(first?.id ?? '', first?.diagnose ?? '', form.soap));
      sendXml(response, level === 'fault500' ? 500 : 200, form, fault);
      return 'answered';
    }
    const content =
      sample === undefined ? personAnswer(person, request, new Date()) : withReferte(sample, request.referte);
    const signed = form.sign(envelope(content, form.soap, Number(request.insz) % 3));
    const answer = (person.bom === true ? '\uFEFF' : '') + signed;
    if (failure === undefined) {
      sendXml(response, 200, form, answer);
      return 'answered';
    }
    fail({ failure, status: behaviour.status() }, response, form, answer, request);
    return 'failed';
  };

const signerOf = ({ signAnswers, tls }: SimulatorOptions): Form['sign'] => {
  if (signAnswers !== true) return (envelope) => envelope;
  if (tls === undefined) throw new Error('signing answers needs TLS with an RSA key');
  return createAnswerSigner(tls);
};

/** Resolves with the port once the server listens. Rejects when it cannot. */
const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/**
 * Starts a SOAP server that answers GeefBewijs 02.00 as LED does over MAGDA: with the answers in `samplesDir`, for its
 * own test persons (`persons.ts`), and with 40000.LED for any other valid number. Rejects when it cannot listen or
 * cannot read the folder.
 */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const { host = '127.0.0.1', port = 0, tls, strict = true, log = () => undefined } = options;
  const requireSignature = options.requireSignature ?? tls !== undefined;
  const samples = options.samplesDir === undefined ? new Map<string, string>() : readSamples(options.samplesDir);
  const stopped = new AbortController();
  const requests: Counters = { total: 0, answered: 0, refused: 0, failed: 0, received: [] };
  const rememberReferte = createReferteMemory();
  const behaviour = createBehaviour(options.behaviour);
  const form: Form = { soap: options.soap ?? '1.1', sign: signerOf(options) };
  const answer = createAnswerer(samples, behaviour, form, stopped.signal);
  const roots = options.rootOnly && tls !== undefined ? rootsIn(tls.ca) : undefined;

  const read = async (message: IncomingMessage): Promise<Request> => {
    const { 'content-type': contentType, soapaction } = message.headers;
    const peer = tls === undefined ? undefined : (message.socket as TLSSocket).getPeerCertificate().raw;
    if (roots !== undefined && !(message.socket as TLSSocket).authorized) throw untrusted('de verbinding');
    const request = readRequest(
      await readBody(message),
      { contentType, soapAction: soapaction as string | undefined },
      { requireSignature, strict, peer, roots, now: new Date(), rememberReferte },
    );
    requests.received.push(request);
    if (requests.received.length > kept) requests.received.shift();
    return request;
  };

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now();
    const line: Record<string, unknown> = {};
    let event: 'answered' | 'refused' | 'failed';
    requests.total += 1;
    try {
      const request = await read(message);
      // Only a UUID is logged: a Referte of another form may hold an INSZ.
      if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(request.referte)) line.referte = request.referte;
      event = await answer(request, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      event = 'refused';
      Object.assign(line, { code: error.code, why: error.message });
      refuse(error, response, form);
    }
    requests[event] += 1;
    log({ event, ...line, status: response.statusCode, durationMs: Math.round(performance.now() - began) });
  };

  const open = new Set<Socket>();
  const dead = new WeakSet<Socket>();
  const onConnection = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  const onSecureConnection = (socket: TLSSocket): void => {
    onConnection(socket);
    if (behaviour.refusesTickets() && socket.isSessionReused()) socket.destroy();
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (dead.has(request.socket)) {
      log({ event: 'failedOver' });
      request.socket.destroy();
    } else if (request.url === '/health' && request.method === 'GET') {
      send(response, 200, 'application/json', '{"status":"UP"}');
    } else if (request.url !== path) {
      send(response, 404, 'text/plain', 'Not Found');
    } else if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST');
      send(response, 405, 'text/plain', 'Method Not Allowed');
    } else {
      serve(request, response).catch(() => {
        // The caller closed the connection, or the simulator stops.
        log({ event: 'broken' });
        response.destroy();
      });
    }
  };

  const server: Server =
    tls === undefined
      ? createPlainServer(listener)
      : createTlsServer(
          {
            ...tls,
            ca: roots?.map(String) ?? tls.ca,
            requestCert: true,
            rejectUnauthorized: true,
            minVersion: 'TLSv1.2',
          },
          listener,
        );
  if (tls === undefined) server.on('connection', onConnection);
  else server.on('secureConnection', onSecureConnection);
  server.keepAliveTimeout = 60_000;
  server.on('tlsClientError', () => log({ event: 'tlsRefused' }));
  const actual = await listen(server, port, host);
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    port: actual,
    url: `${tls === undefined ? 'http' : 'https'}://${shown}:${actual}${path}`,
    requests,
    behave: behaviour.change,
    failOver: () => {
      for (const socket of open) dead.add(socket);
    },
    close: () =>
      new Promise((resolve) => {
        stopped.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
