import { z } from 'zod';
import { refTo } from './components.ts';

/** A schema of the OpenAPI document. */
type Schema = {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
  enum?: unknown[];
  anyOf?: Schema[];
  additionalProperties?: boolean | Schema;
  format?: string;
  pattern?: string;
};

const options = {
  target: 'openapi-3.0',
  unrepresentable: 'throw',
  override: ({ jsonSchema }: { jsonSchema: { type?: unknown; format?: string; pattern?: string } }) => {
    if (jsonSchema.type === 'integer') jsonSchema.format ??= 'int32';
    // Dates and UUIDs have a format, so zod's long patterns for them are left out. Patterns with Unicode classes are
    // left out too: few languages know these classes, and only schemas of answers have them.
    if (jsonSchema.format !== undefined || jsonSchema.pattern?.includes('\\p{')) delete jsonSchema.pattern;
  },
} as const;

/** The name of a schema's component, if the schema has one. */
export const nameOf = (schema: unknown): string | undefined =>
  schema instanceof z.ZodType ? z.globalRegistry.get(schema)?.id : undefined;

/** The description of a schema as the body of an answer. */
export const descriptionOf = (schema: unknown): string =>
  (schema instanceof z.ZodType && z.globalRegistry.get(schema)?.description) || 'The answer';

/** A schema as it appears in an operation: a reference if it has a name, otherwise the schema itself. */
export const inDocument = (schema: unknown): unknown => {
  if (!(schema instanceof z.ZodType)) return schema;
  const name = nameOf(schema);
  if (name !== undefined) return refTo('schemas', name);
  const { $schema: _, ...inline } = z.toJSONSchema(schema, options);
  return inline;
};

/** Every schema with a name, as a component, in alphabetical order. */
export const schemaComponents = () => {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { ...options, uri: (id) => refTo('schemas', id).$ref });
  const components: Record<string, Schema> = {};
  for (const [name, { $schema: _, $id: __, id: ___, ...schema }] of Object.entries(schemas)) {
    components[name] = schema as Schema;
    // Requests are strict. Answers may grow.
    if (!name.endsWith('Request')) open(name, schema as Schema, components);
  }
  return Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** Lists of values that stay as they are within a major version. Other codes may be added at any time. */
const fixedValues = new Set(['Outcome', 'Diploma.verdict', 'Health.status']);

/**
 * Changes the schema of an answer, in place, so that clients generated from it accept what a later version adds: no list
 * of members or values is complete. An object inside becomes a component of its own, so that generated classes have a
 * name. `path` says where the schema is, such as `Decision.rejected[]`.
 */
const open = (path: string, schema: Schema, components: Record<string, Schema>): void => {
  if (!fixedValues.has(path)) delete schema.enum;
  if (path.endsWith('.code')) delete schema.pattern;
  merge(schema);
  // Of a schema that says nothing, some generators (openapi-generator for okhttp-gson) make a class that
  // rejects new members.
  if (schema.properties && typeof schema.additionalProperties !== 'object') schema.additionalProperties = true;
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (schema.properties) schema.properties[name] = inside(`${path}.${name}`, member, components);
  }
  if (schema.items) schema.items = inside(`${path}[]`, schema.items, components);
  if (typeof schema.additionalProperties === 'object') {
    schema.additionalProperties = inside(`${path}[]`, schema.additionalProperties, components);
  }
};

const inside = (path: string, schema: Schema, components: Record<string, Schema>): Schema => {
  open(path, schema, components);
  if (schema.properties === undefined) return schema;
  const [name, description] = names[path] ?? [componentName(path), schema.description];
  components[name] ??= { ...schema, description: description ?? 'A part of the answer' };
  const reference = refTo('schemas', name) as Schema;
  // OpenAPI 3.0 ignores a description next to a reference.
  return path.endsWith('[]') || schema.description === undefined
    ? reference
    : ({ allOf: [reference], description: schema.description } as Schema);
};

/** Replaces alternatives that are all objects by one object that may have the members of each. */
const merge = (schema: Schema): void => {
  const { anyOf } = schema;
  if (!anyOf?.every(({ properties }) => properties !== undefined)) return;
  schema.type = 'object';
  schema.properties = Object.assign({}, ...anyOf.map(({ properties }) => properties));
  delete schema.anyOf;
};

/** The name and the description of a component, by the place where its schema is first used. */
const names: Readonly<Record<string, readonly [name: string, description: string]>> = {
  ...Object.fromEntries(
    [
      'onderwerp',
      'iscedStudiegebied',
      'iscedNiveau',
      'vksNiveauOnderwijskwalificatie',
      'vksNiveauBeroepskwalificatie',
    ].map((member) => [
      `Attributes.${member}`,
      ['CodeAndName', 'A code of LED and its name. LED may leave out either'] as const,
    ]),
  ),
  'Attributes.bijkomendeInformatie[]': ['AdditionalText', 'A free text that LED adds to a diploma'],
  'Decision.rejected[]': ['RejectedRecord', 'A proof on an accepted subject that is not enough'],
  'RuleSetDetail.subjects[]': ['Subject', 'A subject (Onderwerp) that counts'],
  'RuleSetDetail.categories[]': ['CategoryGroup', 'Kinds of education (Categorie) with the same level'],
  'RuleSetDetail.categories[].range': ['LevelRange', 'VKS levels from `low` to `high`, both included'],
  'RuleSetDetail.degrees[]': ['DegreeGroup', 'Degrees (Graad) with the same level'],
  'RuleSetDetail.degrees[].clauses[]': ['DegreeClause', 'The level of a degree, under conditions'],
  'RuleSetDetail.degrees[].clauses[].range': ['LevelRange', 'VKS levels from `low` to `high`, both included'],
  'RuleSetDetail.degrees[].clauses[].institution': ['InstitutionCondition', 'A condition on the institution'],
  'RuleSetDetail.degrees[].clauses[].year': ['YearCondition', 'A condition on the year of issue'],
  'RuleSetDetail.automaticRecognition': ['AutomaticRecognition', 'Foreign degrees with a level by law'],
  'RuleSetDetail.insufficientProgrammes': ['InsufficientProgrammes', 'Programmes that do not complete a level'],
  'RuleSetDetail.datesInFuture': ['DatesInFuture', 'What a date of issue after today means'],
  'RuleSetDetail.sources[]': ['Source', 'A law, an agreement, or how this project reads them'],
  'RuleSetDetail.sources[].text': ['LocalizedText', 'A text in Dutch and in English'],
  'RuleSetDetail.sourceOf': ['SourcesOfLists', 'The ids of the sources of whole lists'],
};

/** A name made of the place: `RuleSetDetail.sources[]` becomes `RuleSetDetailSources`. */
const componentName = (path: string): string =>
  path.replace(/\[\]/g, '').replace(/\.(\w)/g, (_, letter: string) => letter.toUpperCase());
