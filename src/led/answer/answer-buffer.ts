const BLOCK_BYTES = 16_384;
/** 4 MB: enough for 64 calls at a time with answers of 64 KB. */
const MAX_SPARE_BLOCKS = 256;

/** The bytes of one answer while it arrives. */
export type AnswerBuffer = {
  /** Copies a chunk to the end. */
  readonly add: (chunk: Uint8Array) => void;
  /** All bytes in order, split at any place; valid until `release`. */
  readonly pieces: () => Uint8Array[];
  /** Overwrites the bytes with zeros and makes the memory available to later answers. */
  readonly release: () => void;
};

/** Buffers that share their memory: a later answer uses the blocks that an earlier one has released. */
type AnswerBuffers = { readonly start: () => AnswerBuffer };

/**
 * Creates the buffers for answers. A buffer copies each chunk and does not keep it: the chunks of a slow answer would
 * survive many rounds of the garbage collector, and a chunk of a few bytes takes a hundred times its size.
 */
export const createAnswerBuffers = (): AnswerBuffers => {
  /** Blocks that no answer uses. All their bytes are zero. */
  const spare: Buffer[] = [];
  return {
    start: () => {
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
            if (spare.length < MAX_SPARE_BLOCKS) spare.push(block);
          }
          blocks.length = 0;
          filled = BLOCK_BYTES;
        },
      };
    },
  };
};
