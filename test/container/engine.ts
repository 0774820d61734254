import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  GenericContainer,
  getContainerRuntimeClient,
  getReaper,
  LABEL_TESTCONTAINERS_SESSION_ID,
} from 'testcontainers';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Whether there is a container engine to test with. Where one is promised (`DOCKER_HOST`, or
 * `CONTAINER_TESTS=required`) it is there: a broken promise is a failure, not a skipped test.
 */
export const engine: boolean =
  process.env.CONTAINER_TESTS === 'required' ||
  Boolean(process.env.DOCKER_HOST) ||
  (await getContainerRuntimeClient().then(
    () => true,
    () => false,
  ));

/** Where published ports are: on this machine, unless it is told otherwise. */
const host = process.env.TESTCONTAINERS_HOST_OVERRIDE ?? '127.0.0.1';

export const commit = '0123456789abcdef0123456789abcdef01234567';
/** Test files that run beside each other each have their own, so that none takes away what another uses. */
const repository = `led-eligibility-test-${process.env.VITEST_POOL_ID ?? 1}`;
export const images = { service: `${repository}:service`, simulator: `${repository}:simulator` };

/** The base that the Dockerfile names. */
export const base = (argument: 'BUILD_BASE' | 'RUN_BASE'): string =>
  new RegExp(`^ARG ${argument}=(.*)$`, 'm').exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1] ?? '';

/** Builds both images of the Dockerfile; `DEBUG=testcontainers:build` shows how. */
export const buildImages = async (): Promise<void> => {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  for (const target of ['simulator', 'service'] as const) {
    // A build that fails leaves an earlier image under its name, and testcontainers would be content with that.
    await dockerode
      .getImage(images[target])
      .remove({ force: true, noprune: true })
      .catch(() => {});
    await GenericContainer.fromDockerfile(root)
      .withTarget(target)
      .withBuildArgs({ COMMIT: commit })
      .build(images[target], { deleteOnExit: false });
  }
};

export type ContainerOptions = {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The network's name, and the container's name in it. */
  readonly network?: string;
  readonly alias?: string;
  /** `volume:/folder:ro` */
  readonly volumes?: readonly string[];
  readonly ports?: readonly number[];
};

/** A container as operations runs it: read-only, without capabilities, 256 MB, as the image's own user. */
export type Container = {
  readonly id: string;
  /** When the engine began its process. */
  readonly startedAt: Date;
  /** Where a port of it is reached from here. */
  readonly url: (port: number) => string;
  /** The command by which the engine asks whether it is well, as the image has it. */
  readonly healthCheck: readonly string[];
  readonly streams: () => Promise<{ stdout: string; stderr: string }>;
  readonly exec: (
    command: readonly string[],
    environment?: Record<string, string>,
  ) => Promise<{ code: number; output: string }>;
  readonly signal: (name: NodeJS.Signals) => Promise<void>;
  /** What the engine counts as its memory, and the limit, in bytes. */
  readonly memory: () => Promise<{ usage: number; limit: number }>;
  /** Its exit code, once it has ended. */
  readonly exited: () => Promise<number>;
  /** A second time does nothing. */
  readonly remove: () => Promise<void>;
};

/**
 * Starts a container through the engine's own API, since testcontainers has no read-only root. Its labels are those of
 * testcontainers, whose reaper so removes what a killed test leaves behind.
 */
export const startContainer = async (options: ContainerOptions): Promise<Container> => {
  const client = await getContainerRuntimeClient();
  const { ports = [], network } = options;
  const container = await client.container.dockerode.createContainer({
    Image: options.image,
    ...(options.entrypoint && { Entrypoint: [...options.entrypoint] }),
    Cmd: options.command ? [...options.command] : [],
    Env: Object.entries(options.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    Labels: await labels(),
    ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])),
    HostConfig: {
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 256 * 1024 * 1024,
      Binds: [...(options.volumes ?? [])],
      PortBindings: Object.fromEntries(ports.map((port) => [`${port}/tcp`, [{ HostPort: '0' }]])),
      ...(network && { NetworkMode: network }),
    },
    ...(network && { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [options.alias ?? 'other'] } } } }),
  });
  try {
    await container.start();
  } catch (error) {
    await container.remove({ force: true });
    throw error;
  }
  const { NetworkSettings, Config, State } = await container.inspect();
  const stream = async (which: 'stdout' | 'stderr'): Promise<string> =>
    demultiplexed((await container.logs({ follow: false, [which]: true })) as unknown as Buffer);
  let removal: Promise<void> | undefined;
  return {
    id: container.id,
    startedAt: new Date(State.StartedAt),
    url: (port) => `http://${host}:${NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort}`,
    healthCheck: Config.Healthcheck?.Test ?? [],
    streams: async () => ({ stdout: await stream('stdout'), stderr: await stream('stderr') }),
    exec: async (command, env = {}) => {
      const { exitCode, output } = await client.container.exec(container, [...command], { env });
      return { code: exitCode, output };
    },
    signal: async (signal) => {
      await container.kill({ signal });
    },
    memory: async () => {
      const { usage, limit } = (await container.stats({ stream: false })).memory_stats;
      return { usage, limit };
    },
    exited: async () => (await container.wait()).StatusCode,
    remove: () => {
      removal ??= container.remove({ force: true });
      return removal;
    },
  };
};

/** Runs a container to its end and removes it. */
export const runContainer = async (
  options: ContainerOptions,
): Promise<{ code: number; stdout: string; stderr: string }> => {
  const container = await startContainer(options);
  try {
    const code = await container.exited();
    return { code, ...(await container.streams()) };
  } finally {
    await container.remove();
  }
};

/** A volume of its own, and how to remove it. */
export const createVolume = async (): Promise<{ name: string; remove: () => Promise<void> }> => {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const { name } = await dockerode.createVolume({ Labels: await labels() });
  return {
    name,
    remove: async () => {
      await dockerode.getVolume(name).remove();
    },
  };
};

/** What the engine knows about an image. */
export const inspectImage = async (name: string) =>
  (await getContainerRuntimeClient()).container.dockerode.getImage(name).inspect();

const labels = async (): Promise<Record<string, string>> => ({
  [LABEL_TESTCONTAINERS_SESSION_ID]: (await getReaper(await getContainerRuntimeClient())).sessionId,
});

/** The engine sends logs in frames: stream (1 byte), padding (3), length (4, big endian), bytes. */
const demultiplexed = (frames: Buffer): string => {
  const parts: Buffer[] = [];
  for (let at = 0; at < frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    parts.push(frames.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
};
