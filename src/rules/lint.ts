import type { z } from 'zod';
import { clean } from '../record.ts';
import { rangeOfDegree } from './level.ts';
import { type Clause, compile, folded, RuleSet } from './rule-set.ts';
import { isPlaceholder } from './values.ts';

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

type Finding = Pick<LintFault, 'path' | 'message'>;
type Path = readonly PropertyKey[];

const pathText = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');

const jsonToken = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\],]/g;

/**
 * Finds members that occur twice in one object: `JSON.parse` silently keeps the last one. `json` must be a text that
 * `JSON.parse` accepts.
 */
const duplicateMembers = (json: string): Finding[] => {
  const found: Finding[] = [];
  // The lists and objects that are open at this place, from the outside in. `at` is the current index or member of
  // each.
  const levels: { at: string | number; readonly members: Set<string> }[] = [];
  for (const [part, text = part, colon] of json.matchAll(jsonToken)) {
    const level = levels.at(-1);
    if (part === '{' || part === '[') levels.push({ at: 0, members: new Set() });
    else if (part === '}' || part === ']') levels.pop();
    else if (colon && level) {
      level.at = String(JSON.parse(text));
      if (level.members.has(level.at)) {
        const path = pathText(levels.map(({ at }) => at));
        found.push({ path, message: 'stands twice in the same object: keep one' });
      }
      level.members.add(level.at);
    } else if (part === ',' && typeof level?.at === 'number') level.at += 1;
  }
  return found;
};

