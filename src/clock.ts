const brussels = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Brussels', dateStyle: 'short' });

/** The calendar day in Brussels, `yyyy-mm-dd`, of a moment in epoch milliseconds. */
export const brusselsDay = (epochMs: number): string => {
  // Asked several times a request; Intl takes longer over it than the rules over a record. Days end on whole minutes.
  const minute = Math.floor(epochMs / 60_000);
  if (latest.minute !== minute) latest = { minute, day: brussels.format(epochMs) };
  return latest.day;
};

let latest = { minute: Number.NaN, day: '' };
