import { createSecretKey } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { buildApp, buildOperations } from './app.ts';
import { stdoutFault, wholeLines } from './audit/stdout.ts';
import { createAuditStream } from './audit/stream.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { faultLine } from './cli/rules.ts';
import { readConfig } from './config.ts';
import { createAssess } from './eligibility.ts';
import type { ListenerTls } from './http/listener.ts';
import { createLedClient } from './led/client.ts';
import { build } from './lib/build.ts';
import { brusselsDay } from './lib/clock.ts';
import { createLog, traceOf } from './lib/log.ts';
import { createMetrics } from './lib/metrics.ts';
import { type Credentials, loadCredentials } from './lib/tls-files.ts';
import { watchCredentials } from './lib/tls-watch.ts';
import { loadRuleSets } from './rules/load.ts';
import { referenceOf } from './rules/rule-set.ts';

/** Why the service does not start: everything that is wrong, at once. */
export class ServeFaults extends Error {
  readonly faults: readonly string[];
  readonly exitCode: number;

  constructor(faults: readonly string[], exitCode: number) {
    super('the service cannot start');
    this.faults = faults;
    this.exitCode = exitCode;
  }
}

export type Service = {
  /** Not ready, delay, drain, `stop` line; resolves with the exit code. */
  readonly stop: (why: string) => Promise<number>;
  readonly crashed: (error: unknown) => void;
};

type Surroundings = {
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly stderr: NodeJS.WriteStream;
  /** UUID of this process. */
  readonly instance: string;
  /** Called after the shutdown delay once standard output is broken: nothing can be proven any more. */
  readonly onBroken: () => void;
};

const serverUse = { use: 'server', rsa: false } as const;

/** Runs a check that throws in plain words, and keeps the words. */
const attempt = <T>(faults: string[], what: string, check: () => T): T | undefined => {
  try {
    return check();
  } catch (error) {
    faults.push(`${what}: ${error instanceof Error ? error.message : 'cannot be used'}`);
    return undefined;
  }
};

/**
 * Starts the service: configuration from the environment, both listeners, LED connection, audit stream. Rejects with
 * `ServeFaults` that name every fault of configuration, certificates and rule sets at once (exit code 78).
 */
