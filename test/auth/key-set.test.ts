import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../docker/certificates.ts';
import { createAuthenticator } from '../../src/auth/authenticator.ts';
import type { AuthConfig } from '../../src/auth/token-check.ts';
import { jwtConfig, setUpAuthentication } from '../support/authentication.ts';
import type { AuthorisationServer } from '../support/authorisation-server.ts';
import { faultOf, refusal } from '../support/refusal.ts';

const { bench, ask } = setUpAuthentication(jwtConfig);
const fetches = () => bench.server.requests.filter((path) => path === '/jwks').length;
const seconds = () => Math.floor(Date.now() / 1000);

describe('key rotation', () => {
  it('accepts a key that was just published, and refuses the one that was withdrawn', async () => {
    const old = await bench.server.token();
    await ask(old);
    await bench.server.rotate('second');
    expect(await ask(await bench.server.token())).toHaveProperty('client');
    expect(await refusal(ask(old))).toBe('invalidAccessToken:tokenKeyUnknown');
  });

  it('accepts both keys while both are published, with and without a key id', async () => {
    const old = await bench.server.token();
    await bench.server.rotate('second', true);
    expect(await ask(old)).toHaveProperty('client');
    expect(await ask(await bench.server.token())).toHaveProperty('client');
    expect(await ask(await bench.server.sign({}, { kid: undefined }))).toHaveProperty('client');
    const forged = bench.server.sign({}, { kid: undefined }, (await generateKeyPair('ES256')).privateKey);
    expect(await refusal(ask(await forged))).toBe('invalidAccessToken:tokenSignature');
  });

  it('notices a withdrawn key within seconds, without delaying a request', async () => {
    const old = await bench.server.token();
    await ask(old);
    await bench.server.rotate('second');
    bench.ahead = 5_000;
    await ask(old);
    await expect.poll(() => refusal(ask(old)).catch(() => 'good')).toBe('invalidAccessToken:tokenKeyUnknown');
    expect(fetches()).toBeLessThanOrEqual(3);
  });

  it('does not let invented keys flood the key server', async () => {
    await ask(await bench.server.token());
    const { privateKey } = await generateKeyPair('ES256');
    const tokens = await Promise.all(
      Array.from({ length: 200 }, (_, index) => bench.server.sign({}, { kid: `invented-${index}` }, privateKey)),
    );
    const answers = await Promise.all(tokens.map((token) => refusal(ask(token))));
    expect(new Set(answers)).toEqual(new Set(['invalidAccessToken:tokenKeyUnknown']));
    expect(fetches()).toBeLessThanOrEqual(3);
    const begin = performance.now();
    const before = fetches();
    for (const token of tokens.slice(0, 3)) await refusal(ask(token));
    expect(fetches() - before).toBeLessThanOrEqual(1 + (performance.now() - begin) / 500);
  });
});

