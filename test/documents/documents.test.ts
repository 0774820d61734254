import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { Environment } from '../../src/environment.ts';
import { loadRuleSets } from '../../src/rules/load.ts';
import { drawFlowChart } from '../../src/rules/texts/flow-chart.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const packageFile = JSON.parse(text('package.json'));

/** Every Markdown file of the repository, by its path from the root. */
const documents = globSync(['**/*.md', '.github/**/*.md'], {
  cwd: root,
  exclude: (name) => /(^|\/)(node_modules|dist|reports|coverage|\.stryker-tmp)(\/|$)/.test(name),
}).sort();

describe('what is made from the code (UPDATE_DOCUMENTS=1 vitest run test/documents writes it)', () => {
  const update = process.env.UPDATE_DOCUMENTS === '1';

  /** One row for each variable, from the schema that reads it. */
  const configurationTable = (): string => {
    const rows = Object.entries(Environment.shape).map(([name, schema]: [string, z.ZodType]) => {
      const { defaultValue } = schema.def as { defaultValue?: unknown };
      const required = defaultValue === undefined && !schema.isOptional();
      const shown = required ? '*required*' : defaultValue === undefined ? '' : `\`${String(defaultValue)}\``;
      return `| \`${name}\` | ${shown} | ${valuesOf(schema)} | ${schema.description ?? ''} |`;
    });
    return ['| name | default | values | |', '|---|---|---|---|', ...rows].join('\n');
  };

  /** The range of a number, or the words of a choice; empty where any text may be. */
  const valuesOf = (schema: z.ZodType): string => {
    const { innerType, in: source, type } = schema.def as { innerType?: z.ZodType; in?: z.ZodType; type: string };
    const { range } = schema.meta() ?? {};
    if (typeof range === 'string') return range;
    if (type === 'enum') return (schema as z.ZodEnum).options.map((word) => `\`${word}\``).join(', ');
    const inner = innerType ?? source;
    return inner ? valuesOf(inner) : '';
  };

  test('the table of variables in RUNBOOK.md', () => {
    const runbook = text('RUNBOOK.md');
    const part = /(<!-- configuration:.*?-->\n)[\s\S]*?(<!-- end of configuration -->)/;
    expect(runbook).toMatch(part);
    const current = runbook.replace(
      part,
      (_, begin: string, end: string) => `${begin}\n${configurationTable()}\n\n${end}`,
    );
    if (update) writeFileSync(join(root, 'RUNBOOK.md'), current);
    else expect(runbook).toBe(current);
  });

  test('the picture of a decision', () => {
    const loaded = loadRuleSets();
    const found = 'catalogue' in loaded ? loaded.catalogue.find('begeleider-ama', '2026-11-23') : undefined;
    const current = found?.ok ? drawFlowChart(found.ruleSet, 'en') : '';
    if (update) writeFileSync(join(root, 'openapi/decision-flow.svg'), current);
    else expect(text('openapi/decision-flow.svg')).toBe(current);
  });

  test('the place for the table of `npm run bench`', () => {
    expect(text('test/bench/README.md')).toMatch(
      /<!-- performance: made by `npm run bench` -->\n[\s\S]*<!-- end of performance -->/,
    );
  });
});

