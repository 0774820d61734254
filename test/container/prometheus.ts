import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort, text, yaml } from '../support/tools.ts';
import { until } from '../support/until.ts';
import type { Container } from './engine.ts';

/** How much faster time passes for the alerts of a game day: five minutes are ten seconds. */
const FACTOR = 30;

const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
/** A duration of Prometheus, `FACTOR` times as short, but not shorter than `least` seconds. */
const shortened = (amount: string, unit: string, least = 0): string =>
  `${Math.max(least, (Number(amount) * seconds[unit as keyof typeof seconds]) / FACTOR)}s`;

/** An alert waits at least this long, so that a busy machine that answers a scrape late is no trouble of its own. */
const LEAST_FOR = 8;

type Rule = { alert: string; expr: string; for?: string; annotations: { runbook_url: string } };
type Rules = { groups: { name: string; rules: Rule[] }[] };

/**
 * A copy of docker/observability/alerts.yml in which only time differs: each window, `offset` and `for` is shorter.
 * Ages and days within an expression stay as they are, and so does AuditSilent: the service writes a heartbeat each minute.
 */
const fasterRules = (): Rules => {
  const rules = yaml('docker/observability/alerts.yml') as Rules;
  return {
    groups: rules.groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) =>
        rule.alert === 'AuditSilent'
          ? rule
          : {
              ...rule,
              expr: rule.expr
                .replace(/\[(\d+)([smhd])\]/g, (_, amount, unit) => `[${shortened(amount, unit)}]`)
                .replace(/\boffset (\d+)([smhd])\b/g, (_, amount, unit) => `offset ${shortened(amount, unit)}`),
              ...(rule.for && {
                for: rule.for.replace(/^(\d+)([smhd])$/, (_, amount, unit) => shortened(amount, unit, LEAST_FOR)),
              }),
            },
      ),
    })),
  };
};

export type Watch = {
  /** Resolves when the alert fires. Returns the section of the runbook to which its `runbook_url` leads. */
  readonly fires: (alert: string) => Promise<string>;
  /** Resolves when no alert fires. */
  readonly calm: () => Promise<void>;
  /** The names of all alerts that have fired, in alphabetical order. */
  readonly fired: () => string[];
  /** Scrapes these replicas from now on. */
  readonly scrape: (...replicas: readonly Container[]) => void;
  readonly close: () => Promise<void>;
};

/** The section of RUNBOOK.md to which an address leads. Throws if there is none. */
const sectionAt = (address: string): string => {
  const anchor = new URL(address).hash.slice(1);
  const sections = text('RUNBOOK.md').split(/^(?=#{2,3} )/m);
  const found = sections.find((section) => /^#+ (.*)$/m.exec(section)?.[1]?.toLowerCase() === anchor);
  if (found === undefined) throw new Error(`${address} leads nowhere`);
  return found.replace(/\s+/g, ' ');
};

/** Starts a Prometheus of this machine with the faster rules. It scrapes the operations port of these replicas. */
export const watchAlerts = async (...replicas: readonly Container[]): Promise<Watch> => {
  const folder = mkdtempSync(join(tmpdir(), 'game-day-'));
  const file = (name: string, content: unknown): void => writeFileSync(join(folder, name), stringify(content));
  const scrape = (...targets: readonly Container[]): void =>
    file('targets.yml', [{ targets: targets.map((each) => new URL(each.url(8081)).host) }]);
  scrape(...replicas);
  file('alerts.yml', fasterRules());
  file('prometheus.yml', {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['alerts.yml'],
    scrape_configs: [
      { job_name: 'led-eligibility', file_sd_configs: [{ files: ['targets.yml'], refresh_interval: '1s' }] },
    ],
  });
  const address = `127.0.0.1:${await freePort()}`;
  const prometheus = spawn(
    'prometheus',
    [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`],
    { stdio: 'ignore' },
  );
  const ended = once(prometheus, 'exit');
  const fired = new Map<string, string>();
  const firing = async (): Promise<string[]> => {
    const answer = await fetch(`http://${address}/api/v1/alerts`).catch(() => undefined);
    if (!answer?.ok) return ['prometheus does not answer'];
    const { data } = (await answer.json()) as {
      data: { alerts: { state: string; labels: { alertname: string }; annotations: { runbook_url: string } }[] };
    };
    const now = data.alerts.filter(({ state }) => state === 'firing');
    for (const { labels, annotations } of now) fired.set(labels.alertname, annotations.runbook_url);
    return now.map(({ labels }) => labels.alertname);
  };
  // A counter that rose before the first scrape does not count as an increase.
  const scraped = async (): Promise<number> => {
    const answer = await fetch(`http://${address}/api/v1/query?query=up==1`).catch(() => undefined);
    if (!answer?.ok) return 0;
    return ((await answer.json()) as { data: { result: unknown[] } }).data.result.length;
  };
  await until(async () => (await scraped()) === replicas.length);
  return {
    fires: async (alert) => {
      await until(async () => {
        await firing();
        return fired.has(alert);
      });
      return sectionAt(fired.get(alert) ?? '');
    },
    calm: () => until(async () => (await firing()).length === 0),
    fired: () => [...fired.keys()].sort(),
    scrape,
    close: async () => {
      prometheus.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
};
