import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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
  test('asks for a token, and names an error only if there was one (RFC 6750)', () => {
    expect(wwwAuthenticate('noAccessToken')).toBe('Bearer');
    expect(wwwAuthenticate('invalidAccessToken')).toBe('Bearer error="invalid_token"');
    expect(wwwAuthenticate('expiredAccessToken')).toMatch(/^Bearer error="invalid_token", error_description="[\w ]+"$/);
    expect(wwwAuthenticate('missingScope')).toBe('Bearer error="insufficient_scope"');
  });

  test('is left out where another token would not help', () => {
    expect(wwwAuthenticate('missingPermission')).toBeUndefined();
    expect(wwwAuthenticate('badRequest')).toBeUndefined();
  });
});
