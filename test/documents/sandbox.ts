import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { persons } from '../../docker/simulator/persons.ts';
import type { AccessEvent, AuditEvent } from '../../src/audit/event.ts';
import { subjectHmac } from '../../src/audit/identity.ts';
import { auditKeyCheck } from '../../src/audit/key.ts';
import { wholeLinesTo } from '../../src/audit/stdout.ts';
import { createAuditStream } from '../../src/audit/stream.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { sampleAccess, sampleIntent, sampleStart, svc } from '../audit/sample.ts';
import { ask, createWorld, idOf, json, startService } from '../support/service.ts';
import { root } from '../support/tools.ts';
import { until } from '../support/until.ts';

/** A folder in which a reader types the commands of the documents, with the files that they name. */
export type Sandbox = {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where the service of the sandbox listens. */
  readonly url: string;
  /** The id of a decision of that service. */
  readonly decisionId: string;
  /** The ids of the archive `audit-*.log`. */
  readonly archive: Archive;
  /** The text of one of its files. */
  readonly read: (name: string) => string;
  /** Runs a command in a shell, with `led-eligibility` on the path. */
  readonly sh: (command: string) => Promise<{ code: number | null; out: string; err: string }>;
  readonly close: () => Promise<void>;
};

type Archive = {
  /** A decision of another calling system than the others, with its case number. */
  readonly elsewhere: string;
  /** A request that asked LED and has no `access` line. */
  readonly lost: string;
};

/** The persons of the archive. Sofie is in the lines of both audit keys. */
const [sofie, amir, rita] = ['90610100155', '85610100246', '71610100441'] as const;

/**
 * Writes the lines of three processes with two audit keys, from 19 to 22 November 2026, as the audit stream writes
 * them: `audit-1.log` to `audit-3.log`, `audit-k1.key`, `audit-k2.key`, and Sofie's number in `insz.txt`.
 */
const writeArchive = async (folder: string): Promise<Archive> => {
  const keys = { k1: randomBytes(32), k2: randomBytes(32) } as const;
  for (const [id, key] of Object.entries(keys)) writeFileSync(join(folder, `audit-${id}.key`), key.toString('base64'));
  writeFileSync(join(folder, 'insz.txt'), `${sofie}\n`);
  const about = (id: keyof typeof keys, insz: string, change: Partial<AccessEvent> = {}): AccessEvent => ({
    ...sampleAccess(randomUUID()),
    subject: { key: id, hmac: subjectHmac(keys[id], insz) },
    ...change,
  });
  const chain = async (name: string, id: keyof typeof keys, lines: readonly (readonly [string, AuditEvent])[]) => {
    let at = '';
    const stream = createAuditStream({
      out: wholeLinesTo(openSync(join(folder, name), 'w')),
      inst: randomUUID(),
      svc,
      timeoutMs: 1_000,
      now: () => Date.parse(at),
      metrics: createMetrics(),
      onBroken: (error) => {
        throw error;
      },
    });
    const start = { ...sampleStart(), auditKey: { id, check: auditKeyCheck(keys[id]) } };
    for (const [time, event] of [[lines[0]?.[0] ?? '', start] as const, ...lines]) {
      at = time;
      await stream.write(event);
    }
    await stream.close({ kind: 'stop' });
  };
  const failed = {
    result: 'failed',
    problem: 'ledTimeout',
    status: 504,
    outcome: undefined,
    disclosed: undefined,
  } as const;
  const elsewhere = about('k1', amir, {
    client: { id: 'dossier-app', org: 'OVO000123' },
    quality: { unknownValue: 2 },
  });
  const lost = { ...sampleIntent(randomUUID()), subject: { key: 'k2', hmac: subjectHmac(keys.k2, rita) } };
  await chain('audit-1.log', 'k1', [
    // The last second of 19 November in Brussels.
    ['2026-11-19T22:59:59.000Z', about('k1', rita)],
    ['2026-11-19T23:00:00.000Z', about('k1', sofie)],
    ['2026-11-20T10:00:00.000Z', elsewhere],
  ]);
  await chain('audit-2.log', 'k1', [
    ['2026-11-20T11:00:00.000Z', about('k1', sofie)],
    ['2026-11-21T08:00:00.000Z', about('k1', amir, failed)],
  ]);
  await chain('audit-3.log', 'k2', [
    ['2026-11-21T12:00:00.000Z', about('k2', sofie)],
    ['2026-11-21T12:30:00.000Z', lost],
    // The first second of 22 November in Brussels.
    ['2026-11-21T23:00:00.000Z', about('k2', rita)],
  ]);
  return { elsewhere: elsewhere.id, lost: lost.id };
};

