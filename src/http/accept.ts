import type { FastifyRequest } from 'fastify';
import { Fault } from '../fault.ts';

/** The specificity of a media range that covers `application/json`; 0 if it does not cover it. */
const specificity: ReadonlyMap<string, number> = new Map([
  ['*/*', 1],
  ['application/*', 2],
  ['application/json', 3],
]);

/**
 * Whether the header `Accept` (RFC 9110, section 12.5.1) allows an answer in `application/json`. The most specific range
 * decides. Without the header, or if no part of it can be read, everything is allowed.
 */
export const acceptsJson = (accept: string | undefined): boolean => {
  let ranges = 0;
  let best = { specificity: 0, allowed: false };
  for (const part of (accept ?? '').split(',')) {
    const [range = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase());
    if (!/^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/.test(range)) continue;
    ranges += 1;
    const weight = parameters.find((each) => /^q\s*=/.test(each))?.replace(/^q\s*=\s*/, '');
    const found = specificity.get(range) ?? 0;
    const allowed = weight === undefined || !/^0(\.0*)?$/.test(weight);
    if (found > best.specificity || (found === best.specificity && allowed)) best = { specificity: found, allowed };
  }
  return ranges === 0 || (best.specificity > 0 && best.allowed);
};

/** A hook for routes that answer in JSON. Throws the Fault `notAcceptable` if the header `Accept` does not allow that. */
export const refuseUnacceptable = async ({ headers }: FastifyRequest): Promise<void> => {
  if (!acceptsJson(headers.accept)) throw new Fault('notAcceptable', 'accept');
};
