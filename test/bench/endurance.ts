// Tests that take too long for `npm test`: node test/bench/endurance.ts [kills] [stall] [overload]. Each part prints its
// measurements and what the service promises. The exit code is 1 if a promise is broken.

import { startAuthorisationServer } from '../support/authorisation-server.ts';
import { type Ending, endUnderLoad, overload, stall } from '../support/endurance.ts';
import { createSecrets } from '../support/secrets.ts';
import { createWorld } from '../support/service.ts';

const parts = process.argv.slice(2);
const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
const world = await createWorld();
const server = await startAuthorisationServer();
const secrets = createSecrets();
const rows: { what: string; figure: string; promise: string; kept: boolean }[] = [];
const row = (what: string, figure: number | string | boolean, promise: string, kept: boolean): void => {
  const shown = typeof figure === 'number' ? String(Math.round(figure * 10) / 10) : String(figure);
  rows.push({ what, figure: shown, promise, kept });
  console.error(`${kept ? 'kept  ' : 'BROKEN'}  ${what}: ${shown} (${promise})`);
};
const none = (what: string, count: number): void => row(what, count, '0', count === 0);

if (wanted('kills')) {
  const endings: Record<'SIGTERM' | 'SIGKILL', Ending[]> = { SIGTERM: [], SIGKILL: [] };
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (let round = 0; round < 20; round += 1) {
      const after = 200 + Math.floor(Math.random() * 200);
      const ending = await endUnderLoad(world, server, { signal, after, secrets });
      console.error(signal, JSON.stringify(ending));
      endings[signal].push(ending);
    }
    const sum = (member: (ending: Ending) => number): number =>
      endings[signal].reduce((total, ending) => total + member(ending), 0);
    none(
      `20 ${signal}: answers without a line`,
      sum(({ withoutLine }) => withoutLine),
    );
    none(
      `20 ${signal}: answers with two lines`,
      sum(({ linesTwice }) => linesTwice),
    );
    none(
      `20 ${signal}: calls to LED without an intent`,
      sum(({ callsWithoutIntent }) => callsWithoutIntent),
    );
    none(
      `20 ${signal}: chains that do not verify`,
      sum(({ verified }) => (verified ? 0 : 1)),
    );
    row(
      `20 ${signal}: decisions among the answers`,
      sum(({ good }) => good),
      'most',
      sum(({ good }) => good) > 0,
    );
    none(
      `20 ${signal}: secrets in a stream`,
      sum(({ leaks }) => leaks.length),
    );
    if (signal === 'SIGTERM')
      none(
        '20 SIGTERM: exit codes that are not 0',
        sum(({ exit }) => (exit === 0 ? 0 : 1)),
      );
  }
  const answers = [...endings.SIGTERM, ...endings.SIGKILL].reduce((total, ending) => total + ending.answers, 0);
  row('answers in all', answers, 'at least 10 000', answers >= 10_000);
  row('secrets looked for', secrets.size(), 'at least 50', secrets.size() >= 50);
}

if (wanted('stall')) {
  const figures = await stall(world, 5_000, secrets);
  const { firstRefusalMs, slowestRefusalMs, backAfterMs, slowestLivezMs } = figures;
  row(
    'stall of 5 s: first refusals, ms',
    firstRefusalMs,
    'AUDIT_TIMEOUT_MS (500) and LED’s own time',
    firstRefusalMs < 800,
  );
  row(
    'stall of 5 s: slowest refusal after that, ms',
    slowestRefusalMs,
    'immediately: under 250',
    slowestRefusalMs < 250,
  );
  row('stall of 5 s: slowest /livez, ms', slowestLivezMs, 'under 250', slowestLivezMs < 250);
  none('stall of 5 s: calls to LED while stuck', figures.ledCallsWhileStuck);
  none('stall of 5 s: decisions while stuck', figures.decisionsWhileStuck);
  row('stall of 5 s: ready while stuck', figures.readyWhileStuck, 'false', !figures.readyWhileStuck);
  row('stall of 5 s: 200 again after, ms', backAfterMs, 'under 1 000', backAfterMs < 1_000);
  none(`stall of 5 s: of ${figures.refusals} refusals and all else, without a line`, figures.withoutLine);
  row('stall of 5 s: chain verifies', figures.verified, 'true', figures.verified);
  none('stall of 5 s: secrets in a stream', figures.leaks.length);
}

if (wanted('overload')) {
  // LED and the callers share this process, so that only few calls can be in flight. test/bench/overload.ts tests more.
  const maxInFlight = 8;
  const name = `ten times the capacity, ${maxInFlight} in flight`;
  const figures = await overload(world, maxInFlight, 6);
  row(`${name}: best, a second`, figures.bestPerSecond, '', true);
  row(`${name}: asked, a second`, figures.offeredPerSecond, '', true);
  const part = figures.goodPerSecond / figures.bestPerSecond;
  row(`${name}: good, a second`, figures.goodPerSecond, 'at least 90 % of the best', part >= 0.9);
  row(`${name}: refused`, figures.refused, 'most', figures.refused > 0);
  row(`${name}: half of the refusals within, ms`, figures.medianRefusalMs, 'under 50', figures.medianRefusalMs < 50);
  row(`${name}: slowest answer, ms`, figures.slowestMs, 'under 11 000', figures.slowestMs < 11_000);
  row(
    `${name}: other statuses than 200 and 503`,
    figures.oddStatuses.join(' '),
    'none',
    figures.oddStatuses.length === 0,
  );
  none(`${name}: connections lost`, figures.lost);
  none(`${name}: answers without a line`, figures.withoutLine);
  row(`${name}: grown by, MiB`, figures.grownMiB, 'under 100', figures.grownMiB < 100);
  row(`${name}: breaker opened`, figures.breakerOpened, 'false', !figures.breakerOpened);
}

await server.close();
await world.close();
console.table(rows.map(({ kept, ...rest }) => ({ ...rest, kept: kept ? 'yes' : 'NO' })));
process.exitCode = rows.every(({ kept }) => kept) ? 0 : 1;
