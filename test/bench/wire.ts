// Shows what the network alone allows: a bare HTTP server that asks LED through undici over mutual TLS and answers with
// the length of LED's answer. No parsing, no rules, no audit. With a third argument it makes one RSA-2048 signature for
// each call.
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { Pool } from 'undici';

const [folder = '.', url = '', signature] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const keyText = readFileSync(`${folder}/client.key`);
const key = createPrivateKey(keyText);
const signAsync = promisify(sign);
const pool = new Pool(origin, {
  connections: 64,
  allowH2: false,
  connect: { cert: readFileSync(`${folder}/client.crt`), key: keyText, ca: readFileSync(`${folder}/ca.pem`) },
});
const headers = { 'content-type': 'text/xml;charset=UTF-8', soapaction: '""', 'accept-encoding': 'identity' };
const envelope = (insz: string): string => {
  const referte = randomUUID();
  return (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>' +
    '<geef:GeefBewijs xmlns:geef="http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be"><Verzoek><Context><Bericht><Afzender>' +
    `<Referte>${referte}</Referte></Afzender></Bericht></Context><Vragen><Vraag><Referte>${referte}</Referte><Inhoud>` +
    `<INSZ>${insz}</INSZ></Inhoud></Vraag></Vragen></Verzoek></geef:GeefBewijs></soapenv:Body></soapenv:Envelope>`
  );
};

const server = createServer(async (request, response) => {
  try {
    let asked = '';
    for await (const chunk of request.setEncoding('utf8')) asked += chunk;
    const body = envelope(JSON.parse(asked).insz);
    if (signature !== undefined) await signAsync('sha256', Buffer.from(body), key);
    const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
    const { byteLength } = await answer.body.arrayBuffer();
    const text = JSON.stringify({ length: byteLength });
    response.writeHead(answer.statusCode, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  } catch {
    response.writeHead(502).end();
  }
});
server.listen(0, '127.0.0.1', () => {
  console.error(JSON.stringify({ message: 'listening', port: (server.address() as AddressInfo).port }));
});
// A regular exit, so that Node writes a profile where it was started with --cpu-prof.
process.once('SIGTERM', () => process.exit(0));
