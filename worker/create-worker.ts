/** A Holdfast worker: agents, ledgers, the activities and the workflow bundle, put together over one connection. */
import { join } from 'node:path';
import type { PayloadCodec } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createApprovalCheckActivity } from '../activities/approvals/check-activity';
import { createNotifyActivity, type Notify } from '../activities/approvals/notify-activity';
import { createCloseActivity } from '../activities/conversation/close-activity';
import { createStoreActivity } from '../activities/conversation/store-activity';
import { CRASH_POINTS_WATCHED } from '../activities/crash-points';
import { DEFAULT_LEDGER } from '../activities/ledger/call-identity';
import { createResultCheckActivity } from '../activities/handoff/result-check';
import { createStateCheckActivity } from '../activities/handoff/state-check';
import { isPostgresUrl } from '../activities/ledger/ledger-url';
import { openLedger } from '../activities/ledger/open-ledger';
import type { Ledger } from '../activities/ledger/port';
import { definitionOf } from '../activities/model/definition';
import { createModelActivity } from '../activities/model/model-activity';
import { createModelSettleActivity } from '../activities/model/settle-activity';
import { createResolveActivity } from '../activities/tools/resolve-activity';
import { ReportedOutcomes } from '../activities/reported-outcomes';
import { createToolActivity } from '../activities/tools/tool-activity';
import { pinoToolLog } from '../activities/tools/tool-log';
import { createUndoActivity } from '../activities/tools/undo-activity';
import type { Agent } from '../agents/define-agent';
import { createRegistry } from '../agents/registry';
import {
  APPROVAL_CHECK_ACTIVITY,
  CONVERSATION_CLOSE_ACTIVITY,
  CONVERSATION_STORE_ACTIVITY,
  MODEL_CALL_ACTIVITY,
  MODEL_SETTLE_ACTIVITY,
  PERSON_NOTIFY_ACTIVITY,
  RESULT_CHECK_ACTIVITY,
  STATE_CHECK_ACTIVITY,
  TOOL_RESOLVE_ACTIVITY,
  TOOL_UNDO_ACTIVITY,
} from '../workflows/contracts/names';
import { assertApprovers, readApprovers } from './approvers';
import { ConfigError, readConfig, type ConfigOverrides, type WorkerConfig } from './config';
import { CrashPointHooks } from './crash-point-hooks';
import { dataDir } from './data-dir';
import { holdfastDataConverter } from './data-converter';
import { installRuntime } from './runtime';
import { assertSearchAttributes } from './search-attributes';
import { CONNECT_TIMEOUT_MS, MAX_HEARTBEAT_THROTTLE_INTERVAL, WORKER_TIMING, WORKFLOW_THREAD_TIMING } from './timing';
import { workflowBundlePath } from './workflow-bundle';

export interface HoldfastWorkerOptions extends ConfigOverrides {
  readonly agents: readonly Agent[];
  /** Ledgers that tools name, by name: where each one is (a SQLite file's path, or `postgres://…`). The default one is `ledgerUrl`. */
  readonly ledgers?: Readonly<Record<string, string>>;
  /** Encryption or compression of everything Temporal and the ledger store; the client needs the same. */
  readonly payloadCodecs?: readonly PayloadCodec[];
  /** Tells people that something waits for them; see docs/approvals.md. */
  readonly notify?: Notify;
  /** How many activities this worker runs at once. Default 100. */
  readonly maxConcurrentActivities?: number;
  /** How many sessions it keeps in memory between their steps; others are replayed when they go on. */
  readonly maxCachedSessions?: number;
}

export interface HoldfastWorker {
  readonly config: WorkerConfig;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  /** Works until `shutdown` or a signal; then drains, closes the ledgers and the connection. */
  run(): Promise<void>;
  shutdown(): void;
}

/**
 * Connects, checks and puts a worker together; nothing is polled before `run`.
 * @throws ConfigError, TypeError (agents), Error (no server, search attributes missing), each one sentence that says what to do.
 */
