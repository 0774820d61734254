import { checkFile, type VersionOf } from './lint-file.ts';

/**
 * One fault in a rule-set file. `path`: where (`subjects[3].code`), empty if it is the whole file. `message`: what is
 * wrong and what to do. `unreadable`: the code of the error, such as `ENOENT`, if a folder could not be read.
 */
export type LintFault = {
  readonly file: string;
  readonly path: string;
  readonly message: string;
  readonly unreadable?: string;
};

type Version = { readonly file: string; readonly ruleSet: VersionOf };

/** Faults between two versions that are each correct: the same version number, or both from the same day. */
const pairFaults = (earlier: Version, later: Version, isReplaced: (ruleSet: VersionOf) => boolean): LintFault[] => {
  const a = earlier.ruleSet;
  const b = later.ruleSet;
  if (a.id !== b.id) return [];
  if (a.version === b.version) {
    const message = `${b.id} ${b.version} is also in ${earlier.file}: give each file a version of its own, or take one out`;
    return [{ file: later.file, path: 'version', message }];
  }
  // A candidate decides nothing, and neither does what is replaced.
  if (a.validFrom !== b.validFrom || isCandidate(a) || isCandidate(b) || isReplaced(a) || isReplaced(b)) return [];
  const message = `${b.id} ${b.version} and ${a.version} (${earlier.file}) begin on the same day: change the day of one, let one replace the other, or mark one as candidate`;
  return [{ file: later.file, path: 'validFrom', message }];
};

const isCandidate = ({ candidate }: VersionOf): boolean => candidate === true;

/** Faults of a version that replaces another: which must be there, and begin on the same day. */
const replacementFaults = ({ file, ruleSet }: Version, all: readonly Version[]): LintFault[] => {
  const { id, version, validFrom, replaces } = ruleSet;
  if (replaces === undefined) return [];
  const fault = (message: string) => [{ file, path: 'replaces', message }];
  const of = (wanted: string | undefined) =>
    all.find(({ ruleSet }) => ruleSet.id === id && ruleSet.version === wanted)?.ruleSet;
  const other = of(replaces);
  if (other === undefined)
    return fault('names a version that is not there: correct it, or add the file of that version');
  if (other.validFrom !== validFrom) {
    return fault('names a version with another validFrom: give both the same day, or take the member out');
  }
  const seen = new Set<string>();
  for (let at: VersionOf | undefined = other; at !== undefined && !seen.has(at.version); at = of(at.replaces)) {
    seen.add(at.version);
  }
  return seen.has(version) ? fault('leads back to this version, so that none answers: take it out of one of them') : [];
};

/** Checks the text of one rule-set file (JSON) without looking at other versions. Returns every fault. */
export const lintAlone = ({ name, text }: { readonly name: string; readonly text: string }): LintFault[] =>
  checkFile(text).faults.map((fault) => ({ file: name, ...fault }));

/**
 * Checks the text of rule-set files (JSON), each file alone and all of them together. Returns every fault, in the order
 * of the files; an empty list if the service may start with them.
 */
export const lint = (files: readonly { readonly name: string; readonly text: string }[]): LintFault[] => {
  const checked = files.map(({ name, text }) => ({ file: name, ...checkFile(text) }));
  const versions = checked.flatMap(({ file, version }) => (version === undefined ? [] : [{ file, ruleSet: version }]));
  const isReplaced = (ruleSet: VersionOf) =>
    versions.some(
      ({ ruleSet: other }) => other.id === ruleSet.id && other.replaces === ruleSet.version && !isCandidate(other),
    );
  return [
    ...checked.flatMap(({ file, faults }) => faults.map((fault) => ({ file, ...fault }))),
    ...versions.flatMap((later, index) =>
      versions.slice(0, index).flatMap((earlier) => pairFaults(earlier, later, isReplaced)),
    ),
    ...versions.flatMap((version) => replacementFaults(version, versions)),
  ];
};
