import { Fault } from './fault.ts';

/** The form of the id of a case handler, and of a role: 1 to 64 letters, digits and `_.@:-`. */
export const identifierForm = /^[0-9A-Za-z_.@:-]{1,64}$/;

/** Who calls: the client system, the case handler if the token names one, and the rule sets that the caller may use. */
export type Caller = {
  readonly client: { readonly id: string; readonly org?: string };
  readonly user?: { readonly id: string; readonly role?: string };
  readonly ruleSets: 'all' | ReadonlySet<string>;
};

/**
 * Throws the Fault `missingPermission` if the caller's scopes do not include the rule set, or if `allowedRoles` is
 * given and the case handler's role is not one of them.
 */
export const permit = (
  caller: Caller,
  asked: {
    readonly ruleSet: string;
    readonly role?: string | undefined;
    readonly allowedRoles?: readonly string[] | undefined;
  },
): void => {
  if (caller.ruleSets !== 'all' && !caller.ruleSets.has(asked.ruleSet)) {
    throw new Fault('missingPermission', 'ruleSetNotAllowed');
  }
  if (asked.allowedRoles && !(asked.role !== undefined && asked.allowedRoles.includes(asked.role))) {
    throw new Fault('missingPermission', 'roleNotAllowed');
  }
};
