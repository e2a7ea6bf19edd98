/**
 * Hands the user over to another agent, for the session's own model or for a child that wants to. Whoever wants to keeps the session until the other one has taken
 * over. Plain code.
 */
import type { TransferProposal } from '../contracts/handoff';
import type { RejectedOutcome, ToolOutcome } from '../contracts/tool';
import { END_CHILD_MS } from './activity-options';
import { appendRecord } from './approval-notes';
import { newAsking } from './before-step';
import { booked, type Asking } from './bounding';
import { contractFor, runningMessage } from './child-input';
import type { ChildRecord } from './children';
import { cycleNames, isCycle } from './cycles';
import type { Family } from './family';
import { withPath } from './family-ids';
import { wideningProblem } from './grants';
import { dueRung, takeRung } from './ladder';
import type { LimitVerdict } from './limit-gate';
import { boundOf, limitWords, onLimitOf } from './limits';
import { apply } from './session-state';
import { isStillMet } from '../contracts/limit-words';
import { available } from './slices';
import { noteWanted } from './state-items';
import { targetOf, type Target } from './transfer-target';

/** How a handoff came out; `back`: to the session's own agent. */
export type HandOverEnd =
  | { readonly kind: 'taken_over'; readonly child: string }
  | { readonly kind: 'back' }
  | { readonly kind: 'refused'; readonly outcome: ToolOutcome };

export class HandingOver {
  /** A child that has not taken over yet. */
  private expected: ChildRecord | undefined;

  constructor(
    private readonly family: Family,
    /** Task queue of the session. */
    private readonly taskQueue: string,
    /** Asks a person about a bound. */
    private readonly askForMore: (asking: Asking) => Promise<LimitVerdict>,
  ) {}

  /** True while another agent is about to take over: the run does not end meanwhile. */
  underway = false;

  /** @param sender the child that wants to hand over; absent: the session's own agent does. */
  async handOver(proposal: TransferProposal, sender?: ChildRecord): Promise<HandOverEnd> {
    this.underway = true;
    try {
      const { state, deps } = this.family;
      const target = targetOf(state, this.taskQueue, proposal, sender);
      const looked = this.refusal(proposal, target, sender);
      // Awaited only where a person is asked: each promise here is on the way of a handoff.
      const refused = looked instanceof Promise ? await looked : looked;
      if (refused) return { kind: 'refused', outcome: refused };
      if (target.isOwn) {
        apply(state, { kind: 'holder_changed', agent: state.input.agent }, deps.now());
        this.count();
        this.record(`${sender?.agent ?? 'the other agent'} handed the user back to ${state.input.agent}`);
        return { kind: 'back' };
      }
      return await this.toChild(proposal, target, sender);
    } finally {
      this.underway = false;
    }
  }

  /** A child says for the first time that it has taken over: it has the user from here on, before anything else that it says is taken in. */
  accepted(child: string): void {
    const { expected } = this;
    if (expected?.child !== child) return;
    this.expected = undefined;
    const { state, deps } = this.family;
    const { agent, contract } = expected;
    apply(state, { kind: 'holder_changed', child, agent }, deps.now());
    this.count();
    this.record(`${contract.from} handed the user over to ${agent} (child ${child})`);
  }

  private async toChild(proposal: TransferProposal, target: Target, sender?: ChildRecord): Promise<HandOverEnd> {
    const { family } = this;
    const { state, deps } = family;
    const { to, brief, acceptMs } = proposal;
    const { taskQueue, grants, senderGrants, back, own = proposal.own } = target;
    const callId = sender ? withPath(sender.child, proposal.callId) : proposal.callId;
    noteWanted(state, deps.now());
    const slice = available(state, sender?.child);
    const contract = contractFor(state, {
      role: 'transfer',
      callId,
      from: sender?.agent ?? state.input.agent,
      ...(back === undefined ? {} : { back }),
      brief,
      own,
      grants,
      senderGrants,
      slice,
      ...(acceptMs === undefined ? {} : { announce: true }),
    });
    const request = runningMessage(state);
    const record = family.begin({
      agent: to,
      role: 'transfer',
      callId,
      taskQueue,
      contract,
      request,
      slice,
      acceptMs,
      sender: target.sender,
    });
    const { child } = record;
    this.expected = record;
    family.showStanding();
    const stopping = () => (state.ending ?? state.stop) !== undefined;
    const end = await family.until(() => {
      if (state.family.active === child) return 'taken over';
      const { phase, answer } = family.get(child);
      if (phase === 'closed') return 'closed';
      if (stopping()) return 'stopped';
      if (phase === 'open' || phase === 'parked') return 'came back';
      // Its first turn came to nothing before it could say that it takes over.
      // Of one that ended, its end says why.
      return answer && answer.kind !== 'ended' ? 'failed' : undefined;
    });
    if (end === 'came back') this.accepted(child);
    if (end === 'taken over' || end === 'came back') {
      family.showStanding();
      return { kind: 'taken_over', child };
    }
    this.expected = undefined;
    if (end === 'closed') {
      const { message = 'nobody knows why' } = family.get(child);
      return refusedBy('failed', `${to} did not take over, and you still have the conversation: ${message}`);
    }
    const { answer } = family.get(child);
    await this.giveUp(child);
    if (end === 'stopped') return refusedBy('cancelled', `the turn was stopped before ${to} had taken over`);
    const why = answer?.kind === 'stopped' ? answer.message : 'it could not answer';
    return refusedBy('failed', `${to} did not take over, and you still have the conversation: ${why}`);
  }

