import { makeSeal, type SealedChain } from '../audit/seal.ts';
import { readSigningKey } from '../audit/signing-key.ts';
import { type Report, verify } from '../audit/verify/verify.ts';
import { inWords } from './audit-verify.ts';
import { type CommandIo, parseOptions, refuse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { InputFault, publicKeysOf, sourcesOf, textOf } from './files.ts';
import { showLines } from './progress.ts';
import { sealOf } from './seals.ts';
import { usageOf } from './usage.ts';

/**
 * `audit seal`: prints a signed statement of all chains of an archive. It checks the archive first, and seals none that
 * is not sound. Rejects as `sourcesOf`, `publicKeysOf` and `sealOf` do.
 */
export const runSeal = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  const parsed = parseOptions({
    args,
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      previous: { type: 'string' },
      'seal-key': { type: 'string', multiple: true, default: [] },
    },
  });
  const keyFile = parsed?.values.key;
  if (!parsed || keyFile === undefined || parsed.positionals.length === 0) {
    return refuse(io, exitCodes.usage, usageOf('audit'));
  }
  const { previous: previousFile, 'seal-key': oldKeys } = parsed.values;
  const key = readSigningKey(await textOf(keyFile));
  if (!key) throw new InputFault('the key file must hold an Ed25519 private key (PEM, PKCS#8) without a passphrase');
  const previous =
    previousFile === undefined ? undefined : await sealOf(previousFile, [key, ...(await publicKeysOf(oldKeys))]);

  const report = await verify(sourcesOf(parsed.positionals, io.stdin), { previous, onProgress: showLines(io) });
  io.err(inWords(report, parsed.positionals));
  if (!report.ok) return refuse(io, exitCodes.failed, 'the archive is not sound: it was not sealed');
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
