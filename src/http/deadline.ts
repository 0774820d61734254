import { performance } from 'node:perf_hooks';
import type { FastifyReply } from 'fastify';
import { Fault } from '../fault.ts';

/**
 * When to stop working on an answer: `deadline` on the monotonic clock (ms). `signal` aborts with the Fault to answer.
 */
type AnswerDeadline = {
  readonly signal: AbortSignal;
  readonly deadline: number;
  /** Call it when the work has ended. */
  readonly release: () => void;
};

/**
 * Starts a deadline. It aborts with the Fault `ledTimeout` after `timeoutMs`, or with `callerGone` if the caller
 * leaves.
 */
export const startDeadline = (reply: FastifyReply, timeoutMs: number): AnswerDeadline => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Fault('ledTimeout', 'ledTimeout')), timeoutMs);
  const onClose = (): void => {
    if (!reply.raw.writableFinished) controller.abort(new Fault('callerGone', 'callerGone'));
  };
  reply.raw.once('close', onClose);
  return {
    signal: controller.signal,
    deadline: performance.now() + timeoutMs,
    release: () => {
      clearTimeout(timer);
      reply.raw.off('close', onClose);
    },
  };
};
