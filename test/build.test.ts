import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personWith } from './support/persons.ts';
import {
  ask,
  createWorld,
  json,
  type RunningService,
  runCommand,
  startService,
  type World,
} from './support/service.ts';
import { root } from './support/tools.ts';

// The other tests run the sources. These run what `npm run build` makes of them, in a folder of its own.
describe('the bundled program', { timeout: 60_000 }, () => {
  let folder: string;
  let main: string;
  let world: World;
  let service: RunningService;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'led-eligibility-build-'));
    main = join(folder, 'dist/main.js');
    execFileSync('rolldown', ['-c', '--dir', join(folder, 'dist')], { cwd: root, stdio: 'pipe' });
    cpSync(join(root, 'src/rules/sets'), join(folder, 'dist/rules/sets'), { recursive: true });
    for (const name of ['package.json', 'node_modules']) symlinkSync(join(root, name), join(folder, name));
    world = await createWorld();
    service = await startService(world.environment, main);
  }, 120_000);
  afterAll(async () => {
    await service?.stop();
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(['eligible', 'manualReview', 'notDemonstrated'] as const)('decides %s', async (outcome) => {
    const answer = await ask(service, { insz: personWith(outcome), caseHandler: { id: 'handler-1' } });
    expect(await json(answer)).toMatchObject({ outcome });
  });

  test('serves the page of the API with the files of its package', async () => {
    const file = await fetch(`${service.url}/doc/static/swagger-ui.css`);
    const original = readFileSync(join(root, 'node_modules/@fastify/swagger-ui/static/swagger-ui.css'), 'utf8');
    expect({ status: file.status, same: (await file.text()) === original }).toEqual({ status: 200, same: true });
  });

  test('prints the same document as the sources', async () => {
    const { code, stdout, stderr } = await runCommand(['openapi'], { main });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(join(root, 'openapi/openapi.yaml'), 'utf8'));
  });

  test.each([
    [['rules', 'lint', join(root, 'src/rules/sets')], 0],
    [['audit', 'verify', '/dev/null'], 0],
    [['led', 'check'], 78],
  ] as const)('has the command %j', async (args, expected) => {
    const bundled = await runCommand(args, { main });
    expect(bundled.code).toBe(expected);
    expect(bundled).toEqual(await runCommand(args));
  });

  test('has only ASCII characters, so that the engine keeps it in one byte for each', () => {
    const files = readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.js'));
    expect(files).toContain('main.js');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins at 0
    for (const name of files) expect(readFileSync(join(folder, 'dist', name), 'utf8')).toMatch(/^[\x00-\x7f]*$/);
  });

  test('is the same from two builds', () => {
    const again = join(folder, 'again');
    execFileSync('rolldown', ['-c', '--dir', again], { cwd: root, stdio: 'pipe' });
    for (const name of readdirSync(again)) {
      expect(readFileSync(join(again, name)).equals(readFileSync(join(folder, 'dist', name)))).toBe(true);
    }
  });
});
