import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** How many requests of one connection may wait for their answers, the one that is under way included. */
const MOST_WAITING = 8;

/** What a connection holds of a request: `nothing`, a `part` of one, or a `whole` one that waits for its answer. */
export type Held = 'nothing' | 'part' | 'whole';

type RequestTurns = {
  /** The listener for the server's event `request`. */
  readonly listener: RequestListener;
  readonly held: (socket: Socket) => Held;
};

type Exchange = { readonly request: IncomingMessage; readonly response: Parameters<RequestListener>[1] };
type Turns = {
  readonly waiting: Exchange[];
  /** The last request that has begun. */
  last: IncomingMessage;
  /** How many bytes had been read when it was complete. More bytes are part of the next one. */
  readUpTo: number;
};

/**
 * Calls `handler` for one request of a connection at a time: the next one begins when the answer before it has left.
 * Node would begin all of them at once, and a caller that sends thousands of requests and reads no answer would fill
 * the memory. If more than eight requests wait, the connection is closed, and `onTooMany` is called.
 */
export const createRequestTurns = (handler: RequestListener, onTooMany: () => void): RequestTurns => {
  const turnsOf = new WeakMap<Socket, Turns>();

  const begin = (socket: Socket, turns: Turns): void => {
    const [next] = turns.waiting;
    if (next === undefined) return;
    // The time limit for the answer before this one.
    socket.setTimeout(0);
    handler(next.request, next.response);
  };

  return {
    listener: (request, response) => {
      const { socket } = request;
      // One read can hold thousands of small requests. Node reports all of them, also after the connection is closed.
      if (socket.destroyed) return;
      const turns = turnsOf.get(socket) ?? { waiting: [], last: request, readUpTo: 0 };
      turns.last = request;
      turnsOf.set(socket, turns);
      if (turns.waiting.length >= MOST_WAITING) {
        onTooMany();
        socket.destroy();
        return;
      }
      const noteEnd = (): void => {
        turns.readUpTo = socket.bytesRead;
      };
      if (request.complete) noteEnd();
      else request.once('end', noteEnd);
      response.once('close', () => {
        // Node reports the end of the connection to the first answer only.
        if (socket.destroyed) turns.waiting.length = 0;
        else turns.waiting.shift();
        begin(socket, turns);
      });
      turns.waiting.push({ request, response });
      if (turns.waiting.length === 1) begin(socket, turns);
    },
    held: (socket) => {
      const turns = turnsOf.get(socket);
      if (turns === undefined) return socket.bytesRead === 0 ? 'nothing' : 'part';
      const [first] = turns.waiting;
      // The rest of a request that has had its answer, a refusal, is of no use.
      if (first === undefined) return !turns.last.complete || socket.bytesRead === turns.readUpTo ? 'nothing' : 'part';
      // A request can be answered before its body is complete.
      return first.request.complete || first.response.headersSent ? 'whole' : 'part';
    },
  };
};
