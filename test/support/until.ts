/**
 * Waits until a condition holds; checks it every 5 ms. Rejects after `withinMs`. Without it, the time limit of the test is
 * the only limit.
 */
export const until = async (condition: () => boolean | Promise<boolean>, withinMs = Number.POSITIVE_INFINITY) => {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`the condition was still false after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
