/**
 * A turn that another agent takes: the message is handed on to the child that has the user, and its answer is the turn's answer. Where control comes back, the
 * session's own agent goes on with the turn. Plain code.
 */
import type { StateCheckInput, StateCheckReport } from '../contracts/activities';
import type { SendRequest, SendResult } from '../contracts/messages';
import { END_CHILD_MS } from './activity-options';
import { forAnother } from './child-input';
import { activeRecord, type ChildRecord } from './children';
import type { Family } from './family';
import type { HandingOver } from './handing-over';
import { disown, owedBy } from './owing';
import { apply } from './session-state';
import { available, upTo } from './slices';
import { changeState } from './state-items';

export type ForwardEnd =
  | { readonly kind: 'answered'; readonly answer: SendResult }
  /** The session's own agent goes on with the turn. */
  | { readonly kind: 'returned' }
  /** The turn is being stopped, and the child was told so. */
  | { readonly kind: 'stopped' }
  /** The run continues as new: the next one goes on with it. */
  | { readonly kind: 'parked' };

export class Forwarding {
  constructor(
    private readonly family: Family,
    private readonly handingOver: HandingOver,
    private readonly checkState: (input: StateCheckInput) => Promise<StateCheckReport>,
  ) {}

  /** True where another agent has the user. */
  get isDue(): boolean {
    return this.family.state.family.active !== undefined;
  }

  async forward(request: SendRequest): Promise<ForwardEnd> {
    const { family } = this;
    const { state } = family;
    const stopping = () => (state.ending ?? state.stop) !== undefined;
    /** Which run of the child was told to stop: one that came back is told again. */
    let told = 0;
    let late = false;
    for (;;) {
      const record = activeRecord(state.family);
      if (!record) return { kind: 'returned' };
      const { child } = record;
      if (record.phase === 'closed') {
        if (state.ending) return { kind: 'stopped' };
        await this.tookBack(record);
        if (stopping()) return { kind: 'stopped' };
        continue;
      }
      if (record.phase === 'parked') {
        if (state.continuing && !stopping()) return { kind: 'parked' };
        // It is told to end with all the others.
        if (state.ending) return { kind: 'stopped' };
        await this.goOn(record);
        continue;
      }
      const answer = answerOf(record);
      if (answer && record.request?.messageId === request.messageId) return this.answered(record, answer);
      const isKnown = record.request?.messageId === request.messageId;
      if (!isKnown && stopping()) return { kind: 'stopped' };
      // One that was begun again may have been gone when it was told: what it knows already it passes over.
      if (!isKnown || record.given !== record.begun) this.give(record, isKnown ? record.request : forAnother(request));
      if (late) return { kind: 'stopped' };
      const { begun } = record;
      if (stopping() && told !== begun) {
        told = begun;
        this.stop(child, () => (late = true));
      }
      await family.until(() => {
        const now = activeRecord(state.family);
        const isNews = !now || now.child !== child || now.phase !== 'open' || answerOf(now) !== undefined || late;
        return isNews || (stopping() && told !== begun) ? true : undefined;
      });
    }
  }

  /** Relays the message, with what may be used for it. */
  private give(record: ChildRecord, request: SendRequest): void {
    const { family } = this;
    const { state } = family;
    const { child, spent, turns, begun } = record;
    const slice = upTo(spent, available(state, child));
    const { answer: _, ...rest } = record;
    const isNew = record.request?.messageId !== request.messageId;
    family.change({
      ...rest,
      request,
      given: begun,
      granted: slice,
      turns: isNew ? [...turns, state.turn] : turns,
    });
    const relay = { relayId: `send:${request.messageId}`, act: 'send', payload: { request, slice } } as const;
    family.deps.background(family.tell(child, relay));
  }

