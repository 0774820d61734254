import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type PublicKey, readPublicKeys } from '../audit/signing-key.ts';
import type { Source } from '../audit/verify/read-lines.ts';
import { cannotRead } from './command.ts';

/** A file that cannot be read, or that is not what it should be. The message says which and why, in plain words. */
export class InputFault extends Error {}

/** The audit lines or the log in these files, opened one after the other. `-` is standard input. */
export const sourcesOf = (names: readonly string[], stdin: Readable): Source[] =>
  names.map((name) => ({ name, chunks: name === '-' ? chunksOfStdin(stdin) : chunksOf(name) }));

/** Opens the file only when its first chunk is read, so that many files are never open at the same time. */
const chunksOf = async function* (name: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(name, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new InputFault(cannotRead(name, error));
  }
};

const chunksOfStdin = async function* (stdin: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stdin as AsyncIterable<Buffer>;
  } catch (error) {
    throw new InputFault(cannotRead('standard input', error));
  }
};

/** The bytes of a small file. Rejects with an `InputFault` if it cannot be read. */
export const bytesOf = async (name: string): Promise<Buffer> => {
  try {
    return await readFile(name);
  } catch (error) {
    throw new InputFault(cannotRead(name, error));
  }
};

/** The text of a small file. Rejects with an `InputFault` if it cannot be read. */
export const textOf = async (name: string): Promise<string> => (await bytesOf(name)).toString('utf8');

/** All public keys in these files. Rejects with an `InputFault` if one holds none. */
export const publicKeysOf = async (names: readonly string[]): Promise<PublicKey[]> => {
  const keys: PublicKey[] = [];
  for (const name of names) {
    const found = readPublicKeys(await textOf(name));
    if (!found) throw new InputFault(`${name} must hold Ed25519 public keys: SPKI in PEM, or a JWK set`);
    keys.push(...found);
  }
  return keys;
};
