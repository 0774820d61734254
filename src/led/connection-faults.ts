import { Fault } from '../fault.ts';
import { errorCode } from '../lib/error-code.ts';

/** What is known of a connection that could not be made. */
type FailedConnect = {
  /** Our side refused the certificate of the server, by its authority or its name. */
  readonly serverRefused: boolean;
  /** Bytes that came from the server, TLS handshake included. */
  readonly bytesReceived: number;
};

/** What is known of a connection on which a call failed. */
type FailedCall = {
  readonly secure: boolean;
  /** The server accepted our certificate: it sent a TLS session or resumed one. */
  readonly certificateAccepted: boolean;
  /** The server resumed a TLS session, so its handshake did not show that it takes new calls. */
  readonly resumed: boolean;
  /** A whole answer came over this connection before. */
  readonly answeredBefore: boolean;
  /** At least one byte came back for this call. */
  readonly answerBegun: boolean;
};

const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);
const TIMEOUTS: ReadonlySet<string> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** The TLS alerts with which a server refuses the certificate of its client, by their names in OpenSSL. */
const CERTIFICATE_ALERT =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|NO_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR|HANDSHAKE_FAILURE)/;

/** The Fault for a connection that cannot be used: 503, retry after 5 s. */
export const unavailable = (reason: string, cause: unknown): Fault =>
  new Fault('serviceUnavailable', reason, { retryAfter: 5, cause });
const badGateway = (reason: string, cause: unknown) => new Fault('badGateway', reason, { cause });

/**
 * Returns the Fault for an error while connecting: `ledUntrusted`, `ledUnreachable` or `ledCertificateRefused`. Returns
 * an error that already is a Fault unchanged.
 */
export const connectFault = (error: Error, { serverRefused, bytesReceived }: FailedConnect): Fault => {
  if (error instanceof Fault) return error;
  if (serverRefused) return unavailable('ledUntrusted', error);
  // The server sent nothing, so no TLS handshake took place.
  if (bytesReceived === 0) return unavailable('ledUnreachable', error);
  const code = errorCode(error);
  const refused = RESETS.has(code) || CERTIFICATE_ALERT.test(code);
  return unavailable(refused ? 'ledCertificateRefused' : 'ledUntrusted', error);
};

/**
 * Returns the Fault for an error during a call: `ledTimeout`, `ledCutOff`, `ledMalformed`, `ledCertificateRefused`,
 * `ledClosed`, or `ledStale` if the call may be repeated. Returns an error that already is a Fault unchanged.
 */
export const callFault = (error: Error, call: FailedCall): Fault => {
  if (error instanceof Fault) return error;
  const code = errorCode(error);
  if (TIMEOUTS.has(code)) return new Fault('ledTimeout', 'ledTimeout', { cause: error });
  if (call.answerBegun) return badGateway(RESETS.has(code) ? 'ledCutOff' : 'ledMalformed', error);
  // The server may refuse our ticket. A full handshake shows whether it accepts our certificate.
  if (call.resumed && !call.answeredBefore) return unavailable('ledStale', error);
  if (CERTIFICATE_ALERT.test(code)) return unavailable('ledCertificateRefused', error);
  // Most likely the server closed the idle connection, and we had not noticed it yet.
  if (call.answeredBefore) return unavailable('ledStale', error);
  // Under TLS 1.3 the server checks our certificate after our side of the handshake is complete.
  return unavailable(call.secure && !call.certificateAccepted ? 'ledCertificateRefused' : 'ledClosed', error);
};
