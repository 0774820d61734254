/** A reference to a component of the document, by its name. */
export const refTo = (part: 'schemas' | 'headers' | 'parameters', name: string) => ({
  $ref: `#/components/${part}/${name}`,
});

type Header = {
  readonly description: string;
  readonly schema: object;
  readonly required?: true;
  readonly example: unknown;
};

/** The headers that some answers have, by the name of their component. The introduction describes those of all. */
export const headers: Readonly<Record<string, Header>> = {
  ContentLanguage: {
    description: 'The language of every `text` and `title`: `nl` or `en`',
    required: true,
    schema: { type: 'string', description: 'A language tag' },
    example: 'en',
  },
  DecisionReceipt: {
    description:
      'A signed receipt of this answer, if the installation makes receipts: a compact JWS (EdDSA) whose `commitment` is the SHA-256 (base64url) of its `salt` and the bytes of this body. Keep it and the body, byte for byte, with the file: with both, and the keys of `GET /doc/receipt-keys`, anyone can prove later what was answered',
    schema: { type: 'string', pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]{86}$', description: 'A compact JWS' },
    example:
      'eyJhbGciOiJFZERTQSIsInR5cCI6ImRlY2lzaW9uLXJlY2VpcHQrand0Iiwia2lkIjoidHFKbXlMX0N6ODRSV1JJdGdOOXJldlVxSE1tenVIRlFtd045TGtfeHQwZyJ9.eyJpc3MiOiJsZWQtZWxpZ2liaWxpdHkiLCJqdGkiOiIwMTlhYjAwMC00ZDJhLTdjM2UtOWYxMC01YjJjOGQ3ZTZmMDEifQ.MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw',
  },
  RetryAfter: {
    description: 'Seconds to wait before you ask again',
    required: true,
    schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 86_400, description: 'Seconds' },
    example: 5,
  },
  WwwAuthenticate: {
    description:
      'The kind of credentials that is required, and what was wrong with yours (RFC 6750). A 403 for a missing permission does not have it',
    schema: { type: 'string', description: 'A challenge' },
    example: 'Bearer realm="led-eligibility", error="invalid_token", error_description="The access token has expired."',
  },
  Allow: {
    description: 'With 405: the methods that this path knows',
    schema: { type: 'string', description: 'Methods, separated by commas' },
    example: 'POST',
  },
};

/** References to headers, by the names that they have in an answer. */
export const headersOf = (...names: readonly string[]) =>
  names.length === 0
    ? {}
    : {
        headers: Object.fromEntries(
          names.map((name) => [name, refTo('headers', componentNames[name] ?? name.replaceAll('-', ''))]),
        ),
      };

const componentNames: Readonly<Record<string, string>> = { 'WWW-Authenticate': 'WwwAuthenticate' };

/** The headers that a caller may send, by the name of their component. */
export const parameters = {
  AcceptLanguage: {
    name: 'Accept-Language',
    in: 'header',
    required: false,
    description:
      'The language of the texts: Dutch (`nl`, the default) or English (`en`). The codes are the same in both languages',
    schema: { type: 'string', default: 'nl', description: 'Language tags, by preference' },
    example: 'en',
  },
};

/** How a caller can prove who calls. */
export const securitySchemes = {
  AccessToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An access token of the authorisation server, a JWT or an opaque one, with the scope of this service: `led_eligibility` for every rule set, or `led_eligibility:<ruleSet>` for one. If it names the person who asks, you may leave out `caseHandler`.',
  },
} as const;
