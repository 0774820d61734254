import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SignedXml } from 'xml-crypto';
import { type Authority, createAuthority, type Pair } from '../../../docker/certificates.ts';
import { persons } from '../../../docker/simulator/persons.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../docker/simulator/server.ts';
import { createToken } from '../../../src/led/request/token.ts';
import { ask, createWorld, json, type RunningService, startService, type World } from '../../support/service.ts';
import { hasTool } from '../../support/tools.ts';
import { until } from '../../support/until.ts';
import { question } from './client.ts';

const sofie = '90610100155';

let root: Authority;
let issuing: Authority;
let client: Pair;
let serverRsa: Pair;
let folder: string;
beforeAll(async () => {
  root = await createAuthority('Root');
  issuing = await root.createIntermediate('Issuing authority');
  client = await issuing.issue({ commonName: 'caller', use: 'client', keyType: 'rsa' });
  const names = ['127.0.0.1', 'localhost'];
  serverRsa = await root.issue({ commonName: 'led', names, use: 'server', keyType: 'rsa' });
  folder = mkdtempSync(join(tmpdir(), 'simulator-forms-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (options: SimulatorOptions = {}): Promise<Simulator> =>
  startSimulator({ tls: { ...serverRsa, ca: root.cert }, ...options });

/** Posts a request over a connection with these client certificates. Returns status, type and text of the answer. */
const post = async (simulator: Simulator, body: string, connect: { cert?: string; key?: string }) => {
  const dispatcher = new Agent({ connect: { ...connect, ca: root.cert } });
  const headers = { 'content-type': 'text/xml;charset=UTF-8', soapaction: '""' };
  const reply = await request(simulator.url, { dispatcher, method: 'POST', body, headers });
  const text = await reply.body.text();
  await dispatcher.destroy();
  return { status: reply.statusCode, type: String(reply.headers['content-type']), text };
};
/** `answered`, or the code of the Fault. */
const word = ({ text }: { text: string }): string =>
  /<faultstring>(\w+)/.exec(text)?.[1] ?? (text.includes('<Bewijs>') ? 'answered' : text);

describe('the token of a signature', () => {
  const chained = () => ({ cert: client.cert + issuing.cert, key: client.key });

  test('may be our certificate alone or its path; the path must be whole and in order', async () => {
    const simulator = await start();
    const asked = async (spoil = (text: string) => text) =>
      word(
        await post(simulator, spoil(await question({ insz: sofie }, client, 'rsa-sha256', [issuing.cert])), chained()),
      );
    const token = (chain: [string, ...string[]]) => createToken(chain, 'pkipath').base64;
    const replaced = (chain: [string, ...string[]]) => (text: string) =>
      text.replace(/(wsu:Id="certificate">)[^<]+/, (_, tag: string) => tag + token(chain));
    expect(word(await post(simulator, await question({ insz: sofie }, client), chained()))).toBe('answered');
    expect(await asked()).toBe('answered');
    expect(await asked(replaced([client.cert, issuing.cert, root.cert]))).toBe('answered');
    expect(await asked(replaced([client.cert, root.cert, issuing.cert]))).toBe('ERR_026');
    expect(await asked(replaced([issuing.cert, client.cert]))).toBe('ERR_026');
    expect(await asked((text) => text.replace('#X509PKIPathv1', '#X509v3'))).toBe('ERR_026');
    expect(
      await asked((text) => text.replace(/(Reference URI="#certificate" ValueType="[^"]*)X509PKIPathv1/, '$1X509v3')),
    ).toBe('ERR_026');
    expect(await asked((text) => text.replace(/(wsu:Id="certificate">)[^<]+/, '$1MIIB'))).toBe('ERR_026');
    await simulator.close();
  });

  test.skipIf(!hasTool('xmlsec1'))(
    'may be what the reference connector sends: RSA-SHA1, a signed Timestamp, prefixes that count (needs xmlsec1)',
    async () => {
      const simulator = await start();
      const unsigned = await question({ insz: sofie, referte: randomUUID() });
      const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
      const path = createToken([client.cert, issuing.cert], 'pkipath');
      const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
      const counting = `<ec:InclusiveNamespaces xmlns:ec="${exclusive}" PrefixList="geef soapenv"/>`;
      const reference = (id: string) =>
        `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${exclusive}">${counting}</ds:Transform></ds:Transforms>` +
        '<ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><ds:DigestValue/></ds:Reference>';
      const header =
        `<wsse:Security xmlns:wsse="${wss}-wssecurity-secext-1.0.xsd" xmlns:wsu="${wss}-wssecurity-utility-1.0.xsd" soapenv:mustUnderstand="1">` +
        `<wsu:Timestamp wsu:Id="TS-1"><wsu:Created>2026-11-26T10:00:00.000Z</wsu:Created></wsu:Timestamp>` +
        `<wsse:BinarySecurityToken EncodingType="${wss}-soap-message-security-1.0#Base64Binary" ValueType="${path.valueType}" wsu:Id="X509-1">${path.base64}</wsse:BinarySecurityToken>` +
        `<ds:Signature Id="SIG-1" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${exclusive}">${counting}</ds:CanonicalizationMethod>` +
        `<ds:SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/>${reference('TS-1')}${reference('id-1')}</ds:SignedInfo><ds:SignatureValue/>` +
        `<ds:KeyInfo Id="KI-1"><wsse:SecurityTokenReference wsu:Id="STR-1" xmlns:wsse11="http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd" wsse11:TokenType="${path.valueType}">` +
        `<wsse:Reference URI="#X509-1" ValueType="${path.valueType}"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>`;
      const template = unsigned
        .replace('<soapenv:Header></soapenv:Header>', `<soapenv:Header>${header}</soapenv:Header>`)
        .replace('<soapenv:Body ', `<soapenv:Body xmlns:wsu="${wss}-wssecurity-utility-1.0.xsd" wsu:Id="id-1" `);
      const [input, key, output] = ['template.xml', 'client.key', 'signed.xml'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      writeFileSync(input, template);
      writeFileSync(key, client.key);
      const ids = [
        ['--id-attr:Id', 'http://schemas.xmlsoap.org/soap/envelope/:Body'],
        ['--id-attr:Id', `${wss}-wssecurity-utility-1.0.xsd:Timestamp`],
      ].flat();
      const { status, stderr } = spawnSync('xmlsec1', [
        '--sign',
        ...ids,
        '--privkey-pem',
        key,
        '--output',
        output,
        input,
      ]);
      expect(String(stderr)).not.toMatch(/error/i);
      expect(status).toBe(0);
      const signed = readFileSync(output, 'utf8');
      expect(word(await post(simulator, signed, chained()))).toBe('answered');
      expect(word(await post(simulator, signed.replace(sofie, '85610100246'), chained()))).toBe('ERR_026');
      await simulator.close();
    },
  );
});

describe('a simulator that trusts only the root', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    // The issuing authority does not count, although the file has it.
    simulator = await start({ rootOnly: true, tls: { ...serverRsa, ca: issuing.cert + root.cert } });
  });
  afterAll(() => simulator.close());

  const path = () => ({ cert: client.cert + issuing.cert, key: client.key });
  const withPath = () => question({ insz: sofie }, client, 'rsa-sha256', [issuing.cert]);
  const alone = () => question({ insz: sofie }, client);

  test('answers a caller that sends its path twice: on the connection and in the token', async () => {
    expect(word(await post(simulator, await withPath(), path()))).toBe('answered');
  });

  test('answers ERR_025 to a token without its path, and refuses a connection without it', async () => {
    expect(word(await post(simulator, await alone(), path()))).toBe('ERR_025');
    await expect(post(simulator, await withPath(), client)).rejects.toThrow();
    await expect(post(simulator, await withPath(), {})).rejects.toThrow();
  });

  test('answers ERR_025 to a path that leads to another root, or holds an expired certificate', async () => {
    const other = await (await createAuthority('Root')).createIntermediate('Issuing authority');
    const strange = await other.issue({ commonName: 'caller', use: 'client', keyType: 'rsa' });
    const foreign = await question({ insz: sofie }, strange, 'rsa-sha256', [other.cert]);
    expect(word(await post(simulator, foreign, path()))).toBe('ERR_025');
    const past = { notBefore: new Date(Date.now() - 2000_000), notAfter: new Date(Date.now() - 1000_000) };
    const expired = await issuing.issue({ commonName: 'caller', use: 'client', keyType: 'rsa', ...past });
    const late = await question({ insz: sofie }, expired, 'rsa-sha256', [issuing.cert]);
    expect(word(await post(simulator, late, path()))).toBe('ERR_025');
  });

  test('refuses the service with its certificate alone, and answers it with its path', async () => {
    const world = await createWorld();
    const certFile = join(folder, 'chain.pem');
    const keyFile = join(folder, 'chain.key');
    const caFile = join(folder, 'root.pem');
    writeFileSync(certFile, client.cert + issuing.cert);
    writeFileSync(keyFile, client.key);
    writeFileSync(caFile, root.cert);
    const environment = {
      ...world.environment,
      LED_URL: simulator.url,
      LED_CLIENT_CERT_FILE: certFile,
      LED_CLIENT_KEY_FILE: keyFile,
      LED_CA_FILE: caFile,
    };
    const body = { insz: sofie, caseHandler: { id: 'handler-1' } };
    const answers: [number, unknown][] = [];
    for (const LED_TOKEN of ['x509v3', 'auto', 'pkipath']) {
      const service = await startService({ ...environment, LED_TOKEN });
      const answer = await ask(service, body);
      answers.push([answer.status, (await json(answer)).outcome]);
      if (LED_TOKEN === 'x509v3') {
        await until(() => service.log().some(({ reason }) => reason === 'ledRefused'));
        expect(service.log().find(({ reason }) => reason === 'ledRefused')).toMatchObject({
          exceptions: [{ id: 'ERR_025', origin: '', type: 'FOUT' }],
        });
      }
      await service.stop();
    }
    expect(answers).toEqual([
      [502, undefined],
      [200, 'eligible'],
      [200, 'eligible'],
    ]);
    await world.close();
  });
});

describe('the form of the answers', () => {
  const asked = async (options: SimulatorOptions, insz = sofie) => {
    const simulator = await start(options);
    const reply = await post(simulator, await question({ insz }, client, 'rsa-sha256', [issuing.cert]), {
      cert: client.cert + issuing.cert,
      key: client.key,
    });
    await simulator.close();
    return reply;
  };
  const faulty = [...persons.values()].find(({ uitzonderingen }) => uitzonderingen?.level === 'fault500')?.insz;

  test('is SOAP 1.2 where it is told so, faults included', async () => {
    const answer = await asked({ soap: '1.2' });
    expect(answer).toMatchObject({ status: 200, type: 'application/soap+xml;charset=utf-8' });
    expect(answer.text).toMatch(/:Envelope xmlns:[\w-]+="http:\/\/www.w3.org\/2003\/05\/soap-envelope"/);
    const fault = await asked({ soap: '1.2' }, faulty);
    expect(fault).toMatchObject({ status: 500, type: 'application/soap+xml;charset=utf-8' });
    expect(fault.text).toMatch(/<soapenv:Reason><soapenv:Text xml:lang="nl">\d{5} - /);
    expect(fault.text).not.toContain('faultstring');
  });

  test.each(['1.1', '1.2'] as const)(
    'is signed where it is told so, in SOAP %s; the signature covers the Body',
    async (soap) => {
      for (const insz of [sofie, '85610100246', faulty]) {
        const { text } = await asked({ signAnswers: true, soap }, insz);
        expect(text).toMatch(/<wsse:Security [^>]*\w+:mustUnderstand="1">/);
        expect(text.match(/:Header/g)).toHaveLength(2);
        const verifier = new SignedXml({ publicCert: serverRsa.cert, getCertFromKeyInfo: () => null });
        verifier.loadSignature(/<ds:Signature .*<\/ds:Signature>/s.exec(text)?.[0] ?? '');
        expect(verifier.checkSignature(text)).toBe(true);
        expect(verifier.getSignedReferences()[0]).toMatch(/^<[\w-]+:Body .*<\/[\w-]+:Body>$/s);
      }
    },
  );

  test('needs an RSA key to be signed', async () => {
    const ec = await root.issue({ commonName: 'led', names: ['127.0.0.1'], use: 'server' });
    await expect(start({ signAnswers: true, tls: { ...ec, ca: root.cert } })).rejects.toThrow('RSA');
    await expect(startSimulator({ signAnswers: true })).rejects.toThrow('RSA');
  });
});

describe('the service', () => {
  let world: World;
  let service: RunningService;
  let simulator: Simulator;
  afterAll(async () => {
    await simulator.close();
    await world.close();
  });

  test.each([{ signAnswers: true }, { soap: '1.2' as const }, { signAnswers: true, soap: '1.2' as const }])(
    'decides about every test person as ever: %j',
    async (options) => {
      world ??= await createWorld();
      await simulator?.close();
      const names = ['127.0.0.1', 'localhost'];
      const server = await world.authority.issue({ commonName: 'led', names, use: 'server', keyType: 'rsa' });
      simulator = await startSimulator({ tls: { ...server, ca: world.authority.cert }, ...options });
      service = await startService({ ...world.environment, LED_URL: simulator.url });
      for (const { insz, expects, failure, latencyMs } of persons.values()) {
        if (failure !== undefined || latencyMs !== undefined) continue;
        const answer = await ask(service, { insz, caseHandler: { id: 'handler-1' } });
        const body = await json(answer);
        if (expects.status === 200) expect([answer.status, body.outcome], insz).toEqual([200, expects.outcome]);
        else
          expect([answer.status, String(body.type).split(':').at(-1)], insz).toEqual([expects.status, expects.problem]);
      }
      await service.stop();
    },
    60_000,
  );
});
