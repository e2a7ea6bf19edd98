/**
 * One attempt of one tool call: its time, what may stop it, its heartbeats and its lease. What stops it reaches the tool as
 * `ctx.signal`.
 */
import type { Context } from '@temporalio/activity';
import type { Agent } from '../../agents/define-agent';
import type { SessionIdentity, Tool, ToolLogger } from '../../agents/define-tool';
import type { ToolCallInput, ToolCallReport, ToolOutcome } from '../../workflows/contracts/tool';
import { callKeyOf } from '../ledger/call-identity';
import type { Releases } from '../ledger/port';
import { LeaseKeeper } from './lease-keeper';
import type { StateChanges } from './state-changes';
import { messageOf } from './throws';

/**
 * Why the attempt should end. `cancelled`: somebody wants the call stopped. `leaving`: this worker shuts down, or the activity
 * is paused; the call itself goes on elsewhere. `gone`: the server gave the attempt up.
 */
export type Stop = 'cancelled' | 'leaving' | 'gone';

/** The longest wait a Node timer can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Kept from the attempt's time for recording how it ended, at most. */
const MAX_RECORDING_MS = 1_000;

export interface AttemptParts {
  readonly input: ToolCallInput;
  readonly tool: Tool;
  /** What the tool's schema of today made of the arguments. */
  readonly args: unknown;
  readonly context: Context;
  readonly log: ToolLogger;
  /** Reads are broken off when the worker leaves; effects are not. */
  readonly stopsWhenLeaving: boolean;
  /** What a success undoes, whatever the tool's own `releases` say: for compensations. */
  readonly releases?: Releases;
  /** Whose tool it is; absent: it has no own part of a state. */
  readonly agent?: Agent;
}

/** What heartbeats tell the next attempt. */
interface Counted {
  readonly bodyFailures: number;
  readonly probeFailures: number;
}

export class Attempt {
  readonly input: ToolCallInput;
  readonly tool: Tool;
  readonly args: unknown;
  readonly log: ToolLogger;
  readonly releases?: Releases;
  readonly agent?: Agent;
  readonly keeper: LeaseKeeper;
  /** Failures of the body in earlier attempts, as the last heartbeat knew them; for calls without a ledger row. */
  bodyFailures: number;
  /** The same of `reconcile`, which are no failures of the effect. */
  probeFailures: number;
  /** What the code that runs, or ran last, changes of the session's state. */
  state?: StateChanges;
  readonly #context: Context;
  readonly #controller = new AbortController();
  readonly #endsAt: number;
  readonly #recordUntil: number;
  readonly #onStop: () => void;

  constructor(parts: AttemptParts) {
    const { input, context } = parts;
    const { info } = context;
    this.input = input;
    this.tool = parts.tool;
    this.args = parts.args;
    this.log = parts.log;
    this.releases = parts.releases;
    this.agent = parts.agent;
    this.#context = context;
    this.bodyFailures = countIn(info.heartbeatDetails, 'bodyFailures');
    this.probeFailures = countIn(info.heartbeatDetails, 'probeFailures');
    const allowed = info.startToCloseTimeoutMs > 0 ? info.startToCloseTimeoutMs : Number.POSITIVE_INFINITY;
    const recording = Math.min(MAX_RECORDING_MS, allowed / 10);
    this.#endsAt = performance.now() + Math.min(input.policy.startToCloseMs, allowed - recording);
    this.#recordUntil = performance.now() + (Number.isFinite(allowed) ? allowed : input.policy.startToCloseMs);
    this.keeper = new LeaseKeeper({
      heartbeatMs: this.heartbeatMs,
      heartbeat: () => this.heartbeat(),
      onLost: (error) => this.#controller.abort(error),
      warn: (message) => this.log.warn(message),
    });
    this.#onStop = () => {
      if (this.stop !== 'leaving' || parts.stopsWhenLeaving) this.#controller.abort(context.cancellationSignal.reason);
    };
    if (context.cancellationSignal.aborted) this.#onStop();
    else context.cancellationSignal.addEventListener('abort', this.#onStop, { once: true });
  }

  /** Temporal's attempt, from 1. */
  get number(): number {
    return this.#context.info.attempt;
  }

  /** Never longer than the server's own heartbeat timeout, so that a lease does not outlive it. */
  get heartbeatMs(): number {
    return Math.min(this.input.policy.heartbeatMs, this.#context.info.heartbeatTimeoutMs || Number.POSITIVE_INFINITY);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stop(): Stop | undefined {
    const { cancellationSignal } = this.#context;
    if (!cancellationSignal.aborted) return undefined;
    switch (messageOf(cancellationSignal.reason)) {
      case 'CANCELLED':
        return 'cancelled';
      case 'NOT_FOUND':
      case 'TIMED_OUT':
        return 'gone';
      default:
        return 'leaving';
    }
  }

  /** True where somebody wants the call stopped. A method, since it may change while one waits. */
  isCancelled(): boolean {
    return this.stop === 'cancelled';
  }

  get session(): SessionIdentity {
    const { sessionId, root, agent, tenant, user } = this.input;
    return { id: root ?? sessionId, agent, tenant, user };
  }

  get callKey(): string {
    return callKeyOf(this.input);
  }

  /** What is left for the body, ms. */
  remainingMs(): number {
    return Math.min(MAX_TIMER_MS, Math.max(0, this.#endsAt - performance.now()));
  }

  /** What is left for recording the outcome, ms. */
  recordingMs(): number {
    return Math.min(MAX_TIMER_MS, Math.max(0, this.#recordUntil - performance.now()));
  }

  heartbeat(): void {
    const { bodyFailures, probeFailures } = this;
    this.#context.heartbeat({ bodyFailures, probeFailures } satisfies Counted);
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  report(outcome: ToolOutcome, ledger: ToolCallReport['ledger'], generation?: number): ToolCallReport {
    return { outcome, attempt: this.number, ledger, ...(generation === undefined ? {} : { generation }) };
  }

  /** Ends the heartbeats. */
  end(): void {
    this.keeper.stop();
    this.#context.cancellationSignal.removeEventListener('abort', this.#onStop);
  }
}

function countIn(details: unknown, field: keyof Counted): number {
  const value = (details as Partial<Record<keyof Counted, unknown>> | null | undefined)?.[field];
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 0;
}
