import { z } from 'zod';
import { refTo } from './components.ts';

const options = {
  target: 'openapi-3.0',
  unrepresentable: 'throw',
  override: ({ jsonSchema }: { jsonSchema: { format?: string; pattern?: string } }) => {
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
export const schemaComponents = () =>
  Object.fromEntries(
    Object.entries(z.toJSONSchema(z.globalRegistry, { ...options, uri: (id) => refTo('schemas', id).$ref }).schemas)
      .map(([name, { $schema: _, $id: __, id: ___, ...schema }]) => [name, schema] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
