import { fstatSync, statSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * Returns, in plain words, why audit lines on standard output would be lost from the start: it is closed, or it is the
 * null device (Node opens the null device in place of a closed descriptor). Returns undefined if it can be used.
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

/**
 * Returns a stream that writes to standard output whole lines or fails. Only for a file is that a stream of our own: on
 * a full disk the file system may take a part of a line, and Node's own stream reports that as success.
 */
export const wholeLines = (stdout: NodeJS.WriteStream & { readonly fd: number }): Writable =>
  fstatSync(stdout.fd).isFile()
    ? new Writable({
        write: (line, _, done) => {
          try {
            writeFileSync(stdout.fd, line);
            done();
          } catch (error) {
            done(error as Error);
          }
        },
      })
    : stdout;
