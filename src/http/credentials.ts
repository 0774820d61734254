import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import type { Credentials } from '../auth/authenticator.ts';

/**
 * The Authorization header out of Node's raw headers (names and values in turn). Node keeps the first of several and
 * drops the rest unseen; here they come as one text, which is no valid credential.
 */
export const authorizationHeader = (rawHeaders: readonly string[]): string | undefined => {
  const found = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization',
  );
  return found.length === 0 ? undefined : found.join(', ');
};

/** The access token's header, and the subject of the client certificate that the listener has verified. */
export const credentialsOf = ({ raw }: FastifyRequest): Credentials => {
  const certificate = (raw.socket as Partial<TLSSocket>).getPeerX509Certificate?.();
  return {
    authorization: authorizationHeader(raw.rawHeaders),
    ...(certificate && { certificateSubject: certificate.subject }),
  };
};
