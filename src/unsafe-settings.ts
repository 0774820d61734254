import type { Config } from './config.ts';

/**
 * Returns what is unsafe in a configuration that the service accepts, each as `NAME: why`. An operator must see it: the
 * service logs it as one warning at the start.
 */
export const unsafeSettings = ({ http, auth, led, node, allowTestInsz, logLevel, worldWritable }: Config): string[] => {
  const isOpen = !/^(localhost|127\.|::1$)/.test(http.host);
  const findings: readonly (readonly [boolean, string])[] = [
    [auth.mode === 'none', 'AUTH_MODE: callers do not authenticate'],
    [isOpen && !http.tls, 'TLS_CERT_FILE: without it the business listener is plain HTTP, also for other machines'],
    [led.url.protocol === 'http:', 'LED_URL: plain HTTP, an INSZ goes out without encryption'],
    [led.url.protocol === 'https:' && led.signature === 'none', 'LED_SIGNATURE: requests to LED are not signed'],
    [led.signature === 'rsa-sha1', 'LED_SIGNATURE: rsa-sha1 is weak'],
    [node.trustsAnyServer, 'NODE_TLS_REJECT_UNAUTHORIZED: ignored, every server is verified; remove it'],
    [node.inspector, 'NODE_OPTIONS: opens an inspector, through which the memory can be read'],
    [allowTestInsz, 'ALLOW_TEST_INSZ: numbers of invented persons are accepted'],
    [logLevel === 'silent' || logLevel === 'fatal', 'LOG_LEVEL: errors are not logged'],
    ...worldWritable.map((name) => [true, `${name}: every user of this machine may write the file`] as const),
  ];
  return findings.filter(([holds]) => holds).map(([, finding]) => finding);
};
