import { scanXml, type Wanted, ZEROS_BEHIND } from '../../src/led/answer/xml.ts';
import { resolveReferences } from '../../src/led/answer/xml-characters.ts';
import { compare, type Node, treeOf, type Verdict } from './second-reader.ts';

/** The bytes of a document with the zeros that `scanXml` needs after them. */
const withZeros = (xml: string | Uint8Array): { readonly bytes: Buffer; readonly length: number } => {
  const document = Buffer.from(xml);
  return { bytes: Buffer.concat([document, Buffer.alloc(ZEROS_BEHIND)]), length: document.length };
};

/**
 * The events of a document, in order: `<namespace name>`, `</>`, and each piece of text with its form. `wanted` says
 * what is wanted of an element, by its local name.
 */
export const eventsOf = (xml: string | Uint8Array, wanted = (_: string): Wanted => 'text'): string[] => {
  const { bytes, length } = withZeros(xml);
  const events: string[] = [];
  scanXml(bytes, length, {
    open: (from, to, namespace) => {
      const name = bytes.toString('utf8', from, to);
      events.push(`<${namespace} ${name}>`);
      return wanted(name);
    },
    close: () => void events.push('</>'),
    text: (from, to, form) => void events.push(`${form}: ${bytes.toString('utf8', from, to)}`),
  });
  return events;
};

/** The document as the tree that its events describe. */
const scannedTree = (xml: string | Uint8Array): Node => {
  const { bytes, length } = withZeros(xml);
  const top: Node = { local: '', uri: '', children: [], text: '' };
  const open = [top];
  scanXml(bytes, length, {
    open: (from, to, uri) => {
      const node: Node = { local: bytes.toString('utf8', from, to), uri, children: [], text: '' };
      open.at(-1)?.children.push(node);
      open.push(node);
      return 'text';
    },
    close: () => void open.pop(),
    text: (from, to, form) => {
      const node = open.at(-1) ?? top;
      node.text += form === 'references' ? resolveReferences(bytes, from, to) : bytes.toString('utf8', from, to);
    },
  });
  return top.children[0] ?? top;
};

/** XML reads each of CR, LF and CR LF as LF. The scanner leaves them, because a value is cleaned of them anyway. */
const withoutLineEnds = ({ text, children, ...name }: Node): Node => ({
  ...name,
  text: text.replace(/[\r\n]+/g, '\n'),
  children: children.map(withoutLineEnds),
});

/** Compares what the scanner reads in any document with what saxes reads; libxml2 has a veto. */
export const compareTree = (xml: string | Uint8Array): Verdict => {
  const bytes = Buffer.from(xml);
  return compare(
    bytes,
    () => withoutLineEnds(scannedTree(bytes)),
    () => withoutLineEnds(treeOf(bytes)),
  );
};
