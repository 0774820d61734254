import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { personWho } from '../../support/persons.ts';
import { createWorld, startService } from '../../support/service.ts';
import { hasTool, root } from '../../support/tools.ts';
import { startLaterVersion } from './later-version.ts';

// Generates clients from openapi/openapi.yaml, as callers do. Asks the service, and a stand-in for a later minor version,
// with each of them, and compares what each has read. Needs the network, Python, and for Java a JDK and Maven.

const run = promisify(execFile);
const sources = import.meta.dirname;
const document = join(root, 'openapi/openapi.yaml');

/** Programs and packages that generate and use clients in Python. */
const packages = [
  'openapi-python-client==0.26.2',
  'urllib3==2.5.0',
  'pydantic==2.14.4',
  'python-dateutil==2.9.0.post0',
];

type Client = { readonly name: string; readonly command: string; readonly args: readonly string[] };

/** Generates with openapi-generator and compiles what is Java. Returns the clients. The one for Python needs `python`. */
const withMaven = async (folder: string, python: string): Promise<Client[]> => {
  cpSync(join(sources, 'pom.xml'), join(folder, 'pom.xml'));
  cpSync(join(sources, 'java'), join(folder, 'java'), { recursive: true });
  const goals = ['compile', 'dependency:build-classpath', '-Dmdep.outputFile=target/classpath'];
  await run('mvn', ['-q', '-B', `-Ddocument=${document}`, ...goals], { cwd: folder });
  const classpath = ['target/classes', readFileSync(join(folder, 'target/classpath'), 'utf8')].join(delimiter);
  return [
    ...['okhttp-gson', 'native', 'restclient'].map((name) => ({
      name: `openapi-generator, Java, ${name}`,
      command: 'java',
      args: ['-XX:TieredStopAtLevel=1', '-cp', classpath, 'Clients', name],
    })),
    {
      name: 'openapi-generator, Python',
      command: 'env',
      args: ['PYTHONPATH=target/python', python, join(sources, 'python/openapi_generator.py')],
    },
  ];
};

/** Installs what Python needs, and generates with openapi-python-client. */
const withPython = async (folder: string, environment: string): Promise<Client[]> => {
  const python = join(environment, 'bin/python');
  await run('python3', ['-m', 'venv', environment]);
  await run(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', ...packages]);
  const output = join(folder, 'openapi_python_client_client');
  writeFileSync(join(folder, 'no-hooks.yaml'), 'post_hooks: []\n');
  await run(
    join(environment, 'bin/openapi-python-client'),
    ['generate', '--path', document, '--output-path', output, '--meta', 'none', '--config', 'no-hooks.yaml'],
    { cwd: folder },
  );
  const args = ['PYTHONPATH=.', python, join(sources, 'python/openapi_python_client.py')];
  return [{ name: 'openapi-python-client', command: 'env', args }];
};

const inszOf = (name: string): string => personWho((person) => person.name === name).insz;
const wrongCheckDigits = '61610100000';
const problem = 'urn:problem-type:belgif:';
const issue = `${problem}input-validation:`;
const newIssue = 'query:newParameter:urn:problem-type:zorg:input-validation:newKind';

/** What to ask, and what a client must then print. LED is down for the last one, so that the breaker stops no other. */
const ofService: readonly (readonly [insz: string, line: string])[] = [
  [inszOf('Sofie'), '200 eligible diplomaMatches 1'],
  [inszOf('Ioana'), '200 manualReview diplomaNeedsReview 1'],
  [inszOf('Ward'), '200 notDemonstrated noRelevantDiplomaInLed 0'],
  [wrongCheckDigits, `400 ${problem}badRequest body:insz:${issue}invalidInput`],
  [inszOf('Unavailable'), `503 ${problem}serviceUnavailable`],
];
const ofLaterVersion: typeof ofService = [
  [inszOf('Sofie'), '200 eligible diplomaMatches newCode 1'],
  [inszOf('Ioana'), '200 manualReview diplomaNeedsReview newCode 1'],
  [wrongCheckDigits, `400 ${problem}badRequest body:insz:${issue}invalidInput ${newIssue}`],
  [inszOf('Koen'), `409 urn:problem-type:zorg:newProblem ${newIssue} ${newIssue}`],
  [inszOf('Unavailable'), `503 ${problem}serviceUnavailable`],
];

/** Runs a client with the questions on its standard input. Returns the lines that it prints. */
const linesOf = (client: Client, cwd: string, questions: readonly string[]): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(client.command, client.args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.once('error', reject);
    child.once('close', () => resolve(printed.trim().split('\n')));
    child.stdin.end(`${questions.join('\n')}\n`);
  });

/** Asks with one client. Returns, in words, each answer that it read wrongly. */
const faultsOf = async (client: Client, folder: string): Promise<string[]> => {
  const world = await createWorld();
  const service = await startService({ ...world.environment, LED_TIMEOUT_MS: '2000' });
  const later = await startLaterVersion(service.url, inszOf('Koen'));
  const expected = [...ofLaterVersion.slice(0, -1), ...ofService, ...ofLaterVersion.slice(-1)];
  const urls = [...ofLaterVersion.slice(0, -1).map(() => later.url), ...ofService.map(() => service.url), later.url];
  try {
    const questions = expected.map(([insz], at) => `${urls[at]} ${insz}`);
    const read = await linesOf(client, folder, questions);
    return expected.flatMap(([, line], at) =>
      read[at] === line ? [] : [`expected ${line}\n      read ${read[at]?.slice(0, 300)}`],
    );
  } finally {
    await later.close();
    await service.stop();
    await world.close();
  }
};

const main = async (): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'generated-clients-'));
  try {
    const environment = join(folder, 'python');
    const hasMaven = hasTool('mvn') && hasTool('javac');
    if (!hasMaven) process.stdout.write('skipped without Maven and a JDK: openapi-generator\n');
    const clients = await Promise.all([
      hasMaven ? withMaven(folder, join(environment, 'bin/python')) : [],
      withPython(folder, environment),
    ]);
    let wrong = 0;
    for (const client of clients.flat()) {
      const faults = await faultsOf(client, folder);
      wrong += faults.length;
      process.stdout.write(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${client.name}\n`);
      for (const fault of faults) process.stdout.write(`  ${fault}\n`);
    }
    return wrong === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main();
