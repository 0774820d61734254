import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * Makes a real pipe, as a FIFO at this path. Nothing is read until `reader.resume()`. The standard streams of child
 * processes are socket pairs.
 */
export const openPipe = (path: string) => {
  execFileSync('mkfifo', [path]);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  const reader = new Socket({ fd: readEnd, readable: true, writable: false });
  const chunks: Buffer[] = [];
  reader.on('data', (chunk) => chunks.push(chunk)).pause();
  return {
    writeEnd,
    reader,
    text: () => Buffer.concat(chunks).toString(),
    /** All that was written. Resolves when the writer has ended. */
    rest: async () => {
      if (!reader.readableEnded) {
        const ended = once(reader, 'end');
        reader.resume();
        await ended;
      }
      return Buffer.concat(chunks).toString();
    },
  };
};
