import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { PublicJwk, PublicKey } from '../audit/signing-key.ts';

const base64url = z.string().regex(/^[\w-]{43}$/);

const ReceiptKey = z
  .strictObject({
    kty: z.string().describe('Always `OKP`'),
    crv: z.string().describe('Always `Ed25519`'),
    x: base64url.describe('The public key'),
    kid: base64url.describe('The thumbprint of the key (RFC 7638). Receipts name it'),
    alg: z.string().describe('Always `EdDSA`'),
    use: z.string().describe('Always `sig`'),
  })
  .meta({ id: 'ReceiptKey', description: 'A public key (RFC 8037)' });

const ReceiptKeys = z
  .strictObject({ keys: z.array(ReceiptKey).describe('Empty if this installation makes no receipts') })
  .meta({ id: 'ReceiptKeys', description: 'The keys of receipts, as a JWK set (RFC 7517)' });

export type ReceiptKeysDeps = {
  /** The key that signs receipts, if there is one, and other public keys to publish. */
  readonly receipts?: { readonly signer?: PublicKey; readonly oldKeys?: readonly PublicKey[] };
};

const schema = {
  operationId: 'listReceiptKeys',
  tags: ['Eligibility'],
  summary: 'List the public keys of receipts',
  description:
    'With these keys anyone can check the `Decision-Receipt` of an answer, also years later. Keep a copy of the set, add the keys that are new, and remove none: receipts of earlier years need the keys of then.',
  security: [],
  response: { 200: ReceiptKeys },
};

/** The public keys of receipts, open to everyone. */
export const receiptKeysRoute = async (app: FastifyInstance, { receipts = {} }: ReceiptKeysDeps): Promise<void> => {
  const { signer, oldKeys = [] } = receipts;
  const keys = publishedKeys(signer ? [signer, ...oldKeys] : oldKeys);
  app.withTypeProvider<ZodTypeProvider>().get('/doc/receipt-keys', { schema }, async (_, reply) => {
    reply.header('cache-control', 'max-age=300');
    return { keys };
  });
};

/** Each key once, the one in use first. */
const publishedKeys = (keys: readonly PublicKey[]): PublicJwk[] => [
  ...new Map(keys.map(({ kid, jwk }) => [kid, jwk])).values(),
];
