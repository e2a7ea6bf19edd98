/**
 * One call of one tool on this worker, whether it is the tool itself or its compensation: waits for a tool that a deploy may bring, refuses what
 * cannot be run any more, and runs the rest under its effect class.
 */
import type { Context } from '@temporalio/activity';
import type { Logger as PinoLogger } from 'pino';
import type { Tool } from '../../agents/define-tool';
import type { Registry } from '../../agents/registry';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { CancelledOutcome, RejectedOutcome, ToolCallInput, ToolCallReport } from '../../workflows/contracts/tool';
import { callKeyOf, DEFAULT_LEDGER } from '../ledger/call-identity';
import type { Ledger, Releases } from '../ledger/port';
import { toolHashOf } from '../approvals/tool-hash';
import type { ReportedOutcomes } from '../reported-outcomes';
import { describeIssues } from '../model/describe-issues';
import { Attempt } from './attempt';
import { callLeased } from './call-leased';
import { callRead } from './call-read';
import { callTransactional } from './call-transactional';
import { claimRequest } from './effect-call';
import { howToRun } from './effect-class';
import { refuse } from './refuse';
import { retryable } from './retry-failures';
import { messageOf } from './throws';
import { activityToolLog, pinoToolLog } from './tool-log';
import { withUnresolved } from './unresolved';

export interface ToolActivityParts {
  readonly registry: Registry;
  /** By the name tools give. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  /** Gets the outcomes of calls that succeeded, for the model call that follows; absent: nobody remembers them. */
  readonly reported?: ReportedOutcomes;
  /** Default: Temporal's own activity logger. */
  readonly logger?: PinoLogger;
  /** ms since the epoch, for the rollout window; default `Date.now`. */
  readonly now?: () => number;
}

export class ToolCall {
  readonly #parts: ToolActivityParts;
  readonly #input: ToolCallInput;
  readonly #context: Context;
  readonly #ledger: Ledger | undefined;

  /** @param ledger the one the session is bound to; absent for a call that was planned as `read`. */
  constructor(parts: ToolActivityParts, input: ToolCallInput, context: Context, ledger: Ledger | undefined) {
    this.#parts = parts;
    this.#input = input;
    this.#context = context;
    this.#ledger = ledger;
  }

  /** @param releases what a success undoes, in place of the tool's own. */
  async run(tool: Tool, releases?: Releases): Promise<ToolCallReport> {
    const input = this.#input;
    if (input.approved !== undefined && input.approved.toolHash !== toolHashOf(tool)) {
      const message = `${input.tool} was not run: it has changed since people approved this call. Call it again if it is still wanted; they are asked again.`;
      return this.refuse({ kind: 'rejected', reason: 'not_permitted', message });
    }
    const how = howToRun(input.policy.effect, tool.effect);
    if (
      how.kind === 'withdrawn' ||
      (how.kind === 'transactional' && (tool.ledger ?? DEFAULT_LEDGER) !== input.ledger?.name)
    ) {
      const message = `${input.tool} was not run: it has changed since it was called. Call it again if it is still wanted.`;
      return this.refuse({ kind: 'rejected', reason: 'not_permitted', message });
    }
    const args = await parsed(tool, input.args);
    if (!args.ok) {
      const message = `${tool.name} was not run: ${args.problem}`;
      return this.refuse({ kind: 'rejected', reason: 'invalid_arguments', message });
    }
    const attempt = new Attempt({
      input,
      tool,
      args: args.value,
      context: this.#context,
      log: this.log(),
      stopsWhenLeaving: how.kind === 'read',
      releases,
      agent: this.#parts.registry.agent(input.agent),
    });
    let report: ToolCallReport;
    try {
      // What earlier attempts counted is said again, in case this one dies; a first one has nothing to say before its first beat is due.
      if (attempt.bodyFailures > 0 || attempt.probeFailures > 0) attempt.heartbeat();
      const ledger = this.#ledger;
      if (how.kind === 'read' || ledger === undefined) return await callRead(attempt);
      const claim = claimRequest(attempt, how.kind);
      if (!claim.ok) return await this.refuse(claim.outcome);
      const call = how.kind === 'transactional' ? callTransactional : callLeased;
      report = await call(attempt, ledger, claim.request);
    } finally {
      attempt.end();
    }
    return this.withDoubt(report);
  }

  /** Waits for a deploy in progress; after its window the call is refused. */
  async missing(why: string): Promise<ToolCallReport> {
    const { policy, agent, tool } = this.#input;
    const { scheduledTimestampMs, attempt } = this.#context.info;
    const left = scheduledTimestampMs + policy.rolloutWindowMs - (this.#parts.now ?? Date.now)();
    if (left > 0) {
      // Grows with the window, since the attempts are bounded and must last for all of it.
      const wait = Math.min(1_000 * 2 ** Math.min(20, attempt - 1), Math.max(60_000, policy.rolloutWindowMs / 10));
      throw retryable(
        FAILURE_TYPES.toolMissing,
        `${why}; if a deploy is in progress another worker has it`,
        Math.min(left + 1, wait),
      );
    }
    const names = [...(this.#parts.registry.agent(agent)?.tools.keys() ?? [])].sort();
    const exist = names.length > 0 ? `The tools that exist: ${names.join(', ')}` : 'There are no tools';
    const message = `${tool} was not run: ${why}. ${exist}.`;
    return this.refuse({ kind: 'rejected', reason: 'tool_missing', message });
  }

  /** The call was cancelled where no attempt could say what it had done: the ledger says it, and nothing is run. */
  whatBecameOfIt(): Promise<ToolCallReport> {
    const message = `${this.#input.tool} was cancelled before it changed anything`;
    return this.refuse({ kind: 'cancelled', message }, 'the turn was stopped');
  }

  /** Refuses a call that cannot be run any more, unless an earlier attempt of it did run. */
  async refuse(outcome: RejectedOutcome | CancelledOutcome, why = outcome.message): Promise<ToolCallReport> {
    const report = await refuse(this.#ledger, this.#input, this.#context.info.attempt, outcome, why);
    return this.withDoubt(report);
  }

  /** A session that cannot wait for a person is not told of a doubt: it would go on, and its history would not replay where sessions wait. */
  private async withDoubt(given: ToolCallReport): Promise<ToolCallReport> {
    const { unresolved, ...report } = await withUnresolved(this.#ledger, callKeyOf(this.#input), given);
    return unresolved && this.#input.asksPerson ? { ...report, unresolved } : report;
  }

  log() {
    const { agent, tool, callId, sessionId } = this.#input;
    const bindings = { agent, tool, callId, sessionId, attempt: this.#context.info.attempt };
    return this.#parts.logger
      ? pinoToolLog(this.#parts.logger, bindings)
      : activityToolLog(this.#context.log, bindings);
  }
}

/** The schema of today decides; the recorded arguments are its input form. */
export async function parsed(
  tool: Pick<Tool, 'input'>,
  args: unknown,
): Promise<{ ok: true; value: unknown } | { ok: false; problem: string }> {
  try {
    const result = await tool.input.safeParseAsync(args);
    if (result.success) return { ok: true, value: result.data };
    return { ok: false, problem: describeIssues(result.error.issues, args) };
  } catch (error) {
    return { ok: false, problem: `its arguments could not be checked (${messageOf(error)})` };
  }
}
