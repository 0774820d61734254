import { Fault } from '../../fault.ts';

type Header = string | string[] | undefined;
type Headers = Readonly<Record<string, Header>>;

const badGateway = (reason: string) => new Fault('badGateway', reason);

/**
 * Checks the status and the headers of an answer before its body is read, and returns the status. Throws the Faults
 * `ledBusy` (429 and 503, with the Retry-After of the answer), `ledStatus`, `ledContentType`, `ledContentEncoding` and
 * `ledTooLong` (a Content-Length over `maxBytes`). `now` is in ms since 1970.
 */
export const checkResponseHead = (
  status: number,
  headers: Headers,
  { maxBytes, now }: { readonly maxBytes: number; readonly now: number },
): 200 | 500 => {
  if (status === 429 || status === 503) {
    throw new Fault('serviceUnavailable', 'ledBusy', { retryAfter: retryAfterOf(headers['retry-after'], now) });
  }
  if (status !== 200 && status !== 500) throw badGateway('ledStatus');
  if (!isXml(headers['content-type'])) throw badGateway('ledContentType');
  if (!isIdentity(headers['content-encoding'])) throw badGateway('ledContentEncoding');
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw badGateway('ledTooLong');
  return status;
};

/**
 * Returns the seconds to wait, from 1 to 60, by a Retry-After header (RFC 9110, section 10.2.3), which holds seconds or
 * a date; 5 if it holds neither. `now` is in ms since 1970.
 */
export const retryAfterOf = (header: Header, now: number): number => {
  const seconds = typeof header === 'string' ? secondsOf(header.trim(), now) : Number.NaN;
  return Number.isNaN(seconds) ? 5 : Math.min(60, Math.max(1, seconds));
};

const secondsOf = (value: string, now: number): number => {
  if (/^\d+$/.test(value)) return Number(value);
  if (!/^[A-Z][a-z]+, .+ GMT$/.test(value)) return Number.NaN;
  // biome-ignore lint/style/noRestrictedGlobals: this reads a text, not the clock
  return Math.ceil((Date.parse(value) - now) / 1000);
};

/** Whether a Content-Type is one of XML, without a charset or with one that UTF-8 includes. */
const isXml = (header: Header): boolean => {
  if (typeof header !== 'string') return false;
  const [type = '', ...parameters] = header.toLowerCase().split(';');
  return (
    /^(text\/xml|application\/xml|application\/soap\+xml)$/.test(type.trim()) &&
    parameters.every((parameter) => {
      const [name = '', value = ''] = parameter.split('=');
      return name.trim() !== 'charset' || /^("?)(utf-8|us-ascii)\1$/.test(value.trim());
    })
  );
};

const isIdentity = (encoding: Header): boolean =>
  encoding === undefined || (typeof encoding === 'string' && encoding.trim().toLowerCase() === 'identity');
