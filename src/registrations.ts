import { z } from 'zod';
import { capacity, senderId } from './environment.ts';
import type { Sender } from './led/ask.ts';
import { defined } from './lib/defined.ts';
import { isObject } from './lib/is-object.ts';
import { namesTwice } from './lib/json-names.ts';

const Registration = z.strictObject({ senderId, capacity: capacity.optional() });

/** What the file says. */
type RegistrationsReading = {
  /** The registrations without a fault, by the id of the rule set. */
  readonly registrations: ReadonlyMap<string, Sender>;
  /** The ids of all rule sets that the file names. */
  readonly ruleSets: readonly string[];
  /** What is wrong, in plain words. */
  readonly faults: readonly string[];
};

/** Returns a fault in plain words for each rule set that the file names and that is not `loaded`, both by id. */
export const unknownRuleSets = (named: readonly string[], loaded: ReadonlySet<string>): readonly string[] =>
  named.filter((id) => !loaded.has(id)).map((id) => `${shown(id)} is not a rule set that is loaded`);

/**
 * Reads the file of LED_REGISTRATIONS_FILE from its text: JSON, `{"<ruleSet>": {"senderId", "capacity"?}}`. Names every
 * fault at once, by rule set and member, and never a value. Does not know which rule sets exist.
 */
export const readRegistrations = (text: string): RegistrationsReading => {
  const registrations = new Map<string, Sender>();
  const value = parsed(text);
  if (!isObject(value)) {
    return {
      registrations,
      ruleSets: [],
      faults: ['the file must hold one JSON object with a member for each rule set'],
    };
  }
  const faults = namesTwice(text, value) ? ['the file names a member twice'] : [];
  for (const [ruleSet, member] of Object.entries(value)) {
    const reading = Registration.safeParse(member, { error: inPlainWords });
    if (reading.success) {
      const { senderId: id, capacity: role } = reading.data;
      registrations.set(ruleSet, defined({ id, capacity: role }));
      continue;
    }
    for (const { path, message } of reading.error.issues) {
      faults.push(`${[shown(ruleSet), ...path].join('.')} ${message}`);
    }
  }
  return { registrations, ruleSets: Object.keys(value), faults };
};

/** Replaces the words of zod that could hold what the file says. */
const inPlainWords: z.core.$ZodErrorMap = ({ code, input, expected }) => {
  if (code === 'unrecognized_keys') return 'has a member other than senderId and capacity';
  if (code !== 'invalid_type') return undefined;
  if (expected === 'object') return 'must be an object with a senderId';
  return input === undefined ? 'is required' : 'must be a string';
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The id of a rule set. What cannot be one is not shown: it may be a value in the wrong place. */
const shown = (ruleSet: string): string => (/^[a-z][a-z0-9-]{0,63}$/.test(ruleSet) ? ruleSet : 'a rule set');
