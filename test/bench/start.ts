/**
 * Measures how long a start and a first answer take, and the memory of the process after it: node test/bench/start.ts [MAIN…]. MAIN is
 * the path of a main file (default: src/main.ts, and dist/main.js where it exists). Prints a row for each.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { personWith } from '../support/persons.ts';
import { ask, createWorld } from '../support/service.ts';
import { usageOf } from './usage.ts';

const root = join(import.meta.dirname, '../..');
const given = process.argv.slice(2);
const mains = (given.length > 0 ? given : ['src/main.ts', 'dist/main.js'])
  .map((file) => resolve(root, file))
  .filter((file) => existsSync(file));
const world = await createWorld();

const rows: Record<string, string | number>[] = [];
for (const main of mains) {
  const walls: number[] = [];
  const answers: number[] = [];
  let last = { cpuMs: 0, residentMb: 0 };
  for (let round = 0; round < 5; round += 1) {
    const started = performance.now();
    const child = spawn(process.execPath, [main, 'serve'], {
      env: { PATH: process.env.PATH ?? '', ...world.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.resume();
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        if (log.includes('"message":"listening"')) resolve();
      });
      child.once('close', (code) => reject(new Error(`ended with ${code}: ${log}`)));
    });
    walls.push(Math.round(performance.now() - started));
    const { port } = JSON.parse(log.split('\n').find((line) => line.includes('"message":"listening"')) ?? '{}');
    const answer = await ask(
      { url: `http://127.0.0.1:${port}` },
      { insz: personWith('eligible'), caseHandler: { id: 'x' } },
    );
    if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
    answers.push(Math.round(performance.now() - started));
    const usage = usageOf(child.pid ?? 0);
    const cpuMs = usage.cpuMs();
    // By then the garbage of the start has been collected.
    if (round === 4) await wait(3_000);
    last = { cpuMs, residentMb: Math.round(usage.memoryMiB()) };
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  walls.sort((a, b) => a - b);
  answers.sort((a, b) => a - b);
  rows.push({
    main: relative(root, main),
    'to listening, ms, best': walls[0] ?? 0,
    'median of 5': walls[2] ?? 0,
    'to the first answer, median of 5': answers[2] ?? 0,
    'processor time, ms': last.cpuMs,
    'at rest, MB': last.residentMb,
  });
}
await world.close();
console.table(rows);
