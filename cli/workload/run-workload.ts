/** One run of a workload: the world outside (model, journal), a worker that may be killed, the sessions, the checks. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../../client';
import { useOrStartServer, type UsableServer } from '../../worker/dev-server';
import { checkRun, type CheckResult } from './checks';
import type { Kill } from './evidence';
import { journalRows, openExecutions } from './journal-client';
import { startProcess } from '../../testing/managed-process';
import { seededRandom } from '../../testing/random';
import { figuresOf, type Figures } from './report';
import { gatherEvidence, runSessions, type Progress } from './run-sessions';
import { startScriptedProvider } from './scripted-provider';
import { sessionPort } from './session-port';
import { workerEnv } from './worker-settings';
import type { Workload } from './workload-file';
import { keepWorker } from './worker-keeper';

export interface WorkloadRunOptions {
  readonly workload: Workload;
  /** The file it came from, an absolute path: the workers read it themselves. */
  readonly file: string;
  /** Sessions open at a time. */
  readonly parallel: number;
  /** Longest life of a worker, ms; absent: no kills. */
  readonly killEveryMs?: number;
  readonly seed: number;
  /** How long the model and the tools take to answer, ms. */
  readonly modelLatencyMs: number;
  readonly toolLatencyMs: number;
  readonly model: string;
  readonly onProgress?: (progress: Progress) => void;
  readonly onKill?: (kill: Kill) => void;
  /** What is being done, in one line. */
  readonly onStage?: (line: string) => void;
}

export interface WorkloadReport {
  readonly figures: Figures;
  readonly checks: readonly CheckResult[];
  readonly held: boolean;
  /** Folder with the journal, the ledger and the workers' log; kept only where a check failed. */
  readonly folder?: string;
}

/** The server of TEMPORAL_ADDRESS, else one with a database file in `folder` that goes with this process. */
const runServer = (folder: string, log: (line: string) => void): Promise<UsableServer> =>
  useOrStartServer({ port: 0, headless: true, dbFile: join(folder, 'server.sqlite'), dieWithParent: true, log });

/** Reading back is light work for each session and no measure of anything. */
const READ_BACK_PARALLEL = 8;

/**
 * Runs a workload on the server of `TEMPORAL_ADDRESS`, or on a dev server of its own.
 * @throws Error where the run could not be made: no server, no worker. Failed checks are no error but in the report.
 */
export async function runWorkload(options: WorkloadRunOptions): Promise<WorkloadReport> {
  const { workload, onStage = () => undefined } = options;
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-workload-'));
  const runId = `wl-${randomBytes(4).toString('hex')}`;
  const endings: (() => Promise<unknown>)[] = [];
  /** Ends `open` with the run, the last opened first. */
  const ending = <T>(open: T, end: (open: T) => Promise<unknown>): T => {
    endings.unshift(() => end(open));
    return open;
  };
  try {
    const server = ending(await runServer(folder, onStage), (open) => open.stop());
    const provider = ending(await startScriptedProvider({ workload, latencyMs: options.modelLatencyMs }), (open) =>
      open.close(),
    );
    const journal = ending(
      await startProcess<{ url: string }>({
        script: join(__dirname, 'journal-main.js'),
        args: [join(folder, 'journal.jsonl'), String(options.toolLatencyMs)],
        logFile: join(folder, 'journal.log'),
      }),
      (open) => open.stop(),
    );
    const journalUrl = journal.ready.url;
    const startWorker = () =>
      startProcess<unknown>({
        script: join(__dirname, 'worker-main.js'),
        logFile: join(folder, 'worker.log'),
        env: {
          OPENAI_BASE_URL: provider.url,
          OPENAI_API_KEY: 'scripted',
          ...workerEnv({
            file: options.file,
            model: options.model,
            journalUrl,
            address: server.address,
            taskQueue: runId,
            ledger: join(folder, 'ledger.sqlite'),
          }),
        },
      });
    onStage('starting a worker');
    const keeper = ending(
      await keepWorker({
        start: startWorker,
        killEveryMs: options.killEveryMs,
        random: seededRandom(options.seed),
        inFlight: async () => ({ modelCalls: provider.open, toolCalls: await openExecutions(journalUrl) }),
        onKill: options.onKill,
      }),
      (open) => open.stop(),
    );
    const client = ending(await connect({ address: server.address, taskQueue: runId }), (open) => open.close());
    const port = sessionPort(client);
    const startedAt = Date.now();
    onStage(`running ${workload.tasks.length} sessions, ${options.parallel} at a time, as ${runId}-<task>`);
    const ended = await Promise.race([
      keeper.broken,
      runSessions({
        tasks: workload.tasks,
        sessionIdOf: (task) => `${runId}-${task.id}`,
        port,
        parallel: options.parallel,
        onProgress: options.onProgress,
      }),
    ]);
    const elapsedMs = Date.now() - startedAt;
    await keeper.stopKilling();
    onStage('reading every conversation back');
    const sessions = await Promise.race([keeper.broken, gatherEvidence(ended, port, READ_BACK_PARALLEL)]);
    const evidence = { sessions, journal: await journalRows(journalUrl), kills: keeper.kills, elapsedMs };
    const checks = checkRun(workload, evidence, { killsWanted: options.killEveryMs !== undefined });
    const held = checks.every(({ failures }) => failures.length === 0);
    if (held) endings.push(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));
    return { figures: figuresOf(evidence), checks, held, ...(held ? {} : { folder }) };
  } finally {
    for (const end of endings) await end().catch(() => undefined);
  }
}
