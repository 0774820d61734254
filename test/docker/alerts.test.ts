import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { hasTool, root, run, yaml } from '../support/tools.ts';

// Every alert, at each level of traffic at which its event can happen. docker/observability/alerts.test.yml has the
// cases that do not depend on traffic, and the texts.

/** What happens from minute 30 on, in place of good traffic. */
type Scenario = {
  readonly alert: string;
  /** Shares of the calls to LED by result, and of the requests by status. The rest are good. */
  readonly calls?: Readonly<Record<string, number>>;
  readonly requests?: Readonly<Record<string, number>>;
  /** The share of the requests that take between 5 and 10 s. */
  readonly slow?: number;
  /** The share of the requests with a word that the rules do not know. */
  readonly odd?: number;
  /** Series that change at minute 30, each with its value before and after. */
  readonly series?: Readonly<Record<string, readonly [before: number | undefined, after: number]>>;
  /** Within how many minutes the alert fires. */
  readonly within: number;
};

const levels = [
  { name: 'one request in ten minutes', perMinute: 0.1 },
  { name: 'one request a minute', perMinute: 1 },
  { name: 'one request a second', perMinute: 60 },
  { name: '100 requests a second', perMinute: 6_000 },
] as const;

const minutes = 180;
const begin = 30;
const job = 'job="led-eligibility", instance="a"';

/** A counter that grows by `before` and, from `begin` on, by `after` events a minute: only whole events count. */
const counter = (before: number, after: number): string =>
  Array.from({ length: minutes }, (_, minute) =>
    Math.floor(before * Math.min(minute, begin) + after * Math.max(0, minute - begin) + 1e-9),
  ).join(' ');

const step = ([before, after]: readonly [number | undefined, number]): string =>
  Array.from({ length: minutes }, (_, minute) => (minute < begin ? (before ?? '_') : after)).join(' ');

const seriesOf = (scenario: Scenario, perMinute: number): { series: string; values: string }[] => {
  const counters: Record<string, [number, number]> = {};
  const shares = (kind: string, good: string, bad: Readonly<Record<string, number>>): void => {
    const rest = 1 - Object.values(bad).reduce((sum, share) => sum + share, 0);
    counters[`${kind}${good}`] = [perMinute, perMinute * rest];
    for (const [label, share] of Object.entries(bad)) counters[`${kind}${label}`] = [0, perMinute * share];
  };
  shares('led_request_duration_seconds_count ', 'result="ok"', scenario.calls ?? {});
  shares('eligibility_requests_total ', 'outcome="eligible", status="200"', scenario.requests ?? {});
  const duration = 'eligibility_request_duration_seconds_';
  const slow = scenario.slow ?? 0;
  counters[`${duration}bucket le="5"`] = [perMinute, perMinute * (1 - slow)];
  for (const label of ['bucket le="10"', 'bucket le="+Inf"', 'count ']) {
    counters[`${duration}${label}`] = [perMinute, perMinute];
  }
  counters['led_data_quality_total kind="unknownValue"'] = [0, perMinute * (scenario.odd ?? 0)];
  const steps: Record<string, readonly [number | undefined, number]> = {
    'up ': [1, 1],
    'process_start_time_seconds ': [0, 0],
    'led_breaker_state ': [0, 0],
    'audit_failures_total ': [0, 0],
    'certificate_expiry_timestamp_seconds use="led"': [9e9, 9e9],
    'certificate_files_in_use use="led"': [1, 1],
    'build_info version="1"': [1, 1],
    'rule_set_info id="x", version="1", digest="d"': [1, 1],
    ...scenario.series,
  };
  const selector = (key: string): string => {
    const [metric, labels] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
    return `${metric}{${[/instance=/.test(labels) ? 'job="led-eligibility"' : job, labels].filter(Boolean).join(', ')}}`;
  };
  return [
    ...Object.entries(counters).map(([key, [before, after]]) => ({
      series: selector(key),
      values: counter(before, after),
    })),
    ...Object.entries(steps).map(([key, values]) => ({ series: selector(key), values: step(values) })),
    { series: selector('audit_lines_total kind="heartbeat"'), values: counter(1, 1) },
  ];
};

