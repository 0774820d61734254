import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { elevenDigits } from '../eleven-digits.ts';
import { isUuid } from '../lib/uuid.ts';

/** Browsers must not run, frame or reinterpret an answer. The page of the API has its own policy. */
export const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Sets the headers of every answer: the security headers, a new trace id, and the caller's own trace id where it may be
 * repeated.
 */
export const setCommonHeaders = (request: FastifyRequest, reply: FastifyReply): void => {
  reply.headers(securityHeaders).header('belgov-trace-id', randomUUID());
  const related = request.headers['belgov-trace-id'];
  if (typeof related === 'string' && isTraceId(related)) reply.header('belgov-related-trace-id', related);
};

/**
 * Whether a trace id may be repeated: 1 to 36 letters, digits and hyphens. What could be an INSZ is allowed only in a
 * UUID or in 32 hexadecimal digits.
 */
const isTraceId = (value: string): boolean =>
  isUuid(value) ||
  /^[0-9a-f]{32}$/i.test(value) ||
  (/^[0-9A-Za-z-]{1,36}$/.test(value) && elevenDigits(value) === undefined);