  /** Cancels a child that has not taken over; waits for it, but not for ever. */
  private async giveUp(child: string): Promise<void> {
    const { family } = this;
    family.cancel(child);
    let late = false;
    const stop = family.deps.deadline(
      END_CHILD_MS,
      () => {
        late = true;
        family.look();
      },
      `for ${family.get(child).agent} to come to its end`,
    );
    await family.until(() => (late || family.get(child).phase === 'closed' ? true : undefined));
    stop();
    if (late) family.close(child, 'cancelled', 'it was told to stop, and has not answered since');
  }

  /** For people: who has the user from here on. */
  private record(text: string): void {
    appendRecord(this.family.state, { reason: 'handoff', text }, this.family.deps.now());
  }

  private count(): void {
    const { state, deps } = this.family;
    apply(state, { kind: 'bounding_changed', bounding: booked(state.bounding, { handoffs: 1 }) }, deps.now());
  }

  /** Why it is not handed over, in words for the model; undefined where it may be. People may be asked on the way. */
  private refusal({ to, grants }: TransferProposal, target: Target, sender?: ChildRecord): MaybeLater<ToolOutcome> {
    const { state } = this.family;
    if (target.isSelf) return rejected('not_permitted', `you are ${to} yourself: there is nobody to hand over to`);
    const widening = wideningProblem(sender?.contract.grants ?? state.input.child?.grants, grants);
    if (widening !== null) return rejected('not_permitted', widening);
    const cycle = this.cycleRefusal(to);
    return cycle instanceof Promise
      ? cycle.then((refused) => refused ?? this.boundRefusal())
      : (cycle ?? this.boundRefusal());
  }

  private cycleRefusal(to: string): MaybeLater<ToolOutcome> {
    const { state, deps } = this.family;
    const circle = isCycle(state.family, to);
    apply(state, { kind: 'cycle_noticed', isCycle: circle }, deps.now());
    const due = circle ? dueRung(state, ['handoffCycle']) : undefined;
    if (!due) return undefined;
    const names = cycleNames(state.family, to);
    takeRung(state, due, deps.now());
    const words = `nothing new was established or done since ${to} had this conversation last (${names}). See to what the user wants yourself, or tell the user what stands in the way`;
    if (due.rung !== 'ask') return rejected('limit', words);
    return this.askForMore(newAsking(state, due.noticed, deps.now())).then((verdict) =>
      verdict === 'extended' ? undefined : rejected('limit', words),
    );
  }

  private boundRefusal(): MaybeLater<ToolOutcome> {
    const { state, deps } = this.family;
    const bound = boundOf(state, 'handoffs');
    if (!bound || !isStillMet(bound)) return undefined;
    const words = `no further handoff can be made: ${limitWords(bound)}. See to what the user wants yourself, or tell the user what is still open`;
    if (onLimitOf(state) === 'stop') return rejected('limit', words);
    return this.askForMore(newAsking(state, bound, deps.now())).then((verdict) =>
      verdict === 'extended' ? this.boundRefusal() : rejected('limit', words),
    );
  }
}

type MaybeLater<T> = T | undefined | Promise<T | undefined>;

function rejected(reason: RejectedOutcome['reason'], message: string): ToolOutcome {
  return { kind: 'rejected', reason, message };
}

function refusedBy(kind: 'failed' | 'cancelled', message: string): HandOverEnd {
  const outcome: ToolOutcome = kind === 'failed' ? { kind, reason: 'tool_error', message } : { kind, message };
  return { kind: 'refused', outcome };
}
