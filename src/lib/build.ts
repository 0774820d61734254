import { readFileSync } from 'node:fs';

const packageFile: { version: string; commit?: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** What runs: name, version, and the commit that the image's build wrote into package.json (`unknown` elsewhere). */
export const build = {
  name: 'led-eligibility',
  version: packageFile.version,
  commit: packageFile.commit ?? 'unknown',
} as const;
