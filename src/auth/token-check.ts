import type { JWTPayload } from 'jose';
import { Fault } from '../fault.ts';
import type { Origin } from './fair-turns.ts';

/** Which claim of a token says what: of each list, the first claim that is there. */
export type ClaimNames = {
  readonly person: readonly string[];
  readonly client: readonly string[];
  /** A name may begin with `*`, for any beginning. */
  readonly role: readonly string[];
  readonly organisation: readonly string[];
};

/** How callers prove who they are. The scope `<scope>` allows every rule set, `<scope>:<ruleSet>` only that one. */
export type AuthConfig =
  | { readonly mode: 'none' }
  | {
      readonly mode: 'jwt';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUrl: URL;
      readonly scope: string;
      readonly claims: ClaimNames;
    }
  | {
      readonly mode: 'introspection';
      readonly url: URL;
      readonly clientId: string;
      /** Private key, PEM. */
      readonly clientKey: string;
      readonly scope: string;
      readonly claims: ClaimNames;
      /**
       * If given, the `iss` of an answer must be equal to it. It is also the audience of our assertions, instead of
       * `url`.
       */
      readonly issuer?: string;
      /** If given, it must be one of the values of the answer's `aud`. */
      readonly audience?: string;
    };

/** `now`: the wall clock (ms since 1970), for expiries. `monotonic`: a clock that never jumps (ms), for ages. */
export type Clocks = { readonly now: () => number; readonly monotonic: () => number };

/** Where operational warnings go. A pino logger fits. */
export type WarningLog = { readonly warn: (details: object, message: string) => void };

/** Resolves with the claims of a valid token, or rejects with the Fault that says why it is not valid. */
export type TokenCheck = {
  readonly check: (token: string, origin: Origin) => Promise<JWTPayload>;
  readonly close: () => Promise<void>;
};

/** How many seconds the clocks of the issuer and of this service may differ. */
export const CLOCK_TOLERANCE_S = 30;

/** The Fault for a token that is not valid. `reason` says why, for the log. */
export const invalidToken = (reason: string): Fault => new Fault('invalidAccessToken', reason);
