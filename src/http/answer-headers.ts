import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUuid } from '../lib/uuid.ts';

/** Browsers must not run, frame or reinterpret an answer. The page of the API has its own policy. */
export const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Sets the headers of every answer: the security headers, a new trace id, and the caller's own trace id if it is a
 * UUID.
 */
export const setCommonHeaders = (request: FastifyRequest, reply: FastifyReply): void => {
  reply.headers(securityHeaders).header('belgov-trace-id', randomUUID());
  const related = request.headers['belgov-trace-id'];
  if (typeof related === 'string' && isUuid(related)) reply.header('belgov-related-trace-id', related);
};
