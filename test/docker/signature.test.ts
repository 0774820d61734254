import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandsIn } from '../documents/commands.ts';
import { freePort, hasTool, root, text, yaml } from '../support/tools.ts';
import { until } from '../support/until.ts';

// The signature of a release, with a key and a registry on this machine: cosign, crane and registry (both of
// google/go-containerregistry) from the Go proxy.
const tools = ['cosign', 'crane', 'registry'].every(hasTool);

test('the admission policy asks for what docker/sign-image.sh attaches, of the image of the manifests', () => {
  const { spec } = yaml('docker/kubernetes/admission/image-policy.yaml');
  const { images } = yaml('docker/kubernetes/overlays/example/kustomization.yaml');
  expect(spec.images).toEqual([{ glob: `${images[0].newName}**` }]);
  expect(spec.authorities).toHaveLength(1);
  expect(spec.authorities[0].attestations.map(({ predicateType }: { predicateType: string }) => predicateType)).toEqual(
    ['https://cyclonedx.org/bom', 'https://slsa.dev/provenance/v1'],
  );
});

describe.skipIf(!tools)('a signed release (needs cosign, crane and registry)', { timeout: 120_000 }, () => {
  let folder: string;
  let clone: string;
  let registry: ChildProcess;
  let image: string;
  const sh = (command: string) => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      cwd: clone,
      encoding: 'utf8',
      env: { ...process.env, COSIGN_PASSWORD: '', COSIGN_KEY: join(folder, 'cosign.key') },
    });
    return { code: status, out: `${stdout}${stderr}` };
  };
  /** The commands of the chapter "A release", with this image in place of the one of the text. */
  const release = (words: RegExp): string => {
    const found = commandsIn('RUNBOOK.md', text('RUNBOOK.md'), () => false).filter(({ text }) => words.test(text));
    return found
      .map(({ text }) => text.replaceAll(/registry\.example\/led-eligibility@sha256:DIGEST/g, image))
      .join(' && ');
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signature-'));
    clone = join(folder, 'clone');
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${root}`, clone]);
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
    writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\ncosign.*\n');
    const port = await freePort();
    registry = spawn('registry', ['-port', String(port)], { stdio: 'ignore' });
    await until(async () => (await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined))?.ok === true);
    // What is in the image does not matter here: one file is enough.
    cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    expect(sh(`tar -cf ${folder}/layer.tar -C ${folder} LICENSE`).code).toBe(0);
    const tag = `localhost:${port}/led-eligibility:1`;
    expect(sh(`crane append --oci-empty-base -f ${folder}/layer.tar -t ${tag}`)).toMatchObject({ code: 0 });
    image = `localhost:${port}/led-eligibility@${sh(`crane digest ${tag}`).out.trim()}`;
  });
  afterAll(() => {
    registry?.kill();
    rmSync(folder, { recursive: true });
  });

  test('an image is refused until the commands of the runbook have signed it, and then under another key', () => {
    expect(sh(release(/^cosign generate-key-pair$/))).toMatchObject({ code: 0 });
    cpSync(join(clone, 'cosign.key'), join(folder, 'cosign.key'));
    const verify = release(/^cosign verify/);
    expect(verify.match(/cosign verify/g)).toHaveLength(3);
    expect(sh(verify).code).not.toBe(0);
    const signed = sh(release(/docker\/sign-image\.sh/));
    expect(signed.code, signed.out).toBe(0);
    const verified = sh(verify);
    expect(verified.code, verified.out).toBe(0);

    const payloads = [...verified.out.matchAll(/"payload":"([^"]+)"/g)].map(([, payload = '']) =>
      JSON.parse(Buffer.from(payload, 'base64').toString()),
    );
    expect(payloads.map(({ predicateType }) => predicateType)).toEqual([
      'https://cyclonedx.org/bom',
      'https://slsa.dev/provenance/v1',
    ]);
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
    expect(payloads[1].predicate.buildDefinition.externalParameters.commit).toBe(commit);
    expect(payloads[0].predicate.bomFormat).toBe('CycloneDX');

    // What a cluster with the policy controller does, where its program policy-tester is here.
    if (hasTool('policy-tester')) {
      const admit = (key: string): number | null => {
        const policy = text('docker/kubernetes/admission/image-policy.yaml')
          .replace(/ *-----BEGIN[\s\S]*END PUBLIC KEY-----/, key.trim().replace(/^/gm, ' '.repeat(10)))
          .replace('registry.example/led-eligibility', image.replace(/@.*/, ''));
        writeFileSync(join(folder, 'policy.yaml'), policy);
        return sh(`policy-tester --policy ${folder}/policy.yaml --image ${image}`).code;
      };
      expect(admit(readFileSync(join(clone, 'cosign.pub'), 'utf8'))).toBe(0);
      const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
      expect(admit(`${other.export({ type: 'spki', format: 'pem' })}`)).not.toBe(0);
    }

    expect(sh('rm cosign.key cosign.pub && cosign generate-key-pair').code).toBe(0);
    expect(readFileSync(join(clone, 'cosign.pub'), 'utf8')).toContain('PUBLIC KEY');
    expect(sh(verify).code).not.toBe(0);
  });

  test('a tag is not signed', () => {
    expect(sh('sh docker/sign-image.sh registry.example/led-eligibility:1.0.0')).toMatchObject({ code: 64 });
  });
});
