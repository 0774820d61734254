import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../support/tools.ts';

let copy: string;
const git = (...args: string[]): string => execFileSync('git', args, { cwd: copy, encoding: 'utf8' }).trim();
const read = (file: string): string => readFileSync(join(copy, file), 'utf8');
const write = (file: string, text: string): void => writeFileSync(join(copy, file), text);
const commit = (): string => git('commit', '--quiet', '--all', '-m', 'a change');
const release = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['docker/release.ts', ...args], {
    cwd: copy,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'release-'));
  git('init', '--quiet');
  // The files as they are here, whether they are committed or not.
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  execFileSync('sh', ['-c', `cd "${root}" && tar --null --files-from=- --create | tar -x -C "${copy}"`], {
    input: files,
  });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  appendFileSync(join(copy, '.git/info/exclude'), 'node_modules\n');
  git('config', 'user.name', 'test');
  git('config', 'user.email', 'test@example.org');
  git('add', '--all');
  commit();
});
afterAll(() => rmSync(copy, { recursive: true }));

test('sets the version everywhere, commits and tags', { timeout: 60_000 }, () => {
  const before = JSON.parse(read('package.json')).version;
  expect(release('7.8.9')).toMatchObject({ status: 0, stderr: '' });
  expect(git('status', '--porcelain')).toBe('');
  expect(git('describe')).toBe('v7.8.9');
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Brussels' }).format(new Date());
  expect(read('CHANGELOG.md')).toContain(`## [Unreleased]\n\n## [7.8.9] - ${today}\n\n`);
  const lock = JSON.parse(read('package-lock.json'));
  expect([JSON.parse(read('package.json')).version, lock.version, lock.packages[''].version]).toEqual(
    Array(3).fill('7.8.9'),
  );
  expect(read('publiccode.yml')).toContain(`softwareVersion: "7.8.9"\nreleaseDate: "${today}"`);
  expect(read('openapi/openapi.yaml')).toContain('version: 7.8.9');
  expect(read('docker/kubernetes/overlays/example/kustomization.yaml')).toContain('newTag: 7.8.9');
  const changed = git('show', '--format=', '--unified=0', '--', '.', ':!openapi/clients').split('\n');
  // Every place of the version changed, and nothing else did.
  expect(
    changed.filter((line) => /^-[^-]/.test(line) && !line.includes(before) && !line.includes('releaseDate')),
  ).toEqual([]);
});

test('names everything that speaks against a release, and changes nothing', { timeout: 60_000 }, () => {
  expect(release()).toMatchObject({ status: 64 });
  expect(release('8.0')).toMatchObject({ status: 1, stderr: expect.stringContaining('the version must be X.Y.Z') });
  write('README.md', read('README.md').replace('**State: ', '**Status: '));
  const { status, stderr } = release('7.8.8');
  expect({ status, faults: stderr.trim().split('\n') }).toEqual({
    status: 1,
    faults: [
      'the last release is 7.8.9: choose a later version',
      'there are changes that are not committed',
      'CHANGELOG.md: nothing stands under [Unreleased]',
      'README.md: the place of the version is not found',
    ],
  });
  git('checkout', '--quiet', '.');
  write('CHANGELOG.md', read('CHANGELOG.md').replace('## [Unreleased]\n', '## [Unreleased]\n\n- A change.\n'));
  write('openapi/openapi.yaml', read('openapi/openapi.yaml').replaceAll('/health:', '/healthy:'));
  commit();
  expect(release('7.9.0')).toEqual({
    status: 1,
    stdout: '',
    stderr: 'openapi.yaml: GET /health: is gone\ncallers would break: raise the major version\n',
  });
  expect(git('tag')).toBe('v7.8.9');
});
