/** Runs tool calls through the activity in a mock activity environment, with a ledger in a fresh file. */
import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createRegistry, defineAgent, type Tool } from '../../../agents';
import type { Ledger } from '../../../activities/ledger/port';
import { createToolActivity } from '../../../activities/tools/tool-activity';
import type { JsonObject } from '../../../workflows/contracts/json';
import type { ToolCallInput, ToolCallReport } from '../../../workflows/contracts/tool';
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
      ...options.policy,
    },
    ...(ledger ? { ledger: { name: ledger.name, id: ledger.id } } : {}),
    ...options.input,
  };
}

/** The activity for an agent `desk` with these tools. */
export function desk(tools: readonly Tool[], ledgers: readonly Ledger[]) {
  const registry = createRegistry([defineAgent({ name: 'desk', instructions: 'x', model: 'm', tools })]);
  const byName = new Map(ledgers.map((ledger) => [ledger.name, ledger]));
  async function call(tool: Tool | undefined, options: CallOptions = {}): Promise<ToolCallReport | Thrown> {
    const ledger = tool === undefined || tool.effect === 'read' ? undefined : byName.get(tool.ledger ?? 'default');
    const pinned = tool === undefined ? ledgers[0] : ledger;
    const environment = new MockActivityEnvironment(
      {
        activityType: tool?.name ?? 'gone',
        startToCloseTimeoutMs: 12_000,
        heartbeatTimeoutMs: 600,
        scheduledTimestampMs: Date.now(),
        ...options.info,
      },
      { logger: quiet },
    );
    options.prepare?.(environment);
    const activity = createToolActivity({ registry, ledgers: byName, now: options.now });
    try {
      return await environment.run(activity, inputOf(tool, pinned, options));
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
  return { call };
}
