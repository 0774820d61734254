import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A part of an OpenAPI document. */
// biome-ignore lint/suspicious/noExplicitAny: a document of any version, of which this file reads only some parts
type Part = any;

/**
 * Returns the changes from `before` to `after` (parsed OpenAPI 3.0 documents) that break a client of `before`. A client
 * of an answer ignores what it does not know, so an answer may get members, statuses and problem types. It may not lose
 * any, and no value may get another form. A request is strict: it may accept more, and never less.
 */
export const breakingChanges = (before: Part, after: Part): string[] => {
  const found: string[] = [];
  const follow = (document: Part, part: Part): Part =>
    part?.$ref === undefined
      ? part
      : part.$ref
          .slice(2)
          .split('/')
          .reduce((at: Part, name: string) => at?.[name], document);
  /** A reference with a description of its own is written as `allOf` with one entry. It says the same. */
  const resolve = (document: Part, part: Part): Part =>
    part?.allOf?.length === 1 ? resolve(document, part.allOf[0]) : follow(document, part);

  const compareSchema = (where: string, old: Part, now: Part, direction: 'sent' | 'answered'): void => {
    const a = resolve(before, old) ?? {};
    const b = resolve(after, now) ?? {};
    if (a.type !== b.type) found.push(`${where}: was ${a.type}, is ${b.type}`);
    for (const name of ['pattern', 'format', 'minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems']) {
      // A request may lose a limit. An answer may get one, because a client does not check it.
      const narrowed = direction === 'sent' ? b[name] !== undefined : a[name] !== undefined;
      if (narrowed && a[name] !== b[name] && !isWider(name, a[name], b[name], direction)) {
        found.push(`${where}: ${name} was ${a[name]}, is ${b[name]}`);
      }
    }
    if (direction === 'sent' ? a.nullable && !b.nullable : !a.nullable && b.nullable) {
      found.push(`${where}: null is ${direction === 'sent' ? 'refused' : 'new'}`);
    }
    if (direction === 'answered' && a.additionalProperties !== false && b.additionalProperties === false) {
      found.push(`${where}: may not get new members`);
    }
    const [wide, narrow] = direction === 'sent' ? [a.enum, b.enum] : [b.enum, a.enum];
    for (const value of narrow === undefined ? [] : (wide ?? [undefined])) {
      if (!narrow.includes(value))
        found.push(`${where}: value ${value ?? '(any)'} ${direction === 'sent' ? 'is refused' : 'is new'}`);
    }
    if (direction === 'answered' && a.enum === undefined && b.enum !== undefined) {
      found.push(`${where}: its values are a closed list`);
    }
    if (JSON.stringify(a.anyOf ?? a.oneOf) !== JSON.stringify(b.anyOf ?? b.oneOf))
      found.push(`${where}: its alternatives changed`);
    if (a.items || b.items) compareSchema(`${where}[]`, a.items, b.items, direction);
    for (const [name, member] of Object.entries(a.properties ?? {})) {
      const same = b.properties?.[name];
      if (same === undefined) found.push(`${where}.${name}: is gone`);
      else compareSchema(`${where}.${name}`, member, same, direction);
    }
    const [always, sometimes] = direction === 'sent' ? [b.required, a.required] : [a.required, b.required];
    for (const name of always ?? []) {
      if (!sometimes?.includes(name))
        found.push(`${where}.${name}: is ${direction === 'sent' ? 'now' : 'no longer'} required`);
    }
  };

  const compareContent = (where: string, old: Part, now: Part, direction: 'sent' | 'answered'): void => {
    for (const [type, { schema }] of Object.entries<Part>(old?.content ?? {})) {
      const same = now?.content?.[type];
      if (same === undefined) found.push(`${where}: no ${type} any more`);
      else compareSchema(where, schema, same.schema, direction);
    }
  };

  const compareOperation = (where: string, old: Part, now: Part): void => {
    if (old.operationId !== now.operationId) found.push(`${where}: operationId was ${old.operationId}`);
    if (JSON.stringify(old.security) !== JSON.stringify(now.security)) found.push(`${where}: its security changed`);
    const parameters = (document: Part, { parameters: list = [] }: Part): Map<string, Part> =>
      new Map(list.map((each: Part) => resolve(document, each)).map((each: Part) => [`${each.in} ${each.name}`, each]));
    const known = parameters(before, old);
    const wanted = parameters(after, now);
    for (const [name, parameter] of known) {
      const same = wanted.get(name);
      if (same === undefined) found.push(`${where} ${name}: is gone`);
      else compareSchema(`${where} ${name}`, parameter.schema, same.schema, 'sent');
    }
    for (const [name, { required }] of wanted) {
      if (required && !known.get(name)?.required) found.push(`${where} ${name}: is now required`);
    }
    compareContent(`${where} body`, old.requestBody, now.requestBody, 'sent');
    for (const [status, response] of Object.entries<Part>(old.responses ?? {})) {
      const same = now.responses?.[status];
      if (same === undefined) found.push(`${where} ${status}: is gone`);
      else {
        compareContent(`${where} ${status}`, response, same, 'answered');
        for (const header of Object.keys(response.headers ?? {})) {
          if (same.headers?.[header] === undefined) found.push(`${where} ${status} ${header}: is gone`);
        }
      }
    }
  };

  for (const [path, operations] of Object.entries<Part>(before.paths)) {
    for (const [method, operation] of Object.entries<Part>(operations)) {
      const same = after.paths[path]?.[method];
      const where = `${method.toUpperCase()} ${path}`;
      if (same === undefined) found.push(`${where}: is gone`);
      else compareOperation(where, operation, same);
    }
  }
  return found;
};

/** Whether the new limit allows a request more than the old one. An answer must keep its limits. */
const isWider = (name: string, old: unknown, now: unknown, direction: 'sent' | 'answered'): boolean => {
  if (direction === 'answered' || typeof old !== 'number' || typeof now !== 'number') return false;
  return name.startsWith('max') ? now > old : now < old;
};

const majorOf = (document: Part): number => Number(String(document.info.version).split('.')[0]);

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** The document of the last release, from the last tag `v…`. Undefined when there is no such tag. */
const released = (): { tag: string; text: string } | undefined => {
  try {
    const tag = git('describe', '--tags', '--abbrev=0', '--match', 'v*');
    return { tag, text: git('show', `${tag}:openapi/openapi.yaml`) };
  } catch {
    return undefined;
  }
};

if (import.meta.main) {
  const last = released();
  if (last === undefined) process.stdout.write('openapi.yaml: no release yet (no tag v…), nothing to compare with\n');
  else {
    const before = parse(last.text);
    const after = parse(readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8'));
    const found = breakingChanges(before, after);
    for (const change of found) process.stdout.write(`${change}\n`);
    process.stdout.write(`openapi.yaml: ${found.length} breaking changes since ${last.tag}\n`);
    if (found.length > 0 && majorOf(after) <= majorOf(before)) {
      process.stdout.write('Undo these changes, or raise the major version.\n');
      process.exitCode = 1;
    }
  }
}
