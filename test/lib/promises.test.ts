import { expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { unlessAborted, withTimeout } from '../../src/lib/promises.ts';

it('unlessAborted rejects as soon as the signal fires, and ignores a later rejection', async () => {
  const controller = new AbortController();
  const fault = new Fault('callerGone', 'callerGone');
  const slow = Promise.withResolvers<number>();
  const aborted = unlessAborted(controller.signal, slow.promise);
  controller.abort(fault);
  await expect(aborted).rejects.toBe(fault);
  // An unhandled rejection fails the test run.
  slow.reject(new Error('late'));
  await new Promise(setImmediate);
});

it('unlessAborted settles as the promise does if the signal has not fired', async () => {
  const fault = new Fault('callerGone', 'callerGone');
  await expect(unlessAborted(AbortSignal.abort(fault), Promise.resolve(1))).rejects.toBe(fault);
  await expect(unlessAborted(new AbortController().signal, Promise.resolve(1))).resolves.toBe(1);
});

it('withTimeout settles as the promise does if that is in time', async () => {
  const late = () => new Error('late');
  await expect(withTimeout(1000, Promise.resolve(1), late)).resolves.toBe(1);
  await expect(withTimeout(1000, Promise.reject(new Error('no')), late)).rejects.toThrow('no');
});

it('withTimeout rejects with the given error when time is up, and ignores a later rejection', async () => {
  const slow = Promise.withResolvers<number>();
  await expect(withTimeout(5, slow.promise, () => new Error('late'))).rejects.toThrow('late');
  slow.reject(new Error('too late'));
  await new Promise(setImmediate);
});

it('withTimeout leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  await withTimeout(60_000, Promise.resolve(1), () => new Error('late'));
  expect(timers()).toBe(before);
});
