/**
 * What the ledger costs: the time it adds to a tool call, and the CPU time it adds to a session, beside the same tool without a row.
 * `--rounds 0` leaves the CPU time out.
 * `node dist/bench/ledger/main.js [--calls 1000] [--sessions 50] [--steps 5] [--rounds 3] [--folder <where the SQLite file goes>]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { startProcess } from '../../testing/managed-process';
import { median } from '../../testing/median';
import { measurePerCall, type PerCall } from './per-call';
import { measurePerSession } from './per-session';

/** Median ms that a call may take longer. */
const AIMS: Readonly<Record<string, number>> = { SQLite: 1, Postgres: 3 };
/** Of CPU time of a session. */
const AIM_CPU = 1.1;

interface CpuRow {
  readonly ledger: string;
  /** Medians of the rounds, ms a session. */
  readonly without: number;
  readonly with: number;
  readonly ratio: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '1000' },
      sessions: { type: 'string', default: '50' },
      steps: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      folder: { type: 'string', default: tmpdir() },
    },
  });
  const [calls, sessions, steps, rounds] = [values.calls, values.sessions, values.steps, values.rounds].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const folder = mkdtempSync(path.join(values.folder, 'holdfast-bench-ledger-'));
  const postgres = await startProcess<{ readonly url: string }>({
    script: path.join(__dirname, '../../test/support/postgres-main.js'),
    logFile: path.join(folder, 'postgres.log'),
  });
  try {
    const perCall: PerCall[] = [];
    for (const [name, url] of [
      ['SQLite', path.join(folder, 'ledger.sqlite')],
      ['Postgres', postgres.ready.url],
    ] as const) {
      console.error(`measuring ${calls} calls on ${name}`);
      perCall.push(await measurePerCall(name, url, calls));
    }
    const cpu: CpuRow[] = [];
    for (const ledger of rounds === 0 ? [] : [{ name: 'SQLite' }, { name: 'Postgres', url: postgres.ready.url }]) {
      console.error(`measuring the CPU time of ${rounds} times ${sessions} sessions on ${ledger.name}`);
      cpu.push(await measureCpu(ledger, sessions, steps, rounds));
    }
    print(perCall, cpu);
    console.log(JSON.stringify({ bench: 'ledger', aims: AIMS, aimCpu: AIM_CPU, perCall, cpu }));
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureCpu(
  ledger: { readonly name: string; readonly url?: string },
  sessions: number,
  steps: number,
  rounds: number,
): Promise<CpuRow> {
  const values = { read: [] as number[], idempotent: [] as number[] };
  for (let round = 1; round <= rounds; round += 1) {
    // Who goes first changes each round, and both are measured within it.
    const order = round % 2 === 0 ? (['read', 'idempotent'] as const) : (['idempotent', 'read'] as const);
    for (const tool of order) values[tool].push((await measurePerSession(tool, sessions, steps, ledger)).cpuMs);
  }
  const [without, withRow] = [median(values.read), median(values.idempotent)];
  return { ledger: ledger.name, without, with: withRow, ratio: withRow / without };
}

function print(perCall: readonly PerCall[], cpu: readonly CpuRow[]): void {
  const style = { head: [], border: [] };
  const ms = (value: number) => value.toFixed(2);
  const head = [
    'ledger',
    'calls',
    'without ms',
    'with ms',
    'added ms',
    'p90 added ms',
    'claim ms',
    'outcome ms',
    'bare commit ms',
    'aim',
  ];
  const calls = new Table({ head, style });
  for (const row of perCall) {
    const aim = AIMS[row.ledger];
    calls.push([
      row.ledger,
      row.calls,
      ms(row.without),
      ms(row.with),
      ms(row.added),
      ms(row.addedP90),
      ms(row.claim),
      ms(row.settle),
      ms(row.bareCommit),
      `below ${aim}`,
    ]);
  }
  console.log(calls.toString());
  console.log(
    'A tool call with a row beside one without: medians. Claim and outcome are its two commits; a bare commit is one row of 500 bytes by the same driver.\n',
  );
  if (cpu.length === 0) return;
  const sessions = new Table({ head: ['ledger', 'without ms', 'with ms', 'ratio', 'aim'], style });
  for (const row of cpu)
    sessions.push([row.ledger, ms(row.without), ms(row.with), row.ratio.toFixed(3), `≤ ${AIM_CPU}`]);
  console.log(sessions.toString());
  console.log("CPU time of the worker for each session: medians of the rounds. The ledger's own process is not in it.");
}

void main();
