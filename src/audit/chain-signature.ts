import { hash as digest, sign, verify } from 'node:crypto';
import type { PublicKey, SigningKey } from './signing-key.ts';

/** The kinds of line that are signed. The signature of a line attests the line and the whole chain before it. */
export const isSignedKind = (kind: string): boolean => kind === 'start' || kind === 'heartbeat' || kind === 'stop';

/** The place of a line in its chain; see `Place` in `line.ts`. */
type SignedPlace = { readonly inst: string; readonly seq: number; readonly prev: string };

/** The text that is signed. `line` holds the bytes of the line without `sig`, `hash` and its line feed. */
const textOf = ({ inst, seq, prev }: SignedPlace, line: Uint8Array): Buffer =>
  Buffer.from(['led-eligibility/chain/1', inst, seq, prev, digest('sha256', line)].join('\n'));

/** Returns the signature of a line (base64url, 86 characters). */
export const signLine = (place: SignedPlace, line: Uint8Array, { privateKey }: SigningKey): string =>
  sign(null, textOf(place, line), privateKey).toString('base64url');

/** Whether a signature is the one that this key gives to this line. */
export const isSignatureOf = (signature: string, place: SignedPlace, line: Uint8Array, { key }: PublicKey): boolean =>
  verify(null, textOf(place, line), key, Buffer.from(signature, 'base64url'));