  /** The child's turn is stopped as its parent's is. */
  private stop(child: string, late: () => void): void {
    const { family } = this;
    const { state } = family;
    const { stop, ending, turn } = state;
    const { onStop } = stop ?? {};
    const actId = `stop.${turn}.${state.family.records.get(child)?.turns.length ?? 0}`;
    const reason = (stop?.message ?? '').slice(0, 2_000);
    const payload = {
      actId,
      act: 'stop',
      ...(onStop === undefined ? {} : { onStop }),
      ...(reason === '' ? {} : { reason }),
    } as const;
    // Where the session ends, all children are told to end.
    if (!ending) family.deps.background(family.tell(child, { relayId: `act:${actId}`, act: 'intervene', payload }));
    const due = () => {
      late();
      family.look();
    };
    const stopTimer = family.deps.deadline(END_CHILD_MS, due, `for ${family.get(child).agent} to come to its end`);
    const over = () => {
      const record = family.find(child);
      return !record || record.phase !== 'open' || answerOf(record) !== undefined ? true : undefined;
    };
    family.deps.background(family.until(over).then(stopTimer));
  }

  private answered(record: ChildRecord, answer: SendResult): ForwardEnd {
    const { state, deps } = this.family;
    const { turn, step } = state;
    if (answer.kind === 'reply') {
      const { text, by } = answer;
      const said = {
        kind: 'assistant',
        turn,
        step,
        agent: record.agent,
        text,
        ...(by === undefined ? {} : { by }),
      } as const;
      apply(state, { kind: 'items_appended', items: [said] }, deps.now());
    }
    return { kind: 'answered', answer: 'turn' in answer ? { ...answer, turn } : answer };
  }

  /** The child that has the user came back: to hand over, or since it was told to and this run goes on after all. */
  private async goOn(record: ChildRecord): Promise<void> {
    const { family } = this;
    const { state, deps } = family;
    const { child, agent, proposal } = record;
    if (!proposal) return family.restart(child);
    const { callId } = proposal;
    if (state.stop) {
      const message = `the turn was stopped before ${proposal.to} had taken over`;
      return family.restart(child, { callId, outcome: { kind: 'cancelled', message } });
    }
    const end = await this.handingOver.handOver(proposal, record);
    if (end.kind === 'refused') return family.restart(child, { callId, outcome: end.outcome });
    family.close(child, end.kind === 'back' ? 'handed_back' : 'handed_over');
    if (end.kind === 'taken_over') return;
    await this.ownPart(record, proposal.own);
    disown(state, record, deps.now());
    const owed = owedBy(state, record);
    const words =
      Object.keys(proposal.brief).length === 0 ? '' : ` What it told you: ${JSON.stringify(proposal.brief)}`;
    const left = owed.length === 0 ? '' : ` Still open, and yours now: ${owed.join('; ')}.`;
    const text = `${agent}, another agent that had this conversation since you handed it over, has handed it back to you. Go on with the user's last message.${left}${words}`;
    apply(state, { kind: 'note_added', reason: 'handed_back', text }, deps.now());
  }

  /** What another agent had of its own may fit this one's part of the state; what does not is left out. */
  private async ownPart({ agent, child }: ChildRecord, patch: StateCheckInput['patch'] = {}): Promise<void> {
    const { state, deps } = this.family;
    if (Object.keys(patch).length === 0) return;
    const { sessionId, input, doc } = state;
    const end = await this.checkState({ agent: input.agent, sessionId, own: doc.own, patch, lenient: true });
    if (end.kind === 'refused' || Object.keys(end.patch).length === 0) return;
    changeState(state, { own: end.patch }, { kind: 'handoff', agent, child }, deps.now());
  }

  /** The child that had the user is not there any more: the session's own agent has the user again, and is told so. */
  private async tookBack(record: ChildRecord): Promise<void> {
    const { state, deps } = this.family;
    const { agent, reason, message } = record;
    apply(state, { kind: 'holder_changed', agent: state.input.agent }, deps.now());
    disown(state, record, deps.now());
    const owed = owedBy(state, record);
    const why = message === undefined ? (reason ?? 'closed') : `${reason}: ${message}`;
    const left = owed.length === 0 ? '' : ` Still open, and yours now: ${owed.join('; ')}.`;
    const text = `The session of ${agent}, another agent that had this conversation, is over (${why}), and you have the conversation again. What it did last may not all be known: look before you repeat anything.${left}`;
    apply(state, { kind: 'note_added', reason: 'handoff_lost', text }, deps.now());
    this.family.showStanding();
  }
}

/** That a child ended is no answer to its user: the session's own agent has the message then. */
function answerOf({ answer }: ChildRecord): SendResult | undefined {
  return answer?.kind === 'ended' ? undefined : answer;
}
