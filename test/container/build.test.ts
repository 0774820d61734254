import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasTool, root } from '../support/tools.ts';
import { engine, runContainer } from './engine.ts';

const node = '/nodejs/bin/node';

describe.skipIf(!engine || !hasTool('podman'))('the release build (skipped without podman)', () => {
  let clone: string;
  const tag = `localhost/led-eligibility-build-${process.pid}`;
  /** Builds from the last commit, without any layer of an earlier build. Returns the id of the image. */
  const build = (number: number): { id: string; warnings: string } => {
    const file = join(clone, `../image-${process.pid}-${number}`);
    const { status, stderr } = spawnSync(
      'sh',
      ['docker/build-image.sh', '--no-cache', '--tag', `${tag}:${number}`, '--iidfile', file],
      { cwd: clone, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    const id = readFileSync(file, 'utf8');
    rmSync(file);
    return { id, warnings: stderr };
  };

  beforeAll(() => {
    clone = mkdtempSync(join(tmpdir(), 'build-'));
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${root}`, clone]);
  });
  afterAll(() => {
    rmSync(clone, { recursive: true });
    spawnSync('podman', ['rmi', '--force', `${tag}:1`, `${tag}:2`]);
  });

  test('gives one image for one commit, and says when a base is not a digest', { timeout: 600_000 }, () => {
    const first = build(1);
    expect(first.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(build(2).id).toBe(first.id);
    for (const base of ['BUILD_BASE', 'RUN_BASE']) {
      expect(first.warnings).toContain(`warning: ${base} is a tag and not a digest`);
    }
  });

  test('the image has the licence, and the bill of materials of its commit', { timeout: 60_000 }, async () => {
    const look = `console.log(JSON.stringify({ licence: fs.readFileSync('/app/LICENSE', 'utf8'), sbom: JSON.parse(fs.readFileSync('/app/sbom.cdx.json')) }))`;
    const { stdout } = await runContainer({ image: `${tag}:1`, entrypoint: [node], command: ['-e', look] });
    const { licence, sbom } = JSON.parse(stdout);
    expect(licence).toBe(readFileSync(join(clone, 'LICENSE'), 'utf8'));
    const expected = execFileSync(process.execPath, ['docker/sbom.ts'], { cwd: clone, encoding: 'utf8' });
    const { tools: _, ...metadata } = sbom.metadata;
    const { tools: __, ...here } = JSON.parse(expected).metadata;
    expect({ ...sbom, metadata }).toEqual({ ...JSON.parse(expected), metadata: here });
    const unlicensed = sbom.components.filter(({ licenses }: { licenses?: unknown[] }) => !licenses?.length);
    expect(unlicensed).toEqual([]);
  });
});
