import { createSecretKey } from 'node:crypto';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { buildApp, buildOperations } from './app.ts';
import type { StartEvent } from './audit/event.ts';
import type { NamedAuditKey } from './audit/key.ts';
import { auditKeyCheck } from './audit/key.ts';
import { wholeLines } from './audit/stdout.ts';
import { type AuditStream, createAuditStream } from './audit/stream.ts';
import { type ExitCode, exitCodes } from './cli/exit-codes.ts';
import type { Config, ConfigReading } from './config.ts';
import { createAssess } from './eligibility.ts';
import { type ListenerTls, useCertificate } from './http/listener.ts';
import type { Ask, Sender } from './led/ask.ts';
import { build } from './lib/build.ts';
import { brusselsDay } from './lib/clock.ts';
import { defined } from './lib/defined.ts';
import { errorCode } from './lib/error-code.ts';
import { type Log, traceOf } from './lib/log.ts';
import type { Credentials } from './lib/tls-files.ts';
import { watchCredentials } from './lib/tls-watch.ts';
import { type Parts, prepareParts, ServeFaults, serverUse } from './parts.ts';
import { probe, whenQuiet } from './probe.ts';
import { referenceOf } from './rules/rule-set.ts';
import { unsafeSettings } from './unsafe-settings.ts';

type Service = {
  /** Stops in good order: not ready, delay, drain, `stop` line. Resolves with the exit code. `why` goes to the log. */
  readonly stop: (why: string) => Promise<ExitCode>;
  /** Logs an error that ends the process. */
  readonly crashed: (error: unknown) => void;
};

type Surroundings = {
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly stderr: NodeJS.WriteStream;
  /** UUID of this process. */
  readonly instance: string;
  /** Called once standard output is broken, after the shutdown delay: without audit lines there is no service. */
  readonly onBroken: () => void;
};

/**
 * Starts the service: both listeners, the LED client, the audit stream. Resolves when it listens. Rejects with
 * `ServeFaults`: every fault of configuration, certificates and rule sets at once, or the port that is in use.
 */
export const serve = async (reading: ConfigReading, around: Surroundings): Promise<Service> => {
  const parts = await prepareParts(reading, around.stderr);
  const { config, catalogue, log, metrics } = parts;
  const state: State = { stopping: false };
  const audit = openAudit(parts, around, state);
  const listeners = await assemble(parts, audit, state);

  const ruleSets = catalogue.all.map(referenceOf);
  metrics.buildInfo.set({ version: build.version, commit: build.commit }, 1);
  for (const ruleSet of ruleSets) metrics.ruleSetInfo.set(ruleSet, 1);
  // Without a reader of standard output the service starts, but it is not ready until the line is written.
  await audit.write(startEvent(config, ruleSets)).catch(() => {});
  await listen(listeners, config, audit);
  log.info({ settings: config.settings, registrations: Object.fromEntries(config.registrations) }, 'settings');
  const unsafe = unsafeSettings(config);
  if (unsafe.length > 0) log.warn({ unsafe }, 'unsafe settings');
  if (!config.receipts.signer) log.warn('RECEIPT_KEY_FILE is not set: no receipts, and audit lines are not signed');
  const ports = { port: portOf(listeners.app), opsPort: portOf(listeners.operations) };
  log.info({ ...ports, ...build }, 'listening');

  return {
    stop: (why) => stopInOrder(why, { listeners, audit, state, log, shutdown: config.shutdown }),
    crashed: (error) => log.fatal(traceOf(error), 'crashed'),
  };
};

/** `stopping`: the process is ending. It is not ready, and each answer closes its connection. */
type State = { stopping: boolean };

const startEvent = ({ audit, receipts, allowTestInsz }: Config, ruleSets: StartEvent['ruleSets']): StartEvent =>
  defined({
    kind: 'start' as const,
    ruleSets,
    testInsz: allowTestInsz,
    auditKey: { id: audit.keyId, check: auditKeyCheck(audit.key) },
    signer: receipts.signer?.kid,
  });

const openAudit = ({ config, log, metrics }: Parts, around: Surroundings, state: State): AuditStream =>
  createAuditStream({
    ...(config.receipts.signer && { signer: config.receipts.signer }),
    out: wholeLines(around.stdout),
    inst: around.instance,
    svc: build,
    timeoutMs: config.audit.timeoutMs,
    now: Date.now,
    metrics,
    onStuck: (waiting) => log.error({ waiting }, 'audit stream stuck: 503 until standard output is read again'),
    onUsable: (stuckMs) => log.warn({ stuckMs }, 'audit stream usable again'),
    onBroken: (error) => {
      state.stopping = true;
      log.fatal(traceOf(error), 'standard output is broken: no more decisions, the process ends');
      setTimeout(around.onBroken, config.shutdown.delayMs);
    },
  });

type Listeners = {
  /** The business listener. */
  readonly app: FastifyInstance;
  readonly operations: FastifyInstance;
  /** Closes both listeners and the connections to LED and to the token service; resolves when all calls have ended. */
  readonly close: () => Promise<void>;
};