export async function createWorker(options: HoldfastWorkerOptions): Promise<HoldfastWorker> {
  const config = readConfig(options);
  const registry = createRegistry(options.agents);
  // A tool whose schema no provider can be sent, or a bound on money without a price, is told now, and not by the first session that meets it.
  for (const agent of options.agents) for (const stronger of [false, true]) definitionOf(agent, stronger);
  const approvers = readApprovers();
  assertApprovers(options.agents, approvers);
  const bundle = workflowBundlePath();
  const logger = installRuntime(config.logLevel);
  const urls = ledgerUrls(config, options.ledgers ?? {}, registry.ledgerNames);
  const connection = await connectNative(config);
  const ledgers = new Map<string, Ledger>();
  const close = async () => {
    await Promise.all([...ledgers.values()].map((ledger) => ledger.close()));
    await connection.close();
  };
  try {
    await assertSearchAttributes(connection, config.namespace);
    for (const [name, url] of urls) {
      ledgers.set(name, await openLedger({ name, url, payloadCodecs: options.payloadCodecs }));
    }
    const parts = { registry, ledgers, profile: config.profile, logger, reported: new ReportedOutcomes() };
    const asking = { signed: approvers !== undefined, notify: options.notify !== undefined };
    const hooks = CRASH_POINTS_WATCHED ? new CrashPointHooks() : undefined;
    const worker = await Worker.create({
      connection,
      namespace: config.namespace,
      taskQueue: config.taskQueue,
      workflowBundle: { codePath: bundle },
      dataConverter: holdfastDataConverter(options.payloadCodecs),
      activities: {
        [MODEL_CALL_ACTIVITY]: createModelActivity({ ...parts, asking, logger: pinoToolLog(logger, {}) }),
        [MODEL_SETTLE_ACTIVITY]: createModelSettleActivity(parts),
        [TOOL_RESOLVE_ACTIVITY]: createResolveActivity(parts),
        [TOOL_UNDO_ACTIVITY]: createUndoActivity(parts),
        [APPROVAL_CHECK_ACTIVITY]: createApprovalCheckActivity({ registry, approvers }),
        [PERSON_NOTIFY_ACTIVITY]: createNotifyActivity(options),
        [STATE_CHECK_ACTIVITY]: createStateCheckActivity(parts),
        [RESULT_CHECK_ACTIVITY]: createResultCheckActivity(parts),
        [CONVERSATION_STORE_ACTIVITY]: createStoreActivity(parts),
        [CONVERSATION_CLOSE_ACTIVITY]: createCloseActivity(parts),
        default: createToolActivity(parts),
      },
      maxConcurrentActivityTaskExecutions: options.maxConcurrentActivities,
      maxCachedWorkflows: options.maxCachedSessions,
      maxHeartbeatThrottleInterval: MAX_HEARTBEAT_THROTTLE_INTERVAL,
      ...(hooks && { interceptors: { activity: [hooks.interceptor] } }),
      ...WORKER_TIMING[config.profile],
      ...WORKFLOW_THREAD_TIMING,
    });
    hooks?.attach(worker);
    return {
      config,
      ledgers,
      run: () => drainUndisturbed(worker.run().finally(close)),
      shutdown: () => worker.shutdown(),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `createWorker` and `run` in one. Resolves after a clean drain. */
export async function runWorker(options: HoldfastWorkerOptions): Promise<void> {
  await (await createWorker(options)).run();
}

/**
 * Keeps the process alive through further SIGTERMs until `running` is over: the SDK listens to the first one only, and the second
 * would end the process in the middle of an effect. Ctrl-C twice still ends it.
 */
async function drainUndisturbed(running: Promise<void>): Promise<void> {
  const carryOn = (): void => undefined;
  process.on('SIGTERM', carryOn);
  try {
    await running;
  } finally {
    process.off('SIGTERM', carryOn);
  }
}

function ledgerUrls(
  config: WorkerConfig,
  named: Readonly<Record<string, string>>,
  needed: readonly string[],
): ReadonlyMap<string, string> {
  const urls = new Map([
    [DEFAULT_LEDGER, config.ledgerUrl ?? join(dataDir(), 'ledger.sqlite')],
    ...Object.entries(named),
  ]);
  const missing = needed.filter((name) => !urls.has(name));
  if (missing.length > 0) {
    throw new ConfigError(
      `tools name the ledgers ${missing.join(', ')}, which this worker was not given; pass ledgers: { ${missing[0]}: 'file' }`,
    );
  }
  const sqlite = [...urls].filter(([, url]) => !isPostgresUrl(url));
  if (sqlite.length > 0 && !config.allowSqliteLedger) {
    throw new ConfigError(
      `the Temporal server at ${config.address} is not on this machine, so other workers may be on others, and the ledger ` +
        `${sqlite[0]?.[0]} is a SQLite file that only this one has; use one that all workers share (postgres://user:password@host/database), or set HOLDFAST_ALLOW_SQLITE_LEDGER=1 ` +
        'if there is only ever this machine',
    );
  }
  return urls;
}

async function connectNative(config: WorkerConfig): Promise<NativeConnection> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)), CONNECT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([NativeConnection.connect(config.connection), late]);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new Error(`no Temporal server answers at ${config.address} (${why}); start one with: npx holdfast dev`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}