/** A document without its code blocks, in which links and headings mean nothing. */
const prose = (markdown: string): string =>
  markdown
    .replace(/^( *)```[\s\S]*?^\1```/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^( {4,}|\t).*$/gm, '');

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (markdown: string): ReadonlySet<string> => {
  const seen = new Map<string, number>();
  const anchors = [...prose(markdown).matchAll(/^#{1,6} (.+?)#*$/gm)].map(([, heading = '']) => {
    const slug = heading
      .trim()
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(anchors);
};

/** The links and pictures of a document that do not lead to another site, as written. */
const linksOf = (markdown: string): string[] =>
  [
    ...prose(markdown)
      .replace(/`[^`]*`/g, 'code')
      .matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

/** Why a link in `document` leads nowhere; undefined if it leads somewhere. */
const brokenLink = (document: string, link: string, read: (path: string) => string | undefined): string | undefined => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : relative(root, join(root, dirname(document), path));
  if (target.startsWith('..')) return `${link}: outside the repository`;
  const found = read(target);
  if (found === undefined) return `${link}: no such file`;
  if (anchor !== undefined && !anchorsOf(found).has(anchor)) return `${link}: no such heading`;
  return undefined;
};

describe('links', () => {
  const files: Record<string, string> = { 'a.md': '# One `two`: three\n', 'b/c.md': '## Same\n\n## Same\n' };
  test.each([
    ['b/c.md', '../a.md', undefined],
    ['b/c.md', '../a.md#one-two-three', undefined],
    ['b/c.md', '#same-1', undefined],
    ['b/c.md', '#other', '#other: no such heading'],
    ['b/c.md', 'a.md', 'a.md: no such file'],
    ['a.md', '../a.md', '../a.md: outside the repository'],
  ])('the check of links, in %s: %s', (document, link, fault) => {
    expect(brokenLink(document, link, (path) => files[path])).toBe(fault);
  });

  test('the check of links reads a page as GitHub does', () => {
    const page =
      '[a](b.md) ![c](d.png "e") [f](https://g.example) `[h](i.md)`\n\n    [j](k.md)\n\n```\n[l](m.md)\n```\n';
    expect(linksOf(page)).toEqual(['b.md', 'd.png']);
  });

  const read = (path: string): string | undefined => (existsSync(join(root, path)) ? text(path) : undefined);
  test.each(documents)('every link in %s leads somewhere', (document) => {
    const broken = linksOf(text(document)).map((link) => brokenLink(document, link, read));
    expect(broken.filter((fault) => fault !== undefined)).toEqual([]);
  });
});

describe('what a document names exists', () => {
  test.each(documents)('scripts in %s', (document) => {
    const named = [...text(document).matchAll(/\bnpm (?:-s |--silent )?(?:run (?:-s )?([\w:-]+)|(test|start)\b)/g)].map(
      ([, script, short]) => script ?? short,
    );
    expect(named.filter((script) => packageFile.scripts[script ?? ''] === undefined)).toEqual([]);
  });

  test.each(documents)('paths in %s', (document) => {
    const named = [...text(document).matchAll(/(?<![\w/.-])(?:src|test|docker|openapi|\.ci|\.github)\/[\w./-]*[\w/]/g)]
      .map(([path]) => path)
      .filter((path) => !existsSync(join(root, path)));
    // A test is also named without its ending, and by what generates it.
    const missing = named.filter((path) => !existsSync(join(root, `${path}.test.ts`)));
    expect([...new Set(missing)]).toEqual([]);
  });

  test.each(documents)('variables in %s', (document) => {
    const prefixes = /^(AUTH|LED|TLS|AUDIT|OPS|SHUTDOWN)_/;
    const named = [...text(document).matchAll(/`([A-Z]+(?:_[A-Z0-9]+)+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => prefixes.test(name));
    expect(named.filter((name) => !(name in Environment.shape))).toEqual([]);
  });
});

test('RUNBOOK.md sends the reader to alerts, sections and panels that exist', () => {
  const runbook = text('RUNBOOK.md');
  const dashboard = JSON.parse(text('docker/observability/grafana/dashboards/led-eligibility.json'));
  const headings = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  const panels = dashboard.panels.map(({ title }: { title: string }) => title);
  // Whole sentences in italics are what an alert means.
  const named = [...prose(runbook).matchAll(/(?<!\w)_([A-Z][^_.]+)_(?!\w)/g)].map(([, name = '']) =>
    name.replace(/\s+/g, ' '),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !headings.includes(name) && !panels.includes(name))).toEqual([]);
});

test('CONTRIBUTING.md gives a reason for every dependency, and for no other', () => {
  const [, part = ''] = text('CONTRIBUTING.md').split('\n## Dependencies\n');
  const [tables = ''] = part.split('\n## ');
  const named = [...tables.matchAll(/^\| ([^|]+) \| [^|]*\w[^|]* \|$/gm)]
    .flatMap(([, cell = '']) => cell.split(', '))
    .filter((name) => !/^(at run time|in development)$/.test(name));
  const { dependencies, devDependencies } = packageFile;
  expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
});

test('one version everywhere: package.json, the image, the changelog', () => {
  expect(text('Dockerfile')).toContain(`ARG VERSION=${packageFile.version}\n`);
  expect(text('CHANGELOG.md')).toContain(`\n## [${packageFile.version}] - `);
});

test('one version of Node: .nvmrc, the package `node`, the image', () => {
  const major = text('.nvmrc').trim();
  expect(packageFile.devDependencies.node.split('.')[0]).toBe(major);
  expect(text('Dockerfile')).toMatch(new RegExp(`^ARG BUILD_BASE=node:${major}-`, 'm'));
  expect(text('Dockerfile')).toMatch(new RegExp(`^ARG RUN_BASE=.*/nodejs${major}-`, 'm'));
});
