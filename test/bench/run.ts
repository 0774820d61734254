// npm run bench: how close the service comes to what the wire itself allows. Prints one table, and writes it to README.md in
// this folder; also writes results.json and results.svg here. Takes under five minutes on two cores. `--quick` takes one
// minute, says less, and does not write the table.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { persons, type Records, sizes } from './answers.ts';
import type { Result } from './load.ts';
import { plot } from './plot.ts';
import { bodyOf, type Contender, contenders, createWorld, installUsualStack, type Running } from './world.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const quick = process.argv.includes('--quick');
const rounds = quick ? 2 : 7;
const roundSeconds = quick ? 0.6 : 1;
const steadySeconds = quick ? 8 : 40;
const enoughRequests = quick ? 5_000 : 100_000;
// On a busy machine this ends the loop before all requests are sent. The table shows how many there were.
const mostSeconds = 230;
const ledMs = 200;
const begun = performance.now();
const say = (what: string): void =>
  console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${what}`);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const byContender = <T>(make: (contender: Contender) => T): Record<Contender, T> =>
  Object.fromEntries(contenders.map((contender) => [contender, make(contender)])) as Record<Contender, T>;

installUsualStack();
say('building');
execFileSync('npm', ['run', 'build'], { cwd: here('../..'), stdio: ['ignore', 'ignore', 'inherit'] });

type Sample = { readonly perSecond: number; readonly cpuUs: number; readonly failed: number };
const samples = Object.fromEntries(sizes.map((count) => [count, byContender((): Sample[] => [])])) as Record<
  Records,
  Record<Contender, Sample[]>
>;
const asked = byContender(() => 0);

const world = await createWorld();
const running = {} as Record<Contender, Running>;
try {
  const load = async (
    contender: Contender,
    count: Records,
    seconds: number,
    rate?: number,
  ): Promise<Result & { cpuUs: number }> => {
    const { port, cpuMs } = running[contender];
    const before = cpuMs();
    const task = { port, body: bodyOf(persons[count]), connections: 32, seconds };
    const result = await world.load(rate === undefined ? task : { ...task, rate });
    asked[contender] += result.requests;
    return { ...result, cpuUs: ((cpuMs() - before) * 1000) / result.requests };
  };

  for (const contender of contenders) running[contender] = await world.start(contender, 0);
  const starts = byContender((contender) => [running[contender].startedInMs]);
  for (let i = 0; i < (quick ? 0 : 2); i += 1) {
    for (const contender of ['wire', 'service', 'usual'] as const) {
      const again = await world.start(contender, 0);
      starts[contender].push(again.startedInMs);
      await again.stop();
    }
  }

  say('warming up');
  for (const contender of contenders) for (const count of sizes) await load(contender, count, quick ? 1 : 2);

  const memory: { requests: number; MiB: Record<Contender, number> }[] = [];
  const remember = (): void =>
    void memory.push({
      requests: asked.service,
      MiB: byContender((contender) => Math.round(running[contender].memoryMiB())),
    });
  remember();
  for (let round = 0; round < rounds; round += 1) {
    say(`throughput, round ${round + 1} of ${rounds}`);
    for (const count of sizes) {
      // The contenders take turns, so that other work on the machine slows all of them down.
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        samples[count][contender].push(
          await load(contender, count, contender === 'usual' ? roundSeconds * 0.7 : roundSeconds),
        );
      }
    }
  }

  say('latency against load');
  const rates = quick ? [100, 400] : [50, 100, 200, 400, 800, 1600];
  const latency = byContender((): [number, number][] => []);
  for (const rate of rates) {
    for (const contender of ['wire', 'service', 'usual'] as const) {
      const result = await load(contender, 1, 2, rate);
      // A contender that cannot keep up has a growing queue, so that its latency means nothing.
      if (result.perSecond > rate * 0.9) latency[contender].push([rate, result.p99]);
    }
  }

  say(`the service's ${enoughRequests} requests, from ${asked.service}`);
  remember();
  while (asked.service < enoughRequests && performance.now() - begun < mostSeconds * 1000) {
    await load('service', 1, 2);
    await load('service', 24, 0.5);
  }
  remember();
  const { handshakes, resumed } = await world.handshakes();
  for (const contender of contenders) await running[contender].stop();

  say(`50 requests a second, LED of ${ledMs} ms`);
  const steady = byContender((): Result[] => []);
  for (const contender of ['wire', 'service'] as const) {
    running[contender] = await world.start(contender, ledMs);
    await load(contender, 1, 3, 300);
  }
  const slices = 8;
  for (let slice = 0; slice < slices * 2; slice += 1) {
    const contender = slice % 4 === 0 || slice % 4 === 3 ? 'wire' : 'service';
    steady[contender].push(await load(contender, 1, steadySeconds / slices / 2, 50));
  }
  for (const contender of ['wire', 'service'] as const) await running[contender].stop();

  say('micro-benchmarks');
  const micro: Record<string, number> = JSON.parse(
    execFileSync(process.execPath, [here('micro.ts')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );

  const middle = (contender: Contender, count: Records, of: keyof Sample): number =>
    median(samples[count][contender].map((sample) => sample[of]));
  /** The median ratios of throughput, and of processor time for each request, over all pairs of samples. */
  const compare = (one: Contender, other: Contender, count: Records) => {
    const pairs = samples[count][one].map((sample, index) => [sample, samples[count][other][index] ?? sample] as const);
    return {
      throughput: median(pairs.map(([a, b]) => a.perSecond / b.perSecond)),
      processor: median(pairs.map(([a, b]) => b.cpuUs / a.cpuUs)),
    };
  };
  const added = (contender: Contender) => ({
    p50: median(steady[contender].map(({ p50 }) => p50)) - ledMs,
    p99: median(steady[contender].map(({ p99 }) => p99)) - ledMs,
    p999: Math.max(...steady[contender].map(({ p999 }) => p999)) - ledMs,
  });
  const results = {
    machine: { processor: cpus()[0]?.model, cores: availableParallelism(), node: process.version, load: loadavg()[0] },
    throughput: Object.fromEntries(
      sizes.map((count) => [
        count,
        byContender((contender) => ({
          perSecond: Math.round(middle(contender, count, 'perSecond')),
          cpuUs: Math.round(middle(contender, count, 'cpuUs')),
          failed: samples[count][contender].reduce((sum, { failed }) => sum + failed, 0),
        })),
      ]),
    ),
    ratios: sizes.map((count) => ({
      records: count,
      'service / wire': compare('service', 'wire', count),
      'signed service / wire + signature': compare('serviceSigned', 'wireSigned', count),
      'service / usual stack': compare('service', 'usual', count),
    })),
    addedLatencyMs: { wire: added('wire'), service: added('service') },
    p99RatioAt50: added('service').p99 / added('wire').p99,
    parse24ToParse1: (micro['parse 24 records'] ?? Number.NaN) / (micro['parse 1 record'] ?? Number.NaN),
    memory,
    startUpMs: { wire: median(starts.wire), service: median(starts.service), usual: median(starts.usual) },
    handshakes: { handshakes, resumed },
    microUs: micro,
    latencyByLoad: { wire: latency.wire, service: latency.service, usual: latency.usual },
  };

  const f = (value: number, digits = 2): string => (Number.isFinite(value) ? value.toFixed(digits) : '–');
  const rows: string[][] = [['', '1 record', '3 records', '24 records', 'aim']];
  for (const contender of contenders) {
    rows.push([
      `${contender}: requests/s (µs of processor each)`,
      ...sizes.map(
        (count) => `${f(middle(contender, count, 'perSecond'), 0)} (${f(middle(contender, count, 'cpuUs'), 0)})`,
      ),
      '',
    ]);
  }
  for (const [name, aim] of [
    ['service / wire', '≥ 0.40, –, ≥ 0.42'],
    ['signed service / wire + signature', '≥ 0.70, –, –'],
    ['service / usual stack', '≥ 5'],
  ] as const) {
    rows.push([
      `${name}: throughput (processor)`,
      ...results.ratios.map((ratio) => `${f(ratio[name].throughput)} (${f(ratio[name].processor)})`),
      aim,
    ]);
  }
  const one = (name: string, value: string, aim = ''): void => void rows.push([name, value, '', '', aim]);
  for (const [name, { p50, p99, p999 }] of Object.entries(results.addedLatencyMs)) {
    one(`${name}: added at 50/s, LED ${ledMs} ms: p50 / p99 / p99.9`, `${f(p50)} / ${f(p99)} / ${f(p999)} ms`);
  }
  one('service / wire: added latency, p99', f(results.p99RatioAt50), '≤ 2.5');
  one('parse of 24 records / of 1', f(results.parse24ToParse1, 1), '≤ 24');
  for (const { requests, MiB } of memory)
    one(`service: memory after ${requests} requests`, `${MiB.service} MiB`, '< 200 MB');
  for (const [name, ms] of Object.entries(results.startUpMs)) one(`${name}: start-up`, `${f(ms, 0)} ms`);
  one('TLS handshakes with LED, of these resumed', `${handshakes}, ${resumed}`);
  for (const [name, us] of Object.entries(micro)) one(name, `${f(us)} µs`);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [head = [], ...lines] = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  const table = [head, widths.map((width) => '-'.repeat(width)), ...lines]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
  console.log(table);

  writeFileSync(here('results.json'), `${JSON.stringify(results, null, 2)}\n`);
  const colours = { wire: '#57606a', service: '#0969da', usual: '#cf222e' };
  writeFileSync(
    here('results.svg'),
    plot([
      {
        title: 'Latency against load (1 record, p99)',
        x: 'requests a second',
        y: 'ms',
        xTicks: rates,
        yTicks: [0.5, 1, 2, 5, 10, 20, 50, 100, 200],
        lines: (['wire', 'service', 'usual'] as const).map((name) => ({
          name,
          colour: colours[name],
          points: latency[name],
        })),
      },
      {
        title: 'Cost against records',
        x: 'records in the answer',
        y: 'µs of processor a request',
        xTicks: [1, 3, 24],
        yTicks: [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000],
        lines: (['wire', 'service', 'usual'] as const).map((name) => ({
          name,
          colour: colours[name],
          points: sizes.map((count) => [count, middle(name, count, 'cpuUs')] as const),
        })),
      },
    ]),
  );
  // A quick run is too short for numbers that people read.
  const readme = here('README.md');
  const text = readFileSync(readme, 'utf8');
  const part = /(?<=<!-- performance: made by `npm run bench` -->\n)[\s\S]*(?=<!-- end of performance -->)/;
  if (!quick)
    writeFileSync(
      readme,
      text.replace(part, () => `\n${table}\n\n`),
    );
  say(`done: results.json, results.svg, and ${quick ? 'no table (quick)' : 'the table in test/bench/README.md'}`);
} finally {
  for (const contender of contenders) await running[contender]?.stop().catch(() => {});
  world.close();
}
process.exit(0);
