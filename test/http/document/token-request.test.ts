import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt, exportJWK, importSPKI } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenRequest } from '../../../src/http/document/token-request.ts';
import { text } from '../../support/api.ts';

const RESOURCE = 'urn:test:led-eligibility';
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const folder = mkdtempSync(join(tmpdir(), 'led-eligibility-token-'));
const server = createServer();
let issuer = '';

/** An authorisation server with one client, which authenticates by private_key_jwt. */
beforeAll(async () => {
  writeFileSync(join(folder, 'client.key'), privateKey);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = { ...(await exportJWK(await importSPKI(publicKey, 'RS256'))), use: 'sig', alg: 'RS256' };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'dossier-app',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [key] },
      },
    ],
    scopes: ['led_eligibility'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({
          scope: 'led_eligibility',
          audience: 'led-eligibility',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  server.on('request', provider.callback());
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const run = (clientId: string) =>
  promisify(execFile)('sh', ['-c', tokenRequest], {
    env: {
      PATH: process.env.PATH ?? '',
      TOKEN_URL: `${issuer}/token`,
      ISSUER: issuer,
      CLIENT_ID: clientId,
      KEY_FILE: join(folder, 'client.key'),
    },
  });

test('the worked example prints a token of an authorisation server', async () => {
  const { stdout } = await run('dossier-app');
  expect(decodeJwt(stdout.trim())).toMatchObject({
    iss: issuer,
    aud: 'led-eligibility',
    client_id: 'dossier-app',
    scope: 'led_eligibility',
  });
});

test('it prints the answer of the server if that refuses', async () => {
  const { stdout } = await run('another-app');
  expect(JSON.parse(stdout)).toMatchObject({ error: 'invalid_client' });
});

test('the document and the caller’s page show the same example', () => {
  const lines = tokenRequest.trimEnd().split('\n');
  const page = readFileSync(new URL('../../../openapi/README.md', import.meta.url), 'utf8');
  for (const line of lines) {
    expect(text).toContain(line);
    expect(page).toContain(line);
  }
});
