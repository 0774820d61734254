import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { Agent, Client, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, type Pair } from '../../../docker/certificates.ts';
import { persons } from '../../../docker/simulator/persons.ts';
import { startSimulator } from '../../../docker/simulator/server.ts';
import { schemaCheck } from '../../support/schema.ts';
import { type Bench, question, type Reply, startBench } from './client.ts';

const sofie = '90610100155';
const nobody = '82671200184';
const schemaFaults = schemaCheck(new URL('../../led/answer/geef-bewijs-response.xsd', import.meta.url));

/** The level, the code and the HTTP status of the one Uitzondering in an answer. */
const exceptionIn = ({ status, body }: Reply): string => {
  const fault = /<faultstring>(\w+)(?: -|:)/.exec(body);
  if (fault) return `fault ${fault[1]} ${status}`;
  const level = /<Antwoord>/.test(body) ? 'antwoord' : 'repliek';
  return `${level} ${/<Identificatie>(\w+)<\/Identificatie>\s*<Oorsprong>/.exec(body)?.[1]} ${status}`;
};

let bench: Bench;
let stranger: Pair;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  const sample = (insz: string) =>
    `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<x:GeefBewijsResponse xmlns:x="http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be"><Repliek><Antwoorden><Antwoord><Referte>old</Referte><Inhoud>${insz}</Inhoud></Antwoord></Antwoorden></Repliek></x:GeefBewijsResponse>\n`;
  writeFileSync(join(folder, `${nobody}.xml`), sample(nobody));
  writeFileSync(join(folder, 'notes.txt'), 'no answer');
  bench = await startBench({ samplesDir: folder });
  stranger = await (await createAuthority()).issue({ commonName: 'stranger', use: 'client', keyType: 'rsa' });
});
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

describe('over mutual TLS', () => {
  test.each([
    ['no certificate', async () => ({})],
    ['a certificate of another authority', async () => stranger],
    [
      'an expired certificate',
      () => bench.authority.issue({ commonName: 'late', use: 'client', notAfter: new Date(Date.now() - 1000) }),
    ],
  ])('rejects a caller with %s', async (_, credentials) => {
    const dispatcher = new Agent({ connect: { ...(await credentials()), ca: bench.authority.cert } });
    const before = bench.simulator.requests.total;
    await expect(request(bench.simulator.url, { dispatcher, method: 'POST', body: '' })).rejects.toThrow();
    expect(bench.simulator.requests.total).toBe(before);
    await dispatcher.destroy();
  });

  test('has one path and one method, and a health check', async () => {
    const { url } = bench.simulator;
    expect(await bench.post('', {}, new URL('/', url).href)).toMatchObject({ status: 404 });
    expect(await bench.post('', {}, `${url}/`)).toMatchObject({ status: 404 });
    const dispatcher = new Agent({ connect: { ...bench.client, ca: bench.authority.cert } });
    expect(await request(url, { dispatcher })).toMatchObject({ statusCode: 405, headers: { allow: 'POST' } });
    const health = await request(new URL('/health', url), { dispatcher });
    expect(health.statusCode).toBe(200);
    expect(await health.body.json()).toEqual({ status: 'UP' });
    await dispatcher.destroy();
  });

  test('answers over plain HTTP only without certificates', async () => {
    const plain = await startSimulator();
    expect(plain.url).toMatch(/^http:/);
    expect(await bench.post(await question({ insz: sofie }), {}, plain.url)).toMatchObject({ status: 200 });
    await plain.close();
    await expect(bench.post('', {}, bench.simulator.url.replace('https:', 'http:'))).rejects.toThrow();
  });
});

