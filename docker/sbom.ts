import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

// Prints the bill of materials of the service (CycloneDX): its production dependencies with version and licence. npm
// adds a random number, the time and the name of the folder. They are replaced, so that one commit gives one file.
const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
const options = ['--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev', '--package-lock-only'];
const { serialNumber, ...sbom } = JSON.parse(execFileSync('npm', ['sbom', ...options], { encoding: 'utf8' }));
delete sbom.metadata.timestamp;
sbom.metadata.component.name = name;
process.stdout.write(`${JSON.stringify(sbom, null, 2)}\n`);
