import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import type { Credentials } from '../auth/authenticator.ts';
import type { Fault, FaultCode } from '../fault.ts';
import { networkOf } from '../lib/network.ts';

/**
 * Returns the Authorization header from Node's raw headers (names and values alternate). If there are several, Node
 * keeps the first and silently drops the others. This function joins them into one text, which is never a valid
 * credential.
 */
export const authorizationHeader = (rawHeaders: readonly string[]): string | undefined => {
  const found = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization',
  );
  return found.length === 0 ? undefined : found.join(', ');
};

/** The Authorization header, the client certificate that the listener has verified, and where the request comes from. */
export const credentialsOf = ({ raw, ip }: FastifyRequest): Credentials => {
  const certificate = (raw.socket as Partial<TLSSocket>).getPeerX509Certificate?.();
  return {
    authorization: authorizationHeader(raw.rawHeaders),
    ...(certificate && { certificate }),
    origin: { network: networkOf(ip), isGone: () => raw.destroyed },
  };
};

/**
 * The WWW-Authenticate header if a token is missing or refused (RFC 6750, section 3). `detail` says what is wrong. The
 * header never quotes the token.
 */
export const wwwAuthenticate = ({ code, requiredScopes }: Fault, detail: string): string | undefined => {
  if (code === 'noAccessToken') return CHALLENGE;
  const error = tokenErrors[code];
  if (error === undefined) return undefined;
  const scope = requiredScopes === undefined ? '' : `, scope="${requiredScopes.join(' ')}"`;
  return `${CHALLENGE}, error="${error}", error_description="${detail.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'")}"${scope}`;
};

const CHALLENGE = 'Bearer realm="led-eligibility"';

const tokenErrors: Partial<Record<FaultCode, string>> = {
  invalidAccessToken: 'invalid_token',
  expiredAccessToken: 'invalid_token',
  missingScope: 'insufficient_scope',
};
