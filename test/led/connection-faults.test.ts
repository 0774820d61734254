import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { callFault, connectFault } from '../../src/led/connection-faults.ts';

const errorWith = (code?: string): Error => Object.assign(new Error('x'), code === undefined ? {} : { code });
const reset = 'ECONNRESET';
const certificateAlerts = [
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED',
  'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR',
];

describe('a connection that could not be made', () => {
  it('is untrusted if we refused the certificate of the server', () => {
    const fault = connectFault(errorWith('CERT_HAS_EXPIRED'), { serverRefused: true, bytesReceived: 2000 });
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUntrusted', retryAfter: 5 });
  });

  it.each([reset, 'ECONNREFUSED', 'ENOTFOUND', undefined])('is unreachable if no byte came back (%s)', (code) => {
    const error = errorWith(code);
    const fault = connectFault(error, { serverRefused: false, bytesReceived: 0 });
    expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUnreachable', retryAfter: 5, cause: error });
  });

  it.each([...certificateAlerts, reset, 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET'])(
    'means that our certificate is refused if the server answered and then %s',
    (code) => {
      const fault = connectFault(errorWith(code), { serverRefused: false, bytesReceived: 1 });
      expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledCertificateRefused', retryAfter: 5 });
    },
  );

  it.each(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', undefined])(
    'is untrusted if the server answered with anything else (%s)',
    (code) => {
      const fault = connectFault(errorWith(code), { serverRefused: false, bytesReceived: 1 });
      expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledUntrusted', retryAfter: 5 });
    },
  );

  it('keeps a Fault as it is, such as that of the timer', () => {
    const late = new Fault('serviceUnavailable', 'ledUnreachable');
    expect(connectFault(late, { serverRefused: true, bytesReceived: 9 })).toBe(late);
  });
});

describe('a call that failed', () => {
  const fresh = { secure: true, certificateAccepted: true, resumed: false, answeredBefore: false, answerBegun: false };

  it.each([
    ['the answer is late', 'UND_ERR_HEADERS_TIMEOUT', {}, 'ledTimeout:ledTimeout'],
    ['the answer stalls', 'UND_ERR_BODY_TIMEOUT', { answerBegun: true }, 'ledTimeout:ledTimeout'],
    ['the answer is cut off', reset, { answerBegun: true }, 'badGateway:ledCutOff'],
    [
      'the answer is cut off on a kept connection',
      reset,
      { answerBegun: true, answeredBefore: true },
      'badGateway:ledCutOff',
    ],
    ['the answer is cut off by an end', 'UND_ERR_SOCKET', { answerBegun: true }, 'badGateway:ledCutOff'],
    ['the answer is not HTTP', 'HPE_INVALID_CONSTANT', { answerBegun: true }, 'badGateway:ledMalformed'],
    ['an error has no code', undefined, { answerBegun: true }, 'badGateway:ledMalformed'],
    ['a kept connection is dead', reset, { answeredBefore: true }, 'serviceUnavailable:ledStale'],
    ['a ticket is not taken', reset, { resumed: true }, 'serviceUnavailable:ledStale'],
    ['a ticket is refused by an alert', certificateAlerts[0], { resumed: true }, 'serviceUnavailable:ledStale'],
    ['a new connection is closed', reset, {}, 'serviceUnavailable:ledClosed'],
    [
      'a new one is closed before a session',
      reset,
      { certificateAccepted: false },
      'serviceUnavailable:ledCertificateRefused',
    ],
    ['a new plain one is closed', reset, { certificateAccepted: false, secure: false }, 'serviceUnavailable:ledClosed'],
  ])('because %s (%s, %j): %s', (_, code, known, expected) => {
    const error = errorWith(code);
    const fault = callFault(error, { ...fresh, ...known });
    expect(`${fault.code}:${fault.reason}`).toBe(expected);
    expect(fault.cause).toBe(error);
    expect(fault.retryAfter).toBe(fault.code === 'serviceUnavailable' ? 5 : undefined);
  });

  it.each(certificateAlerts)('means that our certificate is refused on %s, also on a kept connection', (code) => {
    for (const answeredBefore of [false, true]) {
      const fault = callFault(errorWith(code), { ...fresh, answeredBefore });
      expect(fault).toMatchObject({ code: 'serviceUnavailable', reason: 'ledCertificateRefused', retryAfter: 5 });
    }
  });

  it('is safe to repeat only if a kept or resumed connection was closed before the answer began', () => {
    const yesNo = [false, true];
    const codes = [reset, 'UND_ERR_SOCKET', 'HPE_INVALID_CONSTANT', 'UND_ERR_HEADERS_TIMEOUT', undefined];
    for (const code of codes) {
      for (const secure of yesNo) {
        for (const certificateAccepted of yesNo) {
          for (const answeredBefore of yesNo) {
            for (const answerBegun of yesNo) {
              for (const resumed of yesNo) {
                const known = { secure, certificateAccepted, answeredBefore, answerBegun, resumed };
                const repeatable = callFault(errorWith(code), known).reason === 'ledStale';
                const carriedOver = answeredBefore || resumed;
                expect(repeatable).toBe(carriedOver && !answerBegun && code !== 'UND_ERR_HEADERS_TIMEOUT');
              }
            }
          }
        }
      }
    }
  });

  it('keeps a Fault as it is, such as that of the handler', () => {
    const refused = new Fault('badGateway', 'ledContentType');
    expect(callFault(refused, { ...fresh, answerBegun: true })).toBe(refused);
  });
});
