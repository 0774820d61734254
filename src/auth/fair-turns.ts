/** Where a task comes from, and whether its result is still wanted. */
export type Origin = {
  /** The network from which the caller connects. */
  readonly network: string;
  readonly isGone: () => boolean;
};

type Options = {
  /** How many tasks run at the same time. */
  readonly atOnce: number;
  /** How many of them one network has at most. The rest is free when another network asks. */
  readonly mostOfOne: number;
  /** How many may wait, from all networks together. */
  readonly mostWaiting: number;
  /** How long a task waits at most (ms). */
  readonly waitMs: number;
  /** Makes the error of a task that did not get its turn. */
  readonly refuse: () => Error;
};

type Waiting = { readonly isGone: () => boolean; readonly go: () => void; readonly leave: () => void };

/**
 * Creates a function that runs tasks, a few at the same time. The networks that wait get their turns one after another,
 * whatever each of them asks for, and none of them has all places: one that floods the service delays itself. Within a
 * network the newest task is the next one, because a caller that has waited long may have given up. When too many wait,
 * the network with the most waiting tasks loses its oldest one.
 */
export const createFairTurns = ({ atOnce, mostOfOne, mostWaiting, waitMs, refuse }: Options) => {
  // In the order of their turns. Each list is in order of arrival, and never empty.
  const networks = new Map<string, Waiting[]>();
  const runningOf = new Map<string, number>();
  let running = 0;
  let waiting = 0;

  const count = (network: string, change: 1 | -1): void => {
    const now = (runningOf.get(network) ?? 0) + change;
    if (now === 0) runningOf.delete(network);
    else runningOf.set(network, now);
    running += change;
  };
  const isFree = (network: string): boolean => running < atOnce && (runningOf.get(network) ?? 0) < mostOfOne;

  const take = (network: string, index: 0 | -1): Waiting | undefined => {
    const tasks = networks.get(network);
    const [task] = tasks?.splice(index, 1) ?? [];
    if (tasks?.length === 0) networks.delete(network);
    if (task !== undefined) waiting -= 1;
    return task;
  };
  const remove = (network: string, task: Waiting): void => {
    const tasks = networks.get(network) ?? [];
    const index = tasks.indexOf(task);
    if (index === -1) return;
    tasks.splice(index, 1);
    if (tasks.length === 0) networks.delete(network);
    waiting -= 1;
  };
  const makeRoom = (): void => {
    let longest: [string, Waiting[]] | undefined;
    for (const each of networks) if (each[1].length > (longest?.[1].length ?? 0)) longest = each;
    if (longest) take(longest[0], 0)?.leave();
  };
  const startNext = (): void => {
    for (const [network, tasks] of networks) {
      if (!isFree(network)) continue;
      const task = take(network, -1);
      if (tasks.length > 0) {
        // To the end of the order.
        networks.delete(network);
        networks.set(network, tasks);
      }
      if (task === undefined || task.isGone()) {
        task?.leave();
        continue;
      }
      task.go();
      return;
    }
  };
  const turn = ({ network, isGone }: Origin): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        reject(refuse());
      };
      const go = (): void => {
        clearTimeout(timer);
        count(network, 1);
        resolve();
      };
      const task = { isGone, go, leave };
      const timer = setTimeout(() => {
        remove(network, task);
        leave();
      }, waitMs);
      if (waiting >= mostWaiting) makeRoom();
      waiting += 1;
      const tasks = networks.get(network);
      if (tasks) tasks.push(task);
      else networks.set(network, [task]);
    });

  /** Settles as the task does, or rejects with `refuse()`. */
  return async <T>(origin: Origin, task: () => Promise<T>): Promise<T> => {
    const { network } = origin;
    if (isFree(network)) count(network, 1);
    else await turn(origin);
    try {
      return await task();
    } finally {
      count(network, -1);
      startNext();
    }
  };
};
