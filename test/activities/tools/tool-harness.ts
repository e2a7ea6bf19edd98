/** Runs tool calls through the activity in a mock activity environment, with a ledger in a fresh file. */
import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createRegistry, defineAgent, type AgentSpec, type Tool } from '../../../agents';
import type { Ledger } from '../../../activities/ledger/port';
import { createResolveActivity } from '../../../activities/tools/resolve-activity';
import { createToolActivity } from '../../../activities/tools/tool-activity';
import { createUndoActivity } from '../../../activities/tools/undo-activity';
import type { JsonObject } from '../../../workflows/contracts/json';
import type {
  ResolveInput,
  ResolveReport,
  ToolCallInput,
  ToolCallReport,
  UndoInput,
} from '../../../workflows/contracts/tool';
import { hashOf } from '../ledger/temporary-ledger';

export interface CallOptions {
  readonly callId?: string;
  readonly args?: JsonObject;
  readonly policy?: Partial<ToolCallInput['policy']>;
  readonly input?: Partial<ToolCallInput>;
  readonly info?: Partial<Info>;
  readonly now?: () => number;
  /** Given the environment right before the call begins, e.g. to cancel it. */
  readonly prepare?: (environment: MockActivityEnvironment) => void;
}

/** A failure the activity threw: what the retry policy sees of it. */
export interface Thrown {
  readonly thrown: string;
  readonly message: string;
  readonly nonRetryable: boolean;
  readonly delayMs?: number;
}

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

export function inputOf(tool: Tool | undefined, ledger: Ledger | undefined, options: CallOptions = {}): ToolCallInput {
  const args = options.args ?? {};
  return {
    agent: 'desk',
    tool: tool?.name ?? 'gone',
    callId: options.callId ?? 't1.s1.c1-00000000',
    turn: 1,
    step: 1,
    sessionId: 'session-1',
    keyNamespace: 'ns-1',
    tenant: 'clinic',
    args,
    argsHash: hashOf(args),
    policy: {
      effect: tool?.effect ?? 'idempotent',
      startToCloseMs: 10_000,
      heartbeatMs: 600,
      attempts: tool?.attempts ?? 3,
      initialIntervalMs: 100,
      backoff: 2,
      maxIntervalMs: 1_000,
      rolloutWindowMs: 600_000,
      maxResultBytes: tool?.maxResultBytes ?? 32_768,
      ...(tool?.usesState === true ? { usesState: true } : {}),
      ...options.policy,
    },
    ...(ledger ? { ledger: { name: ledger.name, id: ledger.id } } : {}),
    asksPerson: true,
    ...options.input,
  };
}

/** The activities for an agent `desk` with these tools. */
export function desk(tools: readonly Tool[], ledgers: readonly Ledger[], spec: Partial<AgentSpec> = {}) {
  const registry = createRegistry([defineAgent({ name: 'desk', instructions: 'x', model: 'm', tools, ...spec })]);
  const byName = new Map(ledgers.map((ledger) => [ledger.name, ledger]));
  const parts = (options: CallOptions) => ({ registry, ledgers: byName, now: options.now });
  const ledgerOf = (tool: Tool) => byName.get(tool.ledger ?? 'default') as Ledger;

  function call(tool: Tool | undefined, options: CallOptions = {}): Promise<ToolCallReport | Thrown> {
    const ledger = tool === undefined || tool.effect === 'read' ? undefined : ledgerOf(tool);
    const pinned = tool === undefined ? ledgers[0] : ledger;
    const input = inputOf(tool, pinned, options);
    return attempt(createToolActivity(parts(options)), input, options, tool?.name ?? 'gone');
  }

  /** One attempt after another until one reports, each told what the one before it said in its last heartbeat. Waits are left out. */
  async function callUntilReported(tool: Tool, options: CallOptions = {}) {
    const thrown: Thrown[] = [];
    let details: unknown;
    for (let number = 1; number <= 10; number += 1) {
      const end = await call(tool, {
        ...options,
        info: { ...options.info, attempt: number, heartbeatDetails: details },
        prepare: (environment) => {
          environment.on('heartbeat', (sent: unknown) => (details = sent));
          options.prepare?.(environment);
        },
      });
      if (!('thrown' in end)) return { report: end, thrown };
      thrown.push(end);
    }
    throw new Error(`no report after 10 attempts: ${JSON.stringify(thrown)}`);
  }

  /** Undoes the call of `options.callId`. */
  function undo(
    tool: Tool,
    options: CallOptions = {},
    input: Partial<UndoInput> = {},
  ): Promise<ToolCallReport | Thrown> {
    const {
      policy,
      turn: _turn,
      step: _step,
      args: _args,
      argsHash: _hash,
      ...same
    } = inputOf(tool, ledgerOf(tool), options);
    const undoing = {
      ...same,
      ledger: same.ledger as UndoInput['ledger'],
      policy,
      undoId: `${same.callId}.undo`,
      ...input,
    };
    return attempt(createUndoActivity(parts(options)), undoing, options, 'tool.undo');
  }

  /** Says what became of the call of `options.callId`. */
  function resolve(
    tool: Tool,
    said: Partial<ResolveInput>,
    options: CallOptions = {},
  ): Promise<ResolveReport | Thrown> {
    const {
      policy,
      turn: _turn,
      step: _step,
      args: _args,
      argsHash: _hash,
      ...same
    } = inputOf(tool, ledgerOf(tool), options);
    const ledger = same.ledger as ResolveInput['ledger'];
    const { maxResultBytes } = policy;
    const input: ResolveInput = { ...same, ledger, maxResultBytes, actId: 'act-1', as: 'absent', ...said };
    return attempt(createResolveActivity(parts(options)), input, options, 'tool.resolve');
  }

  return { call, callUntilReported, undo, resolve };
}

async function attempt<In, Out>(
  activity: (input: In) => Promise<Out>,
  input: In,
  options: CallOptions,
  activityType: string,
): Promise<Out | Thrown> {
  const environment = new MockActivityEnvironment(
    {
      activityType,
      startToCloseTimeoutMs: 12_000,
      heartbeatTimeoutMs: 600,
      scheduledTimestampMs: Date.now(),
      ...options.info,
    },
    { logger: quiet },
  );
  options.prepare?.(environment);
  try {
    return await environment.run(activity, input);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const delay = error.nextRetryDelay;
    return {
      thrown: String(error.type),
      message: error.message,
      nonRetryable: error.nonRetryable === true,
      ...(delay === undefined || delay === null ? {} : { delayMs: Number(delay) }),
    };
  }
}
