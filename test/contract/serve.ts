import { createWorld, startService } from '../support/service.ts';

// The service against the LED simulator, for a tool of another language: prints its address and runs until its standard
// input ends; then fails if the service ended before or cannot end in good order.
const world = await createWorld();
const service = await startService({ ...world.environment, LED_TIMEOUT_MS: '2000' });
process.stdout.write(`${service.url}\n`);
for await (const _ of process.stdin);
const code = await service.stop();
await world.close();
process.exitCode = code === 0 ? 0 : 1;
