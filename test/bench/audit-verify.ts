// Measures `audit verify` with signatures and a seal: node test/bench/audit-verify.ts [lines]. Writes a signed trail of
// that many lines (default 1 000 000, of four processes, mixed, a signed line every 700) to a temporary folder, seals it,
// and runs the command in a process of its own. The aim: a million lines in less than 15 s and 300 MiB.
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomUUIDv7 } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { readSigningKey } from '../../src/audit/signing-key.ts';
import { createChain, sampleAccess, sampleIntent, sampleStart } from '../audit/sample.ts';

const count = Number(process.argv[2] ?? 1_000_000);
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
const path = (name: string): string => join(folder, name);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
writeFileSync(path('key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
writeFileSync(path('pub'), publicKey.export({ type: 'spki', format: 'pem' }));
const signer = readSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());

const lines = function* () {
  const chains = Array.from({ length: 4 }, () => createChain(undefined, signer));
  for (const chain of chains) yield chain({ ...sampleStart(), signer: signer?.kid });
  for (let made = chains.length; made < count - chains.length; made += 2) {
    const chain = chains[(made % 7) % chains.length] ?? createChain();
    if (made % 1400 < 2) yield chain({ kind: 'heartbeat' });
    const id = randomUUIDv7();
    yield chain(sampleIntent(id));
    yield chain(sampleAccess(id));
  }
  for (const chain of chains) yield chain({ kind: 'stop' });
};

/** Runs a command and measures it. `/usr/bin/time` is not everywhere, so the child says how much memory it took. */
const run = (
  ...args: string[]
): { seconds: number; cpuSeconds: number; mebibytes: number; code: number | null; out: string } => {
  const script = `process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS + ' ' + process.resourceUsage().userCPUTime)); await import(${JSON.stringify(main)});`;
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script, '--', main, ...args],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const [, kibibytes, cpuUs] = /peak (\d+) (\d+)$/.exec(stderr) ?? [];
  return {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: Number(cpuUs) / 1e6,
    mebibytes: Number(kibibytes) / 1024,
    code: status,
    out: stdout,
  };
};

try {
  const started = performance.now();
  await pipeline(
    Readable.from(lines(), { highWaterMark: 1000 }),
    createWriteStream(path('audit.log'), { highWaterMark: 1 << 20 }),
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`written in ${seconds} s, ${statSync(path('audit.log')).size} bytes`);
  writeFileSync(
    path('seal'),
    execFileSync(process.execPath, [main, 'audit', 'seal', '--key', path('key'), path('audit.log')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const measured = run(
    'audit',
    'verify',
    '--complete',
    '--key',
    path('pub'),
    '--seal',
    path('seal'),
    '--seal-key',
    path('pub'),
    path('audit.log'),
  );
  console.log(measured.out.trim().split('\n').at(-1));
  console.log(
    `verified in ${measured.seconds.toFixed(1)} s, ${measured.cpuSeconds.toFixed(1)} s of processor (exit ${measured.code}), at most ${Math.round(measured.mebibytes)} MiB`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
