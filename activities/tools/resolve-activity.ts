/** Records what a person says of a call that nobody knows the end of. What cannot be recorded is refused, in words, and changes nothing. */
import { Context } from '@temporalio/activity';
import type { Tool } from '../../agents/define-tool';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { findPoison } from '../../workflows/contracts/json';
import { UNDO_SUFFIX } from '../../workflows/contracts/names';
import { undoneCallOf } from '../../workflows/contracts/undo-id';
import type { ResolveInput, ResolveReport, SucceededOutcome, UnknownOutcome } from '../../workflows/contracts/tool';
import { crashPoint } from '../crash-points';
import { callKeyOf } from '../ledger/call-identity';
import { CallMismatch, type CallResolution, type Ledger, type LedgerCall, type Releases } from '../ledger/port';
import { describeIssues } from '../model/describe-issues';
import { checkResolveInput } from './check-input';
import { releasesBy } from './effect-call';
import { toJsonResult } from './json-result';
import { pinnedLedger } from './pinned-ledger';
import { badInput, retryable } from './retry-failures';
import { messageOf } from './throws';
import { withLedgerFailures } from './tool-activity';
import { parsed, type ToolActivityParts } from './tool-call';

/** Attempts that leave it to another worker to know the tool, so that its schema is not passed by in a deploy; after them the result is taken as it is. */
const WAITS_FOR_TOOL = 2;
const TOOL_WAIT_MS = 2_000;

type Decided =
  | { readonly ok: true; readonly decision: CallResolution['decision'] }
  | { readonly ok: false; readonly problem: string };

/**
 * @returns the activity. It throws ApplicationFailure of a registered type: `BadActivityInput` (final), `LedgerMismatch`, `LedgerUnavailable`,
 * `ToolMissing` (each with the delay before the next attempt).
 */
export function createResolveActivity(parts: ToolActivityParts): (input: ResolveInput) => Promise<ResolveReport> {
  return async (value) => {
    const checked = checkResolveInput(value);
    if (!checked.ok) throw badInput(checked.problem);
    return withLedgerFailures(() => resolve(parts, checked.input, Context.current().info.attempt));
  };
}

async function resolve(parts: ToolActivityParts, input: ResolveInput, attempt: number): Promise<ResolveReport> {
  const ledger = pinnedLedger(parts.ledgers, input.ledger);
  const { callId, actId, by, reason } = input;
  const callKey = callKeyOf(input);
  const ofUndo = undoneCallOf(callId) !== undefined;
  const ledgerTool = ofUndo ? input.tool + UNDO_SUFFIX : input.tool;
  const row = await ledger.readCall(callKey);
  const tool = parts.registry.tool(input.agent, input.tool);
  const decided = await decide({ input, attempt, ledger, row, tool, ofUndo });
  if (!decided.ok) return refused(callId, decided.problem);
  crashPoint('resolve.before-record', ledgerTool);
  let recorded;
  try {
    recorded = await ledger.resolveToolCall({
      callKey,
      tool: ledgerTool,
      actId,
      by,
      reason,
      decision: decided.decision,
    });
  } catch (error) {
    if (error instanceof CallMismatch) return refused(callId, error.message);
    throw error;
  }
  crashPoint('resolve.after-record', ledgerTool);
  switch (recorded.kind) {
    case 'resolved': {
      const { decision } = decided;
      if (decision.as === 'absent') return { kind: 'absent' };
      // As it is kept: where the effect is another call's, the outcome names that one, which is the one that can be undone.
      const kept = await ledger.readCall(callKey);
      return { kind: 'resolved', as: decision.as, outcome: kept?.outcome ?? decision.outcome };
    }
    case 'resolved_before':
      return recorded.as === 'absent' || recorded.outcome === undefined
        ? { kind: 'absent' }
        : { kind: 'resolved', as: recorded.as, outcome: recorded.outcome };
    case 'not_unresolved':
      return refused(callId, notUnresolved(recorded.state));
  }
}

function refused(callId: string, problem: string): ResolveReport {
  return { kind: 'refused', problem: `the call ${callId} was not resolved: ${problem}` };
}

