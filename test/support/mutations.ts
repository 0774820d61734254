import fc from 'fast-check';

const LED = 'http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be';

/** Snippets without white space in them, separated by white space. */
const visible = `
< > & " ' / ? ! = : [ ] - % -- --> <!-- ---> <!----> <![CDATA[ ]]> ]] <![CDATA[]]> <![cdata[]]>
<? ?> <?a?b?> <?a?> <?a:b?> <?xml-x?> <?XML?> <?1?>
&amp; &AMP; &lt &foo; &#0; &#1; &#9; &#xD800; &#xFFFE; &#x110000; &#x10FFFF; &#; &#x; &#xg; &#X41; &#00065; &; &#x41
&#x1000041; &#4294967361; &constructor;
<a> </a> <a/> <:a/> <a:/> <x:y/> <a:b:c/> <1/> <soap:a/> <soap:1/> <a·/> <·a/> <a-.1/> <-a/> </>
<!a> <!DOCTYPE <xmlns/> <xmlns:a/> <xml:a/> <xmla/> <_/> <é/> <×/>
<Bewijs/> <Graad/> <Naam/> <Uitzondering/> <Referte/> <Basis/> xmlns:geef="${LED}"
\u007f \u0085 \u2028 \ud7ff \ufffd \ufffe \uffff é · × 😀 \u{effff}`
  .split(/[ \n]/)
  .filter((snippet) => snippet !== '');

const spaced = [
  ...[' ', '\n', '\r', '\t', '\0', '\u0001', '\ufeff'],
  ...['<!-- -->', '<?a b?>', '<?a ?b?>', '<?xml version="1.0"?>', '<? a?>', '<?é ?>', '& ;', '&amp ;'],
  ...[' xmlns:a="b"', ' a="b"', ' a:b="c"', ' xmlns=""', ' xmlns="u:u"', ' xmlns:soap=""', ' xmlns:xml="x"'],
  ...[' xmlns:xmlns="x"', ' xml:a="b"', ' xmlns="http://www.w3.org/2000/xmlns/"', ' xmlns:1="u"', ' a:1=""'],
  ...[' xmlns:xml="http://www.w3.org/XML/1998/namespace"', ' xmlns:a="http://www.w3.org/XML/1998/namespace"'],
  ...[' xmlns:a="u" xmlns:b="u" a:c="" b:c=""', ' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'],
  ...[' soap:a="" soap:a=""', ' é="ï"', ' 1="2"', ' -a=""', ` xmlns:geef="${LED}"`, `<x xmlns:geef="${LED}"/>`],
  ...['<a b="1" b="2"/>', '<a b=1/>', '<a b="<"/>', '<a b/>', '<a b=/>', '<a b = "c" />', '<a b="x"c="y"/>'],
  ...['<a b="&"/>', '<a b="&amp;"/>', '<a b="]]>"/>', '<a xmlns:p=""/>', '< a/>', '<a / >', '<a/ >', '</ a>', '</a >'],
  ...['<!DOCTYPE a>', ' encoding="x"', ' encoding="us-ascii"', ' version="1.0"', ' version="1.1"'],
  ...[' standalone="no"', ' standalone="x"'],
];

/** Pieces of XML that are right in some places of a document and wrong in others. */
export const snippets: readonly string[] = [...visible, ...spaced];

/** A change of a document. `mutate` applies it. */
export type Mutation = {
  readonly kind: 'insert' | 'replace' | 'remove' | 'copy' | 'byte' | 'flip';
  readonly where: number;
  /** `start`: within the first 200 bytes. `markup`: right after the next `<`. */
  readonly near: 'start' | 'markup' | 'anything';
  readonly what: number;
  readonly length: number;
};

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('insert', 'replace', 'remove', 'copy', 'byte', 'flip'),
  where: fc.nat(),
  near: fc.constantFrom('start', 'markup', 'markup', 'anything', 'anything'),
  what: fc.nat(),
  length: fc.integer({ min: 1, max: 40 }),
});

/** Returns a changed copy of the bytes. */
export const mutate = (bytes: Uint8Array, { kind, where, near, what, length }: Mutation): Uint8Array => {
  let at = where % (near === 'start' ? Math.min(200, bytes.length) : bytes.length);
  if (near === 'markup') at = Math.max(0, bytes.indexOf('<'.charCodeAt(0), at)) + (what % 3);
  const put = (middle: Uint8Array, skipped: number): Buffer =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + skipped)]);
  const snippet = Buffer.from(snippets[what % snippets.length] ?? '');
  if (kind === 'insert') return put(snippet, 0);
  if (kind === 'replace') return put(snippet, length % 8);
  if (kind === 'remove') return put(Buffer.alloc(0), length);
  if (kind === 'copy') return put(bytes.subarray(what % bytes.length, (what % bytes.length) + length * 8), 0);
  if (kind === 'byte') return put(Buffer.of(what % 256), 1);
  return put(Buffer.of((bytes[at] ?? 0) ^ (1 << (what % 8))), 1);
};
