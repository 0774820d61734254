import { compactVerify, importSPKI } from 'jose';
import { describe, expect, it } from 'vitest';
import { checkJws, parseJws, signJws } from '../../src/audit/jws.ts';
import { newKey } from '../support/keys.ts';

const { signer, key, publicPem } = newKey();
const payload = { jti: 'a', text: 'é' };
const jws = signJws('test+jwt', payload, signer);

describe('a compact JWS', () => {
  it('is one for jose too', async () => {
    const verified = await compactVerify(jws, await importSPKI(publicPem, 'EdDSA'));
    expect(verified.protectedHeader).toEqual({ alg: 'EdDSA', typ: 'test+jwt', kid: signer.kid });
    expect(JSON.parse(Buffer.from(verified.payload).toString())).toEqual(payload);
  });

  it('is taken apart and checked', () => {
    const parsed = parseJws(jws);
    expect(parsed).toMatchObject({ typ: 'test+jwt', kid: signer.kid, payload });
    const check = (keys: Parameters<typeof checkJws>[1]) => parsed && checkJws(parsed, keys);
    expect(check([newKey().key, key])).toBe('genuine');
    expect(check([newKey().key])).toBe('otherKey');
    expect(check([{ ...newKey().key, kid: key.kid }])).toBe('forged');
    const [head = '', , signature = ''] = jws.split('.');
    const other = parseJws(`${head}.${Buffer.from('{"jti":"b"}').toString('base64url')}.${signature}`);
    expect(other && checkJws(other, [key])).toBe('forged');
  });

  it('is undefined for any other text', () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [head = '', body = '', signature = ''] = jws.split('.');
    const others = [
      '',
      'a.b.c',
      `${head}.${body}`,
      `${jws}.x`,
      `${head}.${body}.${signature.slice(1)}`,
      `${part({ alg: 'none' })}.${body}.${signature}`,
      `${part({ alg: 'EdDSA', crit: ['x'], x: 1 })}.${body}.${signature}`,
      `${head}.${part(1)}.${signature}`,
      `${head}.abc.${signature}`,
    ];
    expect(others.map(parseJws)).toEqual(others.map(() => undefined));
  });
});
