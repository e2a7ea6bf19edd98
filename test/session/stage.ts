/** Everything a session test needs around a session, in this process: a real server, a scripted model over HTTP, a worker, a client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import type { Agent } from '../../agents';
import { connect, type SessionClient } from '../../client';
import { createWorker } from '../../worker/create-worker';
import { Replayer, type NamedHistory, type Problems } from '../replay/replay';
import { TestServer } from '../support/temporal-server';

/** Longest wait for anything in these tests, ms: far more than it takes, so that only a hang meets it. */
export const PATIENCE_MS = 20_000;

export interface WorkerSpec {
  readonly agents: readonly Agent[];
  /** By name, beside the default one. */
  readonly ledgers?: Readonly<Record<string, string>>;
  readonly payloadCodecs?: readonly PayloadCodec[];
  /** Another default ledger than the stage's. */
  readonly ledgerUrl?: string;
}

export interface StageSpec extends Pick<WorkerSpec, 'payloadCodecs'> {
  /** A function is given the stage's folder, for files of the agents' own. */
  readonly agents: readonly Agent[] | ((folder: string) => readonly Agent[]);
  readonly ledgers?: (folder: string) => Readonly<Record<string, string>>;
  /** Another default ledger than a file in the stage's folder. */
  readonly ledgerUrl?: string;
  /** The scripted model's address, with `/v1`. */
  readonly modelUrl: string;
  /** True: a server of its own, with the Web UI. */
  readonly ui?: boolean;
}

export interface RunningWorker {
  /** Drains and ends; rejects where that takes longer than `PATIENCE_MS`. */
  stop(): Promise<void>;
}

export interface Stage {
  readonly client: SessionClient;
  /** Temporal's own client, without codecs: what it shows is what the server stores. */
  readonly temporal: Client;
  readonly address: string;
  /** Where `ui` was asked for. */
  readonly uiUrl?: string;
  readonly taskQueue: string;
  readonly folder: string;
  /** The default ledger of every worker of this stage. */
  readonly ledgerFile: string;
  /** A further worker on the same task queue and ledger. */
  startWorker(spec: WorkerSpec): Promise<RunningWorker>;
  /** The worker that the stage began with. */
  readonly worker: RunningWorker;
  /** A further client, as another process would have it. */
  connect(payloadCodecs?: readonly PayloadCodec[]): Promise<SessionClient>;
  /** Replays histories on today's workflow code, by one worker for all that is replayed on this stage. */
  replayAll(histories: readonly NamedHistory[]): Promise<Problems>;
  /** Stops what is still there. */
  stop(): Promise<void>;
}

let names = 0;

/** A name that no other test, and no earlier run on the same server, has used. */
export function uniqueName(prefix: string): string {
  names += 1;
  return `${prefix}-${process.pid}-${Date.now().toString(36)}-${names}`;
}

export async function startStage(spec: StageSpec): Promise<Stage> {
  const undo: (() => Promise<unknown> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.reverse().splice(0)) await step();
  };
  try {
    const server = await TestServer.start({ ui: spec.ui });
    undo.push(() => server.stop());
    const { address } = server;
    const taskQueue = uniqueName('queue');
    const folder = mkdtempSync(path.join(tmpdir(), 'session-test-'));
    undo.push(() => rmSync(folder, { recursive: true, force: true }));
    const ledgerFile = path.join(folder, 'ledger.sqlite');
    process.env.OPENAI_BASE_URL = spec.modelUrl;
    process.env.OPENAI_API_KEY = 'scripted';
    // What goes wrong in these tests goes wrong on purpose.
    process.env.HOLDFAST_LOG_LEVEL ??= 'silent';

    const startWorker = async (worker: WorkerSpec): Promise<RunningWorker> => {
      const running = await runInProcess(worker, { address, taskQueue, ledgerFile });
      undo.push(() => running.stop());
      return running;
    };
    const connectClient = async (payloadCodecs?: readonly PayloadCodec[]): Promise<SessionClient> => {
      const client = await connect({ address, taskQueue, payloadCodecs });
      undo.push(() => client.close());
      return client;
    };
    let replayer: Replayer | undefined;
    undo.push(() => replayer?.stop());
    const connection = await Connection.connect({ address });
    undo.push(() => connection.close());
    const worker = await startWorker({
      agents: typeof spec.agents === 'function' ? spec.agents(folder) : spec.agents,
      ledgers: spec.ledgers?.(folder),
      payloadCodecs: spec.payloadCodecs,
      ...(spec.ledgerUrl === undefined ? {} : { ledgerUrl: spec.ledgerUrl }),
    });
    return {
      client: await connectClient(spec.payloadCodecs),
      temporal: new Client({ connection }),
      address,
      uiUrl: server.uiUrl,
      taskQueue,
      folder,
      ledgerFile,
      startWorker,
      worker,
      connect: connectClient,
      replayAll: (histories) => (replayer ??= new Replayer()).replayAll(histories),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function runInProcess(
  spec: WorkerSpec,
  at: { readonly address: string; readonly taskQueue: string; readonly ledgerFile: string },
): Promise<RunningWorker> {
  const { address, taskQueue, ledgerFile } = at;
  const worker = await createWorker({ ledgerUrl: ledgerFile, ...spec, address, taskQueue, profile: 'dev' });
  const running = worker.run();
  // Told by `stop`; until then nobody listens.
  running.catch(() => undefined);
  let stopped: Promise<void> | undefined;
  return {
    stop: () => {
      if (!stopped) {
        worker.shutdown();
        stopped = within(PATIENCE_MS, 'the worker to drain', running);
      }
      return stopped;
    },
  };
}

/** Waits for `work`, but not for ever. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks again and again until `look` gives something; fails with its last error, or with `what`, after `ms`. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  ms = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    let problem: unknown;
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      problem = error;
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`, { cause: problem });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The error `work` fails with. */
export async function caught(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('expected a failure, and there was none');
}
