import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { Network } from 'testcontainers';
import { type Authority, createAuthority, type Pair } from '../../docker/certificates.ts';
import { until } from '../support/until.ts';
import {
  base,
  type Container,
  type ContainerOptions,
  createVolume,
  images,
  inspectImage,
  runContainer,
  startContainer,
} from './engine.ts';

/** Where every container finds the secrets. Each secret is a folder, as in Kubernetes. */
const mount = '/certificates';

/**
 * Writes a secret as the kubelet does: a new folder, and `..data`, a link to it that is replaced in one step. It runs
 * as the user of the image, so that no other user can read the keys.
 */
const write = `
  const secret = process.env.SECRET, next = '..' + Date.now();
  const before = fs.existsSync(secret + '/..data') && fs.readlinkSync(secret + '/..data');
  fs.mkdirSync(secret + '/' + next, { recursive: true });
  for (const [name, text] of Object.entries(JSON.parse(process.env.FILES))) {
    fs.writeFileSync(secret + '/' + next + '/' + name, text, { mode: 0o440 });
    if (!before) fs.symlinkSync('..data/' + name, secret + '/' + name);
  }
  fs.symlinkSync(next, secret + '/..data_tmp');
  fs.renameSync(secret + '/..data_tmp', secret + '/..data');
  if (before) fs.rmSync(secret + '/' + before, { recursive: true });`;

/** An authority, secrets that it signed, and a network for simulators of LED and for services. */
export type World = {
  readonly authority: Authority;
  readonly network: string;
  /** The secrets, as a container mounts them. */
  readonly volume: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Writes a secret with these files, or replaces the whole secret. */
  readonly writeSecret: (name: string, files: Readonly<Record<string, string>>) => Promise<void>;
  /** Starts an LED with the host name `alias`, by default the one in `LED_URL`. Resolves once it listens. */
  readonly startSimulator: (environment?: Readonly<Record<string, string>>, alias?: string) => Promise<Container>;
  /** Starts the service. Resolves once it is ready. */
  readonly startService: (
    environment?: Readonly<Record<string, string>>,
    more?: Partial<ContainerOptions>,
  ) => Promise<Container>;
  /**
   * Starts the service with a pipe as standard output. Another container, the collector, reads the pipe and prints what
   * it reads. A test can stop and continue its process.
   */
  readonly startCollected: (
    environment?: Readonly<Record<string, string>>,
  ) => Promise<{ service: Container; collector: Container }>;
  /** Runs a command of the service's image, with the environment and the secrets of the service, until it ends. */
  readonly run: (options: {
    readonly command: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }) => ReturnType<typeof runContainer>;
  /** Starts any other container in the network. */
  readonly start: (options: ContainerOptions) => Promise<Container>;
  /** Removes all containers, volumes and the network. */
  readonly close: () => Promise<void>;
};

export const tlsFiles = ({ cert, key }: Pair): Record<string, string> => ({ 'tls.crt': cert, 'tls.key': key });

export const ledUrl = (alias: string): string => `https://${alias}:8443/GeefBewijsDienst-02.00/soap/WebService`;

