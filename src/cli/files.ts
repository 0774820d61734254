import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type PublicKey, readPublicKeys } from '../audit/signing-key.ts';
import type { Source } from '../audit/verify/read-lines.ts';
import { badInput, type CommandIo, cannotRead } from './command.ts';

/**
 * The audit lines or the log in these files, opened one after the other. `-` is standard input. A file in UTF-16 is
 * refused when it is read.
 */
export const sourcesOf = (names: readonly string[], stdin: Readable): Source[] =>
  names.map((name) => ({ name, chunks: refuseUtf16(name, chunksOf(name, stdin)) }));

/** Passes the chunks on. Rejects with a `Refusal` if they begin with the byte order mark of UTF-16. */
const refuseUtf16 = async function* (name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst && /^(fffe|feff)/.test(chunk.toString('hex', 0, 2))) {
      const input = name === '-' ? 'standard input' : name;
      throw badInput(
        `${input} is UTF-16, as older versions of PowerShell write it with ">": copy the file as it is, or convert it to UTF-8`,
      );
    }
    isFirst = false;
    yield chunk;
  }
};

/** Opens the file only when its first chunk is read, so that many files are never open at the same time. */
const chunksOf = async function* (name: string, stdin?: Readable): AsyncGenerator<Buffer> {
  const piped = name === '-' ? stdin : undefined;
  try {
    yield* piped ?? createReadStream(name, { highWaterMark: 1_048_576 });
  } catch (error) {
    throw cannotRead(piped ? 'standard input' : name, error);
  }
};

/** The bytes of a small file; with `stdin`, `-` is standard input. Rejects with a `Refusal` if they cannot be read. */
export const bytesOf = async (name: string, stdin?: Readable): Promise<Buffer> =>
  Buffer.concat(await Readable.from(chunksOf(name, stdin)).toArray());

/** The text of a small file. Rejects with a `Refusal` if it cannot be read. */
export const textOf = async (name: string): Promise<string> => (await bytesOf(name)).toString('utf8');

/** All public keys in these files. Rejects with a `Refusal` if one holds none. */
export const publicKeysOf = async (names: readonly string[]): Promise<PublicKey[]> => {
  const keys: PublicKey[] = [];
  for (const name of names) {
    const found = readPublicKeys(await textOf(name));
    if (!found) throw badInput(`${name} must hold Ed25519 public keys: SPKI in PEM, or a JWK set`);
    keys.push(...found);
  }
  return keys;
};

/** Says that a report is not complete because lines could not be read. */
export const sayUnreadable = (count: number, io: Pick<CommandIo, 'err'>): void => {
  if (count === 0) return;
  const lines =
    count === 1 ? '1 line is no whole audit line and is' : `${count} lines are no whole audit lines and are`;
  io.err(`${lines} not in this report: run audit verify over these files`);
};
