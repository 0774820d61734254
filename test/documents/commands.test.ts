import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasTool, root, text } from '../support/tools.ts';
import { commandsIn, namesIn } from './commands.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

// Every command in these documents is in the table below, as it is written there. It is run here, or another test or a
// step of CI runs it, or the table says why it cannot run in a test.
const documents = [
  'README.md',
  'RUNBOOK.md',
  'PRIVACY.md',
  'PRIVACY.nl.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'openapi/README.md',
];

type Way =
  /** Runs in the sandbox and exits 0. `as`: with these words in place of its placeholders. `says`: what it prints. */
  | { readonly as?: readonly string[]; readonly says?: RegExp }
  /** Needs a cluster: kubectl understands the command, and then does not find a cluster. */
  | { readonly cluster: true }
  /** Makes a manifest without a cluster. */
  | { readonly dry: RegExp }
  /** Another test or a step of CI runs it: the file, and the words there. */
  | { readonly by: string; readonly words: string }
  | { readonly not: string };

const run = (says?: RegExp): Way => (says ? { says } : {});
const as = (...commands: string[]): Way => ({ as: commands });
const by = (file: string, words: string): Way => ({ by: file, words });
const ci = (words: string): Way => by('.ci/run', words);
const not = (reason: string): Way => ({ not: reason });
const cluster: Way = { cluster: true };
const led = 'led-eligibility';
const image = by('test/container/compose.test.ts', 'the recipes of the runbook');
const signature = by('test/docker/signature.test.ts', 'the commands of the runbook');
const takesLong = not('measures for minutes; CI has no quiet machine');

