import { Fault } from '../../src/fault.ts';

/** Returns `code:reason` of the Fault with which the promise rejects. Any other result fails the test. */
export const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const fault = await faultOf(promise);
  return `${fault.code}:${fault.reason}`;
};

/** Returns the Fault with which the promise rejects. Any other result fails the test. */
export const faultOf = async (promise: Promise<unknown>): Promise<Fault> => {
  const value = await promise.catch((error: unknown) => error);
  if (!(value instanceof Fault)) throw new Error('no Fault', { cause: value });
  return value;
};
