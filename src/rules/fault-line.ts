import type { LintFault } from './lint.ts';

/** One fault on one line: its file, its path if it has one, its message. */
export const faultLine = ({ file, path, message }: LintFault): string =>
  (path === '' ? `${file}: ${message}` : `${file}: ${path}: ${message}`).replace(/\s+/g, ' ');
