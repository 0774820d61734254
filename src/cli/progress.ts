import type { CommandIo } from './command.ts';

/**
 * Returns a function that shows how far a command is: at most once a second, from the second second on, and only where
 * standard error is a terminal.
 */
export const onceASecond = ({ progress }: Pick<CommandIo, 'progress'>): ((text: string) => void) => {
  let shownAt = performance.now();
  return (text) => {
    if (performance.now() - shownAt < 1000) return;
    shownAt = performance.now();
    progress?.(text);
  };
};
