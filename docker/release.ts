import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { breakingChanges } from '../openapi/breaking.ts';

const root = join(import.meta.dirname, '..');

/** Every place that names the version: the file and the pattern around the version, or around the day of release. */
const places: readonly { readonly file: string; readonly version: RegExp; readonly day?: RegExp }[] = [
  { file: 'package.json', version: /^( {2}"version": ")[^"]+(")/m },
  { file: 'package-lock.json', version: /^( {2,6}"version": ")[^"]+(",\n( {6}"license"| {2}"lockfileVersion"))/gm },
  { file: 'Dockerfile', version: /^(ARG VERSION=).+()$/m },
  { file: 'publiccode.yml', version: /^(softwareVersion: ")[^"]+(")/m, day: /^(releaseDate: ")[^"]+(")/m },
  { file: 'README.md', version: /^(\*\*State: )\d+\.\d+\.\d+(\.)/m },
  { file: 'RUNBOOK.md', version: /(registry\.example\/led-eligibility:)\d+\.\d+\.\d+()/g },
  { file: 'docker/kubernetes/overlays/example/kustomization.yaml', version: /(newTag: )\d+\.\d+\.\d+()/ },
];
const changelog = 'CHANGELOG.md';
const unreleased = '## [Unreleased]\n';

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

type Version = readonly [major: number, minor: number, patch: number];
const versionOf = (text: string): Version | undefined => {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
};
const isAfter = (a: Version, b: Version): boolean => {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
};

/** What stands under the heading of changes that are not released. */
const pendingChanges = (text: string): string => {
  const start = text.indexOf(unreleased);
  if (start < 0) return '';
  const rest = text.slice(start + unreleased.length);
  return rest.slice(0, rest.search(/^## /m)).trim();
};

/** Returns everything that speaks against this release, in words. */
const faultsOf = (text: string): string[] => {
  const faults: string[] = [];
  const wanted = versionOf(text);
  const tags = git('tag', '--list', 'v*')
    .split('\n')
    .map((tag) => versionOf(tag.slice(1)))
    .filter((version) => version !== undefined);
  const last = tags.reduce<Version | undefined>((best, each) => (best && isAfter(best, each) ? best : each), undefined);
  if (!wanted) faults.push('the version must be X.Y.Z');
  else if (last && !isAfter(wanted, last)) faults.push(`the last release is ${last.join('.')}: choose a later version`);
  if (git('status', '--porcelain') !== '') faults.push('there are changes that are not committed');
  if (pendingChanges(read(changelog)) === '') faults.push(`${changelog}: nothing stands under [Unreleased]`);
  for (const { file, version, day } of places) {
    for (const pattern of [version, day]) {
      if (pattern && !new RegExp(pattern.source, pattern.flags.replace('g', '')).test(read(file))) {
        faults.push(`${file}: the place of the version is not found`);
      }
    }
  }
  if (wanted && last) {
    const before = parse(git('show', `v${last.join('.')}:openapi/openapi.yaml`));
    const breaks = breakingChanges(before, parse(read('openapi/openapi.yaml')));
    if (breaks.length > 0 && wanted[0] <= last[0]) {
      faults.push(...breaks.map((change) => `openapi.yaml: ${change}`), 'callers would break: raise the major version');
    }
  }
  return faults;
};

const setVersion = (version: string, day: string): string[] => {
  const withDay = (text: string, pattern: RegExp): string =>
    text.replace(pattern, (_, before: string, after: string) => `${before}${day}${after}`);
  for (const place of places) {
    const withVersion = read(place.file).replaceAll(
      new RegExp(place.version.source, `${place.version.flags.replace('g', '')}g`),
      (_, before: string, after: string) => `${before}${version}${after}`,
    );
    writeFileSync(join(root, place.file), place.day ? withDay(withVersion, place.day) : withVersion);
  }
  const text = read(changelog);
  writeFileSync(join(root, changelog), text.replace(unreleased, `${unreleased}\n## [${version}] - ${day}\n`));
  const npm = (...args: string[]): unknown => execFileSync('npm', ['run', '-s', ...args], { cwd: root });
  npm('openapi');
  return [...places.map(({ file }) => file), changelog, 'openapi'];
};

/**
 * Makes a release: checks, sets the version everywhere, commits and tags. It pushes nothing. Ends with 64 for wrong
 * use, and with 1 and every reason at once where the release cannot be made; then nothing has changed.
 */
const release = (args: readonly string[]): number => {
  const [version, ...more] = args;
  if (version === undefined || more.length > 0) {
    process.stderr.write('usage: npm run release -- X.Y.Z\n');
    return 64;
  }
  const faults = faultsOf(version);
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\n`);
    return 1;
  }
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Brussels' }).format(new Date());
  try {
    git('add', ...setVersion(version, day));
    git('commit', '--quiet', '-m', `Release ${version}`);
    git('tag', '--annotate', `v${version}`, '-m', `Release ${version}`);
  } catch (error) {
    git('reset', '--quiet', '--hard');
    throw error;
  }
  process.stdout.write(
    `Committed and tagged v${version}. To publish it: git push --follow-tags, then RUNBOOK.md, "A release".\n`,
  );
  return 0;
};

process.exitCode = release(process.argv.slice(2));
