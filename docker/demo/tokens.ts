import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, importPKCS8, importSPKI } from 'jose';
import { Provider } from 'oidc-provider';
import { tokenRequest } from '../../src/http/document/token-request.ts';

const clientId = 'demo-app';
const audience = 'led-eligibility';
const scopes = ['led_eligibility', 'led_eligibility:begeleider-ama'];

/** An RSA key pair for RS256: the private key as PEM and JWK, and the public one as JWK. */
const createKeyPair = async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const use = { alg: 'RS256', use: 'sig' };
  return {
    privateKey,
    privateJwk: { ...(await exportJWK(await importPKCS8(privateKey, 'RS256', { extractable: true }))), ...use },
    publicJwk: { ...(await exportJWK(await importSPKI(publicKey, 'RS256'))), ...use },
  };
};

/** The storage of the server in memory. It never removes a token that has expired. */
export const storeIn = (stored: Map<string, object>) => (model: string) => ({
  upsert: async (id: string, payload: object) => void stored.set(`${model}:${id}`, payload),
  find: async (id: string) => stored.get(`${model}:${id}`),
  destroy: async (id: string) => void stored.delete(`${model}:${id}`),
});

/**
 * Starts an authorisation server on a loopback port, for the demo. It has one client, which gets JWT access tokens by
 * client credentials with private_key_jwt. Into `folder` it writes the private key of that client (`client.key`) and the
 * script of the caller's page that gets a token, with its settings (`get-token.sh`).
 */
export const startTokenServer = async (folder: string) => {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [client, own] = await Promise.all([createKeyPair(), createKeyPair()]);
  const provider = new Provider(issuer, {
    jwks: { keys: [own.privateJwk] },
    adapter: storeIn(new Map()),
    clients: [
      {
        client_id: clientId,
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [client.publicJwk] },
      },
    ],
    scopes,
    ttl: { ClientCredentials: 3600 },
    cookies: { keys: ['of the demo'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:demo:led-eligibility',
        getResourceServerInfo: () => ({
          scope: scopes.join(' '),
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  server.on('request', provider.callback());

  const keyFile = join(folder, 'client.key');
  const script = join(folder, 'get-token.sh');
  writeFileSync(keyFile, client.privateKey, { mode: 0o600 });
  const settings = { TOKEN_URL: `${issuer}/token`, ISSUER: issuer, CLIENT_ID: clientId, KEY_FILE: keyFile };
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  writeFileSync(script, `${lines.join('\n')}\n${tokenRequest}`);
  return {
    /** The file of a shell script that prints an access token. */
    script,
    /** The settings with which the service accepts the tokens. */
    environment: {
      AUTH_MODE: 'jwt',
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: audience,
      AUTH_JWKS_URL: `${issuer}/jwks`,
    },
    close: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

export type TokenServer = Awaited<ReturnType<typeof startTokenServer>>;