function notUnresolved(state: 'none' | LedgerCall['state']): string {
  switch (state) {
    case 'none':
      return 'the ledger has no such call';
    case 'started':
      return 'it is being run, or will be';
    case 'succeeded':
      return 'it is known to have happened';
    case 'failed':
      return 'it is known not to have happened';
    case 'unresolved':
      return 'it cannot be decided at the moment; try again';
  }
}

interface ToDecide {
  readonly input: ResolveInput;
  readonly attempt: number;
  readonly ledger: Ledger;
  readonly row: LedgerCall | undefined;
  readonly tool: Tool | undefined;
  /** The call is the undoing of another. */
  readonly ofUndo: boolean;
}

async function decide(parts: ToDecide): Promise<Decided> {
  const { input, row } = parts;
  switch (input.as) {
    case 'absent':
    case 'give_up':
      if (input.result !== undefined) {
        return { ok: false, problem: `a result belongs to "applied", and this says ${JSON.stringify(input.as)}` };
      }
      return {
        ok: true,
        decision: input.as === 'absent' ? { as: 'absent' } : { as: 'give_up', outcome: givenUp(input, row) },
      };
    case 'applied':
      return applied(parts);
  }
}

function givenUp({ tool }: ResolveInput, row: LedgerCall | undefined): UnknownOutcome {
  const known = row?.outcome?.kind === 'unknown' ? `${row.outcome.message}. ` : '';
  return {
    kind: 'unknown',
    message: `${known}A person was asked and could not find out whether ${tool} happened; do not repeat it`,
  };
}

async function applied(parts: ToDecide): Promise<Decided> {
  const { input, attempt, tool, ofUndo } = parts;
  if (input.result === undefined) {
    return {
      ok: false,
      problem: '"applied" needs the result that the tool would have returned (null where it has none)',
    };
  }
  const poison = findPoison(input.result);
  if (poison) return { ok: false, problem: `its result: ${poison}` };
  const made = await toJsonResult(input.result, input.maxResultBytes);
  if (made.kind === 'not_json') return { ok: false, problem: made.problem };
  if (made.cutFromBytes !== undefined) {
    const problem = `its result has ${made.cutFromBytes} bytes, and at most ${input.maxResultBytes} are allowed`;
    return { ok: false, problem };
  }
  if (!tool && attempt <= WAITS_FOR_TOOL) {
    const message = `agent ${input.agent} has no tool ${input.tool}; if a deploy is in progress another worker has it`;
    throw retryable(FAILURE_TYPES.toolMissing, message, TOOL_WAIT_MS);
  }
  const problem = ofUndo ? null : await outputProblem(tool, made.result);
  if (problem !== null) return { ok: false, problem };
  const outcome: SucceededOutcome = { kind: 'succeeded', result: made.result };
  return { ok: true, decision: { as: 'applied', outcome, releases: await released(parts, outcome) } };
}

async function outputProblem(tool: Tool | undefined, result: unknown): Promise<string | null> {
  if (!tool?.output) return null;
  try {
    const read = await tool.output.safeParseAsync(result);
    return read.success ? null : `its result does not fit: ${describeIssues(read.error.issues, result)}`;
  } catch (error) {
    return `its result could not be checked (${messageOf(error)})`;
  }
}

/** What a success of the call undoes; a function that throws leaves the keys in use, as it does where the tool itself ran. */
async function released({ input, ledger, row, tool, ofUndo }: ToDecide, outcome: SucceededOutcome) {
  const { sessionId, root, agent, tenant, user } = input;
  if (ofUndo) return releasedByUndo(input, await ledger.readCall(callKeyOf(originalOf(input))));
  if (!tool?.releases || !row) return undefined;
  const args = await parsed(tool, row.args);
  if (!args.ok) return undefined;
  try {
    return releasesBy(tool, args.value, outcome.result, { id: root ?? sessionId, agent, tenant, user }, tenant);
  } catch {
    return undefined;
  }
}

function originalOf({ keyNamespace, callId }: ResolveInput) {
  return { keyNamespace, callId: undoneCallOf(callId) ?? callId };
}

function releasedByUndo({ tool, tenant }: ResolveInput, original: LedgerCall | undefined): Releases | undefined {
  if (original?.businessKey === undefined || original.tool !== tool) return undefined;
  return { tenant: tenant ?? '', tool, keys: [original.businessKey], ownedBy: original.callKey };
}
