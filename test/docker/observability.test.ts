import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metric } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { persons } from '../../docker/simulator/persons.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { ask, createWorld, json, startService } from '../support/service.ts';
import { freePort, hasTool, type Manifest, root, run, text, yaml } from '../support/tools.ts';
import { until } from '../support/until.ts';

type Use = { readonly metric: string; readonly labels: readonly string[] };

/** Returns the metrics in an expression, each with the labels that select it, and the labels that it groups by. */
const parseExpression = (expression: string): { uses: Use[]; grouping: string[] } => {
  const bare = expression.replace(/\[[^\]]*\]/g, '').replace(/\$\w+/g, 'x');
  const grouping: string[] = [];
  const withoutGroups = bare.replace(
    /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g,
    (_, names: string) => {
      grouping.push(...names.split(',').map((name) => name.trim()));
      return ' ';
    },
  );
  const uses: Use[] = [];
  const rest = withoutGroups.replace(/([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}/g, (_, metric: string, matchers: string) => {
    uses.push({ metric, labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, name]) => name ?? '') });
    return ' ';
  });
  for (const [, word = ''] of rest.matchAll(/\b([a-zA-Z_]\w*)\b(?!\s*\()/g)) {
    if (!/^(and|or|unless|bool|offset|\d+\w|[smhd]|x)$/.test(word)) uses.push({ metric: word, labels: [] });
  }
  return { uses, grouping: grouping.filter((name) => name !== '') };
};

const metrics = createMetrics().registry.getMetricsAsArray() as unknown as (Metric & {
  name: string;
  type: string;
  labelNames: string[];
})[];
// A metric that Prometheus adds itself, and one of kube-state-metrics, which not every cluster has.
const known = new Map<string, readonly string[]>([
  ['up', []],
  ['kube_deployment_status_replicas_ready', ['deployment', 'namespace']],
]);
for (const { name, type, labelNames } of metrics) {
  known.set(name, labelNames);
  if (type !== 'histogram') continue;
  known.set(`${name}_bucket`, [...labelNames, 'le']);
  known.set(`${name}_count`, labelNames);
  known.set(`${name}_sum`, labelNames);
}
const everywhere = ['job', 'instance'];

/** Returns the errors of an expression. */
const faultsOf = (expression: string): string[] => {
  const { uses, grouping } = parseExpression(expression);
  const faults: string[] = [];
  if (uses.length === 0) faults.push('names no metric');
  const all = new Set(everywhere);
  for (const { metric, labels } of uses) {
    const has = known.get(metric);
    if (has === undefined) faults.push(`${metric} does not exist`);
    for (const label of labels) {
      if (has && !has.includes(label) && !everywhere.includes(label)) faults.push(`${metric} has no label ${label}`);
    }
    for (const label of has ?? []) all.add(label);
    if (!labels.includes('job') && !metric.startsWith('kube_')) faults.push(`${metric} is not limited to this job`);
  }
  for (const label of grouping) if (!all.has(label)) faults.push(`groups by ${label}, which nothing has`);
  return faults;
};

type Rule = { alert: string; expr: string; labels: Manifest; annotations: Manifest };
const rules: Rule[] = yaml('docker/observability/alerts.yml').groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
const dashboard = JSON.parse(text('docker/observability/grafana/dashboards/led-eligibility.json'));
const panels: Manifest[] = dashboard.panels;
const expressions = [
  ...rules.map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }: { expr: string }) => ({ where: `panel ${title}`, expr })),
  ),
];

test('the check of expressions finds errors', () => {
  expect(faultsOf('rate(led_requests{job="led-eligibility"}[5m])')).toEqual(['led_requests does not exist']);
  expect(faultsOf('led_in_flight{job="led-eligibility", result="ok"} > 0')).toEqual([
    'led_in_flight has no label result',
  ]);
  expect(faultsOf('sum by (use) (led_in_flight{job="x"})')).toEqual(['groups by use, which nothing has']);
  expect(faultsOf('led_in_flight > 0')).toEqual(['led_in_flight is not limited to this job']);
});

test.each(expressions)('$where uses metrics and labels that exist', ({ expr }) => {
  expect(faultsOf(expr)).toEqual([]);
});

