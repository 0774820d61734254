import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { Environment } from '../../src/environment.ts';
import { documents, hasTool, type Manifest, root, run, text, yaml } from '../support/tools.ts';

const base = 'docker/kubernetes/base';
const overlay = 'docker/kubernetes/overlays/example';
const receipts = 'docker/kubernetes/components/receipts';

const settings = (path: string): Record<string, string> =>
  Object.fromEntries(
    text(path)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

const resources = (yaml(`${base}/kustomization.yaml`).resources as string[]).flatMap((file) =>
  documents(text(`${base}/${file}`)),
);
const one = (kind: string, name = 'led-eligibility'): Manifest => {
  const found = resources.find((each) => each.kind === kind && each.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
};

const { version } = JSON.parse(text('package.json'));
const deployment = one('Deployment').spec;
const added = yaml(`${receipts}/receipt-key.yaml`).spec.template.spec;
const pod = { ...deployment.template.spec, volumes: [...deployment.template.spec.volumes, ...added.volumes] };
const labels: Record<string, string> = deployment.template.metadata.labels;
const container: Manifest = {
  ...pod.containers[0],
  env: [...pod.containers[0].env, ...added.containers[0].env],
  volumeMounts: [...pod.containers[0].volumeMounts, ...added.containers[0].volumeMounts],
};
const ports: Manifest[] = container.ports;
const valuesOf = (variables: Manifest[]): Record<string, string> =>
  Object.fromEntries(variables.map(({ name, value }) => [name, value]));
const env = valuesOf(container.env);
const whole: Record<string, string> = {
  ...settings(`${base}/settings.env`),
  ...settings(`${overlay}/settings.env`),
  ...env,
};

test('each kustomization names files that exist', () => {
  for (const folder of [base, overlay, receipts]) {
    const kustomization = yaml(`${folder}/kustomization.yaml`);
    const { resources = [], components = [], configMapGenerator = [], patches = [] } = kustomization;
    const files = [
      ...resources,
      ...components,
      ...configMapGenerator.flatMap(({ envs }: Manifest) => envs),
      ...patches.map(({ path }: Manifest) => path),
    ];
    for (const file of files) expect(existsSync(join(root, folder, file)), file).toBe(true);
  }
});

describe('the parts fit together', () => {
  test.each([
    ['Deployment', deployment.selector.matchLabels],
    ['Service', one('Service').spec.selector],
    ['Service for operations', one('Service', 'led-eligibility-operations').spec.selector],
    ['PodDisruptionBudget', one('PodDisruptionBudget').spec.selector.matchLabels],
    ['NetworkPolicy', one('NetworkPolicy').spec.podSelector.matchLabels],
    ...pod.topologySpreadConstraints.map((each: Manifest) => [each.topologyKey, each.labelSelector.matchLabels]),
  ])('%s selects these pods', (_, selector: Record<string, string>) => {
    expect(labels).toMatchObject(selector);
    expect(selector).not.toEqual({});
  });

  test('callers use one port, the platform uses the other, both by name', () => {
    const byName = Object.fromEntries(ports.map(({ name, containerPort }) => [name, String(containerPort)]));
    expect(byName).toEqual({ https: env.PORT, operations: env.OPS_PORT });
    expect(one('Service').spec.ports.map(({ targetPort }: Manifest) => targetPort)).toEqual(['https']);
    expect(one('Service', 'led-eligibility-operations').spec.ports[0].targetPort).toBe('operations');
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect(container[probe].httpGet.port).toBe('operations');
    }
    expect(container.readinessProbe.httpGet.path).toBe('/readyz');
    expect(container.livenessProbe.httpGet.path).toBe('/livez');
  });

  test('the autoscaler scales the Deployment, which sets no number of replicas', () => {
    const { spec } = one('HorizontalPodAutoscaler');
    expect(spec.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'led-eligibility' });
    expect(deployment).not.toHaveProperty('replicas');
    expect(container.resources.requests).toHaveProperty('cpu');
    expect(one('PodDisruptionBudget').spec.maxUnavailable).toBeLessThan(spec.minReplicas);
  });

  test('the ServiceMonitor finds the Service for operations, with the job that the alert rules select', () => {
    const { spec } = one('ServiceMonitor');
    const service = one('Service', 'led-eligibility-operations');
    expect(service.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(one('Service').metadata.labels).not.toMatchObject(spec.selector.matchLabels);
    expect(service.spec.ports.map(({ name }: Manifest) => name)).toContain(spec.endpoints[0].port);
    expect(service.metadata.labels[spec.jobLabel]).toBe('led-eligibility');
  });

  test('the NetworkPolicy lets callers to one port, monitoring to the other, and the pod to DNS, LED and tokens', () => {
    const { ingress, egress, policyTypes } = one('NetworkPolicy').spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ingress.map((rule: Manifest) => rule.ports[0].port)).toEqual(['https', 'operations']);
    for (const rule of [...ingress, ...egress]) expect((rule.from ?? rule.to).length).toBeGreaterThan(0);
    expect(egress.map((rule: Manifest) => rule.ports[0].port)).toEqual([53, 443, 443]);
  });

  test('each patch of the overlay changes a value that exists', () => {
    for (const { op, path } of documents(text(`${overlay}/network.yaml`)).flat() as unknown as Manifest[]) {
      expect(op).toBe('replace');
      const steps = path.split('/').slice(1);
      const target = steps.reduce((at: Manifest | undefined, step: string) => at?.[step], one('NetworkPolicy'));
      expect(target, path).toEqual([{ ipBlock: { cidr: expect.stringMatching(/^192\.0\.2\.\d+\/32$/) } }]);
    }
  });

  test('a pod has the audit key that belongs to its AUDIT_KEY_ID, also when it restarts before a roll-out', () => {
    const secretOf = (spec: Manifest): string =>
      spec.volumes.find(({ name }: Manifest) => name === 'audit').secret.secretName;
    const patched = yaml(`${overlay}/audit-key.yaml`).spec.template.spec;
    const [{ name, value }] = patched.containers[0].env;
    expect(name).toBe('AUDIT_KEY_ID');
    expect(secretOf(patched)).toBe(`led-eligibility-audit-${value}`);
    expect(secretOf(pod)).toBe(`led-eligibility-audit-${env.AUDIT_KEY_ID}`);
  });

  test('all pods together, also during a roll-out, ask LED no more than 10 times a second', () => {
    const pods = one('HorizontalPodAutoscaler').spec.maxReplicas + deployment.strategy.rollingUpdate.maxSurge;
    expect(pods * Number(whole.LED_MAX_PER_SECOND)).toBeLessThanOrEqual(10);
    expect(pods * Number(whole.LED_MAX_IN_FLIGHT)).toBeLessThanOrEqual(100);
  });
});

