import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const WRITE_BY_OTHERS = 0o002;
const STICKY = 0o1000;

/**
 * Whether every user of the machine may write a file, or put another file in its place. Links are followed. In a folder
 * with the sticky bit (such as `/tmp`, or a secret that Kubernetes mounts) no user can replace a file of another user.
 * False for a file that cannot be read.
 */
export const isWorldWritable = (path: string): boolean => {
  try {
    const real = realpathSync(path);
    const folder = statSync(dirname(real)).mode;
    return (statSync(real).mode & WRITE_BY_OTHERS) !== 0 || (folder & (WRITE_BY_OTHERS | STICKY)) === WRITE_BY_OTHERS;
  } catch {
    return false;
  }
};