const kindNames: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** The message for an issue of zod that has no message in the schema itself. Never quotes the file. */
const shapeMessage: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing: add it';
      return `has the wrong type: make it ${kindNames[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `needs at least ${issue.minimum} entry: add one, or take the member out`;
    case 'too_big':
      return `is too long: at most ${issue.maximum} characters`;
    case 'invalid_union':
      return 'is no condition: write { "isOneOf": "higherEducation" } or { "containsOneOf": ["…"] }';
    case 'unrecognized_keys':
      return 'is no member that is known here: check its spelling, or take it out';
    default:
      return undefined;
  }
};

const shapeFaults = (error: z.ZodError): Finding[] =>
  error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: pathText(issue.path), message: issue.message }];
    return issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message: issue.message }));
  });

type Entry = { readonly path: string; readonly value: string };

const entries = (path: Path, values: readonly string[]): Entry[] =>
  values.map((value, index) => ({ path: pathText([...path, index]), value }));

/** Finds entries with the same `key` as an earlier entry. */
const duplicates = (all: readonly Entry[], key: (value: string) => string): Finding[] => {
  const first = new Map<string, string>();
  return all.flatMap(({ path, value }) => {
    const earlier = first.get(key(value));
    if (earlier === undefined) {
      first.set(key(value), path);
      return [];
    }
    return [{ path, message: `says the same as ${earlier}: keep one (capitals and white space make no difference)` }];
  });
};

const nameFaults = (list: readonly Entry[]): Finding[] => [
  ...duplicates(list, folded),
  ...list.flatMap(({ path, value }) => {
    const name = folded(value);
    if (isPlaceholder(name)) {
      return [{ path, message: `can never match: "${clean(value)}" counts as a missing value; take it out` }];
    }
    if (name === 'diploma' || name === 'gelijkwaardigheid') {
      return [{ path, message: `"${clean(value)}" is a proof type with rules of its own: take it out of this list` }];
    }
    return [];
  }),
];

/** A part that contains another part of the same list can be left out: the shorter one already fits. */
const partFaults = (parts: readonly Entry[]): Finding[] => [
  ...duplicates(parts, folded),
  ...parts.flatMap(({ path, value }) => {
    const shorter = parts.find(
      (other) => folded(other.value) !== folded(value) && folded(value).includes(folded(other.value)),
    );
    return shorter === undefined
      ? []
      : [{ path, message: `is never needed: whatever holds it also holds ${shorter.path}; take one of them out` }];
  }),
];

/** A private-use character. No rule set can contain it, so it is the name of an institution that no rule set names. */
const otherText = '\u{E000}';

const knownYears = Array.from({ length: 201 }, (_, index) => 1900 + index);

/**
 * Finds clauses that no record reaches, and the parts of institution names in them that no record reaches. It tries
 * every year with a few institutions: an unknown one, each name of `higherEducation`, and each part with other text
 * around it. These are enough: if any record reaches a clause, one of them does.
 */
const unreachableEntries = (path: Path, clauses: readonly Clause[], ruleSet: RuleSet): Finding[] => {
  // Each clause gets its position as its range. The range that `rangeOfDegree` returns is then the clause that fits
  // first.
  const numbered = clauses.map((clause, index) => ({ ...clause, range: { low: index, high: index } }));
  const compiled = compile({ ...ruleSet, degrees: [{ names: ['x'], clauses: numbered }] }).degrees.get('x') ?? [];
  const reachedBy = (institution: string) =>
    [undefined, ...knownYears].map((year) => rangeOfDegree(compiled, institution, year)?.low);
  const reached = new Set([otherText, ...ruleSet.higherEducation.map(folded)].flatMap(reachedBy));
  return compiled.flatMap(({ containsOneOf = [] }, index) => {
    const parts = containsOneOf.map((part) => reachedBy(`${otherText}${part}${otherText}`).includes(index));
    if (!reached.has(index) && !parts.includes(true)) {
      const message =
        'is never reached: the clauses before it take every record that would fit; move it up, or take it out';
      return [{ path: pathText([...path, index]), message }];
    }
    return parts.flatMap((isReached, part) =>
      isReached
        ? []
        : [
            {
              path: pathText([...path, index, 'institution', 'containsOneOf', part]),
              message: 'is never reached: the clauses before it take whatever holds it; take it out',
            },
          ],
    );
  });
};

/** The one file that may lack sources: it is older than the rule that every file has them. */
const needsSources = ({ id, version }: RuleSet): boolean => !(id === 'begeleider-ama' && version === '1.0.0');

const sourcedParts = [
  'minimumLevel',
  'subjects',
  'domains',
  'vks',
  'isced2011',
  'isced1997',
  'otherProofs',
  'higherEducation',
] as const;

/** Every part of a rule set that rests on a source, with the sources that it names. */
const sourcedEntries = (
  ruleSet: RuleSet,
): { readonly path: Path; readonly source: readonly string[] | undefined }[] => [
  ...sourcedParts.map((part) => ({ path: ['sourceOf', part], source: ruleSet.sourceOf?.[part] })),
  ...ruleSet.categories.map(({ source }, index) => ({ path: ['categories', index, 'source'], source })),
  ...ruleSet.degrees.flatMap(({ source, clauses }, index) => [
    { path: ['degrees', index, 'source'], source },
    ...clauses.map(({ source }, clause) => ({ path: ['degrees', index, 'clauses', clause, 'source'], source })),
  ]),
  ...(['automaticRecognition', 'insufficientProgrammes', 'datesInFuture'] as const).flatMap((member) => {
    const part = ruleSet[member];
    return part === undefined ? [] : [{ path: [member, 'source'], source: part.source }];
  }),
];

/** Finds parts that name no source or one that is not in `sources`, and sources that nothing names. */
const sourceFaults = (ruleSet: RuleSet): Finding[] => {
  if (!needsSources(ruleSet)) return [];
  const { sources = [] } = ruleSet;
  const known = new Set(sources.map(({ id }) => id));
  const parts = sourcedEntries(ruleSet);
  const named = new Set(parts.flatMap(({ source = [] }) => source));
  return [
    ...parts.flatMap(({ path, source }): Finding[] => {
      if (source === undefined) return [{ path: pathText(path), message: 'is missing: name the ids of its sources' }];
      return [
        ...duplicates(entries(path, source), (id) => id),
        ...entries(path, source).flatMap(({ path, value }) =>
          known.has(value) ? [] : [{ path, message: 'is no id of sources: correct it, or add the source' }],
        ),
      ];
    }),
    ...duplicates(
      sources.map(({ id }, index) => ({ path: pathText(['sources', index, 'id']), value: id })),
      (id) => id,
    ),
    ...sources.flatMap(({ id }, index) =>
      named.has(id)
        ? []
        : [{ path: pathText(['sources', index, 'id']), message: 'is named by nothing: name it, or take it out' }],
    ),
  ];
};

/** Faults in a rule set that has the right shape. */
const contentFaults = (ruleSet: RuleSet): Finding[] => [
  ...(ruleSet.validTo !== undefined && ruleSet.validTo < ruleSet.validFrom
    ? [{ path: 'validTo', message: 'is before validFrom, so that no day fits: swap them' }]
    : []),
  ...duplicates(
    ruleSet.subjects.map(({ code }, index) => ({ path: pathText(['subjects', index, 'code']), value: code })),
    (code) => code,
  ),
  ...nameFaults(entries(['otherProofs'], ruleSet.otherProofs)),
  ...duplicates(entries(['automaticRecognition', 'countries'], ruleSet.automaticRecognition?.countries ?? []), clean),
  ...duplicates(
    entries(
      ['insufficientProgrammes', 'isced2011ThirdDigits'],
      ruleSet.insufficientProgrammes?.isced2011ThirdDigits ?? [],
    ),
    (digit) => digit,
  ),
  ...sourceFaults(ruleSet),
  ...nameFaults(entries(['higherEducation'], ruleSet.higherEducation)),
  ...nameFaults(ruleSet.categories.flatMap((group, index) => entries(['categories', index, 'names'], group.names))),
  ...nameFaults(ruleSet.degrees.flatMap((group, index) => entries(['degrees', index, 'names'], group.names))),
  ...ruleSet.degrees.flatMap(({ clauses }, group) => [
    ...clauses.flatMap(({ institution }, index) => {
      const path = ['degrees', group, 'clauses', index, 'institution', 'containsOneOf'];
      return institution !== undefined && 'containsOneOf' in institution
        ? partFaults(entries(path, institution.containsOneOf))
        : [];
    }),
    ...unreachableEntries(['degrees', group, 'clauses'], clauses, ruleSet),
  ]),
];

type Checked = { readonly faults: readonly Finding[]; readonly ruleSet?: RuleSet };

const checkFile = (text: string): Checked => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { faults: [{ path: '', message: `is not JSON: correct it (${(error as SyntaxError).message})` }] };
  }
  const twice = duplicateMembers(text);
  const shape = RuleSet.safeParse(value, { error: shapeMessage });
  if (!shape.success) return { faults: [...twice, ...shapeFaults(shape.error)] };
  return { faults: [...twice, ...contentFaults(shape.data)], ruleSet: shape.data };
};

type Version = { readonly file: string; readonly ruleSet: RuleSet };

/** Faults between two versions that are each correct: the same version number, or both from the same day. */
const pairFaults = (earlier: Version, later: Version, isReplaced: (ruleSet: RuleSet) => boolean): LintFault[] => {
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

const isCandidate = ({ candidate }: RuleSet): boolean => candidate === true;

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
  for (let at: RuleSet | undefined = other; at !== undefined && !seen.has(at.version); at = of(at.replaces)) {
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
  const versions = checked.flatMap(({ file, ruleSet }) => (ruleSet === undefined ? [] : [{ file, ruleSet }]));
  const isReplaced = (ruleSet: RuleSet) =>
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
