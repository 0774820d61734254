import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assess, nextStep } from '../../openapi/clients/client.ts';
import { documentedProblems, problemTypes } from '../../src/http/problem-types.ts';
import { type AuthorisationServer, startAuthorisationServer } from '../support/authorisation-server.ts';
import { personWho } from '../support/persons.ts';
import { createWorld, type RunningService, startService, type World } from '../support/service.ts';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../../openapi/clients/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));

const personOf = (name: string): string => personWho((person) => person.name === name).insz;
const sofie = personOf('Sofie');

let world: World;
let server: AuthorisationServer;
let service: RunningService;
let token: string;

beforeAll(async () => {
  world = await createWorld();
  server = await startAuthorisationServer();
  token = await server.sign();
  service = await startService({
    ...world.environment,
    ...server.environment,
  });
});
afterAll(async () => {
  await service?.stop();
  await server?.close();
  await world?.close();
});

/** A proxy that answers the first requests with 503 and Retry-After, and forwards the later ones to the service. */
const stumbling = async (times: number) => {
  let refused = 0;
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (refused < times) {
      refused += 1;
      response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' }).end('{"status":503}');
      return;
    }
    const answer = await fetch(`${service.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' },
      body: Buffer.concat(chunks),
    });
    response
      .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
      .end(await answer.text());
  };
  const proxy = createServer((request, response) => void forward(request, response));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    refused: () => refused,
    close: () => new Promise((resolve) => proxy.close(resolve).closeAllConnections()),
  };
};

describe('the types made from the document', () => {
  test('match the document, and the client compiles with them', async () => {
    await run(process.execPath, [join(root, 'openapi/types.ts'), '--check']);
    await run(join(root, 'node_modules/.bin/tsc'), [
      ...['--noEmit', '--strict', '--ignoreConfig', '--skipLibCheck', 'false', '--allowImportingTsExtensions'],
      ...[
        '--module',
        'nodenext',
        '--target',
        'es2024',
        '--lib',
        'es2024,dom',
        '--types',
        '',
        join(folder, 'client.ts'),
      ],
    ]);
  });

  test('report a member that the document does not have', async () => {
    const wrong = 'import type { Decision } from "./client.ts"; export const f = (d: Decision) => d.unheardOf;';
    const temporary = mkdtempSync(join(tmpdir(), 'wrong-client-'));
    try {
      execFileSync('sh', ['-c', 'cp "$1"/client.ts "$1"/api.d.ts "$2"', 'sh', folder, temporary]);
      execFileSync('sh', ['-c', 'cat > "$1"/wrong.ts', 'sh', temporary], { input: wrong });
      const compile = run(join(root, 'node_modules/.bin/tsc'), [
        ...['--noEmit', '--strict', '--ignoreConfig', '--allowImportingTsExtensions', '--module', 'nodenext'],
        ...['--target', 'es2024', '--lib', 'es2024,dom', '--types', '', join(temporary, 'wrong.ts')],
      ]);
      await expect(compile).rejects.toMatchObject({ stdout: expect.stringContaining('unheardOf') });
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });
});

describe('the TypeScript client', () => {
  const caseHandler = { id: 'handler-1' };
  const ask = async (insz: string, given: string = token) =>
    nextStep(await assess({ url: service.url, token: async () => given }, { insz, caseHandler }));

  test.each([
    ['Sofie', /^record decision [0-9a-f-]{36} by begeleider-ama 1\.\d\.\d$/],
    ['Ioana', /^show 1 diplomas to a case handler$/],
    ['Ward', /^ask the applicant: attachDiploma, careExperience$/],
    ['Cut', /^report urn:uuid:[0-9a-f-]{36} \(urn:problem-type:belgif:badGateway\)/],
  ])('knows what to do about %s', async (name, step) => {
    expect(await ask(personOf(name))).toMatch(step);
  });

  test('knows what to do about a wrong number and a missing scope', async () => {
    expect(await ask('61610100000')).toMatch(/^correct insz \(/);
    expect(await ask(sofie, await server.sign({ scope: 'other' }))).toMatch(/^have access granted: /);
  });

  test('renews its token once', async () => {
    const asked: boolean[] = [];
    const renewing = async (renew: boolean) => {
      asked.push(renew);
      return renew ? token : 'worn-out';
    };
    const answer = await assess({ url: service.url, token: renewing }, { insz: sofie, caseHandler });
    expect(answer.ok).toBe(true);
    expect(asked).toEqual([false, true]);
  });

  test('waits as long as Retry-After says, and stops after three attempts', async () => {
    const twice = await stumbling(2);
    const started = performance.now();
    const answer = await assess({ url: twice.url, token: async () => token }, { insz: sofie, caseHandler });
    expect(answer.ok).toBe(true);
    expect(performance.now() - started).toBeGreaterThan(1_900);
    await twice.close();
    const always = await stumbling(99);
    const refused = await assess({ url: always.url }, { insz: sofie, caseHandler });
    expect(nextStep(refused)).toMatch(/^ask again later/);
    expect(always.refused()).toBe(3);
    await always.close();
  });
});

/** Runs a program with the INSZ on its standard input. */
const feed = (insz: string, command: string, args: readonly string[], environment: Record<string, string>) =>
  new Promise<{ code: number; stdout: string }>((resolve) => {
    const child = execFile(command, [...args], { env: { PATH: process.env.PATH, ...environment } }, (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), stdout }),
    );
    child.stdin?.end(`${insz}\n`);
  });

describe('the curl example', () => {
  const curl = (insz: string, url = service.url) =>
    feed(insz, 'sh', [join(folder, 'curl.sh')], { URL: url, TOKEN: token });

  test('asks, and its exit status shows whether the answer is a decision or a problem', async () => {
    const { code, stdout } = await curl(sofie);
    expect({ code, decision: JSON.parse(stdout) }).toMatchObject({ code: 0, decision: { outcome: 'eligible' } });
    const wrong = await curl('61610100000');
    expect({ code: wrong.code, problem: JSON.parse(wrong.stdout) }).toMatchObject({
      code: 22,
      problem: { status: 400 },
    });
  });

  test('asks again after 503', async () => {
    const once = await stumbling(1);
    const { code, stdout } = await curl(sofie, once.url);
    await once.close();
    expect({ code, refused: once.refused() }).toEqual({ code: 0, refused: 1 });
    expect(stdout).toContain('"outcome":"eligible"');
  });
});

const hasJava = (() => {
  try {
    execFileSync('javac', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasJava)('the Java client (skipped without javac)', () => {
  let classes: string;
  const java = (insz: string, environment: Record<string, string>) =>
    feed(insz, 'java', ['-cp', classes, 'EligibilityClient'], environment);

  beforeAll(async () => {
    classes = mkdtempSync(join(tmpdir(), 'java-client-'));
    await run('javac', ['-Xlint:all', '-Werror', '-d', classes, join(folder, 'EligibilityClient.java')]);
  });
  afterAll(() => classes && rmSync(classes, { recursive: true }));

  test.each([
    ['Sofie', /^record decision [0-9a-f-]{36}$/m],
    ['Ioana', /^show the diplomas to a case handler$/m],
    ['Ward', /^ask the applicant for the diploma/m],
    ['Cut', /^report urn:uuid:[0-9a-f-]{36}/m],
  ])('knows what to do about %s', async (name, step) => {
    expect((await java(personOf(name), { URL: service.url, TOKEN: token })).stdout).toMatch(step);
  });

  test('asks again after 503, and reports a bad token', async () => {
    const once = await stumbling(1);
    expect((await java(sofie, { URL: once.url, TOKEN: token })).stdout).toMatch(/^record decision/);
    await once.close();
    expect((await java(sofie, { URL: service.url, TOKEN: 'bad' })).stdout).toMatch(/^have access granted/);
  });
});

test.each(['client.ts', 'EligibilityClient.java', 'EligibilityClient.cs'])(
  '%s handles all outcomes and statuses',
  (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    for (const word of [
      'eligible',
      'manualReview',
      'notDemonstrated',
      'Bearer',
      'Accept-Language|AcceptLanguage',
      'Retry-?After',
      '[Tt]imeout',
    ]) {
      expect(text).toMatch(new RegExp(word));
    }
    const statuses = new Set(documentedProblems.map((code) => problemTypes[code].status));
    for (const status of [400, 401, 403, 429, 503, 504]) {
      expect(statuses).toContain(status);
      expect(text).toContain(String(status));
    }
  },
);
