import { readdirSync, readFileSync } from 'node:fs';
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { bare, envelope, personAnswer, refusalAnswer, soapFault, withReferte } from './answers.ts';
import { type Failure, type Person, persons } from './persons.ts';
import { Refusal, type Request, readRequest } from './request.ts';

/** Where MAGDA serves GeefBewijs 02.00 by convention. */
export const path = '/GeefBewijsDienst-02.00/soap/WebService';

/** Latency and failure of the whole process; a person's own come first. */
export type Behaviour = {
  readonly latencyMs: number;
  readonly failure: Failure | undefined;
  /** The part of the requests that fails, from 0 to 1, evenly spread. */
  readonly failureRate: number;
};

export type SimulatorOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** PEM. With it the server speaks TLS and refuses a caller without a certificate under `ca`; without it, plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /** Default: over TLS yes, without no. A signature that is there is always verified. */
  readonly requireSignature?: boolean;
  /** Refuse a Tijdstip that is not now in Brussels and a Referte that was used before. Default true. */
  readonly strict?: boolean;
  /** A folder of answers named `<INSZ>.xml`, served before the simulator's own persons. */
  readonly samplesDir?: string;
  readonly behaviour?: Partial<Behaviour>;
  /** Takes one record for each request; it never holds an INSZ. */
  readonly log?: (line: Readonly<Record<string, unknown>>) => void;
};

/** What came in since the start. */
export type Counters = {
  /** POSTs on the path of the service, whatever became of them. */
  total: number;
  /** Answered with a GeefBewijsResponse or the SOAP Fault that the person stands for. */
  answered: number;
  /** Refused because of the request itself. */
  refused: number;
  /** Failed on purpose. */
  failed: number;
  /** The requests that could be read, oldest first: the last 10 000. */
  readonly received: Request[];
};

export type Simulator = {
  readonly port: number;
  /** Of the service, path included; the host is the one listened on. */
  readonly url: string;
  readonly requests: Counters;
  /** Changes latency and failure for the requests to come. */
  readonly behave: (change: Partial<Behaviour>) => void;
  /** Stops listening and cuts every connection. */
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
const sendXml = (response: ServerResponse, status: number, body: string): void =>
  send(response, status, 'text/xml;charset=utf-8', body);

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

/** Does to the answer what `failure` says; `answer` is the whole envelope that would have been sent. */
const fail = (failure: Failure, response: ServerResponse, answer: string, request: Request): void => {
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
        'Content-Type': 'text/xml;charset=utf-8',
        'Content-Length': Buffer.byteLength(answer),
      });
      response.write(cut, () => response.destroy());
      return;
    case 'cut':
      sendXml(response, 200, cut);
      return;
    case 'html':
      send(response, 200, 'text/html;charset=utf-8', '<!DOCTYPE html><html><body><h1>Onderhoud</h1></body></html>');
      return;
    case 'otherReferte':
      sendXml(response, 200, withReferte(answer, `${request.referte.slice(0, 30)}-ander`));
      return;
    case 'silent':
      // The connection stays open until the caller or the end of the simulator closes it.
      return;
  }
};

