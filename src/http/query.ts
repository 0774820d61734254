import type { FastifyRequest } from 'fastify';
import { Fault, type FaultIssue } from '../fault.ts';
import { isSayable, MOST_UNKNOWN_NAMES } from './validation.ts';

/**
 * The issues of a request to a path without query parameters: one for each parameter. A name that is not 1 to 32 letters
 * is not repeated: the issue says `query` instead.
 */
export const queryIssues = ({ url }: Pick<FastifyRequest, 'url'>): FaultIssue[] => {
  const start = url.indexOf('?');
  if (start < 0 || start === url.length - 1) return [];
  const names = [...new URLSearchParams(url.slice(start + 1)).keys()];
  const known = new Set(names.slice(0, MOST_UNKNOWN_NAMES).map((name) => (isSayable(name) ? name : 'query')));
  return [...known].map((name) => ({
    type: 'unknownInput',
    in: 'query',
    name,
    detail: 'is not known: this path takes no query parameters',
  }));
};

/** A hook for routes that take no query parameters. Throws the Fault `badRequest`. */
export const refuseQuery = async (request: FastifyRequest): Promise<void> => {
  const issues = queryIssues(request);
  if (issues.length > 0) throw new Fault('badRequest', 'query', { issues });
};
