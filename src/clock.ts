const brussels = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Brussels', dateStyle: 'short' });

/** The calendar day in Brussels, `yyyy-mm-dd`, of a moment in epoch milliseconds. */
export const brusselsDay = (epochMs: number): string => brussels.format(epochMs);
