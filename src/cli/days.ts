import { brusselsDay, isDay } from '../lib/clock.ts';
import { wrongUse } from './command.ts';

/**
 * Returns the check that `--day yyyy-mm-dd` makes: whether a day in Brussels is that day. Without the option every day
 * passes. Throws a `Refusal` if the text is no day.
 */
export const dayOption = (text: string | undefined): ((day: string) => boolean) => {
  if (text === undefined) return () => true;
  if (!isDay(text)) throw wrongUse('audit');
  return (day) => day === text;
};

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Returns the check that `--from` and `--to` make of a moment (ms since 1970). Each is a day in Brussels, included, or an
 * RFC 3339 time. Throws a `Refusal` if a text is neither, or missing.
 */
export const periodOption = (from: string | undefined, to: string | undefined): ((epochMs: number) => boolean) => {
  const begins = limit(from, (at, bound) => at >= bound);
  const ends = limit(to, (at, bound) => at <= bound);
  return (epochMs) => begins(epochMs) && ends(epochMs);
};

const limit = (
  text = '',
  holds: <T extends string | number>(at: T, bound: T) => boolean,
): ((epochMs: number) => boolean) => {
  if (isDay(text)) return (epochMs) => holds(brusselsDay(epochMs), text);
  const moment = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) throw wrongUse('audit');
  return (epochMs) => holds(epochMs, moment);
};
