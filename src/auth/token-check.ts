import type { JWTPayload } from 'jose';
import { Fault } from '../fault.ts';

/** How callers prove who they are. `scope` grants every rule set, `<scope>:<ruleSet>` one. */
export type AuthConfig =
  | { readonly mode: 'none' }
  | {
      readonly mode: 'jwt';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUrl: URL;
      readonly scope: string;
    }
  | {
      readonly mode: 'introspection';
      readonly url: URL;
      readonly clientId: string;
      /** Private key, PEM. */
      readonly clientKey: string;
      readonly scope: string;
      /** Given: the answer's `iss` must be it, and it is the audience of our assertions (otherwise `url` is). */
      readonly issuer?: string;
      /** Given: must be among the answer's `aud`. */
      readonly audience?: string;
    };

/** The wall clock (ms since 1970), against which tokens expire, and one that never jumps (ms), for ages. */
export type Clocks = { readonly now: () => number; readonly monotonic: () => number };

/** Where operational warnings go; a pino logger fits. */
export type WarningLog = { readonly warn: (details: object, message: string) => void };

/** What is proven of a token; rejects with the Fault that says why it is not good. */
export type TokenCheck = {
  readonly check: (token: string) => Promise<JWTPayload>;
  readonly close: () => Promise<void>;
};

/** Seconds that the clocks of issuer and service may differ. */
export const CLOCK_TOLERANCE_S = 5;

/** The Fault for a token that is not good; `reason` says why, for the log. */
export const invalidToken = (reason: string): Fault => new Fault('invalidAccessToken', reason);
