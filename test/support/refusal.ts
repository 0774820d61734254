import { Fault } from '../../src/fault.ts';

/** `code:reason` of the Fault with which the promise rejects; anything else fails the test. */
export const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const fault = await faultOf(promise);
  return `${fault.code}:${fault.reason}`;
};

/** The Fault with which the promise rejects; anything else fails the test. */
export const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
  const value = await promise.catch((error: unknown) => error);
  if (!(value instanceof Fault)) throw new Error('no Fault', { cause: value });
  return value;
};
