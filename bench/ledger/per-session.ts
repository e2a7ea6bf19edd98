/** What a ledger adds to a session: CPU time of a worker with sessions whose tool is `read`, and with the same tool as `idempotent`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { untilCompleted, withBench } from '../setup';

export interface PerSession {
  readonly ledger: string;
  readonly tool: 'read' | 'idempotent';
  readonly sessions: number;
  readonly steps: number;
  /** CPU time of the worker process for each session, ms. */
  readonly cpuMs: number;
}

const WARM_UPS = 10;
/** Sessions at a time. */
const AT_ONCE = 10;

/** @param ledgerUrl absent: a SQLite file in the bench's own folder. */
export async function measurePerSession(
  tool: 'read' | 'idempotent',
  sessions: number,
  steps: number,
  ledger: { readonly name: string; readonly url?: string },
): Promise<PerSession> {
  return withBench({ tool, ledgerUrl: ledger.url }, async ({ client, holdfast }) => {
    const worker = await holdfast.startWorker();
    const play = async (names: readonly string[]) => {
      const queue = [...names];
      const lane = async () => {
        for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
          await holdfast.start(name, steps);
          await untilCompleted(client, name);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    };
    const names = (what: string, count: number) => Array.from({ length: count }, (_, index) => `${what}-${index}`);
    await play(names('warm', WARM_UPS));
    const before = cpuMsOf(worker.pid);
    await play(names('measured', sessions));
    return { ledger: ledger.name, tool, sessions, steps, cpuMs: (cpuMsOf(worker.pid) - before) / sessions };
  });
}

const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of a process so far, ms (Linux: proc(5), fields 14 and 15). */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
}
