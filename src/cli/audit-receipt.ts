import { checkJws } from '../audit/jws.ts';
import { commitmentOf, type Receipt, readReceipt } from '../audit/receipt.ts';
import { findReceiptLine } from '../audit/verify/find-receipt.ts';
import { printable } from '../lib/printable.ts';
import { badInput, type CommandIo, parseOptions, wrongUse } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { bytesOf, publicKeysOf, sourcesOf, textOf } from './files.ts';

/** What was checked, and whether it fits. */
type Check = { readonly name: 'signature' | 'commitment' | 'line'; readonly ok: boolean; readonly text: string };

/**
 * `audit receipt`: checks that a receipt is genuine, that it is about this answer, and that the audit lines hold its
 * decision. Rejects with a `Refusal` if the arguments are wrong, or a file is not what it should be.
 */
export const runReceipt = async (args: string[], io: CommandIo): Promise<ExitCode> => {
  const { values } = parseOptions('audit', {
    args,
    options: {
      answer: { type: 'string' },
      receipt: { type: 'string' },
      key: { type: 'string', multiple: true },
      log: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const { answer, receipt: receiptFile, key, log, json } = values;
  if (answer === undefined || receiptFile === undefined || key === undefined) throw wrongUse('audit');
  const keys = await publicKeysOf(key);
  const body = await bytesOf(answer);
  const receipt = readReceipt(await textOf(receiptFile));
  if (!receipt) throw badInput(`${receiptFile} holds no receipt (the value of the header Decision-Receipt)`);

  const checks = [checkSignature(receipt, keys), checkCommitment(receipt, body)];
  if (log) checks.push(await checkLine(receipt, log, io));
  const ok = checks.every((check) => check.ok);
  const { jti, iat, ruleSet } = receipt;
  if (json) io.out(JSON.stringify({ ok, decisionId: jti, issuedAt: iat, ruleSet, checks }));
  else
    io.out(
      [
        `decision ${printable(jti)}`,
        ...checks.map(({ name, text }) => `${name}: ${text}`),
        ok ? 'sound' : 'not sound',
      ].join('\n'),
    );
  return ok ? exitCodes.done : exitCodes.failed;
};

const checkSignature = ({ jws }: Receipt, keys: Parameters<typeof checkJws>[1]): Check => {
  const found = checkJws(jws, keys);
  const texts = {
    genuine: 'genuine',
    otherKey: 'the receipt was signed with a key that is not among those given',
    forged: 'does not fit: the receipt was changed',
  };
  return { name: 'signature', ok: found === 'genuine', text: texts[found] };
};

const checkCommitment = ({ salt, commitment }: Receipt, body: Buffer): Check => {
  const fits = (bytes: Buffer): boolean => commitmentOf(salt, bytes) === commitment;
  if (fits(body)) return { name: 'commitment', ok: true, text: 'fits: the answer is the one that was sent' };
  const trimmed = Buffer.from(
    body
      .toString('latin1')
      .replace(/^\u00ef\u00bb\u00bf/, '')
      .trim(),
    'latin1',
  );
  const text = fits(trimmed)
    ? 'does not fit: spaces, a line feed or a byte order mark were added to the answer. Without them it fits'
    : 'does not fit: the answer is not the one that was sent';
  return { name: 'commitment', ok: false, text };
};

const checkLine = async (receipt: Receipt, logs: readonly string[], io: CommandIo): Promise<Check> => {
  const { found, place } = await findReceiptLine(sourcesOf(logs, io.stdin), receipt);
  const at = place ? ` (${place.file}, line ${place.line})` : '';
  const texts = {
    found: 'the audit line of the decision is there',
    other: 'the audit line of the decision has another receipt',
    edited: 'the audit line of the decision was changed after it was written',
    missing: 'the audit line of the decision is missing',
  };
  return { name: 'line', ok: found === 'found', text: `${texts[found]}${at}` };
};