/**
 * Starts a SOAP server that answers GeefBewijs 02.00 as LED does over MAGDA: test persons of its own (`persons.ts`), the
 * answers of a folder if one is given, and 40000.LED for any other valid number. Throws if it cannot listen or read.
 */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  const { host = '127.0.0.1', port = 0, tls, strict = true, log = () => undefined } = options;
  const requireSignature = options.requireSignature ?? tls !== undefined;
  const samples = options.samplesDir === undefined ? new Map<string, string>() : readSamples(options.samplesDir);
  const stopped = new AbortController();
  const requests: Counters = { total: 0, answered: 0, refused: 0, failed: 0, received: [] };
  const refertes = new Set<string>();
  let behaviour: Behaviour = { latencyMs: 0, failure: undefined, failureRate: 1, ...options.behaviour };
  let due = 0;

  const note = (referte: string): boolean => {
    if (refertes.has(referte)) return false;
    refertes.add(referte);
    if (refertes.size > 10 * kept) for (const oldest of refertes.values().take(1)) refertes.delete(oldest);
    return true;
  };
  const failureOf = (person: Person): Failure | undefined => {
    if (person.failure !== undefined || behaviour.failure === undefined) return person.failure;
    due += behaviour.failureRate;
    if (due < 1) return undefined;
    due -= 1;
    return behaviour.failure;
  };

  const answerTo = async (request: Request, response: ServerResponse): Promise<string> => {
    const sample = samples.get(request.insz);
    const person = (sample === undefined ? persons.get(request.insz) : undefined) ?? unknownPerson(request.insz);
    const wait = person.latencyMs ?? behaviour.latencyMs;
    if (wait > 0) await delay(wait, undefined, { signal: stopped.signal });
    const failure = failureOf(person);
    const { level, list } = person.uitzonderingen ?? {};
    if (failure === undefined && sample === undefined && (level === 'fault500' || level === 'fault200')) {
      const [told] = list ?? [];
      sendXml(response, level === 'fault500' ? 500 : 200, soapFault(told?.id ?? '', told?.diagnose ?? ''));
      return 'answered';
    }
    const content =
      sample === undefined ? personAnswer(person, request, new Date()) : withReferte(sample, request.referte);
    const answer = (person.bom === true ? '\uFEFF' : '') + envelope(content, Number(request.insz) % 3);
    if (failure === undefined) {
      sendXml(response, 200, answer);
      return 'answered';
    }
    fail(failure, response, answer, request);
    return 'failed';
  };

  const refuse = (refusal: Refusal, response: ServerResponse): void => {
    const { level, code, message, asked } = refusal;
    if (level === 'fault') sendXml(response, 500, soapFault(code, message));
    else {
      const told = { id: code, origin: 'MAGDA', type: 'FOUT', diagnose: message };
      sendXml(response, 200, envelope(refusalAnswer(asked, new Date(), level, told)));
    }
  };

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now();
    const noted: Record<string, unknown> = {};
    requests.total += 1;
    try {
      const request = readRequest(
        await readBody(message),
        { contentType: message.headers['content-type'], soapAction: message.headers.soapaction as string | undefined },
        {
          requireSignature,
          strict,
          peer: tls === undefined ? undefined : (message.socket as TLSSocket).getPeerCertificate().raw,
          now: new Date(),
          note,
        },
      );
      requests.received.push(request);
      if (requests.received.length > kept) requests.received.shift();
      // A Referte of another form may hold anything.
      if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(request.referte)) noted.referte = request.referte;
      noted.event = await answerTo(request, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      noted.event = 'refused';
      noted.code = error.code;
      noted.why = error.message;
      refuse(error, response);
    }
    requests[noted.event as 'answered' | 'refused' | 'failed'] += 1;
    log({ ...noted, status: response.statusCode, durationMs: Math.round(performance.now() - began) });
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/health' && request.method === 'GET') {
      send(response, 200, 'application/json', '{"status":"UP"}');
    } else if (request.url !== path) {
      send(response, 404, 'text/plain', 'Not Found');
    } else if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST');
      send(response, 405, 'text/plain', 'Method Not Allowed');
    } else {
      serve(request, response).catch(() => {
        // The caller went away, or the simulator ends.
        log({ event: 'broken' });
        response.destroy();
      });
    }
  };

  const server: Server =
    tls === undefined
      ? createPlainServer(listener)
      : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' }, listener);
  server.keepAliveTimeout = 60_000;
  server.on('tlsClientError', () => log({ event: 'tlsRefused' }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const actual = (server.address() as AddressInfo).port;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    port: actual,
    url: `${tls === undefined ? 'http' : 'https'}://${shown}:${actual}${path}`,
    requests,
    behave: (change) => {
      behaviour = { ...behaviour, ...change };
      due = 0;
    },
    close: () =>
      new Promise((resolve) => {
        stopped.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