test('every result in a rule is a result of calls to LED', () => {
  const source = globSync('src/led/**/*.ts', { cwd: root })
    .map((file) => text(file))
    .join('\n');
  for (const { expr } of rules) {
    for (const [, words = ''] of expr.matchAll(/result[!=]?~?="?~?"?([\w|.+]+)"/g)) {
      for (const word of words.split('|').filter((each) => /^(led|referte)/.test(each))) {
        expect(source, word).toMatch(new RegExp(`'${word.replace('.+', '\\w+')}'`));
      }
    }
  }
});

describe('alert rules', () => {
  const runbook = text('RUNBOOK.md');

  test.each(rules)('$alert has a severity, a summary, a description and a chapter in the runbook', (rule) => {
    expect(rule.labels.severity).toMatch(/^(page|ticket)$/);
    expect(rule.annotations.summary).toMatch(/\S/);
    expect(rule.annotations.description).toMatch(/\S/);
    const address = yaml('publiccode.yml').url.replace(/\.git$/, '');
    expect(rule.annotations.runbook_url).toBe(`${address}/RUNBOOK.md#${rule.alert.toLowerCase()}`);
    expect(runbook).toMatch(new RegExp(`^### ${rule.alert}$`, 'm'));
  });

  test('the runbook has a chapter for these alerts only', () => {
    const chapters = runbook.slice(runbook.indexOf('## Alerts'), runbook.indexOf('## Keys')).matchAll(/^### (\w+)$/gm);
    expect([...chapters].map(([, name]) => name).sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  test.skipIf(!hasTool('promtool'))(
    'promtool accepts the rules, and they fire in their test cases (needs promtool: Debian package prometheus)',
    () => {
      expect(run('promtool', 'check', 'config', 'docker/observability/prometheus.yml')).toMatchObject({ code: 0 });
      const tested = run('promtool', 'test', 'rules', 'docker/observability/alerts.test.yml');
      expect(tested.output).toContain('SUCCESS');
      expect(tested.code, tested.output).toBe(0);
    },
  );
});

describe('the dashboard', () => {
  test('uses the provisioned data source, and shows every metric of the service', () => {
    const { uid } = yaml('docker/observability/grafana/datasource.yml').datasources[0];
    const asking = panels.filter(({ type }) => type !== 'row');
    expect(new Set(asking.map(({ datasource }) => datasource.uid))).toEqual(new Set([uid]));
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const asked = new Set(expressions.flatMap(({ expr }) => parseExpression(expr).uses.map(({ metric }) => metric)));
    const ours = metrics.map(({ name }) => name).filter((name) => !/^(process|nodejs)_/.test(name));
    const unseen = ours.filter((name) => ![...asked].some((metric) => metric.startsWith(name)));
    expect(unseen).toEqual([]);
  });

  test('is in the folder that compose mounts and that its provider reads', () => {
    const { services } = yaml('docker/compose.yaml');
    const mounts = [...services.grafana.volumes, ...services.prometheus.volumes].map((mount: string) =>
      mount.split(':'),
    );
    for (const { profiles } of [services.grafana, services.prometheus]) expect(profiles).toEqual(['observability']);
    for (const [from = ''] of mounts) expect(globSync(join(root, 'docker', from)), from).toHaveLength(1);
    const { path } = yaml('docker/observability/grafana/dashboards.yml').providers[0].options;
    expect(mounts.map(([, to]) => to)).toContain(path);
    expect(services.grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`${path}/led-eligibility.json`);
    const { scrape_configs } = yaml('docker/observability/prometheus.yml');
    expect(scrape_configs[0].job_name).toBe('led-eligibility');
  });
});

test.skipIf(!hasTool('prometheus'))(
  'Prometheus scrapes the service, evaluates every rule and has data for every panel (needs prometheus)',
  { timeout: 60_000 },
  async () => {
    const world = await createWorld();
    const service = await startService(world.environment);
    const quick = [...persons.values()].filter(({ latencyMs, failure }) => !latencyMs && failure !== 'silent');
    await Promise.all(quick.map(({ insz }) => ask(service, { insz, caseHandler: { id: 'x' } })));
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const { scrape_configs } = yaml('docker/observability/prometheus.yml');
    // The configuration of compose with another address of the service and shorter intervals.
    scrape_configs[0].static_configs[0].targets = [new URL(service.opsUrl).host];
    const rulesFile = join(root, 'docker/observability/alerts.yml');
    const every = { scrape_interval: '1s', evaluation_interval: '1s' };
    writeFileSync(
      join(folder, 'prometheus.yml'),
      stringify({ global: every, rule_files: [rulesFile], scrape_configs }),
    );
    const port = await freePort();
    const files = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    const prometheus = spawn('prometheus', [...files, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
    onTestFinished(() => void prometheus.kill('SIGKILL'));
    const api = (path: string): Promise<Manifest> =>
      fetch(`http://127.0.0.1:${port}/api/v1/${path}`)
        .then(json)
        .catch(() => ({}));

    const resultOf = async (expression: string): Promise<unknown[]> => {
      const { data, error } = await api(`query?query=${encodeURIComponent(expression)}`);
      return data?.result ?? [error ?? 'no answer'];
    };

    // A rate needs at least two points.
    let groups: Manifest[] = [];
    await until(async () => {
      groups = (await api('rules')).data?.groups ?? [];
      const known = groups.flatMap(({ rules }) => rules).every(({ health }) => health !== 'unknown');
      const scraped = (await resultOf('count_over_time(up{job="led-eligibility"}[1m]) > 2')) as Manifest[];
      return groups.length > 0 && known && scraped[0]?.metric !== undefined;
    });
    const evaluated: Manifest[] = groups.flatMap(({ rules }) => rules);
    expect(evaluated.map(({ name }) => name).sort()).toEqual(rules.map(({ alert }) => alert).sort());
    expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(await resultOf('up{job="led-eligibility"} == 1')).toHaveLength(1);

    // Each panel shows something, except the two for events that did not happen here.
    const empty: string[] = [];
    for (const { title, targets = [] } of panels) {
      for (const { expr } of targets) {
        const whole = expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.+');
        const result = await resultOf(whole);
        expect(result, `${title}: ${whole}`).not.toContainEqual(expect.any(String));
        if (result.length === 0) empty.push(title);
      }
    }
    expect(empty.sort()).toEqual(['Candidates beside the rules in force', 'Certificate files reloaded']);
    prometheus.kill('SIGTERM');
    await once(prometheus, 'exit');
    await service.stop();
    await world.close();
    rmSync(folder, { recursive: true });
  },
);
