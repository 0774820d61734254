const BLOCK_BYTES = 16_384;
/** 4 MB, as much as 64 calls under way need for answers of 64 KB. */
const MOST_SPARE = 256;
const spare: Buffer[] = [];

/** The bytes of one answer while it comes. */
export type AnswerBuffer = {
  /** Copies a chunk behind what has come before. */
  readonly add: (chunk: Uint8Array) => void;
  /** All of it in order, cut anywhere; good until `release`. */
  readonly pieces: () => Uint8Array[];
  /** Wipes it and gives its memory to the answers that follow. */
  readonly release: () => void;
};

/**
 * Gathers an answer in memory that answers share one after the other. The chunks themselves are not kept: they would
 * outlive the collector's quick rounds in a slow answer, and in chunks of a few octets take a hundred times their size.
 */
export const startAnswerBuffer = (): AnswerBuffer => {
  const blocks: Buffer[] = [];
  let filled = BLOCK_BYTES;
  return {
    add: (chunk) => {
      for (let from = 0; from < chunk.length; ) {
        if (filled === BLOCK_BYTES) {
          blocks.push(spare.pop() ?? Buffer.alloc(BLOCK_BYTES));
          filled = 0;
        }
        const part = chunk.subarray(from, from + BLOCK_BYTES - filled);
        blocks.at(-1)?.set(part, filled);
        filled += part.length;
        from += part.length;
      }
    },
    pieces: () => blocks.map((block, at) => (at < blocks.length - 1 ? block : block.subarray(0, filled))),
    release: () => {
      for (const block of blocks) {
        block.fill(0);
        if (spare.length < MOST_SPARE) spare.push(block);
      }
      blocks.length = 0;
      filled = BLOCK_BYTES;
    },
  };
};