describe('the key server', () => {
  const down = 'serviceUnavailable:tokenServiceUnavailable';

  it('down from the start: 503 for every token, until it is back', async () => {
    const token = await bench.server.token();
    await bench.server.down();
    const fault = await faultOf(ask(token));
    expect([fault.code, fault.reason, fault.retryAfter]).toEqual(['serviceUnavailable', 'tokenServiceUnavailable', 5]);
    expect(bench.lines).toEqual([[{ failure: 'ECONNREFUSED' }, 'token service unavailable']]);
    await bench.server.up();
    await expect.poll(() => ask(token).catch(() => undefined)).toHaveProperty('client');
  });

  it('down: it is asked at most twice a second, however many tokens come', async () => {
    const token = await bench.server.token();
    bench.server.misbehaviour.as = (_, response) => void response.writeHead(500).end();
    const begin = performance.now();
    for (let times = 0; times < 50; times += 1) expect(await refusal(ask(token))).toBe(down);
    expect(fetches()).toBeLessThanOrEqual(1 + (performance.now() - begin) / 500);
  });

  it('down later: its keys are used for 30 s after they were fetched, then 503 for every token', async () => {
    const token = await bench.server.token();
    await ask(token);
    await bench.server.down();
    bench.ahead = 29_000;
    expect(await ask(token)).toHaveProperty('client');
    bench.ahead = 30_000;
    expect(await refusal(ask(token))).toBe(down);
    await bench.server.up();
    await expect.poll(() => ask(token).catch(() => undefined)).toHaveProperty('client');
  });

  it('down: a token with an unknown key is neither accepted nor called invalid', async () => {
    await ask(await bench.server.token());
    await bench.server.rotate('second');
    const token = await bench.server.token();
    await bench.server.down();
    expect(await refusal(ask(token))).toBe(down);
  });

  it('down: old keys do not live longer when the wall clock jumps back', async () => {
    const token = await bench.server.sign({ exp: seconds() + 7_200 });
    await ask(token);
    await bench.server.down();
    bench.ahead = 31_000;
    bench.wall = -3_600_000;
    expect(await refusal(ask(token))).toBe(down);
  });

  it.each<[string, string, NonNullable<AuthorisationServer['misbehaviour']['as']>]>([
    ['answers with an error', 'status500', (_, response) => void response.writeHead(500).end('{"keys":[]}')],
    ['redirects', 'status302', (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end()],
    ['answers with HTML', 'SyntaxError', (_, response) => void response.end('<html>')],
    ['answers with JSON that is not a key set', 'notAKeySet', (_, response) => void response.end('{"keys":{}}')],
    [
      'answers without end',
      'tooLarge',
      (_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(' '.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
    ],
    ['closes the connection', 'UND_ERR_SOCKET', (_, response) => void response.socket?.destroy()],
  ])('%s: 503', async (_, failure, as) => {
    const token = await bench.server.token();
    bench.server.misbehaviour.as = as;
    expect(await refusal(ask(token))).toBe(down);
    expect(bench.lines).toEqual([[{ failure }, 'token service unavailable']]);
    delete bench.server.misbehaviour.as;
    await expect.poll(() => ask(token).catch(() => undefined)).toHaveProperty('client');
  });

  it('stops in the middle of its answer: 503 within about 2 s', async () => {
    const token = await bench.server.token();
    bench.server.misbehaviour.as = (_, response) => void response.writeHead(200).write('{"keys":');
    const begin = performance.now();
    expect(await refusal(ask(token))).toBe(down);
    expect(performance.now() - begin).toBeGreaterThan(1_900);
    expect(performance.now() - begin).toBeLessThan(2_600);
    expect(bench.lines).toEqual([[{ failure: 'TimeoutError' }, 'token service unavailable']]);
  });

  it('shows a certificate of an unknown authority: 503, and it is not asked for keys', async () => {
    const { cert, key } = await (await createAuthority()).issue({
      commonName: 'x',
      names: ['127.0.0.1'],
      use: 'server',
    });
    let asked = 0;
    const impostor = createServer({ cert, key }, (_, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    const jwksUrl = new URL(`https://127.0.0.1:${(impostor.address() as AddressInfo).port}/jwks`);
    const own = createAuthenticator(
      { ...(jwtConfig(bench.server) as Extract<AuthConfig, { mode: 'jwt' }>), jwksUrl },
      { log: { warn: (...line) => bench.lines.push(line) } },
    );
    expect(await refusal(own.authenticate({ authorization: `Bearer ${await bench.server.token()}` }))).toBe(down);
    expect(asked).toBe(0);
    expect(bench.lines).toEqual([[{ failure: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'token service unavailable']]);
    await own.close();
    impostor.close();
    await once(impostor, 'close');
  });

  it('closes an idle connection: the next request succeeds all the same', async () => {
    const token = await bench.server.token();
    await ask(token);
    let dropped = 0;
    bench.server.misbehaviour.as = (_, response) => {
      dropped += 1;
      response.socket?.destroy();
      delete bench.server.misbehaviour.as;
    };
    bench.ahead = 30_000;
    expect(await ask(token)).toHaveProperty('client');
    expect(dropped).toBe(1);
  });
});