/** Makes the sandbox: the files of the project, keys, an archive, and a service with a simulator that was asked. */
export const createSandbox = async (): Promise<Sandbox> => {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  for (const name of readdirSync(root).filter((each) => each !== '.git'))
    symlinkSync(join(root, name), join(folder, name));
  for (const name of ['bin', 'audit', 'archive', 'rules']) mkdirSync(join(folder, name));
  chmodSync(file('bin/led-eligibility', `#!/bin/sh\nexec "${process.execPath}" "${root}/src/main.ts" "$@"\n`), 0o755);
  const archive = await writeArchive(folder);

  const signing = generateKeyPairSync('ed25519');
  const receiptKey = file('receipt.key', `${signing.privateKey.export({ type: 'pkcs8', format: 'pem' })}`);
  file('receipt.pub', `${signing.publicKey.export({ type: 'spki', format: 'pem' })}`);
  const sealing = generateKeyPairSync('ed25519');
  file('seal.key', `${sealing.privateKey.export({ type: 'pkcs8', format: 'pem' })}`);
  file('seal.pub', `${sealing.publicKey.export({ type: 'spki', format: 'pem' })}`);
  file('record.json', JSON.stringify({ subject: '762003', degree: 'Professionele bachelor', year: '2015' }));
  file('records.jsonl', `${JSON.stringify({ subject: '762003', year: '2015' })}\n`);

  const world = await createWorld();
  const environment = { ...world.environment, RECEIPT_KEY_FILE: receiptKey };
  const service = await startService(environment);
  const answer = await ask(service, { insz: sofie, caseHandler: { id: 'u-4711' } });
  file('receipt.txt', answer.headers.get('decision-receipt') ?? '');
  const body = await answer.text();
  file('body.json', body);
  file('keys.json', await (await fetch(`${service.url}/doc/receipt-keys`)).text());
  await ask(service, { insz: [...persons.keys()][0], caseHandler: { id: 'u-4711' } });
  await json(await ask(service, { insz: '1' }));
  await until(() => service.accesses().length === 3);
  await until(() => service.log().filter(({ message }) => message === 'answered').length === 4);
  for (const name of ['lines.log', 'day.log', 'audit/day.log', 'archive/day.log']) file(name, service.stdout());
  file('service.log', service.stderr());
  for (const [name, text] of [
    ['led-client.crt', world.server.cert],
    ['led-client.key', world.server.key],
    ['server.crt', world.server.cert],
    ['server.key', world.server.key],
    ['ca.crt', world.authority.cert],
  ] as const) {
    file(name, text);
  }

  const path = `${join(folder, 'bin')}:${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
  return {
    folder,
    environment,
    url: service.url,
    decisionId: idOf(JSON.parse(body)),
    archive,
    read: (name) => readFileSync(join(folder, name), 'utf8'),
    sh: (command) =>
      new Promise((resolve, reject) => {
        const child = spawn('bash', ['-c', command], {
          cwd: folder,
          env: { ...environment, PATH: path, HOME: folder, NO_COLOR: '1' },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let out = '';
        let err = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
        child.once('error', reject);
        child.once('close', (code) => resolve({ code, out, err }));
      }),
    close: async () => {
      await service.stop();
      await world.close();
      rmSync(folder, { recursive: true });
    },
  };
};
