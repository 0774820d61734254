/** Watches whether the oldest waiting line is late. */
export type DeadlineWatch = {
  /** Starts the timer, unless it runs already. */
  readonly start: () => void;
  readonly stop: () => void;
  /** Whether a line waits longer than the deadline at this moment. */
  readonly isLate: () => boolean;
};

/**
 * Calls `onLate` when the oldest line has waited `timeoutMs` milliseconds, and must then be started again. One timer
 * serves all lines, because the oldest is the first to be late. The timer keeps running when that line leaves, and
 * then looks at the line that is the oldest by now. It ends when no line waits.
 *
 * `oldestSince` returns since when the oldest line waits (`performance.now()`, ms), or undefined if none does.
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
      // The process itself may have been held up: first let the event loop see what the kernel has taken meanwhile.
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
