import type { IncomingHttpHeaders } from 'node:http';
import { bodyIssue, Fault, type FaultIssue } from '../fault.ts';
import { namesTwice } from '../lib/json-names.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body from its bytes. Throws the Fault `badRequest` for broken UTF-8, for malformed JSON, and for an
 * object that names a member twice: `JSON.parse` silently takes the last one, and another reader may take the first. The
 * Fault also names `otherIssues`: what is wrong with the rest of the request.
 */
export const parseJsonBody = (bytes: Buffer, otherIssues: readonly FaultIssue[] = []): unknown => {
  let value: unknown;
  let text: string;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed('is no well-formed JSON in UTF-8', otherIssues, cause);
  }
  if (namesTwice(text, value)) throw malformed('names a member twice', otherIssues);
  return value;
};

/**
 * Throws the Fault `unsupportedMediaType` if the headers say that the body is in another charset than UTF-8, or that it
 * is compressed.
 */
export const checkBodyForm = (headers: IncomingHttpHeaders): void => {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  const charsets = [...type.matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi)].map(([, charset = '']) => charset);
  if (charsets.some((charset) => !/^utf-?8$/i.test(charset))) throw new Fault('unsupportedMediaType', 'charset');
  if (!/^identity$/i.test(encoding)) throw new Fault('unsupportedMediaType', 'contentEncoding');
};

const malformed = (detail: string, otherIssues: readonly FaultIssue[], cause?: unknown): Fault =>
  new Fault('badRequest', 'malformedJson', {
    issues: [bodyIssue('schemaViolation', 'body', detail), ...otherIssues],
    cause,
  });
