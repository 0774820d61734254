import { fstatSync, statSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * Returns in plain words why audit lines on standard output would be lost: it is closed, or it is the null device (Node
 * opens the null device instead of a closed descriptor). Returns undefined if standard output can be used.
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
 * Returns a stream that writes whole lines to standard output, or fails. If standard output is a file, this is a stream
 * of our own: on a full disk the file system may take only a part of a line, and Node's own stream reports a success.
 */
export const wholeLines = (stdout: NodeJS.WriteStream & { readonly fd: number }): Writable =>
  fstatSync(stdout.fd).isFile() ? wholeLinesTo(stdout.fd) : stdout;

/** Returns a stream that writes whole lines to an open file, or fails. */
export const wholeLinesTo = (fd: number): Writable =>
  new Writable({
    write: (line, _, done) => {
      try {
        writeFileSync(fd, line);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
