import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTokenServer, type TokenServer } from '../../../docker/demo/tokens.ts';
import { tokenRequest } from '../../../src/http/document/token-request.ts';
import { text } from '../../support/api.ts';

const folder = mkdtempSync(join(tmpdir(), 'led-eligibility-token-'));
let server: TokenServer;

beforeAll(async () => {
  server = await startTokenServer(folder);
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true });
});

const run = (clientId: string) =>
  promisify(execFile)('sh', ['-c', tokenRequest], {
    env: {
      PATH: process.env.PATH ?? '',
      TOKEN_URL: `${server.environment.AUTH_ISSUER}/token`,
      ISSUER: server.environment.AUTH_ISSUER,
      CLIENT_ID: clientId,
      KEY_FILE: join(folder, 'client.key'),
    },
  });

test('the worked example prints a token of an authorisation server', async () => {
  const { stdout } = await run('demo-app');
  expect(decodeJwt(stdout.trim())).toMatchObject({
    iss: server.environment.AUTH_ISSUER,
    aud: 'led-eligibility',
    client_id: 'demo-app',
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
