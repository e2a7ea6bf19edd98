/**
 * What every bench stands on: one dev server with a database file (or the server of TEMPORAL_ADDRESS), one stub, and two sides that
 * do the same work: a bare workflow (the floor) and a Holdfast session, each with a worker process of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startProcess, type ManagedProcess } from '../testing/managed-process';
import { useOrStartServer } from '../worker/dev-server';
import { connect, type SessionClient } from '../client';
import { HEARTBEAT_MS } from '../agents/policies';
import { bundleFloor } from './floor/bundle';
import { BENCH_AGENT } from './holdfast/agent-name';
import { benchMessage } from './stub/conversation';
import { startStubServer, type StubServer } from './stub/stub-server';
import { benchWorkerEnv, type BenchWorkerSettings } from './worker-settings';

export type SideName = 'floor' | 'holdfast';

/** One of the two things compared. */
export interface Side {
  readonly name: SideName;
  /** Starts one workflow of so many steps; its id is the workflow id. */
  start(id: string, steps: number): Promise<void>;
  startWorker(more?: Pick<BenchWorkerSettings, 'maxCachedSessions'>): Promise<ManagedProcess<unknown>>;
}

export interface Bench {
  readonly folder: string;
  readonly stub: StubServer;
  /** Temporal's own client, for what happened and when. */
  readonly client: Client;
  /** Holdfast's own, whose sessions the Holdfast side's worker serves. */
  readonly sessions: SessionClient;
  readonly floor: Side;
  readonly holdfast: Side;
}

export interface BenchOptions {
  /** The tool posts its effect to the stub. */
  readonly effects?: boolean;
  /** See `BenchWorkerSettings.resultBytes`. */
  readonly resultBytes?: number;
  /** Effect class of the Holdfast side's tool; absent: `idempotent`. */
  readonly tool?: 'read' | 'idempotent';
  /** Ledger of the Holdfast side; absent: a SQLite file. */
  readonly ledgerUrl?: string;
}

/** Sets a bench up, runs `body` and takes everything down again, whatever happens. */
export async function withBench<T>(options: BenchOptions, body: (bench: Bench) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const endings: (() => Promise<unknown>)[] = [];
  const workers: ManagedProcess<unknown>[] = [];
  try {
    const server = await useOrStartServer({
      port: 0,
      headless: true,
      dbFile: join(folder, 'server.sqlite'),
      dieWithParent: true,
    });
    endings.unshift(() => server.stop());
    const stub = await startStubServer();
    endings.unshift(() => stub.close());
    const connection = await Connection.connect({ address: server.address });
    endings.unshift(() => connection.close());
    endings.unshift(() => Promise.all(workers.map((worker) => worker.stop())));
    const settings = (queue: string): BenchWorkerSettings => ({
      address: server.address,
      taskQueue: queue,
      effectUrl: options.effects ? `${stub.url}/effects` : undefined,
      resultBytes: options.resultBytes,
      floorBundle,
      ledger: options.ledgerUrl ?? join(folder, 'ledger.sqlite'),
      tool: options.tool,
    });
    const floorBundle = await bundleFloor(folder);
    const startWorker =
      (name: SideName, queue: string): Side['startWorker'] =>
      async (more) => {
        const worker = await startProcess<unknown>({
          script: join(__dirname, name, 'worker-main.js'),
          logFile: join(folder, `${name}-worker.log`),
          env: {
            OPENAI_BASE_URL: stub.modelUrl,
            OPENAI_API_KEY: 'stub',
            ...benchWorkerEnv({ ...settings(queue), ...more }),
          },
        });
        workers.push(worker);
        return worker;
      };
    const client = new Client({ connection });
    const sessions = await connect({ address: server.address, taskQueue: 'bench-holdfast' });
    endings.unshift(() => sessions.close());
    return await body({
      folder,
      stub,
      client,
      sessions,
      floor: { name: 'floor', start: floorStart(client), startWorker: startWorker('floor', 'bench-floor') },
      holdfast: {
        name: 'holdfast',
        start: holdfastStart(sessions),
        startWorker: startWorker('holdfast', 'bench-holdfast'),
      },
    });
  } finally {
    for (const end of endings) await end().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Both sides notice a dead worker after the same time. */
const HEARTBEAT = HEARTBEAT_MS.dev;

const floorStart = (client: Client) => async (id: string, steps: number) => {
  const input = { steps, heartbeatMs: HEARTBEAT };
  await client.workflow.start('floorSession', { workflowId: id, taskQueue: 'bench-floor', args: [input] });
};

const holdfastStart = (sessions: SessionClient) => async (id: string, steps: number) => {
  const limits = { steps: steps + 1 };
  await sessions.startSession({
    sessionId: id,
    agent: BENCH_AGENT,
    mode: 'task',
    message: benchMessage(steps),
    limits,
  });
};

/** Waits for the end of a workflow; a session must have ended `completed`. */
export async function untilCompleted(client: Client, id: string): Promise<void> {
  const result: unknown = await client.workflow.getHandle(id).result();
  const status = typeof result === 'object' && result !== null && 'status' in result ? result.status : 'completed';
  if (status !== 'completed') throw new Error(`the session ${id} ended ${JSON.stringify(result)}`);
}
