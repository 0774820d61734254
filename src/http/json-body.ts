import { bodyIssue, Fault, type FaultIssue } from '../fault.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body from its bytes. Throws the Fault `badRequest` for broken UTF-8, for malformed JSON, and for an
 * object that names a member twice: `JSON.parse` silently takes the last one, and another reader may take the first. The
 * Fault also names `otherIssues`: what is wrong with the rest of the request.
 */
export const parseJsonBody = (bytes: Buffer, otherIssues: readonly FaultIssue[] = []): unknown => {
  let value: unknown;
  let text: string;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed('is no well-formed JSON in UTF-8', otherIssues, cause);
  }
  if (countNames(text) !== countMembers(value)) throw malformed('names a member twice', otherIssues);
  return value;
};

const malformed = (detail: string, otherIssues: readonly FaultIssue[], cause?: unknown): Fault =>
  new Fault('badRequest', 'malformedJson', {
    issues: [bodyIssue('schemaViolation', 'body', detail), ...otherIssues],
    cause,
  });

/** How many members a well-formed JSON text names: one for each colon outside a string. */
const countNames = (text: string): number => {
  let count = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charCodeAt(i);
    if (character === QUOTE) inString = !inString;
    else if (character === BACKSLASH) i += 1;
    else if (character === COLON && !inString) count += 1;
  }
  return count;
};
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** How many members a parsed value has at all depths. It does not recurse: a body may be nested thousands of times. */
const countMembers = (value: unknown): number => {
  let count = 0;
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const parts = Object.values(next);
    if (!Array.isArray(next)) count += parts.length;
    open.push(...parts.filter((part) => part !== null));
  }
  return count;
};
