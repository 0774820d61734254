import { createPrivateKey, X509Certificate } from 'node:crypto';
import { SignedXml } from 'xml-crypto';

const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const canonical = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** The Security header that a signature goes into; `prefix` is that of the envelope. */
const security = (prefix: string, token: string): string =>
  `<wsse:Security xmlns:wsse="${wss}-wssecurity-secext-1.0.xsd" xmlns:wsu="${wss}-wssecurity-utility-1.0.xsd" ${prefix}:mustUnderstand="1">` +
  `<wsse:BinarySecurityToken EncodingType="${wss}-soap-message-security-1.0#Base64Binary" ` +
  `ValueType="${wss}-x509-token-profile-1.0#X509v3" wsu:Id="X509-1">${token}</wsse:BinarySecurityToken></wsse:Security>`;

/**
 * Returns a function that signs the Body of an envelope as the public MAGDA mock does: RSA-SHA256, with a Security
 * header that must be understood. Throws if the key (PEM) is not an RSA key.
 */
export const createAnswerSigner = ({ cert, key }: { readonly cert: string; readonly key: string }) => {
  if (createPrivateKey(key).asymmetricKeyType !== 'rsa') throw new Error('signing answers needs an RSA key');
  const token = new X509Certificate(cert).raw.toString('base64');
  return (envelope: string): string => {
    const prefix = /<([\w-]+):Envelope/.exec(envelope)?.[1] ?? '';
    const header = `<${prefix}:Header>${security(prefix, token)}</${prefix}:Header>`;
    const prepared = envelope.replace(`<${prefix}:Header/>`, '').replace(`<${prefix}:Body>`, `${header}$&`);
    const signature = new SignedXml({
      privateKey: key,
      idMode: 'wssecurity',
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      canonicalizationAlgorithm: canonical,
      getKeyInfoContent: () =>
        `<wsse:SecurityTokenReference xmlns:wsse="${wss}-wssecurity-secext-1.0.xsd">` +
        `<wsse:Reference URI="#X509-1" ValueType="${wss}-x509-token-profile-1.0#X509v3"/></wsse:SecurityTokenReference>`,
    });
    signature.addReference({
      xpath: "/*[local-name()='Envelope']/*[local-name()='Body']",
      transforms: [canonical],
      digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    });
    signature.computeSignature(prepared, {
      prefix: 'ds',
      location: { reference: "//*[local-name()='Security']", action: 'append' },
    });
    return signature.getSignedXml();
  };
};
