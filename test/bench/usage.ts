import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** What a process has used so far, as the kernel (Linux) counts it. */
export const usageOf = (pid: number) => ({
  /** Processor time of all threads, ms. */
  cpuMs: (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
  },
  /** Resident set, MiB. */
  memoryMiB: (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
});
