import { X509Certificate } from 'node:crypto';

const profile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';

/** The elements of a DER SEQUENCE. Throws if the bytes are something else. */
const elementsOf = (sequence: Buffer): Buffer[] => {
  const spanAt = (at: number): { start: number; end: number } => {
    const first = sequence.readUInt8(at + 1);
    const count = first < 0x80 ? 0 : first - 0x80;
    const start = at + 2 + count;
    const end = start + (count === 0 ? first : sequence.readUIntBE(at + 2, count));
    if (end > sequence.length) throw new RangeError('cut off');
    return { start, end };
  };
  const { start, end } = spanAt(0);
  if (sequence[0] !== 0x30 || end !== sequence.length) throw new RangeError('no SEQUENCE');
  const elements: Buffer[] = [];
  for (let at = start; at < end; at = spanAt(at).end) elements.push(sequence.subarray(at, spanAt(at).end));
  return elements;
};

/**
 * The certificates of a BinarySecurityToken, in base64, by its ValueType: that of the signer first, then each one's
 * issuer. Undefined if it is no certificate, or no path of certificates in the order of ITU-T X.509.
 */
export const certificatesOf = (base64: string, valueType: string | undefined): X509Certificate[] | undefined => {
  const bytes = Buffer.from(base64, 'base64');
  try {
    if (valueType === `${profile}#X509v3`) return [new X509Certificate(bytes)];
    if (valueType !== `${profile}#X509PKIPathv1`) return undefined;
    const chain = elementsOf(bytes)
      .map((each) => new X509Certificate(each))
      .reverse();
    const inOrder = chain.slice(1).every((issuer, at) => chain[at]?.checkIssued(issuer));
    return chain.length > 0 && inOrder ? chain : undefined;
  } catch {
    return undefined;
  }
};

/** Whether the last of these certificates is one of `roots`, or was issued by one of them, and each is valid now. */
export const leadsTo = (roots: readonly X509Certificate[], chain: readonly X509Certificate[], now: Date): boolean => {
  const last = chain.at(-1);
  const issued = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
    certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  return (
    last !== undefined &&
    chain.every(({ validFromDate, validToDate }) => validFromDate <= now && now < validToDate) &&
    chain.slice(1).every((issuer, at) => issued(chain[at] as X509Certificate, issuer)) &&
    roots.some((root) => root.raw.equals(last.raw) || issued(last, root))
  );
};

/** The certificates of a PEM text that issued themselves. */
export const rootsIn = (pem: string): X509Certificate[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
    .map((each) => new X509Certificate(each))
    .filter((certificate) => certificate.checkIssued(certificate));
