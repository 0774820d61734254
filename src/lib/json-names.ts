/**
 * Whether a well-formed JSON text names a member of an object twice; `value` is what `JSON.parse` made of it, which
 * silently takes the last one.
 */
export const namesTwice = (text: string, value: unknown): boolean => countNames(text) !== countMembers(value);

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
