/** The most memory that another process has had, as the operating system counts it. */
import { readFileSync } from 'node:fs';

/** Peak resident memory of a live process, MB. Linux only, which keeps it. */
export function peakMb(pid: number): number {
  const kb = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kb === undefined) throw new Error(`the system tells no peak memory of the process ${pid}`);
  return Number(kb) / 1024;
}
