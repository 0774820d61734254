import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/**
 * Creates all metrics of the service in a new registry, so that two services in one process do not share counts. No
 * label holds data of a person. A label with a value from LED has few possible values.
 */
export const createMetrics = () => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames: [...labelNames], registers });
  const gauge = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name, help, labelNames: [...labelNames], registers });
  const histogram = <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Histogram<L>({ name, help, labelNames: [...labelNames], buckets: seconds, registers });
  return {
    registry,
    requests: counter('eligibility_requests_total', 'Answers of POST /eligibility', ['outcome', 'status']),
    requestDuration: histogram('eligibility_request_duration_seconds', 'From arrival to answer of POST /eligibility'),
    ledDuration: histogram('led_request_duration_seconds', 'One call to LED, by what became of it', ['result']),
    ledExceptions: counter('led_exceptions_total', 'Uitzonderingen and SOAP Faults in LED answers', ['id', 'origin']),
    ledInFlight: gauge('led_in_flight', 'Calls to LED under way'),
    ledRetries: counter('led_retries_total', 'Calls to LED made a second time'),
    ledBreaker: gauge('led_breaker_state', 'Circuit breaker: 0 closed, 1 half open, 2 open'),
    recordsDropped: counter('led_records_dropped_total', 'Records dropped unseen', ['reason']),
    dataQuality: counter('led_data_quality_total', 'Oddities in the data that LED delivered', ['kind']),
    ruleReasons: counter('rule_reasons_total', 'Reasons given to records', ['rule_set', 'code']),
    auditLines: counter('audit_lines_total', 'Audit lines taken by standard output', ['kind']),
    auditFailures: counter('audit_failures_total', 'Audit lines late, lost or refused by standard output'),
    certificateExpiry: gauge('certificate_expiry_timestamp_seconds', 'End of validity of a certificate', ['use']),
    certificateReloads: counter('certificate_reloads_total', 'Attempts to take up replaced certificate files', [
      'use',
      'result',
    ]),
    certificateFilesInUse: gauge(
      'certificate_files_in_use',
      '1 if the certificate files, as they are now, are in use; 0 if they are not usable',
      ['use'],
    ),
    ruleSetInfo: gauge('rule_set_info', 'Rule sets loaded; always 1', ['id', 'version', 'digest']),
    ruleShadow: counter('rule_shadow_total', 'Candidate rule sets beside the one in force', [
      'rule_set',
      'version',
      'result',
    ]),
    connectionsOpen: gauge('connections_open', 'Open connections of the business listener'),
    connectionsClosed: counter('connections_closed_total', 'Connections that the business listener closed', ['reason']),
    brokenRequests: counter('broken_requests_total', 'Requests to the business listener that are no HTTP', ['kind']),
    buildInfo: gauge('build_info', 'The running build; always 1', ['version', 'commit']),
  };
};

export type Metrics = ReturnType<typeof createMetrics>;
