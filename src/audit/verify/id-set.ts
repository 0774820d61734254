/**
 * A set of ids that takes 8 bytes for each. It keeps 63 bits of a hash instead of the id: among ten million random ids, the
 * chance that any two look alike is about one in two hundred thousand.
 */
export type IdSet = {
  /** Adds an id. Returns false if it is in the set already. */
  readonly add: (id: string) => boolean;
  readonly has: (id: string) => boolean;
};

/** An open-addressing table of pairs of 32-bit numbers. A pair of zeros is a free place. */
type Table = { slots: Uint32Array; size: number };

const newTable = (): Table => ({ slots: new Uint32Array(2 * 1024), size: 0 });

/**
 * Creates an empty set. With `most`, it forgets old ids so that memory stays bounded: it always knows the last `most` ids,
 * and at most twice as many. Without it, it forgets none.
 */
export const createIdSet = (most = Number.POSITIVE_INFINITY): IdSet => {
  let recent = newTable();
  let older: Table | undefined;
  return {
    add: (id) => {
      const [a, b] = hashOf(id);
      if (holds(older, a, b) || holds(recent, a, b)) return false;
      if (recent.size >= most) {
        older = recent;
        recent = newTable();
      }
      insert(recent, a, b);
      return true;
    },
    has: (id) => {
      const [a, b] = hashOf(id);
      return holds(recent, a, b) || holds(older, a, b);
    },
  };
};

/** Two 32-bit numbers that depend on every character (the mixing steps are those of MurmurHash3). Never both zero. */
const hashOf = (text: string): readonly [number, number] => {
  let a = 0x9747b28c;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charCodeAt(i);
    a = Math.imul(a ^ character, 0x9e3779b1);
    b = Math.imul(b ^ character, 0x5f356495);
  }
  const first = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  const second = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return [(first ^ (first >>> 16)) >>> 0, ((second ^ (second >>> 16)) | 1) >>> 0];
};

/** The index of the pair in the table, or of the free place where it belongs. */
const find = ({ slots }: Table, a: number, b: number): number => {
  const mask = slots.length / 2 - 1;
  let place = a & mask;
  while (slots[2 * place + 1] !== 0 && (slots[2 * place] !== a || slots[2 * place + 1] !== b))
    place = (place + 1) & mask;
  return 2 * place;
};

const holds = (table: Table | undefined, a: number, b: number): boolean =>
  table !== undefined && table.slots[find(table, a, b) + 1] !== 0;

const insert = (table: Table, a: number, b: number): void => {
  // Half of the places stay free, so that searches stay short.
  if (table.size * 4 >= table.slots.length) grow(table);
  const place = find(table, a, b);
  table.slots[place] = a;
  table.slots[place + 1] = b;
  table.size += 1;
};

const grow = (table: Table): void => {
  const { slots } = table;
  table.slots = new Uint32Array(slots.length * 2);
  for (let place = 0; place < slots.length; place += 2) {
    const a = at(slots, place);
    const b = at(slots, place + 1);
    if (b === 0) continue;
    const to = find(table, a, b);
    table.slots[to] = a;
    table.slots[to + 1] = b;
  }
};

const at = (slots: Uint32Array, place: number): number => slots[place] ?? 0;
