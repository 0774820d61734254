import { createWorld, startService } from '../support/service.ts';

// Runs the service with the LED simulator, for a tool that is not written in JavaScript. Prints the address of the
// service and runs until standard input ends. Exits with 1 if the service then does not end with exit code 0.
const world = await createWorld();
const service = await startService({ ...world.environment, LED_TIMEOUT_MS: '2000' });
process.stdout.write(`${service.url}\n`);
for await (const _ of process.stdin);
const code = await service.stop();
await world.close();
process.exitCode = code === 0 ? 0 : 1;