describe('the configuration', () => {
  test('names only variables of the service', () => {
    for (const name of Object.keys(whole)) expect(Object.keys(Environment.shape)).toContain(name);
  });

  test('is valid for the service, once the files exist', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
    const file = join(folder, 'file');
    writeFileSync(file, randomBytes(32).toString('base64'));
    const receiptKey = join(folder, 'receipt.key');
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(receiptKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const fileOf = (name: string): string => (name === 'RECEIPT_KEY_FILE' ? receiptKey : file);
    const withFiles = Object.entries(whole).map(([name, value]) => [
      name,
      name.endsWith('_FILE') ? fileOf(name) : value,
    ]);
    const config = readConfig(Object.fromEntries(withFiles));
    rmSync(folder, { recursive: true });
    expect(config).toMatchObject({ ok: true });
  });

  test('reads each secret from a volume that is mounted whole and read-only', () => {
    const files = Object.entries(whole).filter(([name]) => name.endsWith('_FILE'));
    expect(files.length).toBeGreaterThan(5);
    for (const [name, path] of files) {
      const mount = container.volumeMounts.find(({ mountPath }: Manifest) => mountPath === dirname(path));
      expect(mount, name).toMatchObject({ readOnly: true });
      expect(mount).not.toHaveProperty('subPath');
      const volume = pod.volumes.find((each: Manifest) => each.name === mount.name);
      expect(volume?.secret, name).toMatchObject({ defaultMode: 0o440 });
      const keys = volume.secret.items?.map((item: Manifest) => item.path) ?? ['tls.crt', 'tls.key'];
      expect(keys).toContain(path.slice(dirname(path).length + 1));
    }
  });

  test('is complete in the runbook: how to make each secret, and whom the NetworkPolicy lets in', () => {
    const runbook = text('RUNBOOK.md');
    for (const { secret } of pod.volumes) {
      const [item] = secret.items ?? [];
      const made = item ? `generic ${secret.secretName} --from-file=${item.key}` : `tls ${secret.secretName} --cert=`;
      expect(runbook).toContain(`kubectl -n led-eligibility create secret ${made}`);
    }
    const [{ namespaceSelector, podSelector }] = one('NetworkPolicy').spec.ingress[0].from;
    for (const { matchLabels } of [namespaceSelector, podSelector]) {
      for (const [name, value] of Object.entries(matchLabels)) expect(runbook).toContain(`\`${name}=${value}\``);
    }
  });

  test('makes the platform wait until the service has ended, and the service until its probes have failed', () => {
    const defaults = (name: 'AUDIT_TIMEOUT_MS'): number =>
      Number((Environment.shape[name] as z.ZodType & { def: { defaultValue: unknown } }).def.defaultValue);
    const ends = Number(whole.SHUTDOWN_DELAY_MS) + Number(whole.SHUTDOWN_TIMEOUT_MS) + defaults('AUDIT_TIMEOUT_MS');
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(ends + 1_000);
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    expect(Number(whole.SHUTDOWN_DELAY_MS)).toBeGreaterThan(periodSeconds * failureThreshold * 1000);
    expect(container).not.toHaveProperty('lifecycle');
  });
});

