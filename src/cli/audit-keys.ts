import { type AuditKey, auditKeyForm, readAuditKey } from '../audit/key.ts';
import { coverOf, type KeyCover, type KeyInUse } from '../audit/verify/key-cover.ts';
import { badInput, type CommandIo } from './command.ts';
import { textOf } from './files.ts';

/** Reads audit keys from their files. Rejects with a `Refusal` if a file holds none. */
export const auditKeysOf = async (files: readonly string[]): Promise<AuditKey[]> => {
  const keys: AuditKey[] = [];
  for (const file of files) {
    const key = readAuditKey(await textOf(file));
    if (!key) throw badInput(`the key file ${file} must hold ${auditKeyForm}`);
    keys.push(key);
  }
  return keys;
};

/**
 * Compares audit keys with the starts of the lines that a command was given. Throws a `Refusal` if a key fits none of
 * them: it is the wrong file. Names on standard error the processes whose key was not given.
 */
export const matchKeys = (
  keys: readonly AuditKey[],
  files: readonly string[],
  inUse: readonly KeyInUse[],
  io: Pick<CommandIo, 'err'>,
): KeyCover => {
  const cover = coverOf(keys, inUse);
  if (inUse.length === 0) {
    io.err('the lines hold no start of a process: they do not show whether this is their audit key');
    return cover;
  }
  const wrong = files.filter((_, index) => cover.ids[index]?.length === 0);
  if (wrong.length > 0) throw badInput(`the key in ${wrong.join(', ')} is not the audit key of any of these lines`);
  for (const { inst, id } of cover.uncovered) {
    io.err(
      `no key was given for the process ${inst.replace(/[^\w-]/g, '?')}: its audit key is ${id.replace(/[^\w.-]/g, '?')}`,
    );
  }
  return cover;
};
