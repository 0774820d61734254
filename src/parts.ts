import { join } from 'node:path';
import { stdoutFault } from './audit/stdout.ts';
import { type Authenticator, createAuthenticator } from './auth/authenticator.ts';
import { readClientKey } from './auth/client-assertion.ts';
import { type ExitCode, exitCodes } from './cli/exit-codes.ts';
import type { Config, ConfigReading } from './config.ts';
import { createLedClient, type LedClient } from './led/client.ts';
import { ledUse } from './led/link.ts';
import { createLog, type Log } from './lib/log.ts';
import { createMetrics, type Metrics } from './lib/metrics.ts';
import { CredentialFault, type CredentialFiles, type Credentials, loadCredentials } from './lib/tls-files.ts';
import { unknownRuleSets } from './registrations.ts';
import type { Catalogue } from './rules/catalogue.ts';
import { faultLine } from './rules/fault-line.ts';
import { loadRuleSets } from './rules/load.ts';

/** Why the service does not start: every fault at once, each in plain words, and the exit code of the process. */
export class ServeFaults extends Error {
  readonly faults: readonly string[];
  readonly exitCode: ExitCode;

  constructor(faults: readonly string[], exitCode: ExitCode) {
    super('the service cannot start');
    this.faults = faults;
    this.exitCode = exitCode;
  }
}

/** What the service is made of, each part checked. */
export type Parts = {
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly led: LedClient;
  /** The certificate of the business listener; undefined for plain HTTP. */
  readonly serverTls: Credentials | undefined;
};

/** The certificate of the business listener, as metrics, logs and messages call it. */
export const serverUse = { use: 'server', rsa: false } as const;

/** The variable that names each file of a pair. */
type FileVariables = Readonly<Record<keyof CredentialFiles, string>>;

const ledFileVariables: FileVariables = {
  certFile: 'LED_CLIENT_CERT_FILE',
  keyFile: 'LED_CLIENT_KEY_FILE',
  passphraseFile: 'LED_CLIENT_KEY_PASSPHRASE_FILE',
  caFile: 'LED_CA_FILE',
};
const serverVariables: FileVariables = {
  certFile: 'TLS_CERT_FILE',
  keyFile: 'TLS_KEY_FILE',
  passphraseFile: 'TLS_KEY_FILE',
  caFile: 'TLS_CLIENT_CA_FILE',
};

/**
 * Returns a function that runs a check which throws an error in plain words, and that adds its faults to `faults`, each
 * under its variable.
 */
export const collectFaults =
  (faults: string[]) =>
  <T>(what: string | FileVariables, check: () => T): T | undefined => {
    try {
      return check();
    } catch (error) {
      if (error instanceof CredentialFault && typeof what !== 'string') {
        faults.push(...error.faults.map(({ file, problem }) => `${what[file]}: ${problem}`));
        return undefined;
      }
      faults.push(
        `${typeof what === 'string' ? what : what.certFile}: ${error instanceof Error ? error.message : 'cannot be used'}`,
      );
      return undefined;
    }
  };

/** Loads the certificate for LED, if there is one, and notes what is wrong with its files. */
export const checkLedFiles = (
  { credentials, signature }: Pick<Config['led'], 'credentials' | 'signature'>,
  attempt: ReturnType<typeof collectFaults>,
): Credentials | undefined =>
  credentials && attempt(ledFileVariables, () => loadCredentials(credentials, ledUse(signature)));

/**
 * Checks everything that can be wrong, and makes the parts. Nothing listens yet. Rejects with `ServeFaults`: all faults
 * at once.
 */
export const prepareParts = async (reading: ConfigReading, stderr: NodeJS.WriteStream): Promise<Parts> => {
  const faults: string[] = [];
  const attempt = collectFaults(faults);

  const closed = stdoutFault();
  if (closed !== undefined) faults.push(closed);
  if (!reading.ok) faults.push(...reading.faults);
  const { ruleSetDir, registered, defaultRuleSet, http } = reading.ok ? reading.config : reading.known;
  const { tls } = http;
  const loaded = readRuleSets(ruleSetDir);
  if ('faults' in loaded) faults.push(...loaded.faults);
  else {
    const ids = new Set(loaded.catalogue.all.map(({ source }) => source.id));
    faults.push(...unknownRuleSets(registered, ids).map((fault) => `LED_REGISTRATIONS_FILE: ${fault}`));
    if (!canDecide(loaded.catalogue, defaultRuleSet)) faults.push('DEFAULT_RULE_SET: there is no such rule set');
  }
  if (!reading.ok) {
    // There is no whole configuration to make the parts from, but their files can be checked.
    if (tls) attempt(serverVariables, () => loadCredentials(tls, serverUse));
    const { led, clientKey } = reading.known;
    checkLedFiles(led, attempt);
    if (clientKey !== undefined) attempt('AUTH_CLIENT_KEY_FILE', () => readClientKey(clientKey));
    throw new ServeFaults(faults, exitCodes.configuration);
  }

  const { config } = reading;
  const metrics = createMetrics();
  const log = createLog(config.logLevel, stderr);
  const { allowedRoles } = config;
  const serverTls = tls && attempt(serverVariables, () => loadCredentials(tls, serverUse));
  const authenticator = attempt('AUTH_CLIENT_KEY_FILE', () => createAuthenticator(config.auth, { log, allowedRoles }));
  const led = attempt(ledFileVariables, () => createLedClient(config.led, { metrics, log }));
  if (faults.length > 0 || 'faults' in loaded || !authenticator || !led) {
    await Promise.all([led?.close(), authenticator?.close()]);
    throw new ServeFaults(faults, exitCodes.configuration);
  }
  return { config, catalogue: loaded.catalogue, metrics, log, authenticator, led, serverTls };
};

/** Loads the rule sets. A fault names the variable and the file within its folder, but not the folder. */
export const readRuleSets = (folder: string | undefined) => {
  const loaded = loadRuleSets(folder);
  if ('catalogue' in loaded) return loaded;
  const withoutFolder = (line: string): string =>
    folder === undefined ? line : line.replaceAll(join(folder, '/'), '').replace(`${folder}: `, '');
  return { faults: loaded.faults.map((fault) => `RULE_SET_DIR: ${withoutFolder(faultLine(fault))}`) };
};

/** Whether a rule set has a version that can decide: one that is not a candidate. */
const canDecide = ({ all }: Catalogue, id: string): boolean =>
  all.some(({ source }) => source.id === id && source.candidate !== true);
