import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** A part of the OpenAPI document. */
// biome-ignore lint/suspicious/noExplicitAny: tests read any member of the document
export type Part = any;

export const file = new URL('../../openapi/openapi.yaml', import.meta.url);
export const text = readFileSync(file, 'utf8');

/** The OpenAPI document in the repository. */
export const api: Part = parse(text);

/** Follows a `$ref`. Returns any other part unchanged. */
export const resolve = (part: Part): Part =>
  part?.$ref === undefined
    ? part
    : part.$ref
        .slice(2)
        .split('/')
        .reduce((at: Part, name: string) => at?.[name], api);

const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: true });
addFormats.default(ajv);
/**
 * Tests read answers more strictly than callers: a member that is not documented is an error. The document itself allows
 * it, so that answers may grow.
 */
const closed = (part: Part): Part => {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const copy = Object.fromEntries(Object.entries(part).map(([name, each]) => [name, closed(each)]));
  const isObject = copy.type === 'object' && typeof copy.properties === 'object';
  return isObject && copy.additionalProperties === true ? { ...copy, additionalProperties: false } : copy;
};
ajv.addSchema({ $id: 'api', components: { ...api.components, schemas: closed(api.components.schemas) } });

const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** Returns the errors of a value by a schema of the document, which may contain references. */
export const faultsOf = (schema: Part, value: unknown): string[] => {
  const key = JSON.stringify(schema);
  const validate = validators.get(key) ?? ajv.compile(JSON.parse(key.replaceAll('"#/', '"api#/')));
  validators.set(key, validate);
  return validate(value)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
      );
};

/** The operation of the document for this request, if there is one. */
const operationOf = (method: string, path: string): Part => {
  const [, operations] =
    Object.entries<Part>(api.paths).find(([template]) =>
      new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?')[0] ?? ''),
    ) ?? [];
  return operations?.[method.toLowerCase()];
};

/**
 * Returns what is not documented about an answer: its status, its media type, a missing header, a member of its body.
 * Where the document has no operation for the request, the answer must match the general `default` answer.
 */
export const undocumented = (
  request: { readonly method: string; readonly path: string },
  answer: { readonly status: number; readonly headers: Headers; readonly body: string },
): string[] => {
  const { responses } = operationOf(request.method, request.path) ?? {
    responses: { default: api.paths['/eligibility'].post.responses.default },
  };
  const response = responses[answer.status] ?? responses.default;
  if (response === undefined) return [`status ${answer.status}`];
  if (responses[answer.status] === undefined && answer.status < 400) return [`status ${answer.status}`];
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const content = response.content?.[type];
  if (content === undefined) return [`${answer.status} as ${type}`];
  const found: string[] = [];
  for (const [name, each] of Object.entries<Part>(response.headers ?? {})) {
    const { required, schema } = resolve(each);
    const value = answer.headers.get(name);
    if (value === null) {
      if (required) found.push(`${answer.status} without ${name}`);
    } else {
      const typed = schema.type === 'integer' ? Number(value) : value;
      found.push(...faultsOf(schema, typed).map((fault) => `${name}${fault}`));
    }
  }
  if (!/^[0-9a-f-]{36}$/.test(answer.headers.get('belgov-trace-id') ?? '')) found.push('no BelGov-Trace-Id');
  if (answer.status === 405 && !answer.headers.has('allow')) found.push('405 without Allow');
  const body: Part = JSON.parse(answer.body);
  found.push(...faultsOf(content.schema, body));
  if (type === 'application/problem+json') {
    const kinds = Object.keys(content.examples).map((name) => resolve(content.examples[name]).value.type);
    if (!kinds.includes(body.type)) found.push(`${answer.status} ${body.type}`);
    if (body.status !== answer.status) found.push(`${body.status} in the body of ${answer.status}`);
  }
  return found;
};

/** Sends a request and reads the whole answer. */
export const call = async (url: string, path: string, init: RequestInit = {}) => {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, headers: response.headers, body: await response.text() };
};
