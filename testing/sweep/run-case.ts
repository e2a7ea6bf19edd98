/** One run of a sweep: a world, a model and workers of its own, the conversation, and what it all left behind. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { DEFAULT_LEDGER } from '../../activities/ledger/call-identity';
import { connect } from '../../client';
import { startScriptedOpenAI } from '../openai-server';
import { converse } from './converse';
import type { SweepPlan } from './plan';
import { failedTasks, readChildren, readRows, statusAtRest } from './read-run';
import type { RunEvidence } from './run-evidence';
import { startRelay } from './worker-relay';

export interface RunOptions {
  readonly agent: string;
  readonly plan: SweepPlan;
  readonly crashAt: readonly string[];
  /** Empty; stays as it is left. */
  readonly folder: string;
  /** Names the session and the task queue; no other run has it. */
  readonly name: string;
  readonly address: string;
  /** For histories. */
  readonly temporal: Client;
  readonly workerScript: string;
  /** Folder that the workers of all runs share. */
  readonly compileCache: string;
  /** Longest time, ms. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** A run that was over, however it went. */
export interface RunResult {
  readonly evidence: RunEvidence;
  /** Armed points that no worker came to. */
  readonly notReached: readonly string[];
}

/** How long after the last answer a worker may take to come to the point where it is to die, ms. */
const LAST_CRASH_WITHIN_MS = 3_000;

/** How long a run that was broken off may take to let go of what it was opening, ms. */
const WIND_DOWN_MS = 5_000;

/** @throws Error where the run did not come to its end: why, in words. */
export async function runCase(options: RunOptions): Promise<RunResult> {
  const over = new AbortController();
  const endings: (() => Promise<unknown>)[] = [];
  /** Ends `open` with the run, the last opened first; at once where the run is over already. */
  const ending = <T>(open: T, end: (open: T) => Promise<unknown>): T => {
    if (over.signal.aborted) void end(open).catch(() => undefined);
    else endings.unshift(() => end(open));
    return open;
  };
  const stopped = stopOf(options, over.signal);
  const performed = perform(options, ending, over.signal);
  performed.catch(() => undefined);
  try {
    return await Promise.race([stopped, performed]);
  } finally {
    over.abort();
    for (const end of endings) await end().catch(() => undefined);
    // One that was broken off may be opening something still, which is closed as soon as it is open.
    await Promise.race([performed.catch(() => undefined), wait(WIND_DOWN_MS, undefined, { ref: false })]);
  }
}

type Ending = <T>(open: T, end: (open: T) => Promise<unknown>) => T;

async function perform(options: RunOptions, ending: Ending, over: AbortSignal): Promise<RunResult> {
  const { agent, plan, folder, name, address } = options;
  const startedAt = Date.now();
  const deadline = startedAt + options.withinMs;
  const worldFolder = join(folder, 'world');
  mkdirSync(worldFolder, { recursive: true });
  const world = ending(await plan.openWorld(worldFolder), (open) => open.close());
  const model = ending(await startScriptedOpenAI({ script: plan.script }), (open) => open.stop());
  const client = ending(await connect({ address, taskQueue: name, payloadCodecs: plan.payloadCodecs }), (open) =>
    open.close(),
  );
  const ledger = world.env.HOLDFAST_LEDGER_URL ?? join(folder, 'ledger.sqlite');
  const relay = ending(
    await startRelay({
      script: options.workerScript,
      agentsModule: plan.agentsModule,
      folder,
      crashAt: options.crashAt,
      signal: over,
      env: {
        ...world.env,
        TEMPORAL_ADDRESS: address,
        HOLDFAST_TASK_QUEUE: name,
        HOLDFAST_PROFILE: 'dev',
        HOLDFAST_LOG_LEVEL: 'error',
        HOLDFAST_LEDGER_URL: ledger,
        // All workers of a run are on this machine, wherever the server is.
        HOLDFAST_ALLOW_SQLITE_LEDGER: '1',
        OPENAI_BASE_URL: model.url,
        OPENAI_API_KEY: 'scripted',
        // Starting workers is most of the work of a sweep, and all of them load the same code.
        NODE_COMPILE_CACHE: options.compileCache,
      },
    }),
    (open) => open.close(),
  );
  const sessionId = `${name}-session`;
  const answers = await Promise.race([relay.broken, converse({ client, agent, plan, world, sessionId, deadline })]);
  await Promise.race([relay.broken, relay.allDied, wait(LAST_CRASH_WITHIN_MS, undefined, { signal: over })]);
  const session = client.session(sessionId);
  const gather = async (): Promise<RunEvidence> => {
    const standing = await statusAtRest(session);
    const { status, keyNamespace } = standing;
    return {
      sessionId,
      keyNamespace,
      answers,
      status,
      conversation: await session.wholeTranscript(),
      children: await readChildren(session, standing),
      world: await world.snapshot(),
      rows: await readRows({ [DEFAULT_LEDGER]: ledger, ...world.ledgers }, keyNamespace, plan.payloadCodecs),
      failedTasks: await failedTasks(options.temporal, sessionId),
      requests: model.requests().map(({ body }) => body.toString('utf8')),
      workers: relay.traces(),
      startedAt,
      endedAt: Date.now(),
    };
  };
  const evidence = await Promise.race([relay.broken, gather()]);
  const died = evidence.workers.filter(({ diedAt }) => diedAt !== undefined).length;
  return { evidence, notReached: options.crashAt.slice(died) };
}

/** Rejects when the run's time is up or the whole sweep is stopped; not after `over`. */
function stopOf({ withinMs, signal }: RunOptions, over: AbortSignal): Promise<never> {
  const stop = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`the run did not end within ${withinMs / 1000} s`)), withinMs);
    const interrupted = (): void => reject(new Error('the sweep was stopped'));
    signal.addEventListener('abort', interrupted, { once: true });
    if (signal.aborted) interrupted();
    over.addEventListener('abort', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupted);
    });
  });
  stop.catch(() => undefined);
  return stop;
}