/** Puts the parts together. The listeners do not listen yet. */
const assemble = async (parts: Parts, audit: AuditStream, state: State): Promise<Listeners> => {
  const { config, catalogue, metrics, log, authenticator, led, serverTls } = parts;
  const auditKey = { id: config.audit.keyId, key: createSecretKey(config.audit.key) };
  const today = (): string => brusselsDay(Date.now());
  const senderOf = (ruleSetId: string): Sender => config.registrations.get(ruleSetId) ?? config.sender;
  const quiet =
    config.probe && whenQuiet(led.ask, config.probe.quietMs, probing(parts, audit, state, auditKey, senderOf));
  const assess = createAssess(
    defined({
      ask: quiet?.ask ?? led.ask,
      writeIntent: audit.write,
      catalogue,
      auditKey,
      defaultRuleSet: config.defaultRuleSet,
      allowedRoles: config.allowedRoles,
      allowTestInsz: config.allowTestInsz,
      senderOf,
      sendUser: config.sendUser,
      today,
    }),
  );
  const app = await buildApp(
    defined({
      assess,
      authenticator,
      audit,
      auditKey,
      basePath: config.http.basePath,
      receipts: config.receipts,
      catalogue,
      health: () => (audit.state() === 'usable' ? led.health() : 'DOWN'),
      isFull: led.isFull,
      log,
      metrics,
      now: Date.now,
      stopping: () => state.stopping,
      rateLimitPerMinute: config.rateLimitPerMinute,
      timeoutMs: config.led.timeoutMs,
      today,
      version: build.version,
      maxConnections: config.http.maxConnections,
      keepAliveTimeoutMs: config.http.keepAliveTimeoutMs,
      tls: serverTls && tlsOf(serverTls),
    }),
  );
  const operations = await buildOperations({
    log,
    metrics,
    ready: () => !state.stopping && audit.state() === 'usable' && led.ready(),
  });
  const tlsWatch = watchServerTls(parts, app);

  return {
    app,
    operations,
    close: async () => {
      tlsWatch?.close();
      quiet?.stop();
      await app.close();
      await Promise.all([led.close(), authenticator.close(), operations.close()]);
    },
  };
};

/** Returns the function that asks about the test number of LED_PROBE_INSZ, unless the service cannot decide anyway. */
const probing =
  (
    { config, catalogue }: Parts,
    audit: AuditStream,
    state: State,
    auditKey: NamedAuditKey,
    senderOf: (ruleSetId: string) => Sender,
  ) =>
  async (ask: Ask): Promise<void> => {
    const found = catalogue.find(config.defaultRuleSet, brusselsDay(Date.now()));
    if (!config.probe || !found.ok || state.stopping || audit.state() !== 'usable') return;
    await probe({
      insz: config.probe.insz,
      ruleSet: found.ruleSet,
      sender: senderOf(config.defaultRuleSet),
      program: 'led-probe',
      ask,
      write: audit.write,
      auditKey,
      timeoutMs: config.led.timeoutMs,
    });
  };

/** Gives the business listener its new certificate whenever the files change. */
const watchServerTls = ({ config, serverTls, metrics, log }: Parts, app: FastifyInstance) => {
  const { tls } = config.http;
  if (!tls || !serverTls) return undefined;
  return watchCredentials({
    files: tls,
    expect: serverUse,
    current: serverTls,
    metrics,
    log,
    onChange: (renewed) => useCertificate(app.server as HttpsServer, tlsOf(renewed)),
  });
};

/** Opens both listeners. If one cannot listen, closes everything and rejects with `ServeFaults`, which names both. */
const listen = async ({ app, operations, close }: Listeners, { http }: Config, audit: AuditStream): Promise<void> => {
  const places = [
    { listener: operations, variable: 'OPS_HOST', host: http.opsHost, port: http.opsPort },
    { listener: app, variable: 'HOST', host: http.host, port: http.port },
  ];
  const faults: string[] = [];
  let exitCode: ExitCode = exitCodes.failed;
  for (const { listener, variable, host, port } of places) {
    try {
      await listener.listen({ host, port });
    } catch (error) {
      const code = errorCode(error);
      if (foreignHost.has(code)) {
        faults.push(`${variable}: is no name or address of this machine (${code})`);
        exitCode = exitCodes.configuration;
      } else faults.push(`cannot listen on port ${port} (${code})`);
    }
  }
  if (faults.length === 0) return;
  await close();
  await audit.close({ kind: 'stop' });
  throw new ServeFaults(faults, exitCode);
};

/** What the system says of a host name that it cannot resolve, and of an address that it does not have. */
const foreignHost: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL']);

/**
 * Stops the service. It still serves for `delayMs`, so that the platform sees that it is not ready. Then it waits at
 * most `timeoutMs` until all requests have ended, and writes the `stop` line.
 */
const stopInOrder = async (
  why: string,
  service: {
    readonly listeners: Listeners;
    readonly audit: AuditStream;
    readonly state: State;
    readonly log: Log;
    readonly shutdown: Config['shutdown'];
  },
): Promise<ExitCode> => {
  const { listeners, audit, state, log, shutdown } = service;
  state.stopping = true;
  log.info({ why }, 'stopping: not ready, still serving');
  await new Promise((resolve) => setTimeout(resolve, shutdown.delayMs));
  const drained = await Promise.race([
    listeners.close().then(() => true),
    new Promise<false>((resolve) => setTimeout(resolve, shutdown.timeoutMs, false)),
  ]);
  await audit.close({ kind: 'stop' });
  log.info({ drained }, 'stopped');
  log.flush();
  return drained ? exitCodes.done : exitCodes.failed;
};

const tlsOf = ({ cert, key, ca }: Credentials): ListenerTls => defined({ cert, key, ca });

const portOf = (app: FastifyInstance): number => (app.server.address() as AddressInfo).port;
