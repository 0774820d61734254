const WARM_UP_US = 300_000;
const ROUND_US = 20_000;
const ROUNDS = 30;

/** The last result of a call. It is stored so that the compiler cannot leave the calls out. */
export let result: unknown;

/**
 * Processor time of `calls` calls, in microseconds. It is the time of the whole process: Linux updates the time of one
 * thread only every few milliseconds, so that a short round may seem to take no time.
 */
const timeOf = (call: (index: number) => unknown, calls: number): number => {
  const start = process.cpuUsage();
  for (let index = 0; index < calls; index += 1) result = call(index);
  const { user, system } = process.cpuUsage(start);
  return user + system;
};

/**
 * Returns what one call costs, in microseconds of processor time. It is the best of 30 rounds of about 20 ms, so that
 * other work on the machine matters little. `index` counts the calls of a round from 0.
 */
export const measure = (call: (index: number) => unknown): number => {
  for (let spent = 0; spent < WARM_UP_US; ) spent += timeOf(call, 100);
  let calls = 100;
  while (timeOf(call, calls) < ROUND_US) calls *= 2;
  return Math.min(...Array.from({ length: ROUNDS }, () => timeOf(call, calls) / calls));
};
