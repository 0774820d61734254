import { daysIn } from './lib/clock.ts';

/** The rule that an INSZ breaks. The rules are checked in this order, and the first one that fails counts. */
type InszFault = 'format' | 'month' | 'checksum' | 'date' | 'serial' | 'future';

/** What is wrong with an INSZ, in words for a developer. These are titles of issues in a problem. */
export const inszTitles: Readonly<Record<InszFault, string>> = {
  format: 'must be a string of exactly 11 digits',
  month: 'has a month that no INSZ has',
  checksum: 'has check digits that do not fit: look for a typing error',
  date: 'holds a day that does not exist',
  serial: 'has a serial number that is not given out',
  future: 'holds a birth date after today',
};

type InszCheck = { readonly ok: true } | { readonly ok: false; readonly reason: InszFault };

const valid: InszCheck = { ok: true };
const broken = (reason: InszFault): InszCheck => ({ ok: false, reason });

/**
 * Checks an INSZ (identification number of social security), `YYMMDD SSS CC` without the spaces: a national register
 * number, a BIS number (month + 20 or + 40) or, if `allowTest` is true, a test number of MAGDA (month + 60). `today` is
 * the day in Brussels, `yyyy-mm-dd`. The rules are those of the Belgian federal validator. The digits prove no birth
 * date and no sex, so nothing is derived from them.
 */
export const checkInsz = (value: string, today: string, allowTest: boolean): InszCheck => {
  if (!/^[0-9]{11}$/.test(value)) return broken('format');

  const monthDigits = Number(value.slice(2, 4));
  const series = Math.floor(monthDigits / 20) * 20;
  const month = monthDigits - series;
  const isTest = series === 60;
  if (month > 12 || series > 60 || (isTest && !allowTest)) return broken('month');

  const base = Number(value.slice(0, 9));
  const check = Number(value.slice(9));
  const century = check === 97 - (base % 97) ? 1900 : check === 97 - ((2_000_000_000 + base) % 97) ? 2000 : undefined;
  if (century === undefined) return broken('checksum');

  const year = century + Number(value.slice(0, 2));
  const day = Number(value.slice(4, 6));
  if (month !== 0 && day > daysIn(year, month)) return broken('date');

  const serial = Number(value.slice(6, 9));
  if (series === 0 && (serial < 1 || serial > 998)) return broken('serial');

  // An unknown month or day is 0, so it is never after today. With month 0 the day is only a counter.
  const born = year * 10_000 + month * 100 + day;
  if (!isTest && born > Number(today.replaceAll('-', ''))) return broken('future');
  return valid;
};

/** Whether a text is a test number of MAGDA (month 61 to 72). It is no person's number. `today` as in `checkInsz`. */
export const isTestInsz = (value: string, today: string): boolean =>
  checkInsz(value, today, true).ok && Number(value.slice(2, 4)) > 60;
