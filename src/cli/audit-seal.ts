import { makeSeal, type SealedChain } from '../audit/seal.ts';
import { readSigningKey } from '../audit/signing-key.ts';
import { type Report, verify } from '../audit/verify/verify.ts';
import { inWords, showLines } from './audit-verify.ts';
import { badInput, type CommandIo, parseOptions, Refusal, wrongUse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { publicKeysOf, sourcesOf, textOf } from './files.ts';
import { sealOf } from './seals.ts';

/**
 * `audit seal`: prints a signed statement of all chains of an archive. It checks the archive first, and seals none that
 * is not sound. Rejects with a `Refusal` if there is no seal.
 */
export const runSeal = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  const { values, positionals: files } = parseOptions('audit', {
    args,
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      previous: { type: 'string' },
      'seal-key': { type: 'string', multiple: true, default: [] },
    },
  });
  const { key: keyFile, previous: previousFile, 'seal-key': oldKeys } = values;
  if (keyFile === undefined || files.length === 0) throw wrongUse('audit');
  const key = readSigningKey(await textOf(keyFile));
  if (!key) throw badInput('the key file must hold an Ed25519 private key (PEM, PKCS#8) without a passphrase');
  const previous =
    previousFile === undefined ? undefined : await sealOf(previousFile, [key, ...(await publicKeysOf(oldKeys))]);

  const report = await verify(sourcesOf(files, io.stdin), { previous, onProgress: showLines(io) });
  io.err(inWords(report, files));
  if (!report.ok) throw new Refusal(exitCodes.failed, 'the archive is not sound: it was not sealed');
  const iat = Math.floor(Date.now() / 1000);
  io.out(makeSeal({ iat, chains: sealedChains(report), ...(previous && { previous: previous.digest }) }, key));
  return exitCodes.done;
};

const sealedChains = ({ chains }: Report): SealedChain[] =>
  chains.map(({ inst, firstSeq, lastSeq, lastHash, stopped }) => ({
    inst,
    first: firstSeq,
    last: lastSeq,
    hash: lastHash,
    ended: stopped,
  }));