export const serve = async (environment: NodeJS.ProcessEnv, around: Surroundings): Promise<Service> => {
  const faults: string[] = [];
  const closed = stdoutFault();
  if (closed !== undefined) faults.push(closed);
  const config = readConfig(environment);
  if ('faults' in config) faults.push(...config.faults);
  const folder = environment.RULE_SET_DIR;
  const loaded = loadRuleSets(folder ? [folder] : []);
  if ('faults' in loaded) {
    // A fault names the variable, and within the folder the file, not the folder itself.
    const inFolder = (line: string): string =>
      folder ? line.replaceAll(join(folder, '/'), '').replace(`${folder}: `, '') : line;
    faults.push(...loaded.faults.map((fault) => `RULE_SET_DIR: ${inFolder(faultLine(fault))}`));
  }
  if ('faults' in config || 'faults' in loaded) {
    // So that the files are named together with the rest, as far as can be told without a whole configuration.
    const { LED_CLIENT_CERT_FILE: certFile, LED_CLIENT_KEY_FILE: keyFile } = environment;
    if (certFile && keyFile) {
      const passphraseFile = environment.LED_CLIENT_KEY_PASSPHRASE_FILE || undefined;
      const files = { certFile, keyFile, passphraseFile, caFile: environment.LED_CA_FILE || undefined };
      attempt(faults, 'LED_CLIENT_CERT_FILE', () =>
        loadCredentials(files, { use: 'led', rsa: environment.LED_SIGNATURE !== 'none' }),
      );
    }
    throw new ServeFaults(faults, 78);
  }

  const { catalogue } = loaded;
  const { tls } = config.http;
  if (catalogue.all.every(({ source }) => source.id !== config.defaultRuleSet || source.candidate)) {
    faults.push('DEFAULT_RULE_SET: there is no such rule set');
  }
  const metrics = createMetrics();
  const log = createLog(config.logLevel, around.stderr);
  const serverTls = tls && attempt(faults, 'TLS_CERT_FILE', () => loadCredentials(tls, serverUse));
  const authenticator = attempt(faults, 'AUTH_MODE', () =>
    createAuthenticator(config.auth, { log, allowedRoles: config.allowedRoles }),
  );
  const led = attempt(faults, 'LED_CLIENT_CERT_FILE', () => createLedClient(config.led, { metrics, log }));
  if (faults.length > 0 || !led || !authenticator) {
    await Promise.all([led?.close(), authenticator?.close()]);
    throw new ServeFaults(faults, 78);
  }

  let stopping = false;
  const audit = createAuditStream({
    out: wholeLines(around.stdout),
    inst: around.instance,
    svc: build,
    timeoutMs: config.audit.timeoutMs,
    now: Date.now,
    metrics,
    onBroken: (error) => {
      stopping = true;
      log.fatal(traceOf(error), 'standard output is broken: no more decisions, the process ends');
      setTimeout(around.onBroken, config.shutdown.delayMs);
    },
  });
  metrics.buildInfo.set({ version: build.version, commit: build.commit }, 1);
  const ruleSets = catalogue.all.map(referenceOf);
  for (const ruleSet of ruleSets) metrics.ruleSetInfo.set(ruleSet, 1);

  const auditKey = { id: config.audit.keyId, key: createSecretKey(config.audit.key) };
  const today = (): string => brusselsDay(Date.now());
  const app = await buildApp({
    assess: createAssess({
      ask: led.ask,
      writeIntent: audit.write,
      catalogue,
      auditKey,
      defaultRuleSet: config.defaultRuleSet,
      ...(config.allowedRoles && { allowedRoles: config.allowedRoles }),
      allowTestInsz: config.allowTestInsz,
      sendUser: config.sendUser,
      today,
    }),
    authenticator,
    audit,
    auditKey,
    catalogue,
    health: () => (audit.state() === 'usable' ? led.health() : 'DOWN'),
    isFull: led.isFull,
    log,
    metrics,
    now: Date.now,
    stopping: () => stopping,
    ...(config.rateLimitPerMinute === undefined ? {} : { rateLimitPerMinute: config.rateLimitPerMinute }),
    timeoutMs: config.led.timeoutMs,
    today,
    version: build.version,
    ...(serverTls && { tls: tlsOf(serverTls) }),
  });
  const operations = await buildOperations({
    log,
    metrics,
    ready: () => !stopping && audit.state() === 'usable' && led.ready(),
  });
  const tlsWatch =
    tls &&
    serverTls &&
    watchCredentials({
      files: tls,
      expect: serverUse,
      current: serverTls,
      metrics,
      log,
      onChange: (renewed) => (app.server as unknown as TlsServer).setSecureContext(tlsOf(renewed)),
    });

  const close = async (): Promise<void> => {
    tlsWatch?.close();
    // Node closes idle connections once; one whose answer was leaving at that moment falls idle afterwards.
    const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
    await app.close();
    clearInterval(sweep);
    await Promise.all([led.close(), authenticator.close(), operations.close()]);
  };
  // A reader that is not there yet keeps the service from being ready, not from starting.
  await audit.write({ kind: 'start', ruleSets, testInsz: config.allowTestInsz }).catch(() => {});
  try {
    await operations.listen({ host: config.http.opsHost, port: config.http.opsPort });
    await app.listen({ host: config.http.host, port: config.http.port });
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    await close();
    await audit.close({ kind: 'stop' });
    throw new ServeFaults([`cannot listen on port ${port ?? config.http.port} (${code ?? 'unknown'})`], 1);
  }
  log.info({ port: portOf(app), opsPort: portOf(operations), ...build }, 'listening');

  return {
    stop: async (why) => {
      stopping = true;
      log.info({ why }, 'stopping: not ready, still serving');
      await new Promise((resolve) => setTimeout(resolve, config.shutdown.delayMs));
      const drained = await Promise.race([
        close().then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, config.shutdown.timeoutMs, false)),
      ]);
      await audit.close({ kind: 'stop' });
      log.info({ drained }, 'stopped');
      log.flush();
      return drained ? 0 : 1;
    },
    crashed: (error) => log.fatal(traceOf(error), 'crashed'),
  };
};

const tlsOf = ({ cert, key, ca }: Credentials): ListenerTls => ({ cert, key, ...(ca === undefined ? {} : { ca }) });

const portOf = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port;
