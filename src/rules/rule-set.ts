import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { clean } from '../record.ts';

const text = z.string().regex(/^\s*[^\s\p{C}][\s\P{C}]*$/u, {
  error: 'must be text that can be seen, without control or invisible characters: write it out',
});
/**
 * The error message for a wrong value. It is not used for a missing value: `lint` gives that the same message
 * everywhere.
 */
const must = (message: string) => ({
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? undefined : message),
});
const names = z.array(text);
const level = z.int(must('must be a whole number from 0 to 8, a VKS level')).min(0).max(8);
const year = z.int(must('must be a year from 1900 to 2100, as a number')).min(1900).max(2100);
const day = z.iso.date(must('must be a day that exists, as yyyy-mm-dd'));

/**
 * VKS levels from `low` to `high`, both included: 5 graduaat (HBO5), 6 bachelor, 7 master, 8 doctor. 0 is below all VKS
 * levels.
 */
export const Range = z
  .strictObject({ low: level.describe('The lowest VKS level that is possible'), high: level.describe('The highest') })
  .refine(({ low, high }) => low <= high, { path: ['high'], error: 'is lower than low: swap them' });
export type Range = z.infer<typeof Range>;

/** The ids of the sources (members of `sources`) that an entry of the rule set rests on. */
const sourceIds = z
  .array(text)
  .min(1)
  .optional()
  .describe('Where this comes from: ids of `sources`. Every list, range and clause names at least one');

const Source = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,63}$/, { error: 'must be 1 to 64 small letters, digits and hyphens, a letter first' })
      .describe('The name by which lists, ranges and clauses refer to it'),
    kind: z
      .enum(['law', 'protocol', 'reading'], must('must be law, protocol or reading'))
      .describe('`law`; `protocol`: the agreement with AHOVOKS; `reading`: how this project reads them'),
    text: z
      .strictObject({ nl: text.describe('In Dutch'), en: text.describe('In English') })
      .describe('What it is, or what was read and why'),
    address: z
      .string()
      .regex(/^https:\/\/[^\s\p{C}]+$/u, { error: 'must be an https address' })
      .optional()
      .describe('Where it can be read'),
  })
  .describe('One source');
export type Source = z.infer<typeof Source>;

const Clause = z
  .strictObject({
    institution: z
      .union([
        z.strictObject({
          isOneOf: z.literal('higherEducation').describe('The Instantie is one of `higherEducation`'),
        }),
        z.strictObject({ containsOneOf: names.min(1).describe('The name of the Instantie contains one of these') }),
      ])
      .optional()
      .describe('The institution that issued the proof'),
    year: z
      .strictObject({
        atMost: year.optional().describe('This year or earlier'),
        atLeast: year.optional().describe('This year or later'),
      })
      .refine(({ atMost, atLeast }) => atMost !== undefined || atLeast !== undefined, {
        error: 'names no year: give atMost, atLeast or both, or take it out',
      })
      .refine(({ atMost, atLeast }) => atMost === undefined || atLeast === undefined || atLeast <= atMost, {
        path: ['atLeast'],
        error: 'is later than atMost, so that no year fits: swap them',
      })
      .optional()
      .describe('The year in which the proof was issued'),
    range: Range.describe('The level of a degree that fits'),
    source: sourceIds,
  })
  .describe(
    'Fits if both conditions fit. A condition that is left out always fits. An unknown year fits no condition on the year.',
  );
export type Clause = z.infer<typeof Clause>;

const Subject = z.strictObject({
  code: z
    .string()
    .regex(/^[0-9]{6}$/, { error: 'must be the six digits of an Onderwerp, as text: "723008"' })
    .describe('Code of the Onderwerp, six digits'),
  label: text.describe('Name of the Onderwerp, in Dutch'),
  domain: text.describe('The statutory domain of the subject, as shown in the answer'),
  review: z.boolean().optional().describe('If true, a person looks at every diploma on this subject'),
});

