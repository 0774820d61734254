import { fstatSync, statSync } from 'node:fs';

/**
 * Says in plain words why audit lines written to standard output would be lost from the start: it is closed, or the
 * null device (as which Node opens a descriptor that it finds closed). Undefined if all is well.
 */
export const stdoutFault = (fd = 1): string | undefined => {
  try {
    const target = fstatSync(fd);
    const isNull = target.isCharacterDevice() && target.rdev === statSync('/dev/null').rdev;
    return isNull ? 'standard output is closed or the null device: audit lines would be lost' : undefined;
  } catch {
    return 'standard output is closed: audit lines would be lost';
  }
};
