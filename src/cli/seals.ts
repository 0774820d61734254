import { type ReadSeal, readSeal } from '../audit/seal.ts';
import type { PublicKey } from '../audit/signing-key.ts';
import { badInput, Refusal } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { textOf } from './files.ts';

/** Reads a seal. Rejects with a `Refusal` if the file holds none, or if its signature is wrong. */
export const sealOf = async (name: string, keys: readonly PublicKey[]): Promise<ReadSeal> => {
  const seal = readSeal(await textOf(name), keys);
  if (seal === 'notSeal') throw badInput(`${name} holds no seal`);
  if (seal === 'otherKey') {
    throw new Refusal(exitCodes.failed, `${name} was signed with a key that is not among those given`);
  }
  if (seal === 'forged') {
    throw new Refusal(exitCodes.failed, `${name} is not genuine: its signature does not fit`);
  }
  return seal;
};