const semanticVersion = z
  .string()
  .max(32)
  .regex(/^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/, {
    error: 'must be a semantic version: 1.0.0',
  });

/**
 * The rules of one recognition as data: which subjects count, from which level on, and what LED's words mean for the
 * level. One file contains one version. Before names and codes are compared, they are cleaned (`clean`), and names are
 * put in lower case.
 */
export const RuleSet = z.strictObject({
  $schema: text
    .optional()
    .describe('Where editors find this schema. It has no meaning for the rules, but it is part of the digest'),
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, { error: 'must be 1 to 64 small letters, digits and hyphens, a letter first' }),
  version: semanticVersion,
  title: z.strictObject({ nl: text, en: text }),
  legalBasis: text.max(300).describe('The law and the protocol. The audit lines about a decision name it'),
  validFrom: day.describe('The first reference date on which this version is in force'),
  validTo: day.optional().describe('The last such date; no end if left out'),
  replaces: semanticVersion
    .optional()
    .describe(
      'The version that this one corrects, with the same `validFrom`. What is replaced never answers, and stays listed',
    ),
  candidate: z
    .boolean()
    .optional()
    .describe('If true, this version is only evaluated next to the version in force, and decides nothing'),
  sources: z
    .array(Source)
    .optional()
    .describe('The sources of the rules. Every file needs them, except `begeleider-ama` 1.0.0'),
  sourceOf: z
    .strictObject({
      minimumLevel: sourceIds,
      subjects: sourceIds,
      domains: sourceIds,
      vks: sourceIds,
      isced2011: sourceIds,
      isced1997: sourceIds,
      otherProofs: sourceIds,
      higherEducation: sourceIds,
    })
    .optional()
    .describe(
      'The sources of the minimum, of the lists of single names, of the domains, and of how VKS and ISCED levels are read',
    ),
  minimumLevel: z.int(must('must be a whole number from 5 to 8, the least VKS level that qualifies')).min(5).max(8),
  subjects: z.array(Subject).min(1),
  otherProofs: names.describe('Bewijstypes that are not a diploma'),
  higherEducation: names.describe('Instanties that give only higher education'),
  categories: z
    .array(
      z.strictObject({
        names: names.min(1).describe('Names as LED writes them'),
        range: Range.optional().describe('The level of these categories'),
        source: sourceIds,
      }),
    )
    .describe('Known Categorieën. Without a range they say nothing about the level'),
  degrees: z
    .array(
      z.strictObject({
        names: names.min(1).describe('Names as LED writes them'),
        clauses: z.array(Clause).min(1).describe('Read in this order: the first clause that fits gives the range'),
        source: sourceIds,
      }),
    )
    .describe('Known Graden. The level may depend on the institution and the year'),
  automaticRecognition: z
    .strictObject({
      countries: z
        .array(text)
        .min(1)
        .describe('Codes of Land. The law recognises the level of a higher education degree from these countries'),
      source: sourceIds,
    })
    .optional()
    .describe('Foreign degrees whose level needs no decision on equivalence. A person still looks at the content'),
  insufficientProgrammes: z
    .strictObject({
      isced2011ThirdDigits: z
        .array(z.string().regex(/^[0-9]$/, { error: 'must be one digit, as text: "1"' }))
        .min(1)
        .describe('A code of three digits that ends in one of these says nothing about the level'),
      source: sourceIds,
    })
    .optional()
    .describe('Programmes that are insufficient for completion of their ISCED 2011 level'),
  datesInFuture: z
    .strictObject({
      verdict: z.literal('review').describe('A person looks at a proof whose date of issue lies after today'),
      source: sourceIds,
    })
    .optional()
    .describe('If left out, a date in the future has no consequence'),
});
export type RuleSet = z.infer<typeof RuleSet>;

/** The form in which names are compared: cleaned, and in lower case without a locale. */
export const folded = (value: string): string => clean(value).toLowerCase();

/** A clause with its names folded, ready to be compared. */
export type CompiledClause = {
  readonly isOneOf?: ReadonlySet<string>;
  readonly containsOneOf?: readonly string[];
  readonly year?: { readonly atMost: number; readonly atLeast: number };
  readonly range: Range;
};

