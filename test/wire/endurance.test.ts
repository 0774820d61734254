import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuthorisationServer, startAuthorisationServer } from '../support/authorisation-server.ts';
import { endUnderLoad } from '../support/endurance.ts';
import { personWith } from '../support/persons.ts';
import { createSecrets } from '../support/secrets.ts';
import {
  type AuditLine,
  ask,
  createWorld,
  idOf,
  json,
  runCommand,
  type World,
  wholeLines,
} from '../support/service.ts';
import { until } from '../support/until.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const question = { insz: personWith('eligible'), caseHandler: { id: 'handler-1' } };

let world: World;
let server: AuthorisationServer;
beforeAll(async () => {
  world = await createWorld();
  server = await startAuthorisationServer();
});
afterAll(async () => {
  await server?.close();
  await world?.close();
});

// `npm run endurance` runs this for longer, and also with a reader that stops and with too many callers.
describe('the end of the process under full load', () => {
  test.each([
    ['SIGTERM', 150],
    ['SIGTERM', 230],
    ['SIGKILL', 150],
    ['SIGKILL', 230],
  ] as const)(
    '%s after %i answers: every answer has its audit line, and no stream holds a secret',
    async (signal, after) => {
      const secrets = createSecrets();
      const ending = await endUnderLoad(world, server, { signal, after, secrets });
      expect(ending.answers).toBeGreaterThanOrEqual(after);
      expect(ending.good).toBeGreaterThan(0);
      expect(secrets.size()).toBeGreaterThan(50);
      expect(ending).toEqual({
        answers: ending.answers,
        good: expect.any(Number),
        withoutLine: 0,
        linesTwice: 0,
        callsWithoutIntent: 0,
        verified: true,
        exit: signal === 'SIGTERM' ? 0 : null,
        leaks: [],
      });
    },
  );
});

/** Starts `serve` through a shell script, which may redirect standard output. */
const startByShell = (script: string, environment: Record<string, string>, ...args: string[]) => {
  const child: ChildProcess = spawn('sh', ['-c', script, process.execPath, main, ...args], {
    env: { PATH: process.env.PATH ?? '', ...world.environment, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ports = async (): Promise<AuditLine> => {
    const line = () => stderr.split('\n').find((each) => each.includes('"message":"listening"'));
    await until(() => line() !== undefined || child.exitCode !== null);
    return JSON.parse(line() ?? '{}');
  };
  return { child, ended, ports };
};

describe('standard output as a file', () => {
  test('works, and its audit chain verifies', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'led-eligibility-file-'));
    const file = join(folder, 'audit.log');
    const service = startByShell('exec "$0" "$1" serve > "$2"', {}, file);
    const { port } = await service.ports();
    expect((await ask({ url: `http://127.0.0.1:${port}` }, question)).status).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(await runCommand(['audit', 'verify', '--complete', file])).toMatchObject({ code: 0 });
    rmSync(folder, { recursive: true });
  });

  test('on a disk that fills up: every answer has its whole line, then 503, not ready, exit 1', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'led-eligibility-full-'));
    const file = join(folder, 'audit.log');
    closeSync(openSync(file, 'w'));
    // A limit on the size of files cuts off the last line, as a full disk does. The unit is 512 or 1024 bytes.
    const service = startByShell('ulimit -f 40 && exec "$0" "$1" serve > "$2"', { SHUTDOWN_DELAY_MS: '1000' }, file);
    const { port, opsPort } = await service.ports();
    const answers: { status: number; id: string }[] = [];
    await until(async () => {
      const response = await ask({ url: `http://127.0.0.1:${port}` }, question);
      const answer = await json(response);
      answers.push({ status: response.status, id: idOf(answer) });
      return response.status !== 200;
    });
    expect(answers.at(-1)?.status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${opsPort}/readyz`)).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${opsPort}/livez`)).status).toBe(200);
    expect(await service.ended).toBe(1);
    const lines = wholeLines(readFileSync(file, 'utf8'));
    const known = new Set(lines.flatMap(({ kind, id }) => (kind === 'access' ? [id] : [])));
    const decided = answers.filter(({ status }) => status === 200);
    expect(decided.length).toBeGreaterThan(3);
    expect(decided.filter(({ id }) => !known.has(id))).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('that accepts no bytes: not ready, exit 1', async () => {
    const service = startByShell('exec "$0" "$1" serve > /dev/full', { SHUTDOWN_DELAY_MS: '1000' });
    const { port, opsPort } = await service.ports();
    expect((await fetch(`http://127.0.0.1:${opsPort}/readyz`)).status).toBe(503);
    expect((await ask({ url: `http://127.0.0.1:${port}` }, question)).status).toBe(503);
    expect(await service.ended).toBe(1);
  });
});
