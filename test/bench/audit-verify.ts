// Measures how long `audit verify` takes: node test/bench/audit-verify.ts [lines]. Writes a trail of that many lines
// (default 1 000 000, of two processes, mixed) to a temporary file and runs the command on it.
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runAuditCommand } from '../../src/cli/audit.ts';
import { createChain, sampleAccess, sampleIntent, sampleStart } from '../audit/sample.ts';

const count = Number(process.argv[2] ?? 1_000_000);
const folder = await mkdtemp(join(tmpdir(), 'audit-'));
const file = join(folder, 'audit.log');
try {
  const lines = function* () {
    const chains = [createChain(), createChain()];
    for (const chain of chains) yield chain(sampleStart());
    for (let made = chains.length; made < count - chains.length; made += 2) {
      const chain = chains[made % 3 === 0 ? 0 : 1] ?? createChain();
      const id = randomUUID();
      yield chain(sampleIntent(id));
      yield chain(sampleAccess(id));
    }
    for (const chain of chains) yield chain({ kind: 'stop' });
  };
  let started = performance.now();
  await pipeline(Readable.from(lines(), { highWaterMark: 1000 }), createWriteStream(file, { highWaterMark: 1 << 20 }));
  console.log(`written in ${((performance.now() - started) / 1000).toFixed(1)} s, ${(await stat(file)).size} bytes`);

  started = performance.now();
  const code = await runAuditCommand(['verify', '--complete', file], {
    stdin: process.stdin,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
  });
  const seconds = (performance.now() - started) / 1000;
  const memory = Math.round(process.memoryUsage().rss / 1_048_576);
  console.log(`verified in ${seconds.toFixed(1)} s (exit ${code}), resident set ${memory} MiB`);
} finally {
  await rm(folder, { recursive: true });
}
