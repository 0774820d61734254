import { hash } from 'node:crypto';
import { type Token, WSS } from './token.ts';

const WSSE = `${WSS}-wssecurity-secext-1.0.xsd`;
const WSSE11 = 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd';
const BASE64 = `${WSS}-soap-message-security-1.0#Base64Binary`;
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** Namespace of `wsu:Id`, with which the signature refers to the Body. */
export const WSU = `${WSS}-wssecurity-utility-1.0.xsd`;

export type SignatureAlgorithm = 'rsa-sha256' | 'rsa-sha1';

/** Signs envelopes. */
export type Signer = {
  /** The `wsu:Id` that the Body must have. */
  readonly bodyId: string;
  /**
   * Takes the Body element in exclusive canonical form. Resolves with the Security header as XML. Rejects if `sign`
   * does.
   */
  readonly header: (body: string) => Promise<string>;
};

const algorithms = {
  'rsa-sha256': {
    signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    digest: 'http://www.w3.org/2001/04/xmlenc#sha256',
    hash: 'sha256',
  },
  // MAGDA's reference connector uses SHA-1, and an older gateway may accept nothing else.
  'rsa-sha1': { signature: `${DS}rsa-sha1`, digest: `${DS}sha1`, hash: 'sha1' },
} as const;

/**
 * Creates the WS-Security signer of a client: X.509 token profile, a BinarySecurityToken with a direct reference, only
 * the Body signed, exclusive C14N, no Timestamp. `sign` resolves with the signature of the given bytes: RSA PKCS #1
 * v1.5 with the hash of `algorithm`.
 */
export const createSigner = (input: {
  token: Token;
  algorithm: SignatureAlgorithm;
  sign: (data: Buffer) => Promise<Buffer>;
}): Signer => {
  const { valueType, isPath, base64 } = input.token;
  const algorithm = algorithms[input.algorithm];
  const bodyId = 'body';
  // This text is in canonical form: an empty element has two tags, and a namespace is declared where it is first used.
  // So these bytes are signed unchanged.
  const signedInfo = (digest: string): string =>
    `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${algorithm.signature}"></ds:SignatureMethod><ds:Reference URI="#${bodyId}">` +
    `<ds:Transforms><ds:Transform Algorithm="${EXCLUSIVE_C14N}"></ds:Transform></ds:Transforms>` +
    `<ds:DigestMethod Algorithm="${algorithm.digest}"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue>` +
    '</ds:Reference></ds:SignedInfo>';
  const before =
    `<wsse:Security xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" soapenv:mustUnderstand="1">` +
    `<wsse:BinarySecurityToken EncodingType="${BASE64}" ValueType="${valueType}" wsu:Id="certificate">${base64}` +
    `</wsse:BinarySecurityToken><ds:Signature xmlns:ds="${DS}">`;
  // As MAGDA's reference connector does: it names the type of a path here, but not that of a single certificate.
  const tokenType = isPath ? ` xmlns:wsse11="${WSSE11}" wsse11:TokenType="${valueType}"` : '';
  const after =
    `<ds:KeyInfo><wsse:SecurityTokenReference${tokenType}>` +
    `<wsse:Reference URI="#certificate" ValueType="${valueType}"></wsse:Reference>` +
    '</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>';
  return {
    bodyId,
    header: async (body) => {
      const info = signedInfo(hash(algorithm.hash, body, 'base64'));
      const value = await input.sign(Buffer.from(info));
      return `${before}${info}<ds:SignatureValue>${value.toString('base64')}</ds:SignatureValue>${after}`;
    },
  };
};
