import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const run = (clientId: string, tools = '') =>
  promisify(execFile)('sh', ['-c', tokenRequest], {
    env: {
      PATH: `${tools}:${process.env.PATH}`,
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

test('it says how long the token is valid, beside the token', async () => {
  const { stdout, stderr } = await run('demo-app');
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(stderr).toBe('The token is valid for 3600 s\n');
});

test('it prints the answer of the server, and no token, if that refuses', async () => {
  const refused = await run('another-app').catch((error: { code: number; stdout: string; stderr: string }) => error);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('"error":"invalid_client"');
});

test('neither assertion nor token becomes an argument of a program', async () => {
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  const seen = join(folder, 'arguments');
  for (const tool of ['curl', 'openssl', 'sed', 'tr']) {
    const path = execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
    writeFileSync(join(tools, tool), `#!/bin/sh\nprintf '%s\\n' "$@" >> '${seen}'\nexec ${path} "$@"\n`, {
      mode: 0o755,
    });
  }
  const { stdout } = await run('demo-app', tools);
  const all = readFileSync(seen, 'utf8');
  expect(all).toContain('grant_type=client_credentials');
  expect(all).not.toContain(stdout.trim());
  // A JWT begins like this.
  expect(all).not.toContain('eyJ');
});

test('the document and the caller’s page show the same example', () => {
  const lines = tokenRequest.trimEnd().split('\n');
  const page = readFileSync(new URL('../../../openapi/README.md', import.meta.url), 'utf8');
  for (const line of lines) {
    expect(text).toContain(line);
    expect(page).toContain(line);
  }
});
