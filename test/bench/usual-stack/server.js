// The same service with the packages that most people would use: Express, axios, xml2js, json-rules-engine, the console.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import axios from 'axios';
import express from 'express';
import { Engine } from 'json-rules-engine';
import { parseStringPromise } from 'xml2js';

const [folder, url] = process.argv.slice(2);
const { subjects } = JSON.parse(readFileSync(process.argv[4], 'utf8'));

const led = axios.create({
  httpsAgent: new https.Agent({
    keepAlive: true,
    cert: readFileSync(`${folder}/client.crt`),
    key: readFileSync(`${folder}/client.key`),
    ca: readFileSync(`${folder}/ca.pem`),
  }),
  headers: { 'Content-Type': 'text/xml;charset=UTF-8', SOAPAction: '""' },
});

const engine = new Engine([], { allowUndefinedFacts: true });
engine.addRule({
  conditions: {
    all: [
      { fact: 'status', operator: 'equal', value: '1' },
      { fact: 'subject', operator: 'in', value: subjects.map((subject) => subject.code) },
      { fact: 'proofState', operator: 'equal', value: 'eindbewijs' },
      { fact: 'proofType', operator: 'equal', value: 'diploma' },
      { fact: 'authenticity', operator: 'equal', value: 'authentiek' },
      { fact: 'country', operator: 'equal', value: 'BEL' },
      {
        any: [
          { fact: 'vks', operator: 'greaterThanInclusive', value: 6 },
          { fact: 'isced2011', operator: 'greaterThanInclusive', value: 6 },
        ],
      },
    ],
  },
  event: { type: 'match' },
});

const soap = (insz, referte) => `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:geef="http://geefbewijs.bewijsraadplegingdienst.led.vlaanderen.be">
  <soapenv:Header/>
  <soapenv:Body>
    <geef:GeefBewijs><Verzoek>
      <Context><Naam>GeefBewijs</Naam><Versie>02.00.0000</Versie>
        <Bericht><Type>VRAAG</Type><Afzender><Identificatie>example.vlaanderen.be</Identificatie><Referte>${referte}</Referte></Afzender></Bericht>
      </Context>
      <Vragen><Vraag><Referte>${referte}</Referte><Inhoud><INSZ>${insz}</INSZ></Inhoud></Vraag></Vragen>
    </Verzoek></geef:GeefBewijs>
  </soapenv:Body>
</soapenv:Envelope>`;

const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const text = (value) => value?.trim().replace(/\s+/g, ' ');

const app = express();
app.use(express.json());

app.use((req, res, next) => {
  const started = Date.now();
  res.on('finish', () => {
    console.log(
      JSON.stringify({
        time: new Date(),
        method: req.method,
        url: req.url,
        status: res.statusCode,
        ms: Date.now() - started,
      }),
    );
  });
  next();
});

app.post('/eligibility', async (req, res) => {
  const id = randomUUID();
  try {
    const { insz } = req.body;
    if (!/^[0-9]{11}$/.test(insz)) return res.status(400).json({ error: 'bad INSZ' });
    console.log(JSON.stringify({ time: new Date(), id, event: 'access', user: req.body.caseHandler?.id }));
    const answer = await led.post(url, soap(insz, randomUUID()));
    const parsed = await parseStringPromise(answer.data, {
      explicitArray: false,
      ignoreAttrs: true,
      tagNameProcessors: [(name) => name.replace(/^.*:/, '')],
    });
    const antwoord = parsed.Envelope.Body.GeefBewijsResponse.Repliek.Antwoorden.Antwoord;
    const diplomas = [];
    for (const bewijs of list(antwoord.Inhoud?.Bewijzen?.Bewijs)) {
      const { Basis: basis, Afgeleid: afgeleid } = bewijs;
      const { events } = await engine.run({
        status: text(bewijs.BewijsstatusLed?.Code),
        subject: text(basis.Onderwerp?.Code),
        proofState: text(basis.Bewijsstaat?.Naam)?.toLowerCase(),
        proofType: text(basis.Bewijstype?.Naam)?.toLowerCase(),
        authenticity: text(basis.Authenticiteit?.Naam)?.toLowerCase(),
        country: text(basis.Land?.Code),
        vks: Number(text(afgeleid?.VKSNiveauOnderwijskwalificatie?.Code)),
        isced2011: Number(text(afgeleid?.ISCEDNiveau2011?.Code)),
      });
      if (events.length > 0)
        diplomas.push({ verdict: 'match', name: text(basis.VolledigeNaam), subject: basis.Onderwerp });
    }
    const outcome = diplomas.length > 0 ? 'eligible' : 'notDemonstrated';
    console.log(JSON.stringify({ time: new Date(), id, event: 'decision', outcome }));
    return res.json({ decisionId: id, outcome, diplomas });
  } catch (error) {
    console.error(JSON.stringify({ time: new Date(), id, error: error.message }));
    return res.status(502).json({ error: 'LED' });
  }
});

const server = app.listen(0, '127.0.0.1', () => {
  console.error(JSON.stringify({ message: 'listening', port: server.address().port }));
});
