import type { Receipt } from '../receipt.ts';
import { actualHash, parseLine, type TrailLine } from './parse-line.ts';
import { readLines, type Source } from './read-lines.ts';

/** Where the line of a decision is, and whether it has this receipt. `edited`: it does not match its own hash. */
export type FoundReceipt = {
  readonly found: 'found' | 'other' | 'edited' | 'missing';
  readonly place?: { readonly file: string; readonly line: number };
};

/** Looks for the `access` line of a receipt's decision. Rejects if a source cannot be read. */
export const findReceiptLine = async (sources: readonly Source[], receipt: Receipt): Promise<FoundReceipt> => {
  let result: FoundReceipt = { found: 'missing' };
  await readLines(sources, {
    onLine: (bytes, start, end, spot) => {
      const text = bytes.toString('latin1', start, end);
      if (!text.includes(receipt.jti)) return;
      const line = parseLine(text);
      if (line?.kind !== 'access' || line.id !== receipt.jti) return;
      const place = { file: sources[spot.file]?.name ?? '', line: spot.line };
      const isIntact = actualHash(bytes, start, end, text, line) === line.hash;
      result = { found: isIntact ? compare(line, receipt) : 'edited', place };
    },
    isWhole: () => true,
    isEnough: () => result.found === 'found',
  });
  return result;
};

const compare = (line: TrailLine & { readonly receipt?: unknown }, { jws, commitment }: Receipt): 'found' | 'other' => {
  const { key, commitment: noted } = (line.receipt ?? {}) as { readonly key?: unknown; readonly commitment?: unknown };
  return key === jws.kid && noted === commitment ? 'found' : 'other';
};
