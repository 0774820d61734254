import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const words: string[] = scripts.start.split(' ');

/** The variables and the Node flags of `npm start`. The memory of the process depends on them. */
export const asStarted = {
  environment: Object.fromEntries(words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('='))),
  flags: words.filter((word) => word.startsWith('--')),
} as const;
