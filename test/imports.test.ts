import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ts } from '@ts-morph/common';
import { describe, expect, test } from 'vitest';

const nouns = ['caller.ts', 'eleven-digits.ts', 'fault.ts', 'insz.ts', 'outcome.ts', 'record.ts'];
const core = ['lib', ...nouns, 'rules', 'decision.ts', 'led/ask.ts', 'audit', 'eligibility.ts'];

/**
 * The rooms of `src`, a folder or a file each: which rooms above it in this table a room may import from, and which
 * packages. A file with a row of its own is not part of the room of its folder.
 */
const rooms: Readonly<Record<string, { readonly from: readonly string[]; readonly packages: readonly string[] }>> = {
  lib: { from: [], packages: ['node:*', 'leven', 'pino', 'prom-client'] },
  'fault.ts': { from: ['lib'], packages: [] },
  'insz.ts': { from: ['lib'], packages: [] },
  'eleven-digits.ts': { from: ['insz.ts'], packages: [] },
  'caller.ts': { from: ['fault.ts', 'eleven-digits.ts'], packages: [] },
  'outcome.ts': { from: [], packages: ['zod'] },
  'record.ts': { from: ['lib'], packages: ['zod'] },
  rules: { from: ['lib', ...nouns], packages: ['node:*', 'canonicalize', 'zod'] },
  'decision.ts': { from: ['lib', ...nouns, 'rules'], packages: ['zod'] },
  'led/ask.ts': { from: ['lib', ...nouns], packages: [] },
  led: { from: ['lib', ...nouns, 'led/ask.ts'], packages: ['node:*', 'pino', 'undici'] },
  audit: { from: ['lib', ...nouns, 'rules', 'led/ask.ts'], packages: ['node:*'] },
  'eligibility.ts': { from: ['lib', ...nouns, 'rules', 'led/ask.ts', 'audit'], packages: [] },
  auth: { from: ['lib', 'caller.ts', 'fault.ts'], packages: ['node:*', 'jose', 'undici'] },
  http: { from: [...core, 'led', 'auth'], packages: ['node:*', 'fastify*', '@fastify/*', 'yaml', 'zod'] },
  'app.ts': { from: [...core, 'led', 'auth', 'http'], packages: ['node:*', 'fastify'] },
  'environment.ts': { from: [], packages: ['zod'] },
  'registrations.ts': { from: ['lib', 'led/ask.ts', 'environment.ts'], packages: ['zod'] },
  'config.ts': {
    from: ['lib', 'insz.ts', 'led/ask.ts', 'led', 'audit', 'auth', 'environment.ts', 'registrations.ts'],
    packages: ['node:*', 'zod'],
  },
  'check-config.ts': {
    from: ['lib', 'led/ask.ts', 'led', 'audit', 'environment.ts', 'config.ts'],
    packages: [],
  },
  'probe.ts': { from: [...core, 'http'], packages: ['node:*'] },
  'unsafe-settings.ts': { from: ['config.ts'], packages: [] },
  'cli/exit-codes.ts': { from: [], packages: [] },
  'cli/openapi.ts': { from: ['lib', 'http', 'app.ts'], packages: ['node:*'] },
  cli: { from: ['lib', 'insz.ts', 'eleven-digits.ts', 'rules', 'audit', 'cli/exit-codes.ts'], packages: ['node:*'] },
  'parts.ts': {
    from: ['lib', 'rules', 'led', 'audit', 'auth', 'registrations.ts', 'config.ts', 'cli/exit-codes.ts'],
    packages: ['node:*'],
  },
  'cli/led-ask.ts': { from: [...core, 'led', 'probe.ts', 'check-config.ts'], packages: ['node:*'] },
  'cli/led.ts': {
    from: [
      ...core,
      'led',
      'config.ts',
      'check-config.ts',
      'registrations.ts',
      'parts.ts',
      'cli',
      'cli/exit-codes.ts',
      'cli/led-ask.ts',
    ],
    packages: ['node:*'],
  },
  'serve.ts': {
    from: [...core, 'http', 'app.ts', 'config.ts', 'unsafe-settings.ts', 'probe.ts', 'parts.ts', 'cli/exit-codes.ts'],
    packages: ['node:*', 'fastify'],
  },
  'main.ts': {
    from: ['lib', 'config.ts', 'parts.ts', 'serve.ts', 'cli', 'cli/led.ts', 'cli/openapi.ts', 'cli/exit-codes.ts'],
    packages: ['node:*'],
  },
};

/** The texts of source files by their paths within `src`. */
type Sources = Readonly<Record<string, string>>;

const root = fileURLToPath(new URL('../src', import.meta.url));
const src: Sources = Object.fromEntries(
  globSync('**/*.ts', { cwd: root }).map((path) => [path, readFileSync(posix.join(root, path), 'utf8')]),
);

/** What a file imports: values and types, exports from another file and dynamic imports included. */
const importsOf = (path: string, text: string): string[] =>
  ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith('.') ? posix.join(posix.dirname(path), fileName) : `package ${fileName}`,
    );

const roomOf = (path: string): string => (path in rooms ? path : (path.split('/')[0] ?? ''));