/** Creates a world. The images must exist. */
export const createContainerWorld = async (): Promise<World> => {
  const network = await new Network().start();
  const volume = await createVolume();
  const volumes = [volume];
  const authority = await createAuthority();
  const started: Container[] = [];
  const start = async (options: ContainerOptions): Promise<Container> => {
    const container = await startContainer({ ...options, network: network.getName() });
    started.push(container);
    return container;
  };
  const writeSecret: World['writeSecret'] = async (name, files) => {
    const { code, stderr } = await runContainer({
      image: images.simulator,
      command: ['-e', write],
      environment: { SECRET: `${mount}/${name}`, FILES: JSON.stringify(files) },
      volumes: [`${volume.name}:${mount}`],
    });
    if (code !== 0) throw new Error(`the secret ${name} could not be written:\n${stderr}`);
  };
  /** Creates a named pipe. Returns how a container mounts its folder. */
  const createPipe = async (path: string): Promise<string> => {
    const made = await createVolume();
    volumes.push(made);
    const mounted = `${made.name}:${dirname(path)}`;
    // Our own images have no mkfifo.
    const { code } = await runContainer({
      image: base('BUILD_BASE'),
      entrypoint: ['mkfifo'],
      command: ['-m', '666', path],
      volumes: [mounted],
    });
    if (code !== 0) throw new Error(`mkfifo ended with ${code}`);
    return mounted;
  };
  const readOnly = `${volume.name}:${mount}:ro`;
  const environment = {
    AUTH_MODE: 'none',
    ALLOW_TEST_INSZ: 'true',
    LED_URL: ledUrl('simulator'),
    LED_SENDER_ID: 'container.example/led-eligibility',
    LED_CLIENT_CERT_FILE: `${mount}/led-client/tls.crt`,
    LED_CLIENT_KEY_FILE: `${mount}/led-client/tls.key`,
    LED_CA_FILE: `${mount}/led-ca/ca.crt`,
    AUDIT_KEY_FILE: `${mount}/audit/audit.key`,
  };

  const names = ['simulator', 'led', 'slow', 'busy', 'coming-and-going'];
  const server = await authority.issue({ commonName: 'led', names, use: 'server' });
  const client = await authority.issue({ commonName: 'service', use: 'client', keyType: 'rsa' });
  await writeSecret('simulator', { ...tlsFiles(server), 'ca.crt': authority.cert });
  await writeSecret('led-client', tlsFiles(client));
  await writeSecret('led-ca', { 'ca.crt': authority.cert });
  await writeSecret('audit', { 'audit.key': randomBytes(32).toString('base64') });

  const startService: World['startService'] = async (more = {}, { volumes: others = [], ...options } = {}) => {
    const service = await start({
      image: images.service,
      environment: { ...environment, ...more },
      volumes: [readOnly, ...others],
      ports: [8080, 8081],
      ...options,
    });
    const ended = service.exited().then(async (code) => {
      throw new Error(`the service ended with ${code} before it was ready:\n${(await service.streams()).stderr}`);
    });
    await Promise.race([until(async () => (await ready(service)) === 200), ended]);
    ended.catch(() => {});
    return service;
  };
  return {
    authority,
    network: network.getName(),
    volume: readOnly,
    environment,
    writeSecret,
    startSimulator: async (more = {}, alias = 'simulator') => {
      const simulator = await start({
        image: images.simulator,
        environment: {
          SIMULATOR_CERT_FILE: `${mount}/simulator/tls.crt`,
          SIMULATOR_KEY_FILE: `${mount}/simulator/tls.key`,
          SIMULATOR_CA_FILE: `${mount}/simulator/ca.crt`,
          ...more,
        },
        alias,
        volumes: [readOnly],
      });
      await until(async () => (await simulator.streams()).stdout.includes('"listening"'));
      return simulator;
    },
    startService,
    run: ({ command, environment: more = {} }) =>
      runContainer({
        image: images.service,
        command,
        environment: { ...environment, ...more },
        network: network.getName(),
        volumes: [readOnly],
      }),
    start,
    startCollected: async (more = {}) => {
      const volumes = [await createPipe('/pipe/audit')];
      const copy = `fs.createReadStream('/pipe/audit').pipe(process.stdout)`;
      const collector = await start({ image: images.simulator, command: ['-e', copy], volumes });
      const { Entrypoint } = (await inspectImage(images.service)).Config;
      const become = `fs.closeSync(1); fs.openSync('/pipe/audit', 'w'); process.execve(process.argv[1], process.argv.slice(1))`;
      const entrypoint = ['/nodejs/bin/node', '--no-warnings', '-e', become, ...[Entrypoint ?? []].flat()];
      return { collector, service: await startService(more, { entrypoint, command: ['serve'], volumes }) };
    },
    close: async () => {
      await Promise.all(started.map((container) => container.remove()));
      await Promise.all(volumes.map(({ remove }) => remove()));
      await network.stop();
    },
  };
};

/** The status of `/readyz`, or undefined when there is no answer. */
export const ready = async (service: Container): Promise<number | undefined> => {
  const answer = await fetch(`${service.url(8081)}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status;
};

/** The value of a metric. `name` is its full name with labels. */
export const metric = async (service: Container, name: string): Promise<number | undefined> => {
  const text = await (await fetch(`${service.url(8081)}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
};