describe('a signed request', () => {
  test.each(['rsa-sha256', 'rsa-sha1'] as const)('is answered: %s', async (algorithm) => {
    const referte = randomUUID();
    const reply = await bench.post(
      await question({ insz: sofie, referte, capacity: '1234', user: nobody }, bench.client, algorithm),
    );
    expect(reply).toMatchObject({ status: 200, type: 'text/xml;charset=utf-8' });
    expect(reply.body).toMatch(new RegExp(`<Antwoord>\\s*<Referte>${referte}</Referte>`));
    expect(bench.simulator.requests.received.at(-1)).toMatchObject({
      insz: sofie,
      referte,
      capacity: '1234',
      user: nobody,
      signed: true,
    });
  });

  const flaws: readonly [string, (text: string) => string | Promise<string>][] = [
    ['no signature', () => question({ insz: sofie })],
    ['another person in the Body', (text) => text.replace(sofie, '85610100246')],
    ['another SignedInfo', (text) => text.replace('<ds:DigestValue>', '<ds:DigestValue>AAAA')],
    ['another signature', (text) => text.replace('<ds:SignatureValue>', '<ds:SignatureValue>AAAA')],
    ['a Body that the signature does not cover', (text) => text.replace(/wsu:Id="body"/, 'wsu:Id="other"')],
    [
      'the signed Body in the header, and another Body in its place',
      (text) => {
        const [body = ''] = /<soapenv:Body.*<\/soapenv:Body>/.exec(text) ?? [];
        const other = body.replace(' wsu:Id="body"', '').replace(sofie, '85610100246');
        return text.replace(body, other).replace('</soapenv:Header>', `<x>${body}</x></soapenv:Header>`);
      },
    ],
    ['no certificate', (text) => text.replace(/<wsse:BinarySecurityToken.*<\/wsse:BinarySecurityToken>/, '')],
    ['a token that is not a certificate', (text) => text.replace(/(wsu:Id="certificate">)[^<]+/, '$1AAAA')],
    ['a reference to another token', (text) => text.replace('URI="#certificate"', 'URI="#else"')],
    ['another certificate than that of the connection', () => question({ insz: sofie }, stranger)],
  ];
  test.each(flaws)('is refused: %s', async (name, spoil) => {
    const reply = await bench.post(await spoil(await question({ insz: sofie }, bench.client)));
    expect(exceptionIn(reply)).toBe(name === 'no signature' ? 'fault ERR_025 500' : 'fault ERR_026 500');
  });
});

