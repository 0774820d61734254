/** One line whose hash a seal knows. */
export type SealedLine = {
  readonly hash: string;
  /** The hash of the line in the trail; undefined until it is read. */
  found: string | undefined;
};

/** The lines whose hash a seal knows, by `inst` and `seq`. Several seals may know the same line. */
export type SealedLines = Map<string, Map<number, SealedLine[]>>;

/** Adds a line that a seal knows, and returns it. */
export const expectLine = (lines: SealedLines, inst: string, seq: number, hash: string): SealedLine => {
  const line: SealedLine = { hash, found: undefined };
  const bySeq = lines.get(inst) ?? new Map<number, SealedLine[]>();
  lines.set(inst, bySeq);
  bySeq.set(seq, [...(bySeq.get(seq) ?? []), line]);
  return line;
};