/** A rule set prepared for judging. Names in maps and sets are folded (`folded`). `digest`: see `digestOf`. */
export type CompiledRuleSet = {
  readonly source: RuleSet;
  /** The bytes of the file. The digest is over their content. */
  readonly file: Uint8Array;
  readonly digest: string;
  readonly minimumLevel: number;
  readonly subjects: ReadonlyMap<string, { readonly domain: string; readonly review: boolean }>;
  readonly otherProofs: ReadonlySet<string>;
  /** A known category with the value `undefined` says nothing about the level. */
  readonly categories: ReadonlyMap<string, Range | undefined>;
  readonly degrees: ReadonlyMap<string, readonly CompiledClause[]>;
  /** Codes of Land, cleaned. */
  readonly automaticRecognition: ReadonlySet<string>;
  /** Third digits of ISCED 2011 codes that say nothing about the level. */
  readonly insufficientDigits: ReadonlySet<string>;
  readonly reviewsDatesInFuture: boolean;
};

/**
 * `sha256:` and the hex digest of the RFC 8785 canonical JSON of a whole rule set. The order of members and white space
 * between them do not change it; everything else does.
 */
export const digestOf = (ruleSet: RuleSet): string =>
  `sha256:${createHash('sha256')
    .update(canonicalize(ruleSet) ?? '')
    .digest('hex')}`;

/** Prepares a clause. `higherEducation`: the folded names of the list with that name. */
export const compileClause = (
  { institution, year, range }: Omit<Clause, 'source'>,
  higherEducation: ReadonlySet<string>,
): CompiledClause => ({
  ...(institution !== undefined &&
    ('isOneOf' in institution
      ? { isOneOf: higherEducation }
      : { containsOneOf: institution.containsOneOf.map(folded) })),
  ...(year !== undefined && { year: { atMost: year.atMost ?? 2100, atLeast: year.atLeast ?? 1900 } }),
  range,
});

/** Prepares a rule set in which `lint` found no fault. `file`: the bytes that it was read from. Never throws. */
export const compile = (source: RuleSet, file: Uint8Array = Buffer.from(JSON.stringify(source))): CompiledRuleSet => {
  const higherEducation = new Set(source.higherEducation.map(folded));
  return {
    source,
    file,
    digest: digestOf(source),
    minimumLevel: source.minimumLevel,
    subjects: new Map(source.subjects.map(({ code, domain, review = false }) => [code, { domain, review }])),
    otherProofs: new Set(source.otherProofs.map(folded)),
    categories: new Map(source.categories.flatMap((group) => group.names.map((name) => [folded(name), group.range]))),
    degrees: new Map(
      source.degrees.flatMap((group) => {
        const clauses = group.clauses.map((clause) => compileClause(clause, higherEducation));
        return group.names.map((name) => [folded(name), clauses]);
      }),
    ),
    automaticRecognition: new Set(source.automaticRecognition?.countries.map(clean)),
    insufficientDigits: new Set(source.insufficientProgrammes?.isced2011ThirdDigits),
    reviewsDatesInFuture: source.datesInFuture !== undefined,
  };
};

/** Which rules decided: part of every decision and of the audit lines about it. */
export const RuleSetReference = z
  .strictObject({
    id: z.string().describe('Which recognition'),
    version: z.string().describe('Which version of its rules (semantic versioning)'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .describe(
        'Fingerprint of the whole text of the rules, the same as in `GET /ruleSets`: anyone can check which text decided',
      ),
  })
  .meta({ id: 'RuleSetReference', description: 'The rules that decided; keep all three members with the decision' });
export type RuleSetReference = z.infer<typeof RuleSetReference>;

/** The reference to a rule set, for a decision or an audit line. */
export const referenceOf = ({ source: { id, version }, digest }: CompiledRuleSet): RuleSetReference => ({
  id,
  version,
  digest,
});
