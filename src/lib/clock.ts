const brussels = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Brussels', dateStyle: 'short' });

/** The calendar day in Brussels, `yyyy-mm-dd`, of a moment in epoch milliseconds. */
export const brusselsDay = (epochMs: number): string => {
  // Asked several times a request; Intl takes longer over it than the rules over a record. Days end on whole minutes.
  const minute = Math.floor(epochMs / 60_000);
  if (latest.minute !== minute) latest = { minute, day: brussels.format(epochMs) };
  return latest.day;
};

let latest = { minute: Number.NaN, day: '' };

/** How many days a month (1 to 12) of that year has in the Gregorian calendar. */
export const daysIn = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
};
