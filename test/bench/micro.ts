// Measures the cost of each part alone, in this process. Writes one JSON object to standard output.
import { createPrivateKey, createSecretKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { subjectHmac } from '../../src/audit/identity.ts';
import { formatLine } from '../../src/audit/line.ts';
import { makeReceipt } from '../../src/audit/receipt.ts';
import { present } from '../../src/decision.ts';
import { checkInsz } from '../../src/insz.ts';
import { createAnswerParser } from '../../src/led/answer/parse.ts';
import { decide } from '../../src/rules/decide.ts';
import { sampleAccess } from '../audit/sample.ts';
import { ama, today } from '../rules/support.ts';
import { newKey } from '../support/keys.ts';
import { answerOf, persons, type Records, sizes } from './answers.ts';
import { measure } from './measure.ts';

const referte = '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10';
const parseAnswer = createAnswerParser();
const parse = (bytes: Buffer) => {
  // 16 KiB is the most that a TLS record holds.
  const pieces = Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, i) =>
    bytes.subarray(i * 16_384, (i + 1) * 16_384),
  );
  return parseAnswer(pieces, { referte });
};
const bytes = Object.fromEntries(sizes.map((count) => [count, answerOf(count, referte)])) as Record<Records, Buffer>;
const parsed = (count: Records): number => measure(() => parse(bytes[count]));

const answer = { records: parse(bytes[3]).records, warning: false, incomplete: false };
const key = createSecretKey(randomBytes(32));
const privateKey = createPrivateKey(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);
const signing = promisify(sign);
const data = randomBytes(800);
const signed = async (): Promise<number> => {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10; round += 1) {
    const start = process.cpuUsage();
    for (let index = 0; index < 50; index += 1) await signing('sha256', data, privateKey);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 50);
  }
  return best;
};

const access = sampleAccess('01a20938-7501-7f82-887d-2b48665eaf53');
const place = {
  ts: '2026-11-23T10:15:30.123Z',
  inst: '3f2b8c1e-9d3a-4a52-8b52-7f1f0e6d9c10',
  seq: 4711,
  svc: { name: 'led-eligibility', version: '0.1.0', commit: 'unknown' },
  prev: '0'.repeat(64),
};

const { signer } = newKey();
const [id, decidedAt] = ['01a20938-7501-7f82-887d-2b48665eaf53', '2026-11-23T10:15:30.123Z'];
const ruling = decide(answer, ama, persons[3], today);
const decision = present({ ruling, ruleSet: ama, referenceDate: '2026-11-23' }, { id, decidedAt, language: 'nl' });
const body = Buffer.from(JSON.stringify(decision));
const receiptFacts = {
  decisionId: id,
  ruleSet: decision.ruleSet,
  subject: { key: 'k1', hmac: subjectHmac(key, persons[3]) },
  issuedAt: 1_795_000_000,
  salt: randomBytes(16),
};

const micro = {
  'INSZ check': measure(() => checkInsz(persons[1], '2026-11-23', true)),
  'parse 1 record': parsed(1),
  'parse 3 records': parsed(3),
  'parse 24 records': parsed(24),
  'evaluate 3 records': measure(() => decide(answer, ama, persons[3], today)),
  'sign (thread pool)': await signed(),
  'HMAC of a subject': measure(() => subjectHmac(key, persons[1])),
  'receipt of 3 records': measure(() => makeReceipt(signer, body, receiptFacts)),
  'audit line': measure(() => formatLine(access, place)),
};
console.log(JSON.stringify(micro));
