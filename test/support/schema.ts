import { readFileSync } from 'node:fs';
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';

const parsed = <T>(xml: string | Uint8Array, use: (document: XmlDocument) => T): T => {
  const document = XmlDocument.fromBuffer(Buffer.from(xml as string));
  try {
    return use(document);
  } finally {
    document.dispose();
  }
};

/** Returns a function that lists what is wrong with an XML document by the XML schema in `file`; empty if it is valid. */
export const schemaCheck = (file: URL): ((xml: string | Uint8Array) => string[]) => {
  const validator = parsed(readFileSync(file), (schema) => XsdValidator.fromDoc(schema));
  return (xml) =>
    parsed(xml, (document) => {
      try {
        validator.validate(document);
        return [];
      } catch (error) {
        if (!(error instanceof XmlValidateError)) throw error;
        return error.details.map(({ message }) => message.trim());
      }
    });
};
