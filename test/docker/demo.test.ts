import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { root } from '../support/tools.ts';
import { type Program, start } from './process.ts';

let temporary: string;
const running: Program[] = [];

const demo = (...args: readonly string[]): Program => {
  const program = start('docker/demo.ts', args, { TMPDIR: temporary });
  running.push(program);
  return program;
};

/** The processes that the program has started. */
const childrenOf = ({ child }: Program): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid='])
    .toString()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === child.pid)
    .flatMap(([pid]) => (pid === undefined ? [] : [pid]));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Runs a command that the demo printed, in the folder of the project. */
const shell = (command: string) => promisify(execFile)('sh', ['-c', command], { cwd: root });

/** The headers and the JSON of what `curl -i` prints. */
const answerIn = (printed: string) => {
  const [head = '', body = ''] = printed.replaceAll('\r', '').split('\n\n');
  return { head, body: JSON.parse(body) };
};

/** The printed commands that keep an answer with its receipt, and check them. */
const receiptCommands = (printed: string): string =>
  /^ {2}export URL=.*(?:\n {2}.*)+/m.exec(printed)?.[0] ?? 'echo no commands; exit 1';

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'demo-'));
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  }
  // The demo has removed keys and certificates, also when it failed.
  expect(readdirSync(temporary)).toEqual([]);
});
afterAll(() => rmSync(temporary, { recursive: true }));

test('shows decisions of all three outcomes, a problem and audit lines, without colours in a pipe', async () => {
  const { said, ended } = demo('--once');
  expect(await ended).toBe(0);
  for (const outcome of ['ELIGIBLE', 'A PERSON DECIDES', 'NOT DEMONSTRATED', 'NO DECISION']) {
    expect(said.stdout).toMatch(new RegExp(`^  ${outcome}$`, 'm'));
  }
  expect(said.stdout).toContain('• Bachelor in het sociaal werk, 2015, sociaal: proves it');
  expect(said.stdout).toContain('503 Service Unavailable');
  const [intent, access] = said.stdout.split('\n').filter((line) => line.startsWith('  {'));
  expect(JSON.parse(intent ?? '')).toMatchObject({ kind: 'intent', user: { id: 'demo' } });
  expect(JSON.parse(access ?? '')).toMatchObject({ kind: 'access', outcome: 'eligible', status: 200 });
  expect(said.stdout).not.toContain('\u001b');
  expect(said.stderr).toBe('');
});

test('prints Dutch with --lang nl', async () => {
  const { said, ended } = demo('--once', '--lang', 'nl');
  expect(await ended).toBe(0);
  for (const outcome of ['AANGETOOND', 'TE BEOORDELEN', 'NIET AANGETOOND', 'GEEN BESLISSING']) {
    expect(said.stdout).toMatch(new RegExp(`^  ${outcome}$`, 'm'));
  }
});

test('refuses an unknown language', async () => {
  const { said, ended } = demo('--lang', 'fr');
  expect(await ended).toBe(64);
  expect(said.stderr).toContain('usage: npm run demo');
});

test('uses another port where 8080 is in use, serves until Ctrl-C, and then leaves no process', async () => {
  const holder = createServer();
  // The port is in use after this, either by the test or by another program.
  await new Promise((resolve) => holder.once('error', resolve).listen(8080, '127.0.0.1', () => resolve(undefined)));
  const program = demo();
  const [, curl = ''] = await program.until(/^ {2}(curl .*)$/m);
  await program.until(/Ctrl-C/);
  const [, port] = /Port 8080 is in use: the service listens on (\d+)/.exec(program.said.stdout) ?? [];
  expect(curl).toContain(`http://127.0.0.1:${port}/eligibility`);
  const { head, body } = answerIn((await shell(curl)).stdout);
  expect(head).toMatch(/^decision-receipt: ey/m);
  expect(body).toMatchObject({ outcome: 'eligible' });
  expect((await shell(receiptCommands(program.said.stdout))).stdout).toMatch(
    /"outcome":"eligible"[\s\S]*\nsignature: genuine\ncommitment: fits[^\n]*\nsound\n$/,
  );
  // By npm, which finds the Node of the project where an older one is installed.
  const [, persons = ''] = /: (npm run -s simulator persons)$/m.exec(program.said.stdout) ?? [];
  expect((await promisify(execFile)('sh', ['-c', persons])).stdout).toContain('90610100155');
  const page = /in a browser: (\S+)/.exec(program.said.stdout)?.[1] ?? '';
  expect((await fetch(page)).status).toBe(200);
  const [service = 0] = childrenOf(program);
  expect(isAlive(service)).toBe(true);
  // A terminal sends the signal to every process of the group.
  process.kill(-(program.child.pid ?? 0), 'SIGINT');
  expect(await program.ended).toBe(0);
  expect(program.said.stdout).toContain('All temporary files are removed');
  expect(isAlive(service)).toBe(false);
  await expect(fetch(page)).rejects.toThrow();
  holder.close();
});

test('with --tokens it prints commands that get a token and a decision; without a token there is none', async () => {
  const program = demo('--tokens');
  await program.until(/Ctrl-C/);
  const { stdout: printed } = program.said;
  const [, getToken = '', curl = ''] = /^ {2}(TOKEN=.*)\n {2}(printf .*curl .*)$/m.exec(printed) ?? [];
  const answered = await shell(`${getToken}\n${curl}`);
  const { head, body } = answerIn(answered.stdout);
  expect(head).toMatch(/^decision-receipt: ey/m);
  expect(body).toMatchObject({ outcome: 'eligible' });
  expect(answered.stderr).toBe('The token is valid for 3600 s\n');
  expect((await shell(`${getToken}\n${receiptCommands(printed)}`)).stdout).toMatch(
    /"outcome":"eligible"[\s\S]*\nsignature: genuine\ncommitment: fits[^\n]*\nsound\n$/,
  );
  expect(answerIn((await shell(curl)).stdout).body).toMatchObject({ status: 401 });
  expect(printed).toContain('This token names no person');
  expect(program.said.stderr).toBe('');
  process.kill(-(program.child.pid ?? 0), 'SIGINT');
  expect(await program.ended).toBe(0);
});

test('stops the service when interrupted before it is ready', async () => {
  const program = demo();
  await expect.poll(() => childrenOf(program).length, { timeout: 10_000 }).toBe(1);
  const [service = 0] = childrenOf(program);
  program.child.kill('SIGINT');
  expect(await program.ended).toBe(0);
  expect(isAlive(service)).toBe(false);
});

test('prints the last lines of the service’s log when the service crashes', async () => {
  const program = demo();
  await program.until(/Ctrl-C/);
  const [service = 0] = childrenOf(program);
  process.kill(service, 'SIGKILL');
  expect(await program.ended).toBe(1);
  expect(program.said.stderr).toContain('The demo cannot continue. The last lines that the service logged:');
  expect(program.said.stderr).toContain('listening');
});
