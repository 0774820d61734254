import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/audit/event.ts';
import { makeSeal, type ReadSeal, readSeal } from '../../src/audit/seal.ts';
import { type Report, type VerifyOptions, verify } from '../../src/audit/verify/verify.ts';
import { newKey } from '../support/keys.ts';
import { openPipe } from '../support/pipe.ts';
import { until } from '../support/until.ts';
import { sampleRefusal, sampleStart } from './sample.ts';

const KILLS = 20;
const folder = mkdtempSync(join(tmpdir(), 'insider-'));
const [key, sealer] = [newKey(), newKey()];
const keyFile = join(folder, 'receipt.key');
writeFileSync(keyFile, key.privatePem);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The lines of one process, parsed: an insider changes the members and computes the chain anew. */
// biome-ignore lint/suspicious/noExplicitAny: an insider changes any member
type Line = Record<string, any>;
type Archive = readonly (readonly Line[])[];

/** Starts a process that signs a heartbeat every 200 ms. `kill` ends it while it writes, and returns its lines. */
const startReplica = async (name: string): Promise<{ kill: () => Promise<string> }> => {
  const pipe = openPipe(join(folder, name));
  pipe.reader.resume();
  const args = [join(import.meta.dirname, 'writer.ts'), '500', '200', '10000', keyFile];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', pipe.writeEnd, 'inherit', 'ipc'] });
  closeSync(pipe.writeEnd);
  await once(child, 'message');
  const write = (event: AuditEvent, times: number): void =>
    void child.send({ call: 1, order: { do: 'write', event, times } });
  write(sampleStart(), 1);
  write(sampleRefusal('a'), 50);
  await until(() => pipe.text().split('"kind":"heartbeat"').length > 2);
  return {
    kill: async () => {
      write(sampleRefusal('a'), 200);
      const before = pipe.text().length;
      await until(() => pipe.text().length > before);
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      const text = await pipe.rest();
      pipe.reader.destroy();
      return text;
    },
  };
};

/** The text of a chain. Most chains of an archive are those of the archive before the attack: their text is kept. */
const textOf = (lines: readonly Line[]): string => {
  const text = texts.get(lines) ?? lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  texts.set(lines, text);
  return text;
};
const texts = new WeakMap<readonly Line[], string>();

const check = (archive: Archive, options: VerifyOptions): Promise<Report> => {
  const chunks = (async function* () {
    for (const lines of archive) yield Buffer.from(textOf(lines));
  })();
  return verify([{ name: 'archive.log', chunks }], options);
};

/** Computes a chain anew: numbers, `prev` and `hash`. The insider has no key, so signatures stay as they were. */
const computeAnew = (lines: readonly Line[]): Line[] => {
  let prev = '0'.repeat(64);
  return lines.map(({ hash: _, ...members }, index) => {
    const line: Line = { ...members, seq: index + 1, prev };
    const hash = createHash('sha256').update(JSON.stringify(line)).digest('hex');
    prev = hash;
    return { ...line, hash };
  });
};

let archive: Archive;
let seal: ReadSeal;

