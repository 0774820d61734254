type FindingKind =
  | 'notAuditLine'
  | 'truncated'
  | 'tooLong'
  | 'edited'
  | 'replaced'
  | 'missing'
  | 'doubled'
  | 'reordered'
  | 'afterStop'
  | 'intentWithoutAccess'
  | 'disorder'
  | 'beginsLater'
  | 'noStop'
  | 'gap'
  | 'noLineFeed'
  | 'empty'
  | 'noStart'
  | 'secondStart'
  | 'unknownKind'
  | 'secondAccess'
  | 'doubledMember'
  | 'passage'
  | 'unsigned'
  | 'otherKey'
  | 'forged'
  | 'notAttested'
  | 'sealMissing'
  | 'sealShorter'
  | 'sealOther'
  | 'sealLink'
  | 'notSealed'
  | 'afterSeal'
  | 'openBefore'
  | 'answeredWithoutLine';

/**
 * What was found, and where. `line` counts from 1 within `file`; it is 0 if the finding is about no line that was read.
 * `inst` and `seq` are there if the finding is about one process.
 */
export type Finding = {
  readonly kind: FindingKind;
  readonly file: string;
  readonly line: number;
  readonly inst?: string;
  readonly seq?: number;
  readonly text: string;
};

/** The place of a line: the index of its file, and its number within that file, from 1. */
export type Spot = { readonly file: number; readonly line: number };

/** The place of what is in no file. */
export const nowhere: Spot = { file: -1, line: 0 };

type Found = Omit<Finding, 'file' | 'line'> & { readonly spot: Spot };
type FoundList = { readonly first: Found[]; readonly byKind: Map<FindingKind, number>; count: number };

/** What was found so far. The counts are complete; of each kind only the first thousand findings are kept. */
export type Findings = {
  /** The names of the files, for texts and for the report. */
  readonly files: readonly string[];
  /** Whether the trail must be complete, from the start of each process to its stop. */
  readonly complete: boolean;
  readonly faults: FoundList;
  readonly notes: FoundList;
};

/** The arguments of all functions that add a finding. `of`: the line that the finding is about. */
type Details = [kind: FindingKind, spot: Spot, text: string, of?: { readonly inst: string; readonly seq?: number }];

const MOST_OF_A_KIND = 1000;

export const noFindings = (files: readonly string[], complete: boolean): Findings => ({
  files,
  complete,
  faults: { first: [], byKind: new Map(), count: 0 },
  notes: { first: [], byKind: new Map(), count: 0 },
});

export const addFault = ({ faults }: Findings, ...details: Details): void => add(faults, details);

export const addNote = ({ notes }: Findings, ...details: Details): void => add(notes, details);

/** Adds a finding that is normal in a part of a trail: a note, or a fault if the trail must be complete. */
export const addIncomplete = ({ complete, faults, notes }: Findings, ...details: Details): void =>
  add(complete ? faults : notes, details);

const add = (list: FoundList, [kind, spot, text, of]: Details): void => {
  list.count += 1;
  const ofKind = list.byKind.get(kind) ?? 0;
  list.byKind.set(kind, ofKind + 1);
  if (ofKind < MOST_OF_A_KIND) {
    list.first.push({ spot, kind, text, ...(of && { inst: of.inst }), ...(of?.seq !== undefined && { seq: of.seq }) });
  }
};

/** The findings of a list in the order of their lines. */
export const inOrder = (list: FoundList, files: readonly string[]): Finding[] =>
  list.first
    .toSorted((a, b) => a.spot.file - b.spot.file || a.spot.line - b.spot.line)
    .map(({ spot, ...found }) => ({ ...found, file: files[spot.file] ?? '', line: spot.line }));

/** Names a line within a text: with its file, unless there is only one or `near` is in the same file. */
export const nameOf = (spot: Spot, { files }: Findings, near?: Spot): string =>
  near?.file === spot.file || files.length <= 1 ? `line ${spot.line}` : `${files[spot.file]}, line ${spot.line}`;
