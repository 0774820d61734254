/** Watches whether the oldest waiting line is late. */
type DeadlineWatch = {
  /** Starts the timer, unless it runs already. */
  readonly start: () => void;
  readonly stop: () => void;
  /** Whether a line waits longer than the deadline at this moment. */
  readonly isLate: () => boolean;
};

/**
 * Calls `onLate` when the oldest line has waited `timeoutMs` milliseconds. After that it must be started again. One
 * timer serves all lines, because the oldest line is the first to be late. When that line leaves, the timer keeps
 * running. At its end it looks at the line that is then the oldest. It stops when no line waits.
 *
 * `oldestSince` returns the moment from which the oldest line waits (`performance.now()`, ms), or undefined if no line
 * waits.
 */
export const createDeadlineWatch = (
  timeoutMs: number,
  oldestSince: () => number | undefined,
  onLate: () => void,
): DeadlineWatch => {
  let timer: NodeJS.Timeout | undefined;

  const remainingMs = (): number => {
    const since = oldestSince();
    return since === undefined ? timeoutMs : timeoutMs - (performance.now() - since);
  };

  const arm = (delayMs: number): void => {
    timer = setTimeout(() => {
      // The event loop itself may have been late. First let it see which lines the kernel has taken in the meantime.
      setImmediate(look);
    }, delayMs);
  };

  const look = (): void => {
    timer = undefined;
    if (oldestSince() === undefined) return;
    const remaining = remainingMs();
    if (remaining > 0) arm(Math.ceil(remaining));
    else onLate();
  };

  return {
    start: () => {
      if (timer === undefined) arm(timeoutMs);
    },
    stop: () => clearTimeout(timer),
    isLate: () => remainingMs() <= 0,
  };
};
