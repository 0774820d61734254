import type { IncomingMessage } from 'node:http';

/** The bytes of a body; or that it is too large, or that the connection ended before it was complete. */
export type BodyBytes = Buffer | 'tooLarge' | 'cutOff';

/**
 * Begins at once to collect the body of a request, and copies it into one buffer of at most `most` bytes. The promise
 * never rejects.
 *
 * A body can arrive in thousands of chunks of one byte. Node makes an object of some 300 bytes of each: kept until the
 * body is complete, or until the caller is known, they would take many times the size of the body.
 */
export const collectBody = (request: IncomingMessage, most: number): Promise<BodyBytes> => {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > most) return Promise.resolve('tooLarge');
  let bytes = Buffer.allocUnsafe(announced || 1_024);
  let length = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      if (length + chunk.length > most) {
        length = most;
        resolve('tooLarge');
        return;
      }
      if (length + chunk.length > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.min(most, 2 * (length + chunk.length)));
        bytes.copy(larger, 0, 0, length);
        bytes = larger;
      }
      length += chunk.copy(bytes, length);
    });
    request.once('end', () => resolve(bytes.subarray(0, length)));
    request.once('error', () => resolve('cutOff'));
    request.once('close', () => resolve('cutOff'));
  });
};

/** Whether the connection ended before the request was complete. There is no answer then, and no audit line. */
export const isCutOff = ({ complete, destroyed, socket }: IncomingMessage): boolean =>
  !complete && (destroyed || socket.destroyed);
