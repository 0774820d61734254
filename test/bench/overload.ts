// Sends ten times the calls that the service can answer, without waiting for answers, with a LED that takes 100 ms:
// node test/bench/overload.ts. LED and the load run in separate processes, so that only the service is measured.
import { persons } from './answers.ts';
import { bodyOf, createWorld } from './world.ts';

const world = await createWorld();
let kept = true;
const rows: Record<string, string | number>[] = [];
for (const contender of ['service', 'serviceSigned'] as const) {
  const service = await world.start(contender, 100);
  const task = { port: service.port, body: bodyOf(persons[1]), seconds: 6 };
  // The first run lets Node compile the code.
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
    'median refusal, ms': Math.round(flood.refusedP50),
    'memory growth, MiB': Math.round(service.memoryMiB() - before),
  });
  kept &&= good >= 0.9 * best.perSecond && flood.refusedP50 <= 50;
  await service.stop();
}
world.close();
console.table(rows);
if (!kept) console.error('broken: at least 90 % of the best, and a median refusal within 50 ms');
process.exitCode = kept ? 0 : 1;