beforeAll(async () => {
  const written: string[] = [];
  const replicas = await Promise.all(['a', 'b', 'c'].map(startReplica));
  for (let kills = 0; kills < KILLS; kills += 1) {
    const index = kills % replicas.length;
    written.push((await replicas[index]?.kill()) ?? '');
    if (kills < KILLS - replicas.length) replicas[index] = await startReplica(`replica-${kills}`);
  }
  archive = written.map((text) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  const { chains } = await check(archive, {});
  const sealed = chains.map(({ inst, firstSeq, lastSeq, lastHash, stopped }) => ({
    inst,
    first: firstSeq,
    last: lastSeq,
    hash: lastHash,
    ended: stopped,
  }));
  seal = readSeal(makeSeal({ iat: 1, chains: sealed }, sealer.signer), [sealer.key]) as ReadSeal;
}, 120_000);

/** What an insider does to one chain, at one place. Undefined: nothing is left of the chain. */
const attacks: Readonly<Record<string, (lines: readonly Line[], at: number) => readonly Line[] | undefined>> = {
  'removes a line and computes the chain anew': (lines, at) => computeAnew(lines.toSpliced(at, 1)),
  'removes ten lines and computes the chain anew': (lines, at) =>
    computeAnew(lines.toSpliced(Math.max(1, at - 10), 10)),
  'edits a line and computes the chain anew': (lines, at) =>
    computeAnew(lines.with(at, { ...lines[at], ts: '2026-11-23T10:15:30.123Z' })),
  'adds a line and computes the chain anew': (lines, at) =>
    computeAnew(lines.toSpliced(at, 0, { ...lines[at], kind: 'access', id: 'added', sig: undefined })),
  'gives the chain another process and computes it anew': (lines) =>
    computeAnew(lines.map((line) => ({ ...line, inst: '019abcde-0000-7000-8000-000000000001' }))),
  'removes a line': (lines, at) => lines.toSpliced(at, 1),
  'edits a line': (lines, at) => lines.with(at, { ...lines[at], ts: '2026-11-23T10:15:30.123Z' }),
  'edits a line and its hash': (lines, at) => {
    const { hash: _, ...members } = { ...lines[at], ts: '2026-11-23T10:15:30.123Z' } as Line;
    const hash = createHash('sha256').update(JSON.stringify(members)).digest('hex');
    return lines.with(at, { ...members, hash });
  },
};

/** What an insider can do only until the seal is made. */
const quietAttacks: typeof attacks = {
  'shortens the chain': (lines, at) => lines.slice(0, at),
  'removes the chain': () => undefined,
  'removes every signed line but the start and computes the chain anew': (lines) =>
    computeAnew(lines.filter(({ kind }, index) => index === 0 || kind !== 'heartbeat')),
};

const attacked = (chain: number, how: (typeof attacks)[string], at: number): Archive => {
  const changed = how(archive[chain] ?? [], at);
  return changed === undefined ? archive.toSpliced(chain, 1) : archive.with(chain, changed);
};

describe(`three replicas, killed ${KILLS} times`, () => {
  it('leave an archive that is sound, signed and sealed', async () => {
    const report = await check(archive, { keys: [key.key], seals: [seal] });
    expect([report.ok, report.chains.length]).toEqual([true, KILLS]);
    for (const { attested = 0, lastSeq } of report.chains) {
      expect(attested).toBeGreaterThan(1);
      expect(attested).toBeLessThanOrEqual(lastSeq);
    }
  });

  it.each(Object.keys({ ...attacks, ...quietAttacks }))(
    'after the seal it is found that an insider %s',
    async (name) => {
      const how = { ...attacks, ...quietAttacks }[name];
      for (let chain = 2; chain < KILLS && how; chain += 9) {
        const length = archive[chain]?.length ?? 0;
        for (const at of [1, Math.floor(length / 2), length - 1]) {
          expect(await check(attacked(chain, how, at), { seals: [seal] })).toMatchObject({ ok: false });
        }
      }
    },
  );

  it.each(Object.keys(attacks))(
    'before the seal it is found that an insider %s, before the last signed line',
    async (name) => {
      const how = attacks[name];
      for (let chain = 5; chain < KILLS && how; chain += 9) {
        const signed = archive[chain]?.findLastIndex(({ kind }) => kind === 'heartbeat') ?? 0;
        for (const at of [1, Math.floor(signed / 2), signed - 1]) {
          expect(await check(attacked(chain, how, at), { keys: [key.key] })).toMatchObject({ ok: false });
        }
      }
    },
  );

  it('a chain without its signed lines is not attested, and the report says so', async () => {
    const how = quietAttacks['removes every signed line but the start and computes the chain anew'];
    const report = await check(how ? attacked(0, how, 0) : [], { keys: [key.key] });
    expect(report.chains[0]).toMatchObject({ attested: 1 });
    expect(report.notes).toContainEqual(expect.objectContaining({ kind: 'notAttested', inst: archive[0]?.[0]?.inst }));
  });
});
