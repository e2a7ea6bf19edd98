/**
 * The one activity behind every tool: the activity type is the tool's name, the tool is looked up by agent and tool in the
 * input. Whatever the model can mend is a report; whatever a retry can mend is thrown.
 */
import { Context } from '@temporalio/activity';
import type { Logger as PinoLogger } from 'pino';
import type { Tool } from '../../agents/define-tool';
import type { Registry } from '../../agents/registry';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { CancelledOutcome, RejectedOutcome, ToolCallInput, ToolCallReport } from '../../workflows/contracts/tool';
import { DEFAULT_LEDGER } from '../ledger/call-identity';
import { CallMismatch, LedgerUnavailable, type Ledger } from '../ledger/port';
import { describeIssues } from '../model/describe-issues';
import { Attempt } from './attempt';
import { callIdempotent } from './call-idempotent';
import { callRead } from './call-read';
import { callTransactional } from './call-transactional';
import { checkToolCallInput } from './check-input';
import { claimRequest, ledgerUnavailable } from './effect-call';
import { howToRun } from './effect-class';
import { refuse } from './refuse';
import { badInput, jittered, retryable } from './retry-failures';
import { messageOf } from './throws';
import { activityToolLog, pinoToolLog } from './tool-log';

export interface ToolActivityParts {
  readonly registry: Registry;
  /** By the name tools give. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  /** Default: Temporal's own activity logger. */
  readonly logger?: PinoLogger;
  /** ms since the epoch, for the rollout window; default `Date.now`. */
  readonly now?: () => number;
}

/**
 * @returns the activity. It throws ApplicationFailure of a registered type: `BadActivityInput` (final), `ToolMissing`,
 * `ToolFailed`, `LeaseHeld`, `LedgerMismatch`, `LedgerUnavailable` (each with the delay before the next attempt).
 */
export function createToolActivity(parts: ToolActivityParts): (input: ToolCallInput) => Promise<ToolCallReport> {
  return async (value) => {
    const checked = checkToolCallInput(value);
    if (!checked.ok) throw badInput(checked.problem);
    const { attempt } = Context.current().info;
    try {
      return await new ToolCall(parts, checked.input, Context.current()).run();
    } catch (error) {
      if (error instanceof LedgerUnavailable) throw ledgerUnavailable(error, attempt);
      if (error instanceof CallMismatch) throw badInput(error.message);
      throw error;
    }
  };
}

class ToolCall {
  constructor(
    private readonly parts: ToolActivityParts,
    private readonly input: ToolCallInput,
    private readonly context: Context,
  ) {}

  async run(): Promise<ToolCallReport> {
    const { input, parts } = this;
    const ledger = this.#pinnedLedger();
    if (input.settleOnly) return this.#whatBecameOfIt(ledger);
    const tool = parts.registry.tool(input.agent, input.tool);
    if (!tool) return this.#missing(ledger, `agent ${input.agent} has no tool ${input.tool}`);
    const how = howToRun(input.policy.effect, tool.effect);
    if (how.kind === 'unsupported')
      return this.#missing(ledger, `this worker cannot run ${how.effect} tools such as ${input.tool}`);
    if (
      how.kind === 'withdrawn' ||
      (how.kind === 'transactional' && (tool.ledger ?? DEFAULT_LEDGER) !== input.ledger?.name)
    ) {
      const message = `${input.tool} was not run: it has changed since it was called. Call it again if it is still wanted.`;
      return this.#refuse(ledger, { kind: 'rejected', reason: 'not_permitted', message });
    }
    const args = await parsed(tool, input);
    if (!args.ok) return this.#refuse(ledger, { kind: 'rejected', reason: 'invalid_arguments', message: args.problem });
    const attempt = new Attempt({
      input,
      tool,
      args: args.value,
      context: this.context,
      log: this.#log(),
      stopsWhenLeaving: how.kind === 'read',
    });
    try {
      // What earlier attempts counted is said again, in case this one dies; a first one has nothing to say before its first beat is due.
      if (attempt.bodyFailures > 0) attempt.heartbeat();
      if (how.kind === 'read' || ledger === undefined) return await callRead(attempt);
      const claim = claimRequest(attempt, how.kind);
      if (!claim.ok) return await this.#refuse(ledger, claim.outcome);
      const call = how.kind === 'transactional' ? callTransactional : callIdempotent;
      return await call(attempt, ledger, claim.request);
    } finally {
      attempt.end();
    }
  }

