import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportPKCS8, generateKeyPair, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
import { request } from 'undici';
import { storeIn } from '../../docker/demo/tokens.ts';

const CLIENT = 'dossier-app';
const CLIENT_SECRET = 'a secret of the tests';

/** The scopes of the authorisation server, and the resources that select the kind of token. */
const SCOPES = ['led_eligibility', 'led_eligibility:begeleider-ama', 'something_else'];
const RESOURCES = { jwt: 'urn:test:led-eligibility:jwt', opaque: 'urn:test:led-eligibility:opaque' };

export type TokenRequest = {
  readonly format?: 'jwt' | 'opaque';
  readonly scope?: string;
  /** The lifetime of the token in seconds. */
  readonly ttl?: number;
  /** Extra claims. */
  readonly extra?: Record<string, unknown>;
};

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
type SigningKey = { readonly kid: string; readonly privateKey: Key; readonly publicKey: Key };

const createSigningKey = async (kid: string, alg: string): Promise<SigningKey> => ({
  kid,
  ...(await generateKeyPair(alg, { extractable: true })),
});

const answerBusy = (_: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(500).end();
};

/**
 * Starts a real authorisation server (oidc-provider) on a loopback socket: client credentials, JWT and opaque access
 * tokens, introspection with private_key_jwt, revocation. `sign` also makes tokens that the server itself never issues.
 * The server can rotate its keys, stop and start, and misbehave.
 */
export const startAuthorisationServer = async (alg = 'ES256') => {
  let respond: (request: IncomingMessage, response: ServerResponse) => void = answerBusy;
  /** The path of each request so far. */
  const requests: string[] = [];
  const misbehaviour: { as?: typeof respond } = {};

  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    const path = incoming.url ?? '';
    requests.push(path);
    if (misbehaviour.as) misbehaviour.as(incoming, response);
    else respond(incoming, response);
  };
  let server = createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;

  const service = await createSigningKey('service', 'ES256');
  let keys: SigningKey[] = [];
  let provider: Provider;
  /** Outlives the keys, so that tokens stay valid when keys change. */
  const stored = new Map<string, object>();
  let nextExtra: Record<string, unknown> | undefined;
  let nextTtl = 3600;

  const publish = async (published: SigningKey[]): Promise<void> => {
    keys = published;
    const jwks = await Promise.all(
      published.map(async ({ privateKey, kid }) => ({ ...(await exportJWK(privateKey)), kid, alg, use: 'sig' })),
    );
    const client = { redirect_uris: [], response_types: [], grant_types: ['client_credentials'] };
    provider = new Provider(issuer, {
      jwks: { keys: jwks },
      adapter: storeIn(stored),
      cookies: { keys: ['of the tests'] },
      scopes: SCOPES,
      ttl: { ClientCredentials: () => nextTtl },
      enabledJWA: { idTokenSigningAlgValues: [alg] },
      clientDefaults: { id_token_signed_response_alg: alg },
      clients: [
        {
          ...client,
          client_id: CLIENT,
          client_secret: CLIENT_SECRET,
          token_endpoint_auth_method: 'client_secret_post',
        },
        {
          ...client,
          client_id: 'led-eligibility',
          token_endpoint_auth_method: 'private_key_jwt',
          jwks: { keys: [{ ...(await exportJWK(service.publicKey)), use: 'sig', alg: 'ES256' }] },
        },
      ],
      extraTokenClaims: () => nextExtra,
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true, allowedPolicy: () => true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_: unknown, resource: string) => ({
            scope: SCOPES.join(' '),
            audience: 'led-eligibility',
            accessTokenFormat: resource === RESOURCES.jwt ? 'jwt' : 'opaque',
            jwt: { sign: { alg } },
          }),
        },
      },
    });
    respond = provider.callback();
  };
  await publish([await createSigningKey('first', alg)]);

  const post = async (path: string, form: Record<string, string>): Promise<Record<string, unknown>> => {
    const { statusCode, body } = await request(`${issuer}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: CLIENT, client_secret: CLIENT_SECRET, ...form }).toString(),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`authorisation server: ${statusCode} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };

  /** A token from the client credentials grant. */
  const token = async ({ format = 'jwt', scope = 'led_eligibility', ttl = 3600, extra }: TokenRequest = {}) => {
    nextExtra = extra;
    nextTtl = ttl;
    const form = { grant_type: 'client_credentials', resource: RESOURCES[format], scope };
    return String((await post('/token', form)).access_token);
  };

  /** A token for a person, as the authorization code grant issues it. */
  const personToken = async (accountId: string, wanted: TokenRequest = {}): Promise<string> => {
    const { format = 'jwt', scope = 'led_eligibility', ttl = 3600, extra } = wanted;
    nextExtra = extra;
    const resourceServer = { audience: 'led-eligibility', accessTokenFormat: format, jwt: { sign: { alg } } };
    const client = await provider.Client.find(CLIENT);
    return new provider.AccessToken({ accountId, client, scope, expiresIn: ttl, resourceServer }).save();
  };

  /** A valid token, unless other claims, another header or another key make it invalid. */
  const sign = async (
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = keys[0]?.privateKey,
  ) => {
    const now = Math.floor(Date.now() / 1000);
    const usual = { iss: issuer, aud: 'led-eligibility', client_id: CLIENT, sub: CLIENT, scope: 'led_eligibility' };
    if (key === undefined) throw new Error('no key');
    return new SignJWT({ ...usual, iat: now, exp: now + 300, ...claims })
      .setProtectedHeader({ alg, kid: keys[0]?.kid ?? '', typ: 'at+jwt', ...header })
      .sign(key);
  };

  const down = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };

  return {
    issuer,
    audience: 'led-eligibility',
    clientId: CLIENT,
    jwksUrl: new URL(`${issuer}/jwks`),
    /** The settings with which the service accepts the JWTs of this server. */
    environment: {
      AUTH_MODE: 'jwt',
      AUTH_ISSUER: issuer,
      AUTH_AUDIENCE: 'led-eligibility',
      AUTH_JWKS_URL: `${issuer}/jwks`,
    },
    introspectionUrl: new URL(`${issuer}/token/introspection`),
    /** This service as a client of the server: its id and private key (PEM). */
    service: { id: 'led-eligibility', key: await exportPKCS8(service.privateKey) },
    requests,
    misbehaviour,
    /** Answers as the server does when it does not misbehave. */
    respond: (incoming: IncomingMessage, response: ServerResponse) => respond(incoming, response),
    token,
    personToken,
    sign,
    publicKey: () => keys[0]?.publicKey,
    revoke: (value: string) => post('/token/revocation', { token: value }),
    /** Publishes a new key, which signs from now on. The old keys are removed unless `keepOld` is true. */
    rotate: async (kid: string, keepOld = false) => {
      await publish([await createSigningKey(kid, alg), ...(keepOld ? keys : [])]);
    },
    down,
    up: async (): Promise<void> => {
      server = createServer(handle);
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    close: async (): Promise<void> => {
      if (server.listening) await down();
    },
  };
};

export type AuthorisationServer = Awaited<ReturnType<typeof startAuthorisationServer>>;
