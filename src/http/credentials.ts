import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import type { Credentials } from '../auth/authenticator.ts';
import type { FaultCode } from '../fault.ts';

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

/** The Authorization header, and the client certificate that the listener has verified. */
export const credentialsOf = ({ raw }: FastifyRequest): Credentials => {
  const certificate = (raw.socket as Partial<TLSSocket>).getPeerX509Certificate?.();
  return {
    authorization: authorizationHeader(raw.rawHeaders),
    ...(certificate && { certificate }),
  };
};

/** The WWW-Authenticate header if a token is missing or refused (RFC 6750, section 3). It never quotes the token. */
export const wwwAuthenticate = (code: FaultCode): string | undefined => challenges[code];

const challenges: Partial<Record<FaultCode, string>> = {
  noAccessToken: 'Bearer',
  invalidAccessToken: 'Bearer error="invalid_token"',
  expiredAccessToken: 'Bearer error="invalid_token", error_description="The access token expired"',
  missingScope: 'Bearer error="insufficient_scope"',
};
