import { spawnSync } from 'node:child_process';

/** Whether a program of that name can be started on this machine. */
export const hasTool = (name: string): boolean =>
  spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
