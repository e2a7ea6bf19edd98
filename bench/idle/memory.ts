/** Memory of another process, as the operating system counts it. */
import { execFileSync } from 'node:child_process';

/** Resident memory of a process, MB. @throws Error where it is gone or there is no `ps`. */
export function residentMb(pid: number): number {
  const kb = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  if (!(kb > 0)) throw new Error(`there is no process ${pid} to measure`);
  return kb / 1024;
}
