/**
 * What a recovery test stands on: a server, a scripted model and a client in the test's process, a folder for files, and
 * workers as processes of their own, each of which a test may kill.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startProcess, type ManagedProcess } from '../../testing/managed-process';
import { connect, type SessionClient } from '../../client';
import { startScriptedOpenAI, type Script, type ScriptedOpenAI } from '../../testing';
import { TestServer } from './temporal-server';

const ROOT = path.resolve(__dirname, '../..');
const WORKER_MAIN = path.join(ROOT, 'dist/test/support/worker-main.js');

/** Compiled modules with the agents of a worker. */
export const AGENT_MODULES = {
  receptionist: path.join(ROOT, 'dist/examples/receptionist/worker.js'),
  courier: path.join(ROOT, 'dist/test/support/courier.js'),
  archive: path.join(ROOT, 'dist/test/support/archive.js'),
  refunds: path.join(ROOT, 'dist/test/support/refunds/agent.js'),
} as const;

export interface StageOptions {
  readonly agents: keyof typeof AGENT_MODULES;
  readonly script: Script;
  /** How long the model thinks, ms. */
  readonly latencyMs?: number;
  /** Default: the run's shared server, which a stage leaves alone. */
  readonly server?: TestServer;
  /** Further environment of the workers. */
  readonly workerEnv?: Readonly<Record<string, string>>;
}

export interface WorkerOptions {
  /** As HOLDFAST_CRASH_AT takes it. */
  readonly crashAt?: string;
  /** Prefix of the names of its files (the ledger, the calendar). Default `main`; another one is another ledger. */
  readonly files?: string;
}

export type WorkerProcess = ManagedProcess<unknown>;

export interface Stage {
  readonly address: string;
  readonly taskQueue: string;
  readonly folder: string;
  readonly client: SessionClient;
  /** Temporal's own client, for histories and descriptions. */
  readonly temporal: Client;
  readonly model: ScriptedOpenAI;
  /** The default ledger's file, and the calendar with the ledger inside it. */
  ledgerFile(files?: string): string;
  calendarFile(files?: string): string;
  /** Resolves when it works; it is killed at the latest when the stage is closed. */
  startWorker(options?: WorkerOptions): Promise<WorkerProcess>;
  /** Kills the workers that are left and removes the files. */
  close(): Promise<void>;
}

let stages = 0;

export async function openStage(options: StageOptions): Promise<Stage> {
  stages += 1;
  const taskQueue = `recovery-${process.pid}-${Date.now().toString(36)}-${stages}`;
  const server = options.server ?? (await TestServer.start());
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-recovery-'));
  const model = await startScriptedOpenAI({ script: options.script, latencyMs: options.latencyMs });
  const client = await connect({ address: server.address, taskQueue });
  // A page of a history is as long as its events are; the default of 4 MB is gRPC's own.
  const channelArgs = { 'grpc.max_receive_message_length': 64 * 1024 * 1024 };
  const connection = await Connection.connect({ address: server.address, channelArgs });
  const workers = new Set<WorkerProcess>();
  const ledgerFile = (files = 'main') => path.join(folder, `${files}-ledger.sqlite`);
  const calendarFile = (files = 'main') => path.join(folder, `${files}-calendar.sqlite`);

  return {
    address: server.address,
    taskQueue,
    folder,
    client,
    temporal: new Client({ connection }),
    model,
    ledgerFile,
    calendarFile,
    async startWorker({ crashAt = '', files } = {}) {
      const worker = await startProcess<unknown>({
        script: WORKER_MAIN,
        args: [AGENT_MODULES[options.agents]],
        logFile: path.join(folder, 'workers.log'),
        env: {
          TEMPORAL_ADDRESS: server.address,
          HOLDFAST_TASK_QUEUE: taskQueue,
          HOLDFAST_PROFILE: 'dev',
          HOLDFAST_LEDGER_URL: ledgerFile(files),
          HOLDFAST_CRASH_AT: crashAt,
          HOLDFAST_LOG_LEVEL: 'error',
          RECEPTIONIST_CALENDAR: calendarFile(files),
          OPENAI_BASE_URL: model.url,
          OPENAI_API_KEY: 'scripted',
          ...options.workerEnv,
        },
      });
      workers.add(worker);
      return worker;
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.kill()));
      await client.close();
      await connection.close();
      await model.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
