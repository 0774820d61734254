import { statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type CredentialFiles, type Credentials, type Expectation, loadCredentials } from './tls-files.ts';

type WatchOptions = {
  readonly files: CredentialFiles;
  readonly expect: Expectation;
  /** The credentials in use when watching starts. */
  readonly current: Credentials;
  /** Receives each new pair. If it throws, the old pair stays in use. */
  readonly onChange: (credentials: Credentials) => void;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly pollMs?: number;
  readonly settleMs?: number;
};

/**
 * Watches the files of a pair and passes each new pair that is whole and valid to `onChange`; until then the old pair
 * stays in use. It watches the folders, because a Kubernetes secret changes by renaming a link next to the files, and
 * also looks every `pollMs`, because some volumes send no events. It counts each attempt, keeps the expiry metric, and
 * logs a reminder once a day from 30 days before the end.
 */
export const watchCredentials = (options: WatchOptions): { close: () => void } => {
  const { files, expect, current, onChange, metrics, log, pollMs = 5000, settleMs = 100 } = options;
  const { use } = expect;
  const expiry = createExpiryReminder(use, current.notAfter, { metrics, log });
  // The files may have changed since `current` was read: the empty stamp makes the first look read them again.
  let seen = '';

  const adopt = (credentials: Credentials): void => {
    onChange(credentials);
    metrics.certificateReloads.inc({ use, result: 'ok' });
    log.info({ use, notAfter: credentials.notAfter.toISOString() }, 'certificate replaced');
    expiry.adopt(credentials.notAfter);
  };

  const look = () => {
    // The stamp is taken before reading: files that change during the reading get another stamp and are read again.
    const stamp = stampOf(files);
    if (stamp === seen) return;
    const first = seen === '';
    seen = stamp;
    try {
      const credentials = loadCredentials(files, expect);
      if (!first || credentials.cert !== current.cert || credentials.ca !== current.ca) adopt(credentials);
      metrics.certificateFilesInUse.set({ use }, 1);
    } catch (error) {
      metrics.certificateReloads.inc({ use, result: 'failed' });
      metrics.certificateFilesInUse.set({ use }, 0);
      log.error({ use, problem: (error as Error).message }, 'certificate files not taken up, the old pair stays');
    }
  };

  const watching = watchFolders(foldersOf(files), settleMs, look, (code) =>
    log.warn({ use, code }, 'certificate folder cannot be watched, its files are polled only'),
  );
  const poll = setInterval(() => {
    look();
    expiry.remind();
  }, pollMs).unref();
  look();
  return {
    close: () => {
      clearInterval(poll);
      watching.close();
    },
  };
};

const DAY_MS = 86_400_000;
const REMIND_FROM_MS = 30 * DAY_MS;

/** Keeps the expiry metric of one certificate and logs at most one reminder a day. */
const createExpiryReminder = (use: string, end: Date, { metrics, log }: Pick<WatchOptions, 'metrics' | 'log'>) => {
  let notAfter = end;
  let remindedAt = Number.NEGATIVE_INFINITY;
  const remind = () => {
    const now = Date.now();
    const leftMs = notAfter.getTime() - now;
    // `abs`: a wall clock that is set back must not silence the reminder.
    if (leftMs > REMIND_FROM_MS || Math.abs(now - remindedAt) < DAY_MS) return;
    remindedAt = now;
    const facts = { use, notAfter: notAfter.toISOString(), daysLeft: Math.floor(leftMs / DAY_MS) };
    if (leftMs > 0) log.warn(facts, 'certificate expires soon');
    else log.error(facts, 'certificate has expired');
  };
  const adopt = (next: Date): void => {
    notAfter = next;
    remindedAt = Number.NEGATIVE_INFINITY;
    metrics.certificateExpiry.set({ use }, notAfter.getTime() / 1000);
    remind();
  };
  adopt(end);
  return { remind, adopt };
};

const pathsOf = (files: CredentialFiles): string[] =>
  [files.certFile, files.keyFile, files.passphraseFile, files.caFile].filter((file) => file !== undefined);

const foldersOf = (files: CredentialFiles): Set<string> => new Set(pathsOf(files).map((path) => dirname(path)));

/** Returns a text that changes when one of the files changes. Links are followed. A missing file has a stamp too. */
const stampOf = (files: CredentialFiles): string =>
  pathsOf(files)
    .map((file) => {
      try {
        const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file);
        return [dev, ino, size, mtimeMs, ctimeMs].join(':');
      } catch (error) {
        return errorCode(error, 'no code');
      }
    })
    .join(' ');

/**
 * Calls `onEvent` `settleMs` after an event in one of the folders. Calls `onFailure` with an error code for each folder
 * that cannot be watched.
 */
const watchFolders = (
  folders: Iterable<string>,
  settleMs: number,
  onEvent: () => void,
  onFailure: (code: string) => void,
): { close: () => void } => {
  let settling: NodeJS.Timeout | undefined;
  // Later events do not restart the timer: a folder that changes all the time must not hide a new pair.
  const soon = () => {
    settling ??= setTimeout(() => {
      settling = undefined;
      onEvent();
    }, settleMs).unref();
  };
  const watchers = [...folders].flatMap((folder) => {
    try {
      const watcher = watch(folder, { persistent: false }, soon);
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch (error) {
      onFailure(errorCode(error, 'no code'));
      return [];
    }
  });
  return {
    close: () => {
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
};
