import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GenericContainer,
  getContainerRuntimeClient,
  getReaper,
  LABEL_TESTCONTAINERS_SESSION_ID,
} from 'testcontainers';
import { root } from '../support/tools.ts';

/**
 * Whether to test with a container engine. With `DOCKER_HOST` or `CONTAINER_TESTS=required` the answer is always yes:
 * the tests then fail without an engine instead of being skipped.
 */
export const engine: boolean =
  process.env.CONTAINER_TESTS === 'required' ||
  Boolean(process.env.DOCKER_HOST) ||
  (await getContainerRuntimeClient().then(
    () => true,
    () => false,
  ));

/** The host of published ports: this machine by default. */
const host = process.env.TESTCONTAINERS_HOST_OVERRIDE ?? '127.0.0.1';

export const commit = '0123456789abcdef0123456789abcdef01234567';
/** Test files that run at the same time have different names, so that none removes an image that another one uses. */
const repository = `led-eligibility-test-${process.env.VITEST_POOL_ID ?? 1}`;
export const images = { service: `${repository}:service`, simulator: `${repository}:simulator` };

/** The base image that the Dockerfile names. */
export const base = (argument: 'BUILD_BASE' | 'RUN_BASE'): string =>
  new RegExp(`^ARG ${argument}=(.*)$`, 'm').exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1] ?? '';

/** Builds both images of the Dockerfile. `DEBUG=testcontainers:build` shows the output of the build. */
export const buildImages = async (): Promise<void> => {
  const { dockerode } = (await getContainerRuntimeClient()).container;
  for (const target of ['simulator', 'service'] as const) {
    // When a build fails, testcontainers accepts an older image with the same name. So that image is removed first.
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
  /** The name of the network, and the name of the container in it. */
  readonly network?: string;
  readonly alias?: string;
  /** `volume:/folder:ro` */
  readonly volumes?: readonly string[];
  readonly ports?: readonly number[];
};

/** A container as operations runs it: read-only, without capabilities, with 256 MB, as the user of the image. */
export type Container = {
  readonly id: string;
  /** When the engine started its process. */
  readonly startedAt: Date;
  /** The URL of one of its ports, seen from here. */
  readonly url: (port: number) => string;
  /** The health check command of the image. */
  readonly healthCheck: readonly string[];
  readonly streams: () => Promise<{ stdout: string; stderr: string }>;
  readonly exec: (
    command: readonly string[],
    environment?: Record<string, string>,
  ) => Promise<{ code: number; output: string }>;
  readonly signal: (name: NodeJS.Signals) => Promise<void>;
  /** Its memory as the engine counts it, and the limit, in bytes. */
  readonly memory: () => Promise<{ usage: number; limit: number }>;
  /** Resolves with its exit code when it has ended. */
  readonly exited: () => Promise<number>;
  /** Removes the container. A second call does nothing. */
  readonly remove: () => Promise<void>;
};

/**
 * Starts a container through the API of the engine, because testcontainers has no option for a read-only root. The
 * container has the labels of testcontainers, so that its reaper removes it when a test is killed.
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

/** Runs a container until it ends, then removes it. Returns its exit code and its output. */
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

/** Creates a volume. Returns its name and a function that removes it. */
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

/** Returns what the engine knows about an image. */
export const inspectImage = async (name: string) =>
  (await getContainerRuntimeClient()).container.dockerode.getImage(name).inspect();

const labels = async (): Promise<Record<string, string>> => ({
  [LABEL_TESTCONTAINERS_SESSION_ID]: (await getReaper(await getContainerRuntimeClient())).sessionId,
});

/** Joins the log frames of the engine. A frame is: stream (1 byte), padding (3), length (4, big endian), bytes. */
const demultiplexed = (frames: Buffer): string => {
  const parts: Buffer[] = [];
  for (let at = 0; at < frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    parts.push(frames.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
};
