import { isSignatureOf, isSignedKind } from '../chain-signature.ts';
import type { PublicKey } from '../signing-key.ts';
import { addFault, type Findings, type Spot } from './findings.ts';
import { type TrailLine, withoutSignature } from './parse-line.ts';

/** What the signatures of a chain prove. */
export type Attestation = {
  /** The `kid` that the chain's start names. */
  signer: string | undefined;
  /** The last line whose signature fits: it attests itself and all lines before it. */
  seq: number | undefined;
  spot: Spot | undefined;
  /** The `ts` of that line, and of the last line of the chain. */
  ts: unknown;
  lastTs: unknown;
  /** The keys to try, the one that fitted last in front. */
  keys: readonly PublicKey[] | undefined;
  isKeyMissing: boolean;
};

/** A line with its bytes: [start, end) of `bytes`, and the same as text. */
export type LineBytes = { readonly bytes: Buffer; readonly start: number; readonly end: number; readonly text: string };

export const noAttestation = (): Attestation => ({
  signer: undefined,
  seq: undefined,
  spot: undefined,
  ts: undefined,
  lastTs: undefined,
  keys: undefined,
  isKeyMissing: false,
});

/**
 * Checks the signature of a line that should have one (`start`, `heartbeat`, `stop`), and notes in the attestation of its
 * chain what it proves. A signature that is missing or does not fit is a fault. If the start of the chain names a key
 * that is not among `keys`, that is one fault for the whole chain.
 */
export const checkSignature = (
  attestation: Attestation,
  line: TrailLine,
  spot: Spot,
  {
    keys,
    raw,
    findings,
  }: { readonly keys: readonly PublicKey[]; readonly raw: LineBytes; readonly findings: Findings },
): void => {
  attestation.lastTs = line.ts;
  if (!isSignedKind(line.kind)) return;
  if (line.kind === 'start' && typeof line.signer === 'string') attestation.signer = line.signer;
  const { signer } = attestation;
  if (line.sig === undefined) {
    addFault(findings, 'unsigned', spot, `the line has no signature, though a ${line.kind} has one`, line);
    return;
  }
  if (signer !== undefined && !keys.some(({ kid }) => kid === signer)) {
    if (attestation.isKeyMissing) return;
    attestation.isKeyMissing = true;
    const text = 'the chain is signed with a key that is not among those given';
    addFault(findings, 'otherKey', spot, text, line);
    return;
  }
  attestation.keys ??= signer === undefined ? keys : keys.filter(({ kid }) => kid === signer);
  const fitting = fittingKey(attestation.keys, line, raw);
  if (fitting === undefined) {
    const text =
      'the signature does not fit: this line or one before it is not what was written, or the key is another';
    addFault(findings, 'forged', spot, text, line);
    return;
  }
  // A chain has one key: once it is known, no other is tried.
  attestation.keys = [fitting];
  attestation.seq = line.seq;
  attestation.spot = spot;
  attestation.ts = line.ts;
};

const fittingKey = (keys: readonly PublicKey[], line: TrailLine, raw: LineBytes): PublicKey | undefined =>
  withoutSignature(raw, line, (body) => keys.find((key) => isSignatureOf(`${line.sig}`, line, body, key)));
