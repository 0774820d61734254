type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Returns a copy of the record without the members that are undefined. */
export const defined = <T extends object>(record: T): Defined<T> => {
  // It runs many times per request, and a loop is four times as fast as Object.entries.
  const kept: Record<string, unknown> = {};
  for (const name in record) if (record[name] !== undefined) kept[name] = record[name];
  return kept as Defined<T>;
};
