/** Counts of the last seconds. */
type Totals = { calls: number; failed: number; slow: number };

type Window = {
  readonly add: (call: { readonly failed: boolean; readonly slow: boolean }) => void;
  readonly totals: () => Totals;
  readonly clear: () => void;
};

/**
 * Counts calls over the last `seconds`. There is one slot for each second, so memory does not grow with traffic. `now`
 * is a monotonic clock (ms).
 */
export const createWindow = (seconds: number, now: () => number): Window => {
  let slots: (Totals & { second: number })[] = [];
  return {
    add: ({ failed, slow }) => {
      const second = Math.floor(now() / 1000);
      let slot = slots.at(-1);
      if (slot === undefined || slot.second !== second) {
        slots = slots.filter((old) => old.second > second - seconds);
        slot = { second, calls: 0, failed: 0, slow: 0 };
        slots.push(slot);
      }
      slot.calls += 1;
      if (failed) slot.failed += 1;
      if (slow) slot.slow += 1;
    },
    totals: () => {
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
    clear: () => {
      slots = [];
    },
  };
};
