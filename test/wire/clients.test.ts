import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assess, nextStep } from '../../openapi/clients/client.ts';
import { documentedProblems, problemTypes } from '../../src/http/problem-types.ts';
import { startLaterVersion } from '../openapi/generated/later-version.ts';
import { type AuthorisationServer, startAuthorisationServer } from '../support/authorisation-server.ts';
import { newKey } from '../support/keys.ts';
import { personWho } from '../support/persons.ts';
import { createWorld, type RunningService, startService, type World } from '../support/service.ts';
import { hasTool } from '../support/tools.ts';

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
  const receiptKey = world.write('receipt.key', newKey().privatePem);
  service = await startService({ ...world.environment, ...server.environment, RECEIPT_KEY_FILE: receiptKey });
});
afterAll(async () => {
  await service?.stop();
  await server?.close();
  await world?.close();
});

/** An answer of a gateway before the service. */
type Gateway = { readonly status: number; readonly type: string; readonly text: string; readonly retryAfter?: string };
const page = '<html><body>502 "Bad" Gateway</body></html>';
const html = (status: number): Gateway => ({ status, type: 'text/html', text: page });
const problem = (status: number, type: string, retryAfter?: string): Gateway => ({
  status,
  type: 'application/problem+json',
  text: JSON.stringify({ type: `urn:problem-type:${type}`, status, instance: 'urn:uuid:1' }),
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

/** A gateway that gives these answers to the first requests, and passes on the later ones. It keeps what was sent. */
const gatewayWith = async (...answers: readonly Gateway[]) => {
  const asked: { readonly body: string; readonly authorization: string | undefined }[] = [];
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { authorization } = request.headers;
    asked.push({ body, authorization });
    const given = answers[asked.length - 1];
    if (given) {
      const wait = given.retryAfter === undefined ? {} : { 'retry-after': given.retryAfter };
      response.writeHead(given.status, { 'content-type': given.type, ...wait }).end(given.text);
      return;
    }
    const answer = await fetch(`${service.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
      body,
    });
    const type = { 'content-type': answer.headers.get('content-type') ?? '' };
    response.writeHead(answer.status, type).end(await answer.text());
  };
  const server = createServer((request, response) => void forward(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
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

/** Runs a program with this text on its standard input. */
const feed = (input: string, command: string, args: readonly string[], environment: Record<string, string>) =>
  new Promise<{ code: number; stdout: string }>((resolve) => {
    const child = execFile(
      command,
      [...args],
      { env: { PATH: process.env.PATH, ...environment } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout: `${stdout}${stderr}` }),
    );
    // A program that ends without reading closes its input first.
    child.stdin?.on('error', () => undefined).end(input);
  });

type Settings = Readonly<Record<'URL' | 'TOKEN' | 'HANDLER', string>> & { readonly KEEP?: string };
type Client = {
  readonly name: string;
  /** Whether its program is there. */
  readonly runs: boolean;
  /** Asks. Resolves with the exit status and with what the client printed. */
  readonly ask: (insz: string, settings: Settings) => Promise<{ code: number; stdout: string }>;
  /** What it prints for each kind of answer. */
  readonly says: Readonly<Record<keyof typeof situations, RegExp>>;
};
const HANDLER = 'handler-17';
const situations = {
  eligible: 'Sofie',
  manualReview: 'Ioana',
  notDemonstrated: 'Ward',
  badGateway: 'Cut',
  ledRegistrationMissing: '13202.MAGDA',
};

const steps = {
  eligible: /^record decision [0-9a-f-]{36} by begeleider-ama 1\.\d\.\d$/m,
  manualReview: /^record decision [0-9a-f-]{36} by begeleider-ama 1\.\d\.\d, and show 1 diplomas to a case handler$/m,
  notDemonstrated:
    /^record decision [0-9a-f-]{36} by begeleider-ama 1\.\d\.\d, and ask the applicant: attachDiploma, careExperience$/m,
  badGateway: /^report urn:uuid:[0-9a-f-]{36} \(urn:problem-type:belgif:badGateway\)/m,
  ledRegistrationMissing: /^register the file of the person with MAGDA/m,
};

const classes = mkdtempSync(join(tmpdir(), 'java-client-'));
const hasJava = hasTool('javac');
beforeAll(async () => {
  if (!hasJava) return;
  await run('javac', ['-Xlint:all', '-Werror', '-d', classes, join(folder, 'EligibilityClient.java')]);
});
afterAll(() => rmSync(classes, { recursive: true }));

const clients: readonly Client[] = [
  {
    name: 'TypeScript',
    runs: true,
    ask: async (insz, { URL: url, TOKEN: given, HANDLER: id, KEEP: kept }) => {
      const request = { insz, caseHandler: { id, role: null }, caseReference: null };
      const answer = await assess({ url, token: async () => given }, request);
      if (kept && answer.ok && answer.receipt) {
        writeFileSync(join(kept, 'body.json'), answer.body);
        writeFileSync(join(kept, 'receipt.txt'), answer.receipt);
      }
      return { code: 0, stdout: nextStep(answer) };
    },
    says: steps,
  },
  {
    name: 'Python',
    runs: hasTool('python3'),
    ask: (insz, settings) => feed(`${insz}\n`, 'python3', [join(folder, 'eligibility_client.py')], settings),
    says: steps,
  },
  {
    name: 'Java',
    runs: hasJava,
    ask: (insz, settings) =>
      feed(`${insz}\n`, 'java', ['-XX:TieredStopAtLevel=1', '-cp', classes, 'EligibilityClient'], settings),
    says: {
      ...steps,
      eligible: /^record decision [0-9a-f-]{36}$/m,
      manualReview: /^record decision [0-9a-f-]{36}, and show the diplomas to a case handler$/m,
      notDemonstrated: /^record decision [0-9a-f-]{36}, and ask the applicant for the diploma/m,
      badGateway: /^report status 502 urn:uuid:[0-9a-f-]{36}/m,
    },
  },
  {
    name: 'curl',
    runs: hasTool('curl'),
    ask: (insz, settings) => feed(`${insz}\n`, 'sh', [join(folder, 'curl.sh')], settings),
    says: {
      eligible: /"outcome":"eligible"/,
      manualReview: /"outcome":"manualReview"/,
      notDemonstrated: /"outcome":"notDemonstrated"/,
      badGateway: /"type":"urn:problem-type:belgif:badGateway"/,
      ledRegistrationMissing: /"type":"urn:problem-type:zorg:ledRegistrationMissing"/,
    },
  },
];

describe.each(clients)('the client in $name (skipped without its program)', ({ name, runs, ask, says }) => {
  const isCurl = name === 'curl';

  /** Asks about Sofie behind a gateway with these answers. Returns what the client says, and how often it asked. */
  const askBehind = async (...answers: readonly Gateway[]) => {
    const gateway = await gatewayWith(...answers);
    try {
      return { ...(await ask(sofie, { URL: gateway.url, TOKEN: token, HANDLER })), asked: gateway.asked };
    } finally {
      await gateway.close();
    }
  };

  test.runIf(runs).each(Object.entries(situations))('knows what to do: %s', async (situation, person) => {
    const { code, stdout } = await ask(personOf(person), { URL: service.url, TOKEN: token, HANDLER });
    expect(stdout).toMatch(says[situation as keyof typeof situations]);
    expect(code).toBe(isCurl && stdout.includes('problem-type') ? 22 : 0);
  });

  test.runIf(runs)('knows what to do about a wrong number and a bad token', async () => {
    const wrong = await ask('61610100000', { URL: service.url, TOKEN: token, HANDLER });
    expect(wrong.stdout).toMatch(isCurl ? /"name":"insz"/ : /^correct .*insz/);
    const refused = await ask(sofie, { URL: service.url, TOKEN: 'bad', HANDLER });
    expect(refused.stdout).toMatch(isCurl ? /belgif:invalidAccessToken/ : /^have access granted: ./);
  });

  test.runIf(runs)('asks again after 429, 503 and 504, also when a gateway says so in HTML', async () => {
    const busy = await askBehind(problem(429, 'belgif:tooManyRequests', '0'), { ...html(503), retryAfter: '1' });
    expect(busy.stdout).toMatch(says.eligible);
    expect(busy.asked).toHaveLength(3);
    const slow = await askBehind(problem(504, 'zorg:ledTimeout', '0'));
    expect(slow.stdout).toMatch(says.eligible);
  });

  test.runIf(runs)('stops after three attempts, and where the wait would be long', async () => {
    const down = problem(503, 'belgif:serviceUnavailable', '0');
    const always = await askBehind(down, down, down);
    expect(always.asked).toHaveLength(3);
    expect(always.stdout).toMatch(isCurl ? /serviceUnavailable/ : /^ask again later/);
    for (const retryAfter of ['60', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
      const long = await askBehind({ ...down, retryAfter });
      expect(long.asked).toHaveLength(1);
      expect(long.stdout).toMatch(isCurl ? /serviceUnavailable/ : /^ask again later/);
    }
  });

  test.runIf(runs)('asks once where the page of callers says: report, or correct', async () => {
    for (const answer of [problem(500, 'belgif:internalServerError'), problem(408, 'zorg:requestTimeout')]) {
      const { asked, stdout } = await askBehind(answer);
      expect(asked).toHaveLength(1);
      expect(stdout).toContain('urn:uuid:1');
    }
  });

  test.runIf(runs)('reports a page of a gateway, and does not fail', async () => {
    for (const answer of [html(502), html(500), html(200)]) {
      const { asked, stdout, code } = await askBehind(answer);
      expect(asked).toHaveLength(1);
      expect(stdout).toMatch(isCurl ? /^<html>/ : new RegExp(`^report status ${answer.status}`));
      expect(code).toBe(isCurl ? 22 : 0);
    }
    const { stdout } = await askBehind(html(400));
    expect(stdout).toMatch(isCurl ? /^<html>/ : /^correct/);
  });

  test.runIf(runs)('reads the answers of a later version', async () => {
    const later = await startLaterVersion(service.url, personOf('Koen'));
    const settings = { URL: later.url, TOKEN: token, HANDLER };
    expect((await ask(sofie, settings)).stdout).toMatch(says.eligible);
    const wrong = await ask('61610100000', settings);
    expect(wrong.stdout).toMatch(isCurl ? /"name":"insz"/ : /^correct .*insz.*newParameter/);
    const unknown = await ask(personOf('Koen'), settings);
    expect(unknown.stdout).toMatch(isCurl ? /zorg:newProblem/ : /^report .*urn:uuid:019ab000/);
    await later.close();
  });

  test.runIf(runs)('sends nothing that is null', async () => {
    const { asked } = await askBehind();
    expect(asked.map(({ body }) => JSON.parse(body))).toEqual([{ insz: sofie, caseHandler: { id: HANDLER } }]);
    expect(asked[0]?.authorization).toBe(`Bearer ${token}`);
  });

  test.runIf(runs)('keeps the receipt beside the body as received', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'kept-'));
    try {
      await ask(sofie, { URL: service.url, TOKEN: token, HANDLER, KEEP: kept });
      const body = readFileSync(join(kept, 'body.json'));
      const { salt, commitment, jti } = decodeJwt(readFileSync(join(kept, 'receipt.txt'), 'utf8').trim());
      const hash = createHash('sha256')
        .update(Buffer.from(String(salt), 'base64url'))
        .update(body);
      expect(hash.digest('base64url')).toBe(commitment);
      expect(JSON.parse(body.toString()).decisionId).toBe(jti);
    } finally {
      rmSync(kept, { recursive: true });
    }
  });

  test.runIf(runs)('keeps nothing where the installation makes no receipts', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'kept-'));
    // This gateway drops the receipt.
    const gateway = await gatewayWith();
    try {
      const { code, stdout } = await ask(sofie, { URL: gateway.url, TOKEN: token, HANDLER, KEEP: kept });
      expect(code).toBe(0);
      expect(stdout).toMatch(says.eligible);
      expect(readdirSync(kept)).toEqual([]);
    } finally {
      await gateway.close();
      rmSync(kept, { recursive: true });
    }
  });

  // In TypeScript there is no program, only functions.
  if (name === 'TypeScript') return;
  test.runIf(runs)('asks nothing without HANDLER, and says so', async () => {
    const gateway = await gatewayWith();
    const { code, stdout } = await ask(sofie, { URL: gateway.url, TOKEN: token, HANDLER: '' });
    expect(code).not.toBe(0);
    expect(stdout).toContain('set HANDLER to the id of the case handler');
    expect(gateway.asked).toEqual([]);
    await gateway.close();
  });
});

test.runIf(hasTool('curl'))('the client in curl takes an INSZ without a line feed, and demands one', async () => {
  const settings = { URL: service.url, TOKEN: token, HANDLER };
  const script = [join(folder, 'curl.sh')];
  expect(await feed(sofie, 'sh', script, settings)).toMatchObject({ code: 0 });
  expect(await feed('', 'sh', script, settings)).toEqual({
    code: 64,
    stdout: 'curl.sh: give the INSZ on standard input\n',
  });
});

test('the TypeScript client renews its token once', async () => {
  const asked: boolean[] = [];
  const renewing = async (renew: boolean) => {
    asked.push(renew);
    return renew ? token : 'worn-out';
  };
  const answer = await assess(
    { url: service.url, token: renewing },
    { insz: sofie, caseHandler: { id: 'handler-17' } },
  );
  expect(answer.ok).toBe(true);
  expect(asked).toEqual([false, true]);
});

test.each(['client.ts', 'EligibilityClient.java', 'EligibilityClient.cs', 'eligibility_client.py'])(
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
      '[Tt]imeout|TIMEOUT',
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