const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** Every import that the table does not allow, as `file → what it imports`. */
const forbidden = (sources: Sources): string[] =>
  Object.entries(sources).flatMap(([path, text]) => {
    const room = roomOf(path);
    const doors = rooms[room];
    if (doors === undefined) return [`${path} is in no room`];
    return importsOf(path, text)
      .filter((target) =>
        target.startsWith('package ')
          ? !doors.packages.some((pattern) => matches(target.slice('package '.length), pattern))
          : roomOf(target) !== room && !doors.from.includes(roomOf(target)),
      )
      .map((target) => `${path} → ${target}`);
  });

/** The shortest way from a file back to itself. */
const circleAt = (start: string, graph: ReadonlyMap<string, readonly string[]>): string[] | undefined => {
  const seen = new Set<string>();
  const ways = [[start]];
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
};

/** Every circle of files, each once, as the list of its files. */
const circles = (sources: Sources): string[] => {
  const graph = new Map(Object.entries(sources).map(([path, text]) => [path, importsOf(path, text)]));
  const found = [...graph.keys()].flatMap((path) => circleAt(path, graph)?.toSorted().join(', ') ?? []);
  return [...new Set(found)].sort();
};

describe('the imports of src', () => {
  test('go through the doors of the table', () => {
    expect(Object.keys(src).length).toBeGreaterThan(60);
    expect(forbidden(src)).toEqual([]);
  });

  test('have no circle', () => {
    expect(circles(src)).toEqual([]);
  });

  test('the table leads one way: from each room to rooms above it', () => {
    const order = Object.keys(rooms);
    const wrong = Object.entries(rooms).flatMap(([room, { from }]) =>
      from.filter((other) => !order.slice(0, order.indexOf(room)).includes(other)).map((other) => `${room} → ${other}`),
    );
    expect(wrong).toEqual([]);
  });

  test('the table has no room that does not exist', () => {
    const used = new Set(Object.keys(src).map(roomOf));
    expect(Object.keys(rooms).filter((room) => !used.has(room))).toEqual([]);
  });
});

describe('the check reports what is planted', () => {
  const withPlanted = (path: string, text: string): Sources => ({ ...src, [path]: `${text}\n${src[path] ?? ''}` });

  test.each([
    ["import { x } from '../http/problems.ts';", 'a value'],
    ["import type { Problem } from '../http/problems.ts';", 'a type'],
    ["export * from '../http/problems.ts';", 'what it exports again'],
    ["const x = await import('../http/problems.ts');", 'a dynamic import'],
    ["type X = import('../http/problems.ts').Problem;", 'a type in an expression'],
  ])('a door from rules to http: %s (%s)', (text) => {
    expect(forbidden(withPlanted('rules/planted.ts', text))).toEqual(['rules/planted.ts → http/problems.ts']);
  });

  test.each([
    ['lib/planted.ts', '../fault.ts', 'fault.ts'],
    ['audit/planted.ts', '../led/client.ts', 'led/client.ts'],
    ['eligibility.ts', './auth/claims.ts', 'auth/claims.ts'],
    ['cli/planted.ts', '../http/problems.ts', 'http/problems.ts'],
    ['main.ts', './app.ts', 'app.ts'],
  ])('a door upwards or into another room: %s imports %s', (path, specifier, target) => {
    expect(forbidden(withPlanted(path, `import '${specifier}';`))).toEqual([`${path} → ${target}`]);
  });

  test.each(['undici', 'fastify', 'jose', 'node:net', 'node:fs/promises'])('the use case imports %s', (name) => {
    expect(forbidden(withPlanted('eligibility.ts', `import type { X } from '${name}';`))).toEqual([
      `eligibility.ts → package ${name}`,
    ]);
  });

  test('an HTTP framework in auth', () => {
    expect(forbidden(withPlanted('auth/planted.ts', "import type { FastifyRequest } from 'fastify';"))).toEqual([
      'auth/planted.ts → package fastify',
    ]);
  });

  test('a file that is in no room', () => {
    expect(forbidden(withPlanted('helpers/planted.ts', ''))).toEqual(['helpers/planted.ts is in no room']);
  });

  test('a circle of two files, of three, and of one with itself', () => {
    const planted = {
      'lib/a.ts': "import type { B } from './b.ts';",
      'lib/b.ts': "import { a } from './a.ts';\nimport { c } from './c.ts';",
      'lib/c.ts': "const d = await import('./d.ts');",
      'lib/d.ts': "export * from './e.ts';",
      'lib/e.ts': "import './c.ts';",
      'lib/f.ts': "import './f.ts';",
      'lib/g.ts': "import './a.ts';",
    };
    expect(circles({ ...src, ...planted })).toEqual(['lib/a.ts, lib/b.ts', 'lib/c.ts, lib/d.ts, lib/e.ts', 'lib/f.ts']);
  });

  test('no import in a comment or in a text', () => {
    const text = "// import '../http/problems.ts';\nexport const x = \"import '../http/problems.ts'\";";
    expect(forbidden(withPlanted('rules/planted.ts', text))).toEqual([]);
  });
});
