import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followSteps } from '../rules/worked-change.ts';
import { buildImages, engine, images } from './engine.ts';

/** A command-line client of the engine, with the same options for `run`. */
const client = ['docker', 'podman --remote'].find(
  (name) => spawnSync('bash', ['-c', `${name} version`], { stdio: 'ignore' }).status === 0,
);

describe.skipIf(!engine || client === undefined)(
  'the worked change of the rules, with the image (skipped without a container engine)',
  { timeout: 300_000 },
  () => {
    let folder: string;
    beforeAll(buildImages, 600_000);
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'worked-change-'));
      // The user of the image reads it.
      chmodSync(folder, 0o755);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test('holds step by step as the document says', async () => {
      const command = `${client} run --rm -i -v "$PWD:/work" -w /work -e RULE_SET_DIR ${images.service} "$@"`;
      const results = await followSteps({ folder, command });
      expect(results.map(({ step }) => step)).toEqual(['lint', 'judge', 'diff', 'in force']);
      for (const { step, printed, shown } of results) expect({ step, printed }).toEqual({ step, printed: shown });
    });
  },
);
