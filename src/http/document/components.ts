/** A reference to a component of the document, by its name. */
export const refTo = (part: 'schemas' | 'examples' | 'headers' | 'parameters', name: string) => ({
  $ref: `#/components/${part}/${name}`,
});

type Header = {
  readonly description: string;
  readonly schema: object;
  readonly required?: true;
  readonly example: unknown;
};

const uuid = { type: 'string', format: 'uuid' };
const traceId = '6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506';

/** The headers that an answer may have. */
export const headers: Readonly<Record<string, Header>> = {
  'BelGov-Trace-Id': {
    description: 'A new UUID of this answer, for tracing',
    required: true,
    schema: uuid,
    example: traceId,
  },
  'BelGov-Related-Trace-Id': {
    description: 'Your own `BelGov-Trace-Id`, if it was a UUID',
    schema: uuid,
    example: traceId,
  },
  'Content-Language': {
    description: 'The language of every `text` and `title`',
    required: true,
    schema: { type: 'string', enum: ['nl', 'en'] },
    example: 'en',
  },
  'Decision-Receipt': {
    description:
      'A signed receipt of this answer, if the installation makes receipts: a compact JWS (EdDSA) whose `commitment` is the SHA-256 (base64url) of its `salt` and the bytes of this body. Keep it with the body as you received it: with both, and `GET /doc/receipt-keys`, anyone can prove later what was answered',
    schema: { type: 'string', pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]{86}$' },
    example:
      'eyJhbGciOiJFZERTQSIsInR5cCI6ImRlY2lzaW9uLXJlY2VpcHQrand0Iiwia2lkIjoidHFKbXlMX0N6ODRSV1JJdGdOOXJldlVxSE1tenVIRlFtd045TGtfeHQwZyJ9.eyJpc3MiOiJsZWQtZWxpZ2liaWxpdHkiLCJqdGkiOiIwMTlhYjAwMC00ZDJhLTdjM2UtOWYxMC01YjJjOGQ3ZTZmMDEifQ.MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw',
  },
  'Retry-After': {
    description: 'Seconds to wait before you ask again',
    required: true,
    schema: { type: 'integer', minimum: 0, maximum: 86_400 },
    example: 5,
  },
  'WWW-Authenticate': {
    description:
      'The kind of credentials that is required, and what was wrong with yours (RFC 6750). A 403 for a missing permission does not have it',
    schema: { type: 'string' },
    example: 'Bearer error="invalid_token"',
  },
  Allow: {
    description: 'With 405: the methods that this path knows',
    schema: { type: 'string' },
    example: 'POST',
  },
};

/** References to the headers of every answer and to those with the given names. */
export const headersOf = (...names: readonly string[]) =>
  Object.fromEntries(
    ['BelGov-Trace-Id', 'BelGov-Related-Trace-Id', ...names].map((name) => [name, refTo('headers', name)]),
  );

/** The headers that a caller may send. */
export const parameters = {
  traceId: {
    name: 'BelGov-Trace-Id',
    in: 'header',
    required: false,
    description:
      'Your own UUID. The answer repeats it as `BelGov-Related-Trace-Id`. A value that is not a UUID is ignored',
    schema: { type: 'string' },
    example: traceId,
  },
  language: {
    name: 'Accept-Language',
    in: 'header',
    required: false,
    description:
      'The language of the texts: Dutch (`nl`, the default) or English (`en`). The codes are the same in both languages',
    schema: { type: 'string', default: 'nl' },
    example: 'en',
  },
};

/** How a caller can prove who calls. */
export const securitySchemes = {
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An access token of the authorisation server, a JWT or an opaque one, with the scope of this service: `led_eligibility` for every rule set, or `led_eligibility:<ruleSet>` for one. If it names the person who asks, you may leave out `caseHandler`.',
  },
} as const;