  /** @throws LedgerMismatch before anything ran. */
  #pinnedLedger(): Ledger | undefined {
    const pinned = this.input.ledger;
    if (this.input.policy.effect === 'read' || !pinned) return undefined;
    const ledger = this.parts.ledgers.get(pinned.name);
    if (ledger?.id === pinned.id) return ledger;
    const found = ledger ? `this worker's has the id ${ledger.id}` : `this worker has none of that name`;
    const message =
      `the session keeps its records in the ledger ${JSON.stringify(pinned.name)} with the id ${pinned.id}, and ${found}; ` +
      'nothing was run. Give all workers of this task queue the same ledger, or this one another task queue.';
    throw retryable(FAILURE_TYPES.ledgerMismatch, message, jittered(10_000));
  }

  /** Waits for a deploy in progress; after its window the call is refused. */
  async #missing(ledger: Ledger | undefined, why: string): Promise<ToolCallReport> {
    const { input, parts } = this;
    const { scheduledTimestampMs, attempt } = this.context.info;
    const left = scheduledTimestampMs + input.policy.rolloutWindowMs - (parts.now ?? Date.now)();
    if (left > 0) {
      // Grows with the window, since the attempts are bounded and must last for all of it.
      const wait = Math.min(
        1_000 * 2 ** Math.min(20, attempt - 1),
        Math.max(60_000, input.policy.rolloutWindowMs / 10),
      );
      throw retryable(
        FAILURE_TYPES.toolMissing,
        `${why}; if a deploy is in progress another worker has it`,
        Math.min(left + 1, wait),
      );
    }
    const names = [...(parts.registry.agent(input.agent)?.tools.keys() ?? [])].sort();
    const exist = names.length > 0 ? `The tools that exist: ${names.join(', ')}` : 'There are no tools';
    return this.#refuse(ledger, {
      kind: 'rejected',
      reason: 'tool_missing',
      message: `${input.tool} was not run: ${why}. ${exist}.`,
    });
  }

  /** The call was cancelled where no attempt could say what it had done: the ledger says it, and nothing is run. */
  #whatBecameOfIt(ledger: Ledger | undefined): Promise<ToolCallReport> {
    const message = `${this.input.tool} was cancelled before it changed anything`;
    return this.#refuse(ledger, { kind: 'cancelled', message }, 'the turn was stopped');
  }

  /** Refuses a call that cannot be run any more, unless an earlier attempt of it did run. */
  #refuse(
    ledger: Ledger | undefined,
    outcome: RejectedOutcome | CancelledOutcome,
    why = outcome.message,
  ): Promise<ToolCallReport> {
    return refuse(ledger, this.input, this.context.info.attempt, outcome, why);
  }

  #log() {
    const { agent, tool, callId, sessionId } = this.input;
    const bindings = { agent, tool, callId, sessionId, attempt: this.context.info.attempt };
    return this.parts.logger ? pinoToolLog(this.parts.logger, bindings) : activityToolLog(this.context.log, bindings);
  }
}

/** The schema of today decides; the recorded arguments are its input form. */
async function parsed(
  tool: Tool,
  input: ToolCallInput,
): Promise<{ ok: true; value: unknown } | { ok: false; problem: string }> {
  try {
    const result = await tool.input.safeParseAsync(input.args);
    if (result.success) return { ok: true, value: result.data };
    return { ok: false, problem: `${tool.name} was not run: ${describeIssues(result.error.issues, input.args)}` };
  } catch (error) {
    return { ok: false, problem: `${tool.name} was not run: its arguments could not be checked (${messageOf(error)})` };
  }
}
