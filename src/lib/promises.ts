/** Settles as `promise` does, or rejects with the signal's reason as soon as the signal fires. */
export const unlessAborted = <T>(signal: AbortSignal, promise: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });

/** Settles as `promise` does, or rejects with the error that `late` makes if that takes more than `ms` milliseconds. */
export const withTimeout = <T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> => {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(late()), ms);
  return Promise.race([promise, timeout.promise]).finally(() => clearTimeout(timer));
};