/** Runs promtool: no alert before minute 30, and the scenario's own alert fires at the end of `within`. */
const firing = (scenario: Scenario, perMinute: number): { output: string; code: number | null } => {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  const file = join(folder, 'case.yml');
  const at = begin + scenario.within;
  const of = `ALERTS{alertstate="firing", alertname="${scenario.alert}"}`;
  writeFileSync(
    file,
    stringify({
      rule_files: [join(root, 'docker/observability/alerts.yml')],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: seriesOf(scenario, perMinute),
          promql_expr_test: [
            // Good traffic raises no alert at all.
            {
              expr: 'count(ALERTS) or vector(0)',
              eval_time: `${begin - 1}m`,
              exp_samples: [{ labels: '{}', value: 0 }],
            },
            { expr: `count(${of}) > bool 0`, eval_time: `${at}m`, exp_samples: [{ labels: '{}', value: 1 }] },
          ],
        },
      ],
    }),
  );
  const result = run('promtool', 'test', 'rules', file);
  rmSync(folder, { recursive: true });
  return result;
};

const calls = 'led_request_duration_seconds_count';
const anyTraffic: readonly Scenario[] = [
  { alert: 'LedWithoutSuccess', calls: { 'result="ledTimeout"': 1 }, within: 85 },
  { alert: 'LedRefusesUs', series: { [`${calls} result="ledRefused"`]: [undefined, 1] }, within: 1 },
  { alert: 'LedAnswersAnotherQuestion', series: { [`${calls} result="referteMismatch"`]: [undefined, 1] }, within: 1 },
  {
    alert: 'RecordsOfAnotherHolder',
    series: { 'led_records_dropped_total reason="otherHolder"': [undefined, 1] },
    within: 1,
  },
  {
    alert: 'InternalErrors',
    series: { 'eligibility_requests_total outcome="none", status="500"': [undefined, 1] },
    within: 1,
  },
  { alert: 'NoReplica', series: { 'up ': [1, 0] }, within: 2 },
  { alert: 'AuditFailing', series: { 'audit_failures_total ': [0, 1] }, within: 1 },
  {
    alert: 'ConnectionsRefused',
    series: { 'connections_closed_total reason="refused"': [0, 1] },
    within: 1,
  },
  {
    alert: 'HandshakesUnfinished',
    series: { 'connections_closed_total reason="handshakeTimeout"': [0, 500] },
    within: 1,
  },
  { alert: 'AuditLinesLost', series: { 'audit_lines_total kind="gap"': [undefined, 1] }, within: 1 },
  {
    alert: 'RuleSetsDiffer',
    series: {
      'build_info instance="b", version="1"': [1, 1],
      'rule_set_info instance="b", id="x", version="1", digest="d"': [1, 1],
      // One of the two replicas has a version more.
      'rule_set_info id="x", version="2", digest="e"': [undefined, 1],
    },
    within: 16,
  },
  {
    alert: 'CertificateExpiresSoon',
    series: { 'certificate_expiry_timestamp_seconds use="led"': [9e9, 2e6] },
    within: 11,
  },
  { alert: 'CertificateExpires', series: { 'certificate_expiry_timestamp_seconds use="led"': [9e9, 2e5] }, within: 1 },
  // A success of a short time ago does not hide that the files are not usable.
  {
    alert: 'CertificateNotTakenUp',
    series: {
      'certificate_reloads_total use="led", result="ok"': [0, 1],
      'certificate_files_in_use use="led"': [1, 0],
    },
    within: 3,
  },
];
const someTraffic: readonly Scenario[] = [
  { alert: 'LedFailing', calls: { 'result="ledTimeout"': 0.5 }, within: 20 },
  { alert: 'RequestsFailing', requests: { 'outcome="none", status="504"': 0.5 }, within: 20 },
  { alert: 'CallersRefused', requests: { 'outcome="none", status="401"': 0.5 }, within: 60 },
  { alert: 'RequestsSlow', slow: 0.1, within: 50 },
  { alert: 'LedDataOdd', odd: 0.5, within: 100 },
];

describe.skipIf(!hasTool('promtool'))('every alert fires, and good traffic raises none (needs promtool)', () => {
  describe.each(levels)('$name', ({ perMinute }) => {
    const scenarios = [...anyTraffic, ...(perMinute >= 1 ? someTraffic : [])];
    test.each(scenarios)('$alert within $within minutes', (scenario) => {
      const { output, code } = firing(scenario, perMinute);
      expect(code, output).toBe(0);
    });
  });
});

test('every alert has a scenario here, but those that do not depend on requests', () => {
  const names: string[] = yaml('docker/observability/alerts.yml').groups.flatMap(
    ({ rules }: { rules: { alert: string }[] }) => rules.map(({ alert }) => alert),
  );
  const here = [...anyTraffic, ...someTraffic].map(({ alert }) => alert);
  expect(names.filter((name) => !here.includes(name)).sort()).toEqual(['AuditSilent', 'LedBreakerOpen', 'Restarting']);
});
