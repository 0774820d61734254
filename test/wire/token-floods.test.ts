import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { generateKeyPair } from 'jose';
import { Agent, request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AuthorisationServer, startAuthorisationServer } from '../support/authorisation-server.ts';
import { personWith } from '../support/persons.ts';
import { createWorld, idOf, json, type RunningService, startService, type World } from '../support/service.ts';
import { until } from '../support/until.ts';

const body = JSON.stringify({ insz: personWith('eligible'), caseHandler: { id: 'handler-1' } });

let world: World;
let server: AuthorisationServer;
let service: RunningService;
const agents: Agent[] = [];

beforeAll(async () => {
  world = await createWorld();
  server = await startAuthorisationServer();
});
afterAll(async () => {
  await server?.close();
  await world?.close();
});
afterEach(async () => {
  await service?.stop();
  await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
});

/** A function that asks from this address and resolves with the status. */
const callerAt = (localAddress: string) => {
  const dispatcher = new Agent({ localAddress, connections: 600 });
  agents.push(dispatcher);
  return async (token: string | undefined): Promise<number> => {
    const { statusCode, body: answer } = await request(`${service.url}/eligibility`, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body,
    });
    await answer.dump();
    return statusCode;
  };
};

/** Sends as many requests a second as given, whether earlier ones are answered or not, until it is stopped. */
const startFlood = (perSecond: number, send: () => Promise<number>) => {
  const statuses = new Map<number, number>();
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1000) * perSecond;
    for (; sent < due && open.size < 600; sent += 1) {
      const one: Promise<void> = send()
        .then(
          (status) => void statuses.set(status, (statuses.get(status) ?? 0) + 1),
          () => {},
        )
        .finally(() => open.delete(one));
      open.add(one);
    }
  }, 5);
  return {
    answers: () => [...statuses.values()].reduce((sum, count) => sum + count, 0),
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return statuses;
    },
  };
};

/**
 * A token service that answers each question after so many milliseconds (RFC 7662), and needs little processor time for
 * it. With 96 questions at the same time it answers less than half of the flood below.
 */
const startSlowIntrospection = async (latencyMs: number) => {
  const tokens = new Set<string>();
  const server = createServer(async (incoming, response) => {
    const asked = new URLSearchParams(await text(incoming)).get('token') ?? '';
    await delay(latencyMs);
    const answer = tokens.has(asked)
      ? { active: true, client_id: 'caller', scope: 'led_eligibility' }
      : { active: false };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`,
    /** A new token that is good. */
    token: () => {
      const token = randomUUID();
      tokens.add(token);
      return token;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

describe('hundreds of garbage tokens a second', () => {
  test('under introspection, good new tokens of others are still checked, and known ones go on', async () => {
    const keyFile = world.write('introspection.key', server.service.key);
    const tokenService = await startSlowIntrospection(800);
    service = await startService({
      ...world.environment,
      AUTH_MODE: 'introspection',
      AUTH_INTROSPECTION_URL: tokenService.url,
      AUTH_CLIENT_ID: server.service.id,
      AUTH_CLIENT_KEY_FILE: keyFile,
      RATE_LIMIT_PER_MINUTE: '100',
    });
    const good = callerAt('127.0.0.1');
    const known = tokenService.token();
    expect(await good(known)).toBe(200);
    const attacker = callerAt('127.0.0.9');
    const flood = startFlood(300, () => attacker(randomUUID()));
    await until(() => flood.answers() > 300);
    for (let i = 0; i < 8; i += 1) {
      expect(await good(tokenService.token())).toBe(200);
      expect(await good(known)).toBe(200);
    }
    const statuses = await flood.stop();
    // Refused, not yet checked, or refused too often.
    expect([...statuses.keys()].filter((status) => ![401, 429, 503].includes(status))).toEqual([]);
    expect(statuses.get(429)).toBeGreaterThan(0);
    // The same address is not locked out.
    expect(await attacker(tokenService.token())).toBe(200);
    await tokenService.close();
  }, 60_000);

  test('with an unknown key, the key server is asked twice a second, and good tokens are not delayed', async () => {
    service = await startService({ ...world.environment, ...server.environment });
    const good = callerAt('127.0.0.1');
    expect(await good(await server.token())).toBe(200);
    const { privateKey } = await generateKeyPair('ES256');
    const garbage = await Promise.all(
      Array.from({ length: 100 }, () => server.sign({}, { kid: randomUUID() }, privateKey)),
    );
    const fetches = () => server.requests.filter((path) => path === '/jwks').length;
    const before = fetches();
    const startedAt = performance.now();
    const attacker = callerAt('127.0.0.9');
    let next = 0;
    const flood = startFlood(200, () => attacker(garbage[next++ % garbage.length]));
    await until(() => flood.answers() > 300);
    for (let i = 0; i < 5; i += 1) expect(await good(await server.token())).toBe(200);
    const statuses = await flood.stop();
    expect([...statuses.keys()]).toEqual([401]);
    expect(fetches() - before).toBeLessThanOrEqual(2 + ((performance.now() - startedAt) / 1000) * 2);
  }, 60_000);
});

describe('with RATE_LIMIT_PER_MINUTE', () => {
  test('refusals are counted by address, and never stop a good token', async () => {
    service = await startService({ ...world.environment, ...server.environment, RATE_LIMIT_PER_MINUTE: '3' });
    const one = callerAt('127.0.0.1');
    const other = callerAt('127.0.0.9');
    const refusals = [undefined, 'garbage', undefined, undefined, 'garbage'];
    const statuses: number[] = [];
    for (const token of refusals) statuses.push(await one(token));
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect(await other('garbage')).toBe(401);
    const token = await server.token();
    for (const _ of [1, 2, 3]) expect(await one(token)).toBe(200);
    expect(await one(token)).toBe(429);
    expect(await other(token)).toBe(429);

    const response = await fetch(`${service.url}/eligibility`, { method: 'POST', body });
    const problem = await json(response);
    expect([response.status, problem.type]).toEqual([429, 'urn:problem-type:belgif:tooManyRequests']);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    await until(() => service.audit().some(({ id }) => id === idOf(problem)));
    const line = service.audit().find(({ id }) => id === idOf(problem));
    expect(line).toMatchObject({ status: 429, result: 'refused', problem: 'tooManyRequests' });
    expect(line).not.toHaveProperty('client');
  });
});
