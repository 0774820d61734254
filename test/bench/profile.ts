// Shows how much processor time each part of a request takes, compared with the bare wire. It explains the ratios of
// `npm run bench`. It runs the sources, whose files say which part they are. The profiler makes everything slower, so
// compare the parts with each other and not with the results of the benchmark:
//
//   node test/bench/profile.ts [1|3|24]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { persons, type Records } from './answers.ts';
import { bodyOf, type Contender, createWorld } from './world.ts';

type Frame = { readonly functionName: string; readonly url: string };
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame; readonly children?: readonly number[] }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

const count = Number(process.argv[2] ?? 1) as Records;
const warmUpSeconds = 8;
const seconds = 6;

/** The parts of the program, by the path of the code. The first match counts. */
const parts: readonly (readonly [part: string, where: RegExp])[] = [
  ['reading the answer', /\/src\/(led\/answer\/|record\.ts$)/],
  ['LED: breaker, limits, envelope', /\/src\/led\//],
  ['LED: undici, TLS', /\/undici\/|^wasm:/],
  ['audit lines', /\/src\/audit\//],
  ['rules, decision', /\/src\/(rules\/|eligibility\.ts|decision\.ts|insz\.ts)/],
  ['metrics, log', /\/(prom-client|pino|sonic-boom)\/|\/src\/lib\/(log|metrics)\.ts$/],
  ['HTTP: Fastify, zod, ours', /\/(fastify|find-my-way|zod|secure-json-parse|@fastify)\/|\/src\//],
  ['HTTP: bare', /\/wire\.ts$/],
];
const other = 'Node: streams, timers, promises';
const partOf = ({ functionName, url }: Frame): string | undefined => {
  if (functionName === '(garbage collector)') return 'garbage collector';
  if (functionName === '(program)') return 'native, outside JavaScript';
  return parts.find(([, where]) => where.test(url))?.[0];
};

/** Microseconds by part. The time of Node's own code counts for the part that called it. */
const account = (profile: Profile, since: number): Map<string, number> => {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const callers = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const partOfStack = (id: number | undefined): string => {
    const frame = id === undefined ? undefined : frames.get(id);
    return frame === undefined ? other : (partOf(frame) ?? partOfStack(callers.get(id ?? 0)));
  };
  const used = new Map<string, number>();
  let at = 0;
  profile.samples.forEach((id, index) => {
    at += profile.timeDeltas[index] ?? 0;
    if (at < since || frames.get(id)?.functionName === '(idle)') return;
    const part = partOfStack(id);
    used.set(part, (used.get(part) ?? 0) + (profile.timeDeltas[index] ?? 0));
  });
  return used;
};

const world = await createWorld('src/main.ts');
const profileOf = async (contender: Contender): Promise<Map<string, number>> => {
  const folder = mkdtempSync(join(tmpdir(), 'led-profile-'));
  const running = await world.start(contender, 0, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  const load = (time: number) =>
    world.load({ port: running.port, body: bodyOf(persons[count]), connections: 32, seconds: time });
  const begun = performance.now();
  await load(warmUpSeconds);
  const since = (performance.now() - begun + running.startedInMs) * 1000;
  const { requests } = await load(seconds);
  await running.stop();
  const [name = ''] = readdirSync(folder);
  const used = account(JSON.parse(readFileSync(join(folder, name), 'utf8')), since);
  rmSync(folder, { recursive: true });
  return new Map([...used].map(([part, us]) => [part, us / requests]));
};

const wire = await profileOf('wire');
const service = await profileOf('service');
world.close();
const total = (used: Map<string, number>): number => [...used.values()].reduce((sum, us) => sum + us, 0);
const rows = [...new Set([...service.keys(), ...wire.keys()])]
  .sort((a, b) => (service.get(b) ?? 0) - (service.get(a) ?? 0))
  .map((part) => [part, wire.get(part) ?? 0, service.get(part) ?? 0] as const);
console.log(`| ${count} record(s): µs of the main thread a request, sampled | wire | service |\n|---|---|---|`);
for (const [part, ...us] of [...rows, ['together', total(wire), total(service)] as const]) {
  console.log(`| ${part} | ${us.map((each) => each.toFixed(0)).join(' | ')} |`);
}
process.exit(0);
