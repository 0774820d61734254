/** The connections that were opened between two fail-overs. */
export type Generation = {
  /** The generation before, as long as calls on it may wait for its `verdict`. */
  before: Generation | undefined;
  /** Set once a connection of this generation was found dead. Resolves with whether all others were dead too. */
  verdict: PromiseWithResolvers<boolean> | undefined;
  /** Calls under way over kept connections: each will show whether its connection is dead. */
  undecided: number;
  /** A connection of a later generation answered. */
  succeeded: boolean;
  /** Whether a connection of it was opened. */
  joined: boolean;
};

/** How a call ended. `dead`: its connection was found dead. */
type End = 'answered' | 'dead' | 'failed';

type Generations = {
  /** Returns the generation of a connection that is opened now. */
  readonly join: () => Generation;
  /** A call takes a kept connection, and gives it back. In between it is not known whether the connection is dead. */
  readonly takeKept: (generation: Generation) => void;
  readonly giveBack: (generation: Generation) => void;
  /**
   * A call ended. `kept`: over a connection that answered before. If the connection was found dead, it returns undefined
   * if it is the first one of its generation, which ends with it. Otherwise it returns a promise: `true` once a newer
   * connection answered and all kept ones of this generation died, `false` if a newer one failed or a kept one answered.
   */
  readonly end: (generation: Generation, kept: boolean, end: End) => Promise<boolean> | undefined;
};

/** How long the calls on dead connections wait until a new connection is opened. */
const GRACE_MS = 500;
/** How long they then wait, after a new connection answered, for calls that neither die nor get an answer. */
const UNDECIDED_MS = 1000;

/**
 * Tells a fail-over from an outage. When a load balancer fails over, every kept connection is dead and new ones work:
 * then all calls that met a dead connection may be repeated. When LED is down, or closes connections at random, they
 * may not.
 */
export const createGenerations = (): Generations => {
  const start = (before: Generation | undefined): Generation => ({
    before,
    verdict: undefined,
    undecided: 0,
    succeeded: false,
    joined: false,
  });
  let current = start(undefined);

  const succeed = (generation: Generation): void => {
    generation.succeeded = true;
    if (generation.undecided === 0) generation.verdict?.resolve(true);
    else setTimeout(() => generation.verdict?.resolve(true), UNDECIDED_MS).unref();
  };
  /** A new connection of this generation answered or failed, which decides about the earlier ones. */
  const decideEarlier = (generation: Generation, answered: boolean): void => {
    for (let { before } = generation; before !== undefined; before = before.before) {
      if (answered) succeed(before);
      else before.verdict?.resolve(false);
    }
    // Released, so that no generation keeps all earlier ones in memory.
    generation.before = undefined;
  };
  const endBy = (generation: Generation): undefined => {
    generation.verdict = Promise.withResolvers();
    const next = start(generation);
    current = next;
    setTimeout(() => {
      if (!next.joined) decideEarlier(next, false);
    }, GRACE_MS).unref();
  };

  return {
    join: () => {
      current.joined = true;
      return current;
    },
    takeKept: (generation) => {
      generation.undecided += 1;
    },
    giveBack: (generation) => {
      generation.undecided -= 1;
      if (generation.succeeded && generation.undecided === 0) generation.verdict?.resolve(true);
    },
    end: (generation, kept, end) => {
      if (end !== 'dead') decideEarlier(generation, end === 'answered');
      if (kept && end === 'answered') generation.verdict?.resolve(false);
      if (end !== 'dead') return undefined;
      return generation.verdict === undefined ? endBy(generation) : generation.verdict.promise;
    },
  };
};