test('the pod is restricted, as the namespace requires (Pod Security Standards)', () => {
  expect(yaml(`${overlay}/namespace.yaml`).metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  for (const forbidden of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) {
    expect(pod).not.toHaveProperty(forbidden);
  }
  for (const volume of pod.volumes) expect(volume).not.toHaveProperty('hostPath');
  expect(pod.automountServiceAccountToken).toBe(false);
});

describe('the rendered manifests', () => {
  const kubectl = hasTool('kubectl');
  const validator = process.env.KUBERNETES_VALIDATE ?? 'kubernetes-validate';

  test.skipIf(!kubectl)('have the values of the overlay (needs kubectl)', () => {
    const rendered = run('kubectl', 'kustomize', overlay);
    expect(rendered.code, rendered.output).toBe(0);
    const all = documents(rendered.output);
    expect(all).toHaveLength(resources.length + 2);
    const made = all.find(({ kind }) => kind === 'Deployment');
    const map = all.find(({ kind }) => kind === 'ConfigMap');
    expect(made?.spec.template.spec.containers[0].envFrom[0].configMapRef.name).toBe(map?.metadata.name);
    expect(made?.spec.template.spec.containers[0].image).toBe(`registry.example/led-eligibility:${version}`);
    expect({ ...map?.data, ...valuesOf(made?.spec.template.spec.containers[0].env) }).toEqual(whole);
    const names = (volumes: Manifest[]): string[] => volumes.map(({ name }) => name).sort();
    expect(names(made?.spec.template.spec.volumes)).toEqual(names(pod.volumes));
    expect(JSON.stringify(all.find(({ kind }) => kind === 'NetworkPolicy'))).not.toContain('192.0.2.');
    for (const { kind, metadata } of all) {
      if (kind !== 'Namespace') expect(metadata.namespace).toBe('led-eligibility');
    }
  });

  test.skipIf(!kubectl || !hasTool(validator))(
    'are valid by the schemas of Kubernetes (needs kubernetes-validate from PyPI, or its path in KUBERNETES_VALIDATE)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
      const file = join(folder, 'all.yaml');
      writeFileSync(file, run('kubectl', 'kustomize', overlay).output);
      const { code, output } = run(validator, '--strict', file);
      rmSync(folder, { recursive: true });
      expect(code, output).toBe(0);
      // ServiceMonitor is a kind of the Prometheus operator and has no schema here. Every other kind was checked.
      expect(output.match(/passed for resource/g)).toHaveLength(resources.length + 1);
      expect(output.match(/Couldn't find schema/g)).toHaveLength(1);
    },
  );
});
