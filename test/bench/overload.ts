// Ten times the calls a second that the service can bear, open loop, with a LED of 100 ms: node test/bench/overload.ts.
// LED and the load run in processes of their own, so that what is measured is the service.
import { persons } from './answers.ts';
import { bodyOf, createWorld } from './world.ts';

const world = await createWorld();
let kept = true;
const rows: Record<string, string | number>[] = [];
for (const contender of ['service', 'serviceSigned'] as const) {
  const service = await world.start(contender, 100);
  const task = { port: service.port, body: bodyOf(persons[1]), seconds: 6 };
  // Twice: the first is for the compiler.
  await world.load({ ...task, connections: 64 });
  const best = await world.load({ ...task, connections: 64 });
  const before = service.memoryMiB();
  const flood = await world.load({ ...task, connections: 1024, rate: best.perSecond * 10 });
  const good = (flood.requests - flood.failed) / task.seconds;
  rows.push({
    service: contender,
    'best, a second': Math.round(best.perSecond),
    'asked, a second': Math.round(flood.requests / task.seconds),
    'good, a second': Math.round(good),
    'of the best': `${Math.round((100 * good) / best.perSecond)} %`,
    'half of the refusals within, ms': Math.round(flood.refusedP50),
    'grown by, MiB': Math.round(service.memoryMiB() - before),
  });
  kept &&= good >= 0.9 * best.perSecond && flood.refusedP50 <= 50;
  await service.stop();
}
world.close();
console.table(rows);
if (!kept) console.error('broken: at least 90 % of the best, and half of the refusals within 50 ms');
process.exitCode = kept ? 0 : 1;
