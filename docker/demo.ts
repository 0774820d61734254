import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Service, startService } from './demo/service.ts';
import { invite, say, show } from './demo/show.ts';
import { startTokenServer } from './demo/tokens.ts';
import { type Language, words } from './demo/words.ts';
import { certificateFiles, makeCertificates } from './make-certificates.ts';
import { startSimulator } from './simulator/server.ts';

/** Returns `wanted` if that port is free, otherwise 0: the system then chooses a free port. */
const freePort = (wanted: number): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(wanted)));
  });

/** Writes a new Ed25519 private key (PKCS#8, PEM) for receipts into `folder`, and returns its file. */
const makeReceiptKey = (folder: string): string => {
  const path = join(folder, 'receipt.key');
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return path;
};

class Interrupted extends Error {}
class Crashed extends Error {}

/** Runs the whole demo. Returns the exit code, which is 0 also when `interrupted` rejects: Ctrl-C is the usual end. */
const run = async (
  language: Language,
  { once, tokens }: { readonly once: boolean; readonly tokens: boolean },
  interrupted: Promise<never>,
): Promise<number> => {
  const text = words[language];
  const folder = mkdtempSync(join(tmpdir(), 'led-demo-'));
  const file = (name: keyof typeof certificateFiles): string => join(folder, certificateFiles[name]);
  const pem = (name: keyof typeof certificateFiles): string => readFileSync(file(name), 'utf8');
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  let service: Service | undefined;
  let failure: unknown;
  try {
    await makeCertificates(folder, ['127.0.0.1', 'localhost']);
    const simulator = await startSimulator({ tls: { cert: pem('serverCert'), key: pem('serverKey'), ca: pem('ca') } });
    undo.push(simulator.close);
    const tokenServer = tokens ? await startTokenServer(folder) : undefined;
    if (tokenServer) undo.push(tokenServer.close);
    const wanted = await freePort(8080);
    service = startService({
      HOST: '127.0.0.1',
      PORT: String(wanted),
      OPS_HOST: '127.0.0.1',
      OPS_PORT: String(await freePort(8081)),
      ...(tokenServer?.environment ?? { AUTH_MODE: 'none' }),
      ALLOW_TEST_INSZ: 'true',
      LED_URL: simulator.url,
      LED_CLIENT_CERT_FILE: file('clientCert'),
      LED_CLIENT_KEY_FILE: file('clientKey'),
      LED_CA_FILE: file('ca'),
      LED_SENDER_ID: 'demo.example/led-eligibility',
      AUDIT_KEY_FILE: file('auditKey'),
      RECEIPT_KEY_FILE: makeReceiptKey(folder),
      SHUTDOWN_DELAY_MS: '0',
    });
    undo.push(service.stop);
    const crashed = service.exited.then(() => Promise.reject(new Crashed('the service ended')));
    const stopped = Promise.race([interrupted, crashed]);
    const { port } = await Promise.race([service.listening, stopped]);
    const base = `http://127.0.0.1:${port}`;
    say(text.intro);
    if (wanted === 0) say(text.portTaken(8080, port));
    if (!tokenServer) await Promise.race([show(base, service.linesOf, language), stopped]);
    if (!once) {
      invite(base, folder, language, tokenServer);
      await stopped;
    }
  } catch (error) {
    failure = error;
  } finally {
    for (const step of undo.reverse()) await step();
  }
  if (failure === undefined || failure instanceof Interrupted) {
    say(`\n${text.ended}`);
    return 0;
  }
  if (!(failure instanceof Crashed)) process.stderr.write(`${String(failure)}\n`);
  if (service !== undefined) process.stderr.write(`${[text.crashed, ...service.lastWords()].join('\n  ')}\n`);
  return 1;
};

const { values } = parseArgs({
  options: {
    lang: { type: 'string', default: 'en' },
    once: { type: 'boolean', default: false },
    tokens: { type: 'boolean', default: false },
  },
});
if (values.lang !== 'en' && values.lang !== 'nl') {
  process.stderr.write('usage: npm run demo [-- [--lang en|nl] [--once] [--tokens]]\n');
  process.exitCode = 64;
} else {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  interrupted.catch(() => undefined);
  const interrupt = (): void => reject(new Interrupted());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // The reader of a pipe may go away (`… | head`). The demo then stops too.
  process.stdout.on('error', interrupt);
  process.exitCode = await run(values.lang, values, interrupted);
}
