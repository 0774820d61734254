import { readFileSync } from 'node:fs';

const packageFile: { version: string; commit?: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/**
 * Name, version and commit of this program. The build of the image writes the commit into package.json. Without it the
 * commit is `unknown`.
 */
export const build = {
  name: 'led-eligibility',
  version: packageFile.version,
  commit: packageFile.commit ?? 'unknown',
} as const;
