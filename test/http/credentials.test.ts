import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault, type FaultCode } from '../../src/fault.ts';
import { authorizationHeader, wwwAuthenticate } from '../../src/http/credentials.ts';

describe('authorizationHeader', () => {
  test('finds the one header, in upper or lower case', () => {
    expect(authorizationHeader(['Host', 'authorization', 'AUTHORIZATION', 'Bearer a'])).toBe('Bearer a');
    expect(authorizationHeader(['Host', 'x'])).toBeUndefined();
  });

  test('never makes one good credential of two headers', () => {
    const word = fc.stringMatching(/^[A-Za-z]{1,8}( [\w.~+/-]{1,20}=?)?$/);
    fc.assert(
      fc.property(word, word, (first, second) => {
        expect(authorizationHeader(['Authorization', first, 'X', 'y', 'authorization', second])).toContain(', ');
      }),
    );
  });
});

describe('wwwAuthenticate', () => {
  const challenge = (code: FaultCode, details = {}) =>
    wwwAuthenticate(new Fault(code, 'reason', details), 'It “has” ended.');

  test('asks for a token in the realm of the service, and names an error only if there was a token (RFC 6750)', () => {
    expect(challenge('noAccessToken')).toBe('Bearer realm="led-eligibility"');
    for (const code of ['invalidAccessToken', 'expiredAccessToken'] as const) {
      expect(challenge(code)).toBe(
        'Bearer realm="led-eligibility", error="invalid_token", error_description="It \'has\' ended."',
      );
    }
    expect(challenge('missingScope', { requiredScopes: ['led_eligibility'] })).toBe(
      'Bearer realm="led-eligibility", error="insufficient_scope", error_description="It \'has\' ended.", scope="led_eligibility"',
    );
  });

  test('is left out where another token would not help', () => {
    expect(challenge('missingPermission')).toBeUndefined();
    expect(challenge('badRequest')).toBeUndefined();
  });
});