const ways: Readonly<Record<string, Way>> = {
  // Build and test.
  'npm ci': ci("step 'npm ci' npm ci"),
  'npm ci && npm run demo': ci('npm run -s demo -- --once'),
  'npm ci && npm test': ci('npm test --'),
  'npm ci && npm run build': ci('npm run -s build'),
  'npm test': ci('npm test --'),
  'npm run demo': ci('npm run -s demo -- --once'),
  'npm run demo -- --tokens': by('test/docker/demo.test.ts', "demo('--tokens')"),
  'npm run build': ci('npm run -s build'),
  'npm run lint': ci('npm run -s lint'),
  'npm run types': ci('npm run -s types'),
  'npm run lint:api': ci('npm run -s lint:api'),
  'npm run openapi': not('writes into the project; a step of CI compares what it would write'),
  'npm start': ci('node dist/main.js serve'),
  'npm --silent start': ci('node dist/main.js serve'),
  'node --disable-sigusr1 --max-semi-space-size=16 dist/main.js serve': ci('node dist/main.js serve'),
  'node dist/main.js': ci('node dist/main.js serve'),
  'npm run bench': takesLong,
  'npm run endurance': takesLong,
  'npm run game-day': ci('vitest run --no-file-parallelism test/container'),
  'npm run soak': takesLong,
  'npm run mutation': takesLong,
  'npm run mutation -- src/rules/level.ts': takesLong,
  'npm run edits': takesLong,
  'npx node test/bench/start.ts': takesLong,
  'node test/openapi/generated/run.ts': ci('node test/openapi/generated/run.ts'),
  'node test/bench/rolling-restart.ts': ci('node test/bench/rolling-restart.ts'),
  'bash .ci/run': not('runs this test'),
  'node docker/sbom.ts': run(/CycloneDX/),
  'npm run release -- X.Y.Z': by('test/docker/release.test.ts', 'docker/release.ts'),
  'npm ci --omit=dev': by('test/docker/telemetry.test.ts', "'--omit=dev'"),
  'export PATH="$PWD/node_modules/.bin:$PATH"': run(),
  'vitest run test/insz.test.ts': run(/passed/),
  "vitest run test/rules/judge.test.ts -t 'bachelor in social work'": run(/Tests +\d+ passed/),
  'vitest run test/rules': not('a part of npm test'),
  'vitest run test/led/answer/exceptions.test.ts': run(/passed/),
  'vitest run test/docker/observability.test.ts': not('a part of npm test'),
  'vitest run test/container/connections.test.ts': ci('vitest run --no-file-parallelism test/container'),
  'vitest run test/documents': not('this test is a part of it'),
  'UPDATE_DOCUMENTS=1 vitest run test/documents': not(
    'writes into the project; without the variable a part of npm test',
  ),
  'UPDATE_SCHEMA=1 vitest run test/rules/rule-set.test.ts': not('writes into the project; else a part of npm test'),
  'UPDATE_DOCUMENTS=1 vitest run test/rules/analysis/document.test.ts': not(
    'writes into the project; else a part of npm test',
  ),
  'UPDATE_SCREENSHOT=1 vitest run test/wire/browser.test.ts': not('writes into the project; else a part of npm test'),
  'biome check --write openapi': not('writes into the project; without --write a part of npm run lint'),
  'node src/main.ts rules lint src/rules/sets': run(/No faults/),
  'SIMULATOR_PLAIN_HTTP=true SIMULATOR_HOST=127.0.0.1 npm run -s simulator': by(
    'test/docker/simulator/main.test.ts',
    'SIMULATOR_PLAIN_HTTP',
  ),
  'npm run -s simulator persons': run(/90610100155/),
  'npm run -s simulator -- --help': run(/SIMULATOR_ROOT_ONLY/),

  // Ask.
  [`curl -s http://127.0.0.1:8080/eligibility -H 'Content-Type: application/json' -H 'Accept-Language: en' \\
  -d '{"insz":"90610100155","caseHandler":{"id":"demo"}}'`]: run(/"outcome":"eligible"/),
  [`curl -si http://127.0.0.1:8080/eligibility -H 'Content-Type: application/json' -H 'Accept-Language: en' \\
  -d '{"insz":"90610100155","caseHandler":{"id":"demo"}}'`]: run(/^decision-receipt: ey[\s\S]*"outcome":"eligible"/m),

  // Audit lines.
  'grep -h \'"id":"0190f3a2-…"\' audit/*.log': run(/"kind":"intent"[\s\S]*"kind":"access"/),
  [`jq -r 'select(.kind == "access" and .result == "refused") |
  [.client.id // "not authenticated", .status, .problem, .user.id // "-"] | @tsv' audit/*.log | sort | uniq -c | sort -rn`]:
    run(/1 anonymous\t400\tbadRequest\t-/),
  [`${led} audit report --key-file audit-k1.key --lang en audit-*.log < insz.txt`]: run(/20 November 2026/),
  [`${led} audit report --key-file audit-k1.key --lang nl audit-*.log < insz.txt`]: run(/20 november 2026/),
  'sha256sum audit-*.log > sums.txt': run(),
  [`${led} audit verify --json audit-*.log > verify.json`]: run(),
  [`${led} audit breach --from 2026-11-20 --to 2026-11-21 audit-*.log > breach.txt`]: run(),
  [`${led} audit quality audit-*.log > quality.txt`]: run(),
  'npx node src/main.ts audit receipt --answer body.json --receipt receipt.txt --key keys.json': run(/^sound$/m),
  [`${led} audit verify [FILE…] [--complete] [--json]`]: as(`${led} audit verify --complete --json audit-1.log`),
  [`${led} audit seal --key K [--previous SEAL] FILE…`]: as(
    `${led} audit seal --key seal.key audit-1.log > one.seal`,
    `${led} audit seal --key seal.key --previous one.seal audit-1.log audit-2.log > two.seal`,
    `${led} audit verify --seal two.seal --seal-key seal.pub --previous one.seal audit-1.log audit-2.log`,
    `${led} audit verify --key receipt.pub --answered service.log lines.log`,
  ),
  [`${led} audit receipt --answer F --receipt F --key PUB [--log FILE]`]: as(
    `${led} audit receipt --answer body.json --receipt receipt.txt --key receipt.pub --log lines.log`,
  ),
  [`${led} audit subject --key-file F [--key-id K] [--day D] [FILE…]`]: as(
    `${led} audit subject --key-file audit-k1.key --key-id k1 --day 2026-11-20 audit-1.log < insz.txt`,
  ),
  [`${led} audit report --key-file F… [--lang nl|en] [--handlers] [--day D] [--json] FILE…`]: as(
    `${led} audit report --key-file audit-k1.key --key-file audit-k2.key --lang nl --handlers --day 2026-11-20 --json audit-*.log < insz.txt`,
  ),
  [`${led} audit breach --from T --to T [--client C] [--user U] [--json] FILE…`]: as(
    `${led} audit breach --from 2026-11-20T00:00:00Z --to 2026-11-21T00:00:00Z --client dossier-app --user u-4711 --json audit-*.log`,
  ),
  [`${led} audit quality [--day D] [--json] FILE…`]: as(`${led} audit quality --day 2026-11-20 --json audit-*.log`),
  [`${led} audit verify --answered service.log FILE…`]: as(`${led} audit verify --answered service.log lines.log`),
  [`${led} audit verify --key keys.json FILE…`]: as(`${led} audit verify --key keys.json lines.log`),
  [`${led} audit subject --key-file F FILE…`]: as(
    `${led} audit subject --key-file audit-k1.key audit-1.log < insz.txt`,
  ),
  [`ARCHIVE=/archive SEALS=/seals SIGNER_KEYS=/etc/led/service.pem SEAL_KEY=/etc/led/seal.key SEAL_PUBLIC=/etc/led/seal.pem \\
  SEAL_COPY=/mnt/elsewhere METRICS=/var/lib/node_exporter/led-seal.prom docker/audit/seal-day.sh "$(date -u -d yesterday +%F)"`]:
    by('test/docker/seal-day.test.ts', 'docker/audit/seal-day.sh'),
  [`${led} audit verify --complete --key keys.json --seal 2026-11-23.seal --seal 2026-11-24.seal --seal-key seal.pem FILE…`]:
    as(
      `${led} audit seal --key seal.key audit-1.log > 2026-11-23.seal`,
      `${led} audit seal --key seal.key --previous 2026-11-23.seal audit-2.log > 2026-11-24.seal`,
      `${led} audit verify --complete --seal 2026-11-23.seal --seal 2026-11-24.seal --seal-key seal.pub audit-1.log audit-2.log`,
      // The lines of the archive have no signatures; those of the service have, and its chain is open.
      `${led} audit verify --key keys.json lines.log`,
    ),
  [`npx ${led} audit verify day.log`]: ci('npx led-eligibility audit verify'),

  // Rules and the other commands of the package.
  [`${led} rules lint DIR [--json]`]: as(`${led} rules lint --json src/rules/sets`),
  [`${led} rules lint DIR`]: as(`${led} rules lint src/rules/sets`),
  [`${led} rules explain SET [--lang nl|en] [--json]`]: as(
    `${led} rules explain begeleider-ama --lang nl`,
    `${led} rules explain begeleider-ama@1.1.0 --json`,
  ),
  [`${led} rules explain SET --record F [--json]`]: as(
    `${led} rules explain begeleider-ama --record record.json --json`,
  ),
  [`${led} rules judge SET [FILE]`]: as(`${led} rules judge begeleider-ama records.jsonl`),
  // Differs, so it exits 1; the same twice exits 0.
  [`${led} rules diff OLD NEW`]: as(`${led} rules diff begeleider-ama@1.1.0 begeleider-ama`),
  [`${led} rules prove SET`]: as(`${led} rules prove begeleider-ama`),
  [`${led} serve`]: by('test/support/service.ts', "'serve'"),
  [`${led} openapi`]: run(/openapi: 3\.0/),
  [`${led} --help`]: run(/usage/),
  [`${led} --version`]: run(/^\d+\.\d+\.\d+/),
  [`${led} led check`]: run(/ok +answer/),
  [`${led} led check --ask 90610100155 --audit-log check.log`]: run(/ok +ask/),
  [`${led} led check [--ask NUMBER --audit-log F] [--json]`]: as(
    `${led} led check --ask 90610100155 --audit-log check.log --json`,
  ),

  // Keys and certificates.
  'openssl rand -base64 32': run(/^[\w+/]{43}=$/m),
  'openssl rand -base64 32 > audit.key': run(),
  'openssl genrsa -out client.key 3072': run(),
  'openssl x509 -in … -noout -dates -subject': run(/notAfter/),
  'openssl genpkey -algorithm ed25519': run(/PRIVATE KEY/),
  'openssl genpkey -algorithm ed25519 -out receipt.key': run(),
  'ss -tn': run(/State/),

  // The cluster.
  'kubectl kustomize docker/kubernetes/overlays/example': run(/kind: Deployment/),
  'kubectl apply -f docker/kubernetes/overlays/example/namespace.yaml': cluster,
  'kubectl apply -k docker/kubernetes/overlays/example': cluster,
  'kubectl -n led-eligibility create secret tls led-eligibility-led-client --cert=led-client.crt --key=led-client.key':
    {
      dry: /secret\/led-eligibility-led-client/,
    },
  'kubectl -n led-eligibility create secret tls led-eligibility-server --cert=server.crt --key=server.key': {
    dry: /secret\/led-eligibility-server/,
  },
  'kubectl -n led-eligibility create secret generic led-eligibility-led-ca --from-file=ca.crt': {
    dry: /secret\/led-eligibility-led-ca/,
  },
  'kubectl -n led-eligibility create secret generic led-eligibility-audit-k1 --from-file=audit.key': {
    dry: /secret\/led-eligibility-audit-k1/,
  },
  'kubectl -n led-eligibility create secret generic led-eligibility-receipt --from-file=receipt.key': {
    dry: /secret\/led-eligibility-receipt/,
  },
  'kubectl -n led-eligibility scale deployment led-eligibility --replicas=0': cluster,
  'kubectl -n led-eligibility describe pod': cluster,
  'kubectl -n led-eligibility logs --previous POD': cluster,
  'kubectl -n led-eligibility rollout status deployment/led-eligibility': cluster,
  'kubectl -n led-eligibility rollout undo deployment/led-eligibility': cluster,

  // Signatures.
  'cosign generate-key-pair': signature,
  'COSIGN_KEY=cosign.key sh docker/sign-image.sh registry.example/led-eligibility@sha256:DIGEST': signature,
  'cosign verify --key cosign.pub --insecure-ignore-tlog=true registry.example/led-eligibility@sha256:DIGEST':
    signature,
  'cosign verify-attestation --key cosign.pub --insecure-ignore-tlog=true --type cyclonedx registry.example/led-eligibility@sha256:DIGEST':
    signature,
  'cosign verify-attestation --key cosign.pub --insecure-ignore-tlog=true --type slsaprovenance1 registry.example/led-eligibility@sha256:DIGEST':
    signature,

  // Containers: test/container runs them where there is an engine.
  'docker compose -f docker/compose.yaml up --build': by('test/container/compose.test.ts', "'up', '--build'"),
  'docker compose -f docker/compose.yaml --profile observability up --build': not('needs images of Docker Hub'),
  'docker compose -f docker/compose.yaml --profile mock up --build service-with-mock': not(
    'needs the image of the public MAGDA mock',
  ),
  'docker compose logs': not('the text says why not to use it'),
  [`docker logs "$(docker compose -f docker/compose.yaml ps -q service)" 2>/dev/null |
  docker run -i --rm led-eligibility audit verify -`]: image,
  'docker logs "$(docker compose -f docker/compose.yaml ps -q service)" 2>&1 >/dev/null': image,
  'docker compose -f docker/compose.yaml run --rm certificates docker/make-certificates.ts --renew /certificates simulator':
    image,
  'docker run -i --rm led-eligibility audit verify < lines.log': image,
  'docker run -i --rm --network none -v "$PWD/archive:/archive:ro" registry.example/led-eligibility:0.1.0 audit verify /archive/day.log':
    image,
  [`docker run --rm --network none --user "$(id -u)" -v "$PWD:/kept:ro" registry.example/led-eligibility:0.1.0 audit receipt \\
  --answer /kept/body.json --receipt /kept/receipt.txt --key /kept/keys.json`]: image,
  'docker run --ulimit core=0': not('an option, not a command'),
  [`sh docker/build-image.sh --tag registry.example/led-eligibility:X.Y.Z \\
  --build-arg BUILD_BASE=node:24-bookworm-slim@sha256:DIGEST \\
  --build-arg RUN_BASE=gcr.io/distroless/nodejs24-debian12:nonroot@sha256:DIGEST`]: by(
    'test/container/build.test.ts',
    'docker/build-image.sh',
  ),
};

