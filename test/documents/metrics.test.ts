import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics } from '../../src/lib/metrics.ts';
import { personWith } from '../support/persons.ts';
import { ask, createWorld, type RunningService, startService, type World } from '../support/service.ts';
import { text } from '../support/tools.ts';

type Row = { readonly name: string; readonly type: string; readonly labels: readonly string[]; readonly rest: string };

const words = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

const [, section = ''] = /\n## Metrics\n([\s\S]*?)\n## /.exec(text('RUNBOOK.md')) ?? [];
/** The rows of the table in RUNBOOK.md, but for the one about the metrics of the process. */
const rows: Row[] = section
  .split('\n')
  .filter((line) => line.startsWith('| `') && !line.includes('_…`'))
  .map((line) => {
    const [, name = '', type = '', labels = '', ...rest] = line.split('|');
    return { name: words(name)[0] ?? '', type: type.trim(), labels: words(labels), rest: rest.join('|') };
  });
const rowOf = (name: string): Row | undefined => rows.find((row) => row.name === name);

let world: World;
let service: RunningService;
let shown: string;
beforeAll(async () => {
  world = await createWorld();
  service = await startService(world.environment);
  await ask(service, { insz: personWith('eligible'), caseHandler: { id: 'handler-1' } });
  shown = await (await fetch(`${service.opsUrl}/metrics`)).text();
});
afterAll(async () => {
  await service?.stop();
  await world?.close();
});

/** What belongs to the process, and comes from prom-client. */
const ofProcess = /^(process|nodejs)_/;

test('the table in RUNBOOK.md has each metric of the service with its type, and no other', () => {
  const served = [...shown.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type]) => ({ name, type }));
  expect(rows.map(({ name, type }) => ({ name, type })).toSorted(byName)).toEqual(
    served.filter(({ name }) => !ofProcess.test(name)).toSorted(byName),
  );
  const process = /^\| `process_…`.*$/m.exec(section)?.[0] ?? '';
  for (const name of words(process).filter((word) => !word.endsWith('…') && ofProcess.test(word))) {
    expect(served.map((each) => each.name)).toContain(name);
  }
});

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

test('the table has the labels of each metric', () => {
  const { registry } = createMetrics();
  for (const metric of registry.getMetricsAsArray()) {
    if (ofProcess.test(metric.name)) continue;
    const { labelNames } = metric as typeof metric & { readonly labelNames: string[] };
    expect(rowOf(metric.name)?.labels, metric.name).toEqual(labelNames);
  }
  const samples = [...shown.matchAll(/^(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} \S+$/gm)];
  expect(samples.length).toBeGreaterThan(20);
  for (const [, name = '', labels = ''] of samples) {
    if (ofProcess.test(name)) continue;
    const used = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label).filter((label) => label !== 'le');
    expect(rowOf(name)?.labels, name).toEqual(used);
  }
});

test('the table says what each reason for a closed connection means', () => {
  const reasons = [...shown.matchAll(/^connections_closed_total\{reason="(\w+)"\}/gm)].map(([, reason]) => reason);
  expect(reasons.length).toBeGreaterThan(5);
  expect(words(rowOf('connections_closed_total')?.rest).toSorted()).toEqual(reasons.toSorted());
});
