import { type ReadSeal, readSeal } from '../audit/seal.ts';
import type { PublicKey } from '../audit/signing-key.ts';
import { InputFault, textOf } from './files.ts';

/** A seal whose signature is not that of the key that was given. The message says which. */
export class NotGenuine extends Error {}

/** Reads a seal. Rejects with an `InputFault` if the file holds none, and with `NotGenuine` if its signature is wrong. */
export const sealOf = async (name: string, keys: readonly PublicKey[]): Promise<ReadSeal> => {
  const seal = readSeal(await textOf(name), keys);
  if (seal === 'notSeal') throw new InputFault(`${name} holds no seal`);
  if (seal === 'otherKey') throw new NotGenuine(`${name} was signed with a key that is not among those given`);
  if (seal === 'forged') throw new NotGenuine(`${name} is not genuine: its signature does not fit`);
  return seal;
};