/** Blocks that are one script, or no command at all, by how they begin. */
const whole: readonly { readonly begins: RegExp; readonly way: Way }[] = [
  { begins: /^\{\n {2}"decisionId"/, way: not('an answer') },
  { begins: /^ok {5}resolve/, way: not('what led check prints') },
  { begins: /^NODE_OPTIONS='--import/, way: by('test/docker/telemetry.test.ts', 'NODE_OPTIONS') },
  { begins: /^export TOKEN_URL=/, way: by('test/http/document/token-request.test.ts', 'openapi/README.md') },
];

const wholeWay = (block: string): Way | undefined => whole.find(({ begins }) => begins.test(block))?.way;
const found = documents.flatMap((document) =>
  commandsIn(document, text(document), (block) => wholeWay(block) !== undefined),
);
const wayOf = (command: string): Way | undefined => ways[command] ?? wholeWay(command);
const unique = found.filter(({ text: command }, at) => found.findIndex((other) => other.text === command) === at);

test('finds commands in blocks, over several lines, and in the text', () => {
  const page =
    'Say `npm test`, not `jq`.\n\n    a \\\n      b\n    c |\n      d\n\n1. x\n\n       e\n\n```\n{ "f": 1 }\n```\n';
  expect(commandsIn('page.md', page, (block) => block.startsWith('{')).map(({ text }) => text)).toEqual([
    'a \\\n  b',
    'c |\n  d',
    'e',
    '{ "f": 1 }',
    'npm test',
  ]);
});

test('every command of the documents is in the table, and the table has no other', () => {
  expect(found.filter((command) => wayOf(command.text) === undefined)).toEqual([]);
  const written = new Set(found.map((command) => command.text));
  expect(Object.keys(ways).filter((command) => !written.has(command))).toEqual([]);
});

test.each(documents)('%s names only commands and options that the package has', async (document) => {
  const help = readFileSync(join(root, 'src/cli/usage.ts'), 'utf8');
  for (const name of namesIn(text(document))) {
    const [, command = '', options = ''] = /^((?:audit|rules|led) [a-z]+)(.*)$/.exec(name) ?? [];
    expect(help, name).toContain(command);
    for (const [option] of options.matchAll(/--[a-z-]+/g)) expect(help, name).toContain(option);
  }
});

describe('commands that others run', () => {
  test.each(unique.map(({ text: command }) => [command, wayOf(command)] as const))('%s', (_, way) => {
    if (way !== undefined && 'by' in way) expect(text(way.by)).toContain(way.words);
  });
});

describe('commands that run here', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox();
  });
  afterAll(() => sandbox?.close());

  /** Puts the addresses and names of the sandbox in place of those of the document. */
  const here = (command: string): string =>
    command
      .replace('http://127.0.0.1:8080', sandbox.url)
      .replace('0190f3a2-…', sandbox.decisionId)
      .replace('-in …', '-in led-client.crt');
  const toolOf = (command: string): string => /^(?:[A-Z_]+=\S+ )*(\S+)/.exec(command)?.[1] ?? '';
  const isHere = (command: string): boolean => ['export', led].includes(toolOf(command)) || hasTool(toolOf(command));
  const runs = unique.filter(({ text: command }) => {
    const way = wayOf(command);
    return way !== undefined && !('by' in way) && !('not' in way);
  });

  for (const { document, text: command } of runs) {
    test.skipIf(!isHere(command))(`${document}: ${command}`, { timeout: 60_000 }, async () => {
      const way = wayOf(command) as Exclude<Way, { by: string } | { not: string }>;
      if ('cluster' in way) {
        // Port 1 has no listener. kubectl looks at the command before it connects.
        const { code, err } = await sandbox.sh(`${command} --server=http://127.0.0.1:1 --request-timeout=5s`);
        expect(code).not.toBe(0);
        expect(err).toMatch(/connection refused|connection to the server/);
        return;
      }
      if ('dry' in way) {
        expect((await sandbox.sh(`${command} --dry-run=client -o name`)).out).toMatch(way.dry);
        return;
      }
      const commands = way.as ?? [command];
      // The examples use every option that the synopsis names.
      for (const [option] of command.matchAll(/--[a-z-]+/g)) expect(commands.join('\n')).toContain(option);
      for (const each of commands) {
        const { code, out, err } = await sandbox.sh(here(each));
        expect(code, `${each}\n${out}${err}`).toBe(0);
        if (way.says) expect(out + err).toMatch(way.says);
      }
    });
  }

  describe.each([
    { document: 'PRIVACY.md', chapter: '## A breach', range: /^persons: 2 to 3$/m },
    { document: 'PRIVACY.nl.md', chapter: '## Een inbreuk', range: /^persons: 2 to 3$/m },
  ])('the procedure of $document after a breach', ({ document, chapter, range }) => {
    test('finds who was affected, with the right names and numbers', { timeout: 60_000 }, async () => {
      const [, rest = ''] = text(document).split(chapter);
      const [procedure = ''] = rest.split('\n## ');
      const steps = commandsIn(document, procedure, () => false);
      expect(steps).toHaveLength(3);
      for (const { text: command } of steps) expect(await sandbox.sh(command)).toMatchObject({ code: 0, err: '' });

      // 1. The evidence: three files, three chains, sound.
      expect(sandbox.read('sums.txt').match(/^[0-9a-f]{64} {2}audit-\d\.log$/gm)).toHaveLength(3);
      const verified = JSON.parse(sandbox.read('verify.json'));
      expect(verified).toMatchObject({ ok: true, faults: [] });
      expect(verified.chains).toHaveLength(3);

      // 2. The numbers. Sofie twice under k1 and once under k2, Amir once with an outcome under k1: two or three persons.
      // Rita's accesses lie a second before and a second after the two days of Brussels.
      const report = sandbox.read('breach.txt');
      expect(report).toMatch(range);
      expect(report).toMatch(/^decisions: 4, of which with diplomas: 4$/m);
      expect(report).toMatch(/^failed requests, from which nothing went out: 1$/m);
      expect(report).toMatch(/^attributes that went out: categorie, onderwerp, uitreikingsdatum, volledigeNaam$/m);
      expect(report).toContain('2 audit keys (k1, k2)');
      expect(report).toContain(
        `no line says how these requests ended. An answer may have left; it is not counted above:\n  ${sandbox.archive.lost}`,
      );

      // 3. The files to look up, by calling system.
      const [, system = ''] = report.split('\ndossier-app (OVO000123)\n');
      expect(system).toMatch(/^ {2}persons: 1\n {2}decisions: 1,/);
      expect(system).toContain(`${sandbox.archive.elsewhere}  DOS/2026/17`);

      // Where neither number leads to a file: the citizen's own report, with both keys.
      const { code, out } = await sandbox.sh(
        'led-eligibility audit report --key-file audit-k1.key --key-file audit-k2.key --json audit-*.log < insz.txt',
      );
      expect(code).toBe(0);
      expect(JSON.parse(out).accesses).toHaveLength(3);
      expect(report + out).not.toContain(sandbox.read('insz.txt').trim());
    });
  });
});
