/** Undoing calls that succeeded: each is an effect of its own, with one outcome, that a person may have to say. Plain code. */
import { UNDO_SUFFIX } from '../contracts/names';
import type { ToolCallReport, ToolOutcome, UndoInput } from '../contracts/tool';
import { undoIdOf } from '../contracts/undo-id';
import { doubtOf, type Held } from './running-step';
import { apply, type SessionState } from './session-state';
import type { UndoableCall } from './undoable-call';
import type { Unresolved, Verdict } from './unresolved';
import { whoseCall } from './on-behalf-of';
import { noteUndone } from './state-items';

export interface UndoDeps {
  readonly now: () => number;
  /** Runs `tool.undo` out of a cancel's reach. Never throws but for bugs: failures are reports. */
  readonly undoCall: (call: UndoableCall, input: UndoInput, activityId: string) => Promise<ToolCallReport>;
  readonly progress: () => void;
  /** Lets work go on that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
}

export class Undoing {
  private running = 0;
  /** Compensations that nobody holds here, by their own ids: an earlier run did, or this one until it was to continue as new. */
  private readonly parked: Set<string>;

  constructor(
    private readonly state: SessionState,
    private readonly unresolved: Unresolved,
    private readonly deps: UndoDeps,
  ) {
    this.parked = new Set(state.heldUndos.keys());
  }

  /** Goes on with the compensations that an earlier run, or this one, left waiting for a person. */
  resume(): void {
    const { heldUndos, undoable } = this.state;
    for (const undoId of [...this.parked]) {
      this.parked.delete(undoId);
      const held = heldUndos.get(undoId);
      const call = undoable.find(({ callId }) => callId === held?.call.args.callId);
      if (held && call) this.deps.background(this.goOn(call, doubtOf(held), this.unresolved.hold(held), held.again));
    }
  }

  /** True where no compensation runs. */
  get idle(): boolean {
    return this.running === 0;
  }

  /** Why a call cannot be undone, in words; null where it can. Changes nothing. */
  problem(callId: string): string | null {
    const { undoable } = this.state;
    const call = undoable.find((each) => each.callId === callId);
    if (call?.undo === 'done') return `the call ${callId} was undone already`;
    if (call?.undo === 'underway') return `the call ${callId} is being undone already`;
    if (call) return null;
    const names = undoable.filter(({ undo }) => undo === undefined).map((each) => each.callId);
    const some = names.length === 0 ? 'none can be' : `those that can: ${names.slice(-20).join(', ')}`;
    const why =
      this.state.run === 1
        ? 'it did not succeed in this session, or its tool does not say how it is undone'
        : // A run is handed the last of them alone.
          'it did not succeed in this session, its tool does not say how it is undone, or it is too long ago';
    return `the call ${callId} cannot be undone: ${why}; ${some}`;
  }

  /** Undoes a call. Call only after `problem` said null. @returns the outcome, `unknown` also where it waits for a person. */
  async undo(callId: string): Promise<ToolOutcome> {
    const { state } = this;
    const call = state.undoable.find((each) => each.callId === callId) as UndoableCall;
    const startedAt = this.deps.now();
    apply(state, { kind: 'undo_changed', callId, undo: 'underway' }, startedAt);
    const record = {
      turn: state.turn,
      step: state.step,
      kind: 'tool',
      id: idOf(call),
      name: `${call.tool}${UNDO_SUFFIX}`,
      summary: summaryOf(call),
      startedAt,
    } as const;
    apply(state, { kind: 'call_started', record }, startedAt);
    this.deps.progress();
    this.running += 1;
    const report = await this.deps.undoCall(call, undoInput(state, call), idOf(call));
    this.running -= 1;
    return this.took(call, report, 1);
  }

  /** Undoes what a turn did, the last call first. @returns what came of it in words, '' where there was nothing to undo. */
  async undoTurn(turn: number): Promise<string> {
    const done: string[] = [];
    const failed: string[] = [];
    for (const call of this.state.undoable.filter((each) => each.turn === turn).reverse()) {
      if (this.problem(call.callId) !== null) continue;
      const outcome = await this.undo(call.callId);
      if (outcome.kind === 'succeeded') done.push(call.summary);
      else if (outcome.kind === 'unknown') failed.push(`${call.summary} (not known: ${outcome.message})`);
      else failed.push(`${call.summary} (${outcome.message})`);
    }
    return [
      ...(done.length > 0 ? [`undone: ${done.join(', ')}`] : []),
      ...(failed.length > 0 ? [`could not be undone: ${failed.join(', ')}`] : []),
    ].join('; ');
  }

