import { expect, test } from 'vitest';
import { createMetrics } from '../../src/lib/metrics.ts';

test('the metrics of the service have these names, types and labels', async () => {
  const { registry } = createMetrics();
  const text = await registry.metrics();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    .map(([, name, type]) => `${name} ${type}`)
    .filter((line) => !/^(nodejs|process)_/.test(line));
  expect(types).toEqual([
    'eligibility_requests_total counter',
    'eligibility_request_duration_seconds histogram',
    'led_request_duration_seconds histogram',
    'led_exceptions_total counter',
    'led_in_flight gauge',
    'led_retries_total counter',
    'led_breaker_state gauge',
    'led_records_dropped_total counter',
    'led_data_quality_total counter',
    'rule_reasons_total counter',
    'audit_lines_total counter',
    'audit_failures_total counter',
    'certificate_expiry_timestamp_seconds gauge',
    'certificate_reloads_total counter',
    'certificate_files_in_use gauge',
    'rule_set_info gauge',
    'rule_shadow_total counter',
    'connections_open gauge',
    'connections_closed_total counter',
    'broken_requests_total counter',
    'build_info gauge',
  ]);
});

test('a count shows its labels', async () => {
  const { registry, requests, ledDuration } = createMetrics();
  requests.inc({ outcome: 'eligible', status: 200 });
  ledDuration.observe({ result: 'ok' }, 0.2);
  const text = await registry.metrics();
  expect(text).toContain('\neligibility_requests_total{outcome="eligible",status="200"} 1\n');
  expect(text).toContain('\nled_request_duration_seconds_bucket{le="0.1",result="ok"} 0\n');
  expect(text).toContain('\nled_request_duration_seconds_bucket{le="0.25",result="ok"} 1\n');
  expect(text).toContain('\nled_request_duration_seconds_bucket{le="20",result="ok"} 1\n');
});

test('two services in one process do not share a count', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.ledRetries.inc();
  expect(await one.registry.metrics()).toContain('\nled_retries_total 1\n');
  expect(await other.registry.metrics()).toContain('\nled_retries_total 0\n');
});
