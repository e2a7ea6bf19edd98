/**
 * Runs a tool's `compensate` for a call that succeeded: an effect like any other, under a call key, a ledger row and an effect class
 * of its own. What cannot be undone is reported as rejected, in words.
 */
import { Context } from '@temporalio/activity';
import type { Tool, ToolCompensation } from '../../agents/define-tool';
import type { Json, JsonObject } from '../../workflows/contracts/json';
import { UNDO_SUFFIX } from '../../workflows/contracts/names';
import type { EffectClass, ToolCallInput, ToolCallReport, UndoInput } from '../../workflows/contracts/tool';
import { callIdOf, callKeyOf } from '../ledger/call-identity';
import type { LedgerCall, Releases } from '../ledger/port';
import { checkUndoInput, hashOfArguments } from './check-input';
import { pinnedLedger } from './pinned-ledger';
import { badInput } from './retry-failures';
import { withLedgerFailures } from './tool-activity';
import { ToolCall, type ToolActivityParts } from './tool-call';
import { withUnresolved } from './unresolved';

/** @returns the activity. It throws as a tool's does. */
export function createUndoActivity(parts: ToolActivityParts): (input: UndoInput) => Promise<ToolCallReport> {
  return async (value) => {
    const checked = checkUndoInput(value);
    if (!checked.ok) throw badInput(checked.problem);
    return withLedgerFailures(() => undo(parts, checked.input, Context.current()));
  };
}

async function undo(parts: ToolActivityParts, input: UndoInput, context: Context): Promise<ToolCallReport> {
  const { attempt } = context.info;
  const ledger = pinnedLedger(parts.ledgers, input.ledger);
  const undoKey = callKeyOf({ ...input, callId: input.undoId });
  const prior = await ledger.readCall(undoKey);
  if (prior?.outcome) {
    const { outcome, generation } = prior;
    return withUnresolved(ledger, undoKey, { outcome, attempt, ledger: 'replayed', generation });
  }
  const original = await ledger.readCall(callKeyOf(input));
  const undoable = undoableCall(input, original);
  const args = (original?.args ?? {}) as JsonObject;
  const tool = parts.registry.tool(input.agent, input.tool);
  const effect = prior?.effect ?? tool?.compensation?.effect ?? 'at-most-once';
  const call = new ToolCall(parts, asToolCall(input, args, effect), context, ledger);
  if (undoable.kind === 'no') {
    const outcome = { kind: 'rejected', reason: 'not_permitted', message: undoable.message } as const;
    // What may still become undoable is not recorded: it could never be undone.
    return undoable.forGood || prior ? call.refuse(outcome) : { outcome, attempt, ledger: 'none' };
  }
  if (input.settleOnly) return call.whatBecameOfIt();
  if (!tool) return call.missing(`agent ${input.agent} has no tool ${input.tool}`);
  if (!tool.compensation) return call.missing(`the tool ${input.tool} declares no compensate`);
  return call.run(compensationOf(tool, tool.compensation, undoable.result), undoable.releases);
}

type Undoable =
  | { readonly kind: 'yes'; readonly result: Json; readonly releases?: Releases }
  | { readonly kind: 'no'; readonly message: string; readonly forGood: boolean };

function undoableCall({ callId, tool, tenant }: UndoInput, row: LedgerCall | undefined): Undoable {
  const no = (why: string, forGood = true): Undoable => ({
    kind: 'no',
    message: `the call ${callId} of ${tool} was not undone: ${why}`,
    forGood,
  });
  if (!row) return no('the ledger has no such call', false);
  if (row.kind !== 'tool' || row.tool !== tool) return no(`it is a call of ${row.tool ?? 'the model'}`);
  if (row.state === 'started') return no('it is still being run', false);
  if (row.state === 'unresolved') return no('whether it happened is not known; resolve it first', false);
  const { outcome, businessKey } = row;
  if (outcome?.kind !== 'succeeded') return no('it did not happen');
  if (row.sameAsCall !== undefined) {
    return no(
      `it was answered with the result of the call ${callIdOf(row.sameAsCall)}, which is the one that can be undone`,
    );
  }
  if (row.effectState === 'reversed') return no('another call has undone or replaced it already');
  if (outcome.cutFromBytes !== undefined) {
    return no(
      `only a part of its result was kept (it had ${outcome.cutFromBytes} bytes), and its compensate needs all`,
    );
  }
  const releases = businessKey === undefined ? undefined : { tenant: tenant ?? '', tool, keys: [businessKey] };
  return { kind: 'yes', result: outcome.result, releases: releases && { ...releases, ownedBy: row.callKey } };
}

function asToolCall(input: UndoInput, args: JsonObject, effect: EffectClass): ToolCallInput {
  const { undoId, tool, policy } = input;
  return {
    ...input,
    callId: undoId,
    tool: tool + UNDO_SUFFIX,
    turn: 0,
    step: 0,
    args,
    argsHash: hashOfArguments(args),
    policy: { ...policy, effect },
    asksPerson: true,
  };
}

/** The compensation as a tool of its own, for a call with this result. It has no key: the call's own is what it gives back. */
function compensationOf(tool: Tool, compensation: ToolCompensation, result: Json): Tool {
  const { effect, run, reconcile, settleWithinMs } = compensation;
  return {
    ...tool,
    name: tool.name + UNDO_SUFFIX,
    effect,
    key: undefined,
    sameAs: undefined,
    releases: undefined,
    output: undefined,
    compensation: undefined,
    // It is undone long after: what the state was then is nothing to go by.
    usesState: undefined,
    settleWithinMs,
    reconcile: reconcile && ((args, ctx) => reconcile(args, result, ctx)),
    run: (args, ctx) => run(args, result, ctx),
  };
}
