import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failures, persons } from './persons.ts';
import { type SimulatorOptions, startSimulator } from './server.ts';

const usage = `The LED simulator: a SOAP server that answers GeefBewijs 02.00 as LED does over MAGDA.

  node docker/simulator/main.ts            serves, configured by the environment:

    SIMULATOR_HOST, SIMULATOR_PORT         where it listens (0.0.0.0, 8443; port 0: any free port)
    SIMULATOR_CERT_FILE, SIMULATOR_KEY_FILE, SIMULATOR_CA_FILE
                                           its certificate and key, and the authority of its callers: set all
                                           three, or none with SIMULATOR_PLAIN_HTTP=true
    SIMULATOR_PLAIN_HTTP                   true: without TLS (false)
    SIMULATOR_HEALTH_PORT                  a second listener for GET /health, over plain HTTP (none): with mutual
                                           TLS the health check of a container would need a certificate
    SIMULATOR_REQUIRE_SIGNATURE            true or false (true with TLS, false without)
    SIMULATOR_ROOT_ONLY                    true: trust only the root in SIMULATOR_CA_FILE. A caller that sends its
                                           certificate without its path, on the connection or as the token of the
                                           signature, then gets ERR_025 (false)
    SIMULATOR_SIGN_ANSWERS                 true: sign the answers, with a Security header that must be understood;
                                           needs an RSA key (false)
    SIMULATOR_SOAP                         version of SOAP in which it answers: 1.1 or 1.2 (1.1)
    SIMULATOR_STRICT                       refuse a used Referte and a time that is not the time in Brussels (true)
    SIMULATOR_SAMPLES_DIR                  a folder of answers named <INSZ>.xml, which replace its own (none)
    SIMULATOR_LATENCY_MS                   how long it waits before each answer (0)
    SIMULATOR_FAILURE                      ${failures.join(', ')} (none)
    SIMULATOR_FAILURE_RATE                 the share of the requests that fail like this, 0 to 1 (1)
    SIMULATOR_STATUS                       the HTTP status of the failure "status", 200 to 599 (404)
    SIMULATOR_FAIL_OVER_SECONDS            how often every open connection dies, as when a load balancer fails over (never)
    SIMULATOR_REFUSE_TICKETS               true: close each connection that resumes a TLS session (false)

  node docker/simulator/main.ts persons    prints the test persons: INSZ, name, outcome, what they show
`;

const known = [
  ...['HOST', 'PORT', 'CERT_FILE', 'KEY_FILE', 'CA_FILE', 'PLAIN_HTTP', 'HEALTH_PORT'],
  ...[
    'REQUIRE_SIGNATURE',
    'ROOT_ONLY',
    'SIGN_ANSWERS',
    'SOAP',
    'STRICT',
    'SAMPLES_DIR',
    'LATENCY_MS',
    'FAILURE',
    'FAILURE_RATE',
    'STATUS',
    'FAIL_OVER_SECONDS',
    'REFUSE_TICKETS',
  ],
];

type Settings = SimulatorOptions & {
  readonly healthPort: number | undefined;
  readonly failOverSeconds: number | undefined;
};

