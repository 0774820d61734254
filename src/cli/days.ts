import { brusselsDay, isDay } from '../lib/clock.ts';
import type { CommandIo } from './command.ts';

/**
 * Returns the check that `--day yyyy-mm-dd` makes: whether a day in Brussels is that day. Without the option every day
 * passes. Undefined if the text is no day.
 */
export const dayOption = (text: string | undefined): ((day: string) => boolean) | undefined => {
  if (text === undefined) return () => true;
  return isDay(text) ? (day) => day === text : undefined;
};

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Returns the check that `--from` and `--to` make of a moment (ms since 1970). Each is a day in Brussels, included, or an
 * RFC 3339 time. Undefined if a text is neither.
 */
export const periodOption = (from: string, to: string): ((epochMs: number) => boolean) | undefined => {
  const [begins, ends] = [limit(from, (at, bound) => at >= bound), limit(to, (at, bound) => at <= bound)];
  return begins && ends && ((epochMs) => begins(epochMs) && ends(epochMs));
};

const limit = (
  text: string,
  holds: <T extends string | number>(at: T, bound: T) => boolean,
): ((epochMs: number) => boolean) | undefined => {
  if (isDay(text)) return (epochMs) => holds(brusselsDay(epochMs), text);
  const moment = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(moment) ? undefined : (epochMs) => holds(epochMs, moment);
};

/** Says that a report is not complete because lines could not be read. */
export const sayUnreadable = (count: number, io: Pick<CommandIo, 'err'>): void => {
  if (count === 0) return;
  const lines =
    count === 1 ? '1 line is no whole audit line and is' : `${count} lines are no whole audit lines and are`;
  io.err(`${lines} not in this report: run audit verify over these files`);
};