describe('a request that breaks the rules', () => {
  const wrong: readonly [string, string, (text: string) => string, Record<string, string | undefined>?][] = [
    ['no charset', 'fault 20005 500', (text) => text, { 'content-type': 'text/xml' }],
    ['SOAP 1.2', 'fault 20005 500', (text) => text, { 'content-type': 'application/soap+xml;charset=UTF-8' }],
    ['no SOAPAction', 'fault 20005 500', (text) => text, { soapaction: undefined }],
    ['another SOAPAction', 'fault 20005 500', (text) => text, { soapaction: '"GeefBewijs"' }],
    ['empty', 'fault 20005 500', () => ''],
    ['cut off', 'fault 20005 500', (text) => text.slice(0, -1)],
    ['a DOCTYPE', 'fault 20005 500', (text) => text.replace('?>', '?><!DOCTYPE a>')],
    ['too deep', 'fault 20005 500', (text) => text.replace('<Verzoek>', `${'<a>'.repeat(70)}${'</a>'.repeat(70)}$&`)],
    ['too large', 'fault 20005 500', (text) => text + ' '.repeat(300_000)],
    [
      'the envelope of SOAP 1.2',
      'fault 20005 500',
      (text) => text.replaceAll(/http:\/\/schemas.xmlsoap[^"]+/g, 'urn:x'),
    ],
    ['two Bodies', 'fault 20005 500', (text) => text.replace(/<soapenv:Body.*<\/soapenv:Body>/, '$&$&')],
    ['another operation', 'fault 20005 500', (text) => text.replaceAll('geef:GeefBewijs', 'geef:GeefDiploma')],
    ['another namespace', 'fault 20005 500', (text) => text.replace('http://geefbewijs.', 'http://geefbewijzen.')],
    [
      'a default namespace that is undone',
      'repliek 99994 200',
      (text) =>
        text
          .replaceAll('geef:GeefBewijs', 'GeefBewijs')
          .replace('xmlns:geef', 'xmlns')
          .replace('<Verzoek>', '<Verzoek xmlns="">'),
    ],
    ['a qualified child', 'repliek 20005 200', (text) => text.replaceAll('Verzoek>', 'geef:Verzoek>')],
    ['another service', 'repliek 20005 200', (text) => text.replace('<Naam>GeefBewijs<', '<Naam>GeefBewijzen<')],
    ['another version', 'repliek 20005 200', (text) => text.replace('02.00.0000', '01.00.0000')],
    ['another type', 'repliek 20005 200', (text) => text.replace('VRAAG', 'ANTWOORD')],
    ['no milliseconds', 'repliek 20005 200', (text) => text.replace('.000<', '<')],
    ['other milliseconds', 'repliek 20005 200', (text) => text.replace('.000<', '.123<')],
    ['another order', 'repliek 20005 200', (text) => text.replace(/(<Datum>.*<\/Datum>)(<Tijd>.*<\/Tijd>)/, '$2$1')],
    ['an extra element', 'repliek 20005 200', (text) => text.replace('<INSZ>', '<Naam>x</Naam><INSZ>')],
    ['an element twice', 'repliek 20005 200', (text) => text.replace(/<Vraag>.*<\/Vraag>/, '$&$&')],
    ['a missing element', 'repliek 20005 200', (text) => text.replace(/<Type>.*<\/Type>/, '')],
    ['stray text', 'repliek 20005 200', (text) => text.replace('<Vraag>', 'x<Vraag>')],
    ['an empty Hoedanigheid', 'repliek 20005 200', (text) => text.replace('</Afzender>', '<Hoedanigheid/></Afzender>')],
    [
      'a long Hoedanigheid',
      'repliek 20005 200',
      (text) => text.replace('</Afzender>', `<Hoedanigheid>${'h'.repeat(25)}</Hoedanigheid></Afzender>`),
    ],
    ['a long Identificatie', 'repliek 20005 200', (text) => text.replace('<Identificatie>', `$&${'i'.repeat(120)}`)],
    ['two Refertes', 'repliek 20005 200', (text) => text.replace('<Referte>', '<Referte>x')],
    ['long Refertes', 'repliek 20005 200', (text) => text.replaceAll('<Referte>', '<Referte>x')],
    ['a wrong checksum', 'antwoord 20002 200', (text) => text.replace(sofie, '90610100156')],
    ['ten digits', 'antwoord 20002 200', (text) => text.replace(sofie, '9061010015')],
    ['spaces', 'antwoord 20002 200', (text) => text.replace(sofie, ` ${sofie}`)],
  ];
  let loose: Bench;
  beforeAll(async () => {
    loose = await startBench({ requireSignature: false });
  });
  afterAll(() => loose.close());

  test.each(wrong)('is refused: %s: %s', async (_, expected, spoil, headers) => {
    const text = await question({ insz: sofie });
    const spoilt = spoil(text);
    expect(headers !== undefined || spoilt !== text).toBe(true);
    const reply = await loose.post(spoilt, headers);
    expect(exceptionIn(reply)).toBe(expected);
    expect(reply.body).not.toContain(sofie);
  });

  test('is refused: bytes that are not UTF-8', async () => {
    const reply = await loose.post(Buffer.from((await question({ insz: sofie })).replace('VRAAG', 'VRÄAG'), 'latin1'));
    expect(exceptionIn(reply)).toBe('fault 20005 500');
  });

  test('is refused: the time in Greenwich, or of another day', async () => {
    for (const hours of [-1, 1, 24]) {
      const at = Date.now() + hours * 3_600_000;
      expect(exceptionIn(await loose.post(await question({ insz: sofie, at })))).toBe('repliek 20005 200');
    }
  });

  test('is refused: a Referte that was used before', async () => {
    const text = await question({ insz: sofie });
    expect(await loose.post(text)).toMatchObject({ status: 200 });
    expect(exceptionIn(await loose.post(text))).toBe('repliek 20005 200');
  });

  test('is answered with an old time and a used Referte where the simulator is not strict', async () => {
    const lenient = await startSimulator({ strict: false });
    const text = await question({ insz: sofie, at: Date.parse('2020-01-01T12:00:00Z') });
    for (const _ of [1, 2]) expect((await loose.post(text, {}, lenient.url)).body).toContain('<Bewijs>');
    await lenient.close();
  });
});

describe('the answers', () => {
  test('are 40000.LED for any other valid number', async () => {
    const reply = await bench.ask('82671299956');
    expect(exceptionIn(reply)).toBe('antwoord 40000 200');
    expect(reply.body).toMatch(/<Oorsprong>LED<\/Oorsprong>\s*<Type>FOUT<\/Type>/);
    expect(reply.body).toContain(`<Referte>${reply.referte}</Referte>`);
  });

  test('come from the folder where it holds the person, with the Referte of the question', async () => {
    const { body, referte } = await bench.ask(nobody);
    expect(body).toContain(`<Antwoord><Referte>${referte}</Referte><Inhoud>${nobody}</Inhoud>`);
    expect(body.match(/<\?xml/g)).toHaveLength(1);
    expect(body).not.toContain('\uFEFF');
  });

  test('keep to the schema of LED, in an envelope of SOAP 1.1', async () => {
    const checked: string[] = [];
    for (const person of persons.values()) {
      if (person.failure !== undefined || person.latencyMs !== undefined) continue;
      const { status, body, referte } = await bench.ask(person.insz);
      const level = person.uitzonderingen?.level;
      expect(status).toBe(level === 'fault500' ? 500 : 200);
      expect(body.startsWith('\uFEFF')).toBe(person.bom === true);
      if (level === 'fault500' || level === 'fault200') {
        const id = person.uitzonderingen?.list[0]?.id;
        expect(body).toContain(`<faultstring>${id === '' ? 'Melding' : id}`);
        continue;
      }
      if (level !== 'repliek' || person.bewijzen) expect(body).toContain(`<Referte>${referte}</Referte>`);
      const content = /<[\w-]+:Body>(.*)<\/[\w-]+:Body><\/[\w-]+:Envelope>$/s.exec(body)?.[1];
      expect(content).toContain('GeefBewijsResponse');
      if (person.offSchema === true) continue;
      expect(schemaFaults(content ?? ''), person.insz).toEqual([]);
      checked.push(content ?? '');
    }
    expect(checked.length).toBeGreaterThan(100);
    // The check can fail: an answer without one required element does.
    expect(schemaFaults((checked[0] ?? '').replace(/<Bewijsstaat>.*?<\/Bewijsstaat>/s, ''))).not.toEqual([]);
  });
});

describe('failures on purpose', () => {
  const by = (failure: string): string => [...persons.values()].find((one) => one.failure === failure)?.insz ?? '';

  test('are 503 and 429 with Retry-After, HTML, half a document, another Referte', async () => {
    expect(await bench.ask(by('unavailable'))).toMatchObject({ status: 503, retryAfter: '7' });
    expect(await bench.ask(by('tooMany'))).toMatchObject({ status: 429, retryAfter: '3' });
    expect(await bench.ask(by('html'))).toMatchObject({ status: 200, type: 'text/html;charset=utf-8' });
    expect((await bench.ask(by('cut'))).body).toMatch(/<\/Bewijs>$/);
    const { body, referte } = await bench.ask(by('otherReferte'));
    expect(body).toContain('<Bewijs>');
    expect(body).not.toContain(`<Antwoord><Referte>${referte}<`);
  });

  test('are a connection that breaks in the middle of an answer', async () => {
    await expect(bench.ask(by('reset'))).rejects.toThrow();
  });

  test('are any HTTP status', async () => {
    const own = await startBench({ behaviour: { failure: 'status', status: 403 } });
    expect(await own.ask(sofie)).toMatchObject({ status: 403 });
    await own.close();
  });

  test('are a fail-over: connections that are open now close unanswered, and new ones work', async () => {
    const own = await startBench();
    const connect = { ...own.client, ca: own.authority.cert };
    const client = new Client(`https://127.0.0.1:${own.simulator.port}`, { connect });
    const health = async (): Promise<number> => {
      const { statusCode, body } = await client.request({ path: '/health', method: 'GET' });
      await body.dump();
      return statusCode;
    };
    expect(await health()).toBe(200);
    own.simulator.failOver();
    await expect(health()).rejects.toThrow();
    expect(await health()).toBe(200);
    await client.destroy();
    await own.close();
  });

  test('are a TLS session that is not resumed: the connection closes', async () => {
    const own = await startBench({ behaviour: { refuseTickets: true } });
    const connect = async (session?: Buffer): Promise<{ socket: TLSSocket; ended: boolean; ticket: Buffer }> => {
      const target = { port: own.simulator.port, host: '127.0.0.1', ...own.client, ca: own.authority.cert };
      const socket = tlsConnect({ ...target, ...(session === undefined ? {} : { session }) }).resume();
      let ticket: Buffer = Buffer.alloc(0);
      socket.on('session', (fresh: Buffer) => {
        ticket = fresh;
      });
      socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
      const ended = await Promise.race([
        once(socket, 'close').then(() => true),
        once(socket, 'data').then(() => false),
      ]);
      return { socket, ended, ticket };
    };
    const first = await connect();
    expect(first.ended).toBe(false);
    first.socket.destroy();
    expect((await connect(first.ticket)).ended).toBe(true);
    own.simulator.behave({ refuseTickets: false });
    const third = await connect(first.ticket);
    expect([third.ended, third.socket.isSessionReused()]).toEqual([false, true]);
    third.socket.destroy();
    await own.close();
  });

  test('are silence until the simulator is closed', async () => {
    const own = await startBench();
    const asked = own.ask(by('silent'));
    const failed = expect(asked).rejects.toThrow();
    await expect.poll(() => own.simulator.requests.failed).toBe(1);
    await own.close();
    await failed;
  });

  test('and delays apply to every person where the behaviour says so, at the given rate', async () => {
    const own = await startBench({ behaviour: { failure: 'unavailable', failureRate: 0.25 } });
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await own.ask(sofie)).status);
    expect(statuses).toEqual([200, 200, 200, 503, 200, 200, 200, 503]);
    own.simulator.behave({ failure: undefined, latencyMs: 60 });
    const began = performance.now();
    expect(await own.ask(sofie)).toMatchObject({ status: 200 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(59);
    expect(own.simulator.requests).toMatchObject({ total: 9, answered: 7, failed: 2, refused: 0 });
    await own.close();
  });
});