/** Whether a key (PEM) is an RSA key. */
const isRsa = (key: string): boolean => {
  try {
    return createPrivateKey(key).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
};

/** Reads the environment. Throws an error that names every wrong variable and never shows a value. */
const settingsFrom = (environment: Readonly<Record<string, string | undefined>>): Settings => {
  const faults: string[] = [];
  const text = (name: string): string | undefined => environment[`SIMULATOR_${name}`] || undefined;
  const fault = (name: string, what: string): undefined => {
    faults.push(`SIMULATOR_${name} ${what}`);
  };
  const number = (name: string, from: number, to: number, whole = true): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const result = Number(value);
    if (!/^\d+(\.\d+)?$/.test(value) || (whole && !Number.isInteger(result)) || result < from || result > to) {
      return fault(name, `must be a ${whole ? 'whole ' : ''}number from ${from} to ${to}`);
    }
    return result;
  };
  const flag = (name: string): boolean | undefined => {
    const value = text(name);
    if (value === undefined || value === 'true' || value === 'false') return value && value === 'true';
    return fault(name, 'must be true or false');
  };
  const file = (name: string): string | undefined => {
    const value = text(name);
    try {
      return value === undefined ? undefined : readFileSync(value, 'utf8');
    } catch {
      return fault(name, 'cannot be read');
    }
  };

  for (const name of Object.keys(environment).filter((key) => key.startsWith('SIMULATOR_'))) {
    if (!known.includes(name.slice('SIMULATOR_'.length))) faults.push(`${name} is not known`);
  }
  const plain = flag('PLAIN_HTTP') ?? false;
  const files = ['CERT_FILE', 'KEY_FILE', 'CA_FILE'];
  const [cert, key, ca] = files.map(file);
  for (const name of files) {
    if (plain === (text(name) !== undefined)) {
      fault(name, plain ? 'must be left out with SIMULATOR_PLAIN_HTTP' : 'is missing (or set SIMULATOR_PLAIN_HTTP)');
    }
  }
  const failure = failures.find((kind) => kind === text('FAILURE'));
  if (failure === undefined && text('FAILURE') !== undefined) fault('FAILURE', `must be one of ${failures.join(', ')}`);
  const soap = (['1.1', '1.2'] as const).find((version) => version === (text('SOAP') ?? '1.1'));
  if (soap === undefined) fault('SOAP', 'must be 1.1 or 1.2');
  const signAnswers = flag('SIGN_ANSWERS') ?? false;
  if (signAnswers && (plain || (key !== undefined && !isRsa(key)))) fault('SIGN_ANSWERS', 'needs an RSA key');
  const requireSignature = flag('REQUIRE_SIGNATURE');
  const samplesDir = text('SAMPLES_DIR');
  try {
    if (samplesDir !== undefined) accessSync(samplesDir);
  } catch {
    fault('SAMPLES_DIR', 'cannot be read');
  }
  const settings: Settings = {
    host: text('HOST') ?? '0.0.0.0',
    port: number('PORT', 0, 65_535) ?? 8443,
    healthPort: number('HEALTH_PORT', 0, 65_535),
    failOverSeconds: number('FAIL_OVER_SECONDS', 1, 86_400),
    strict: flag('STRICT') ?? true,
    rootOnly: flag('ROOT_ONLY') ?? false,
    signAnswers,
    soap: soap ?? '1.1',
    behaviour: {
      latencyMs: number('LATENCY_MS', 0, 600_000) ?? 0,
      failure,
      failureRate: number('FAILURE_RATE', 0, 1, false) ?? 1,
      status: number('STATUS', 200, 599) ?? 404,
      refuseTickets: flag('REFUSE_TICKETS') ?? false,
    },
    ...(requireSignature === undefined ? {} : { requireSignature }),
    ...(samplesDir === undefined ? {} : { samplesDir }),
    ...(cert === undefined || key === undefined || ca === undefined ? {} : { tls: { cert, key, ca } }),
  };
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return settings;
};

const print = (line: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
};

const serve = async (): Promise<void> => {
  const settings = settingsFrom(process.env);
  const simulator = await startSimulator({ ...settings, log: print });
  const health = createServer((request, response) => {
    const known = request.method === 'GET' && request.url === '/health';
    response.writeHead(known ? 200 : 404, { 'Content-Type': 'application/json' }).end(known ? '{"status":"UP"}' : '');
  });
  if (settings.healthPort !== undefined) await once(health.listen(settings.healthPort, settings.host), 'listening');
  const healthPort = (health.address() as AddressInfo | null)?.port;
  print({ event: 'listening', port: simulator.port, healthPort, url: simulator.url });
  const { failOverSeconds } = settings;
  const failingOver =
    failOverSeconds === undefined ? undefined : setInterval(simulator.failOver, failOverSeconds * 1000);
  const end = (): void => {
    clearInterval(failingOver);
    health.close();
    simulator.close().then(() => {
      print({ event: 'stopped', requests: simulator.requests.total });
    });
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
};

const [command = 'serve'] = process.argv.slice(2);
if (command === 'persons') {
  const lines = [...persons.values()].map(({ insz, name, about, expects }) => {
    const result = expects.status === 200 ? `${expects.outcome}: ${expects.reasons.join(' ')}` : expects.problem;
    return `${insz}  ${name.padEnd(14)}  ${result}\n${' '.repeat(29)}${about}\n`;
  });
  process.stdout.write(lines.join(''));
} else if (command === 'serve') {
  serve().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 78;
  });
} else {
  process.stderr.write(usage);
  process.exitCode = command === '--help' ? 0 : 64;
}
