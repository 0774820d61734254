/** Counts of the last seconds. */
export type Totals = { calls: number; failed: number; slow: number };

/**
 * Counts calls over the last `seconds` in one slot a second, so that memory does not grow with traffic. `now` is a
 * monotonic clock in ms.
 */
export const createWindow = (seconds: number, now: () => number) => {
  let slots: (Totals & { second: number })[] = [];
  return {
    add: (call: { failed: boolean; slow: boolean }): void => {
      const second = Math.floor(now() / 1000);
      let slot = slots.at(-1);
      if (slot === undefined || slot.second !== second) {
        slots = slots.filter((old) => old.second > second - seconds);
        slot = { second, calls: 0, failed: 0, slow: 0 };
        slots.push(slot);
      }
      slot.calls += 1;
      if (call.failed) slot.failed += 1;
      if (call.slow) slot.slow += 1;
    },
    totals: (): Totals => {
      const oldest = Math.floor(now() / 1000) - seconds;
      const sum = { calls: 0, failed: 0, slow: 0 };
      for (const slot of slots) {
        if (slot.second <= oldest) continue;
        sum.calls += slot.calls;
        sum.failed += slot.failed;
        sum.slow += slot.slow;
      }
      return sum;
    },
    clear: (): void => {
      slots = [];
    },
  };
};
