import { elevenDigits } from './eleven-digits.ts';
import { Fault } from './fault.ts';

/** The form of the id of a case handler, and of a role: 1 to 64 letters, digits and `_.@:-`. */
export const identifierForm = /^[0-9A-Za-z_.@:-]{1,64}$/;

/** Whether a text can be a role. A role is written to the audit trail as it is, so it holds no eleven digits in a row. */
export const isRole = (value: unknown): value is string =>
  typeof value === 'string' && identifierForm.test(value) && elevenDigits(value) === undefined;

/**
 * The calling system. `id` and `org` are as received, so two clients never have the same id. With `madeHere` the id was
 * not received: it is `anonymous` (AUTH_MODE=none), or the fingerprint of a certificate without a subject.
 */
export type Client = { readonly id: string; readonly org?: string; readonly madeHere?: true };

/** The client that has proven nothing. */
export const anonymous: Client = { id: 'anonymous', madeHere: true };

/** Who calls: the client system, the case handler if the token names one, and the rule sets that the caller may use. */
export type Caller = {
  readonly client: Client;
  readonly user?: { readonly id: string; readonly role?: string };
  readonly ruleSets: 'all' | ReadonlySet<string>;
};

/**
 * Throws the Fault `missingPermission` if the caller's scopes do not include the rule set, or if `allowedRoles` is
 * given and the case handler's role is not one of them. Where the token names the case handler, only a role of the token
 * counts: anyone can write a role into a request.
 */
export const permit = (
  caller: Caller,
  asked: {
    readonly ruleSet: string;
    /** The role in the request. */
    readonly role?: string | undefined;
    readonly allowedRoles?: readonly string[] | undefined;
  },
): void => {
  if (caller.ruleSets !== 'all' && !caller.ruleSets.has(asked.ruleSet)) {
    throw new Fault('missingPermission', 'ruleSetNotAllowed');
  }
  const role = caller.user ? caller.user.role : asked.role;
  if (asked.allowedRoles && !(role !== undefined && asked.allowedRoles.includes(role))) {
    throw new Fault('missingPermission', 'roleNotAllowed');
  }
};