  /** @param again number of the next run, should a person say that it did not happen. */
  private took(call: UndoableCall, report: ToolCallReport, again: number): ToolOutcome {
    const { state } = this;
    const { outcome, unresolved: row } = report;
    if (outcome.kind !== 'unknown' || !row || state.ending) {
      this.settle(call, report);
      return outcome;
    }
    const held: Held = {
      call: {
        kind: 'undo',
        callId: idOf(call),
        tool: `${call.tool}${UNDO_SUFFIX}`,
        turn: call.turn,
        step: call.step,
        summary: summaryOf(call),
        args: { callId: call.callId },
        message: outcome.message,
        since: this.deps.now(),
        row,
        policy: call.policy,
        ledger: call.ledger,
        ...(call.owner
          ? { owner: { ...call.owner, callId: undoIdOf(call.owner.callId, call.undoneInVain ?? 0) } }
          : {}),
      },
      attempt: report.attempt,
      again,
    };
    this.deps.background(this.goOn(call, report, this.unresolved.hold(held), again));
    return outcome;
  }

  /** What follows when somebody said what became of it. Nobody waits for this, but the session does not close before it is done. */
  private async goOn(
    call: UndoableCall,
    report: ToolCallReport,
    verdict: Promise<Verdict>,
    again: number,
  ): Promise<void> {
    const said = await verdict;
    if (said.kind === 'parked') {
      this.parked.add(idOf(call));
      return;
    }
    this.running += 1;
    switch (said.kind) {
      case 'stands':
        this.settle(call, report);
        break;
      case 'outcome':
        this.settle(call, { ...report, outcome: said.outcome });
        break;
      case 'again':
        await this.askAgain(call, again);
        break;
    }
    this.running -= 1;
  }

  /** Where the session ends it is not run: the ledger is told so, since to it the compensation is still to come. */
  private async askAgain(call: UndoableCall, again: number): Promise<void> {
    const input = undoInput(this.state, call);
    const ending = this.state.ending !== undefined;
    const asked = ending ? { ...input, settleOnly: true } : input;
    const report = await this.deps.undoCall(call, asked, `${idOf(call)}.again${again}`);
    if (!ending || report.outcome.kind !== 'unknown') this.took(call, report, again + 1);
    else this.settle(call, { ...report, outcome: ABSENT_AND_ENDED });
  }

  private settle(call: UndoableCall, report: ToolCallReport): void {
    const { state, deps } = this;
    const { outcome } = report;
    apply(state, { kind: 'tool_reported', id: idOf(call), report }, deps.now());
    const undo = outcome.kind === 'succeeded' ? 'done' : outcome.kind === 'unknown' ? undefined : 'in vain';
    apply(state, { kind: 'undo_changed', callId: call.callId, undo }, deps.now());
    if (outcome.kind === 'succeeded') noteUndone(state, call.callId, deps.now());
    apply(state, { kind: 'note_added', reason: 'undone', text: noteText(call, outcome) }, deps.now());
    deps.progress();
  }
}

const ABSENT_AND_ENDED: ToolOutcome = {
  kind: 'cancelled',
  message: 'it had not happened, and the session ended before it could run again',
};

function idOf({ callId, undoneInVain = 0 }: UndoableCall): string {
  return undoIdOf(callId, undoneInVain);
}

function summaryOf({ summary }: UndoableCall): string {
  return `undo of ${summary}`;
}

/** What the model is told: the conversation still has the call as a success. */
function noteText({ summary, callId }: UndoableCall, outcome: ToolOutcome): string {
  const what = `the call ${callId}, ${summary}`;
  switch (outcome.kind) {
    case 'succeeded':
      return `What ${what}, had done was undone: it is no longer in force.`;
    case 'unknown':
      return `It was tried to undo what ${what}, had done, and nobody knows whether that worked: ${outcome.message}`;
    case 'failed':
    case 'rejected':
    case 'cancelled':
      return `It was tried in vain to undo what ${what}, had done; it is still in force: ${outcome.message}`;
  }
}

function undoInput(state: SessionState, call: UndoableCall): UndoInput {
  const whose = whoseCall(state, call);
  return {
    ...whose,
    tool: call.tool,
    undoId: undoIdOf(whose.callId, call.undoneInVain ?? 0),
    policy: call.policy,
    ledger: call.ledger,
  };
}
