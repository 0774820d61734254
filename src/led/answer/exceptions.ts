import { bodyIssue, Fault, type FaultIssue } from '../../fault.ts';
import type { LedAnswer, LedException } from '../ask.ts';
import type { ParsedAnswer } from './parse.ts';

/** What a FOUT or a SOAP Fault means for us; `README.md` of `src/led` has the table. */
type Meaning = 'unknown' | 'refused' | 'notRegistered' | 'busy' | 'insz' | 'noData';

/**
 * If there are several meanings, the first in this order decides. `noData` counts only without these and without
 * records.
 */
const precedence = ['unknown', 'refused', 'notRegistered', 'busy', 'insz'] as const;

/** With `origin`, the code has this meaning only from that origin: 40000 of LED is "no data", 40000 of MAGDA is not. */
type Entry = { readonly meaning: Meaning; readonly origin?: string };

const all = (meaning: Meaning, codes: readonly string[]): [string, Entry][] => codes.map((code) => [code, { meaning }]);

const meanings: ReadonlyMap<string, Entry> = new Map([
  ['40000', { meaning: 'noData', origin: 'LED' }],
  ...all('noData', ['15021', '30001', '30101']),
  ...all('insz', ['20002', '30002', '30003', '30004']),
  ...all('notRegistered', ['13202', '40003', '13303']),
  ...all('refused', ['10001', '13001', '13101', '13501', '20005', '40001', '40005', '40006', '60011']),
  ['90000', { meaning: 'busy', origin: 'LED' }],
  ...all('busy', ['99994', '99995', '99996', '99997', '60006', '60010', '60013']),
]);

const harmlessWarnings: ReadonlySet<string> = new Set(['99984', '40046']);

/** LED has more data (30040), or has put only one of several occurrences into the answer (30042). */
const incompleteCodes: ReadonlySet<string> = new Set(['30040', '30042']);

/** The codes that may become a label of a metric. Any other text of LED may not. */
export const knownIds: ReadonlySet<string> = new Set([
  ...meanings.keys(),
  ...harmlessWarnings,
  ...incompleteCodes,
  'ERR_025',
]);

type InszIssue = { reason: string; issue: FaultIssue };
const inszIssue = (reason: string, type: FaultIssue['type'], title: string): InszIssue => ({
  reason,
  issue: bodyIssue(type, 'insz', title),
});
const malformed = inszIssue('ledInszMalformed', 'invalidInput', 'LED does not accept this INSZ');
const inszIssues: ReadonlyMap<string, InszIssue> = new Map([
  ['30002', inszIssue('ledInszCancelled', 'canceledSsin', 'This INSZ has been cancelled')],
  ['30003', inszIssue('ledInszUnknown', 'referencedResourceNotFound', 'This INSZ is not known')],
  ['30004', inszIssue('ledInszReplaced', 'replacedSsin', 'This INSZ has been replaced by another')],
]);

const isError = ({ type }: LedException): boolean =>
  type !== 'WAARSCHUWING' && type !== 'INFORMATIE' && type !== 'INFO';

const isIncomplete = (exception: LedException): boolean => incompleteCodes.has(exception.id) && !isError(exception);

const isWarning = ({ id, type }: LedException): boolean =>
  type === 'WAARSCHUWING' && !harmlessWarnings.has(id) && !incompleteCodes.has(id);

const entryOf = (id: string): Entry | undefined => (id.startsWith('ERR_') ? { meaning: 'refused' } : meanings.get(id));

const meaningOf = ({ id, origin }: LedException): Meaning => {
  const entry = entryOf(id);
  if (entry === undefined || (entry.origin !== undefined && entry.origin !== origin)) return 'unknown';
  return entry.meaning;
};

/** A SOAP Fault has no origin, so only its code counts. It never means `noData`. */
const meaningOfFault = (code: string): Exclude<Meaning, 'noData'> => {
  const meaning = entryOf(code)?.meaning ?? 'unknown';
  return meaning === 'noData' ? 'unknown' : meaning;
};

const toFault = (meaning: Exclude<Meaning, 'noData'>, id: string): Fault => {
  switch (meaning) {
    case 'unknown':
      return new Fault('badGateway', 'ledUnknownException');
    case 'refused':
      return new Fault('badGateway', 'ledRefused');
    case 'notRegistered':
      return new Fault('ledRegistrationMissing', 'ledRegistrationMissing');
    case 'busy':
      return new Fault('serviceUnavailable', 'ledBusy', { retryAfter: 5 });
    case 'insz': {
      const { reason, issue } = inszIssues.get(id) ?? malformed;
      return new Fault('badRequest', reason, { issues: [issue] });
    }
  }
};

/**
 * Judges a parsed answer by its Uitzonderingen: returns what LED answered, or throws the Fault of the meaning that
 * decides. `httpStatus` is the status of the response; 500 with records is refused. `seen` is called exactly once,
 * before this returns or throws, with all exceptions, for audit and metrics; a SOAP Fault is one of them, with its code
 * (or ''), an empty origin and type `FOUT`.
 */
export const interpret = (
  parsed: ParsedAnswer,
  httpStatus: 200 | 500,
  seen: (exceptions: readonly LedException[]) => void,
): LedAnswer => {
  const { fault, exceptions, records } = parsed;
  if (fault !== undefined) {
    seen([{ id: fault.code, origin: '', type: 'FOUT' }]);
    throw toFault(meaningOfFault(fault.code), fault.code);
  }
  seen(exceptions);
  if (httpStatus === 500 && records.length > 0) throw new Fault('badGateway', 'ledInvalidStatus');
  const errors = exceptions.filter(isError);
  for (const meaning of precedence) {
    // Several exceptions with one meaning give the same Fault. If several are about the INSZ, the first one counts.
    const decisive = errors.find((exception) => meaningOf(exception) === meaning);
    if (decisive !== undefined) throw toFault(meaning, decisive.id);
  }
  if (errors.length === 0 && records.length === 0) throw new Fault('badGateway', 'ledInvalidEmpty');
  return {
    records,
    warning: exceptions.some(isWarning),
    incomplete: exceptions.some(isIncomplete),
    exceptions,
  };
};
