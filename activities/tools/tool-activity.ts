/**
 * The one activity behind every tool: the activity type is the tool's name, the tool is looked up by agent and tool in the
 * input. Whatever the model can mend is a report; whatever a retry can mend is thrown.
 */
import { Context } from '@temporalio/activity';
import type { ToolCallInput, ToolCallReport } from '../../workflows/contracts/tool';
import { callKeyOf } from '../ledger/call-identity';
import { CallMismatch, LedgerUnavailable } from '../ledger/port';
import { checkToolCallInput } from './check-input';
import { ledgerUnavailable } from './effect-call';
import { pinnedLedger } from './pinned-ledger';
import { badInput } from './retry-failures';
import { ToolCall, type ToolActivityParts } from './tool-call';

/**
 * @returns the activity. It throws ApplicationFailure of a registered type: `BadActivityInput` (final), `ToolMissing`,
 * `ToolFailed`, `LeaseHeld`, `LedgerMismatch`, `LedgerUnavailable` (each with the delay before the next attempt).
 */
export function createToolActivity(parts: ToolActivityParts): (input: ToolCallInput) => Promise<ToolCallReport> {
  return async (value) => {
    const checked = checkToolCallInput(value);
    if (!checked.ok) throw badInput(checked.problem);
    const report = await withLedgerFailures(() => callTool(parts, checked.input, Context.current()));
    if (report.outcome.kind === 'succeeded') parts.reported?.keep(callKeyOf(checked.input), report.outcome);
    return report;
  };
}

async function callTool(parts: ToolActivityParts, input: ToolCallInput, context: Context): Promise<ToolCallReport> {
  const { agent, tool: name, policy, ledger: pinned } = input;
  const ledger = policy.effect === 'read' || !pinned ? undefined : pinnedLedger(parts.ledgers, pinned);
  const call = new ToolCall(parts, input, context, ledger);
  if (input.settleOnly) return call.whatBecameOfIt();
  const tool = parts.registry.tool(agent, name);
  return tool ? call.run(tool) : call.missing(`agent ${agent} has no tool ${name}`);
}

/** The activity's own failures for what a ledger throws. */
export async function withLedgerFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LedgerUnavailable) throw ledgerUnavailable(error, Context.current().info.attempt);
    if (error instanceof CallMismatch) throw badInput(error.message);
    throw error;
  }
}
