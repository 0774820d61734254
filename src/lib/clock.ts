const brussels = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Brussels', dateStyle: 'short' });

/** The calendar day in Brussels, `yyyy-mm-dd`, at a moment in milliseconds since 1970. */
export const brusselsDay = (epochMs: number): string => {
  // The day is cached for one minute, because a day ends on a whole minute. Each request asks for it several times, and
  // Intl takes longer than the rules need for a record.
  const minute = Math.floor(epochMs / 60_000);
  if (latest.minute !== minute) latest = { minute, day: brussels.format(epochMs) };
  return latest.day;
};

let latest = { minute: Number.NaN, day: '' };

const brusselsClock = new Intl.DateTimeFormat('nl-BE', { timeZone: 'Europe/Brussels', timeStyle: 'short' });

/** The time of day in Brussels, `hh:mm`, at a moment in milliseconds since 1970. */
export const brusselsTime = (epochMs: number): string => brusselsClock.format(epochMs);

/** Whether a text is a day that exists, `yyyy-mm-dd`. */
export const isDay = (text: string): boolean => {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const isMonth = Number(month) >= 1 && Number(month) <= 12;
  return isMonth && Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month));
};

/** The number of days in a month (1 to 12) of a year in the Gregorian calendar. */
export const daysIn = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
};

/** The whole minutes from one RFC 3339 time to another; NaN if a text is no time. */
export const minutesBetween = (from: string, to: string): number =>
  Math.floor((Date.parse(to) - Date.parse(from)) / 60_000);

/** The moment of an RFC 3339 time or of a day (its beginning in UTC), in milliseconds since 1970; NaN if it is neither. */
export const instantOf = (time: string): number => Date.parse(time);
