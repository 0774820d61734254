import type { CommandIo } from './command.ts';

/**
 * Returns a function that shows how many lines were read: at most once a second, from the second second on, and only
 * where standard error is a terminal.
 */
export const showLines = ({ progress }: CommandIo): ((lines: number) => void) | undefined => {
  if (!progress) return undefined;
  let shownAt = performance.now();
  return (lines) => {
    if (performance.now() - shownAt < 1000) return;
    shownAt = performance.now();
    progress(`${lines} lines read`);
  };
};
