/**
 * Calls that wait until a person says what became of them. Plain code: the promises it hands out are resolved by an act or by the
 * end of the turn, and never by a timer.
 */
import { FAILURE_TYPES } from '../contracts/failures';
import type { ResolveRequest, ResolveResult } from '../contracts/messages';
import { UNDO_SUFFIX } from '../contracts/names';
import type { ResolveInput, ResolveReport, ToolOutcome } from '../contracts/tool';
import { actRefusal, contentOfAct } from './acts';
import type { Mailbox, Refusal } from './mailbox';
import type { AskedAgain, Held } from './running-step';
import { apply, type SessionState } from './session-state';
import { callsInDoubt, standing, type WaitingCall } from './waiting-call';
import { whoseCall } from './on-behalf-of';

/** What a person, or the end of the turn, makes of a call in doubt. */
export type Verdict =
  | { readonly kind: 'outcome'; readonly outcome: ToolOutcome }
  | { readonly kind: 'again'; readonly why: AskedAgain }
  /** Nobody is asked any more: the outcome `unknown` that it had stands. */
  | { readonly kind: 'stands' }
  /** The run continues as new: it is held again by the next one. */
  | { readonly kind: 'parked' };

/** How `tool.resolve` came back: `failed` where it could not be done. */
export type ResolveEnd = ResolveReport | { readonly kind: 'failed'; readonly message: string };

export interface UnresolvedDeps {
  readonly now: () => number;
  /** Never throws but for bugs. */
  readonly resolveCall: (input: ResolveInput, call: WaitingCall) => Promise<ResolveEnd>;
  /** Publishes the status. */
  readonly publish: () => void;
}

interface Underway {
  readonly actId: string;
  readonly content: string;
  readonly answer: Promise<ResolveResult | Refusal>;
}

export class Unresolved {
  private readonly held = new Map<string, (verdict: Verdict) => void>();
  private readonly underway = new Map<string, Underway>();
  /** What was decided of calls that were parked by then; told when they are held again. */
  private readonly late = new Map<string, Verdict>();

  constructor(
    private readonly state: SessionState,
    private readonly mailbox: Mailbox,
    private readonly deps: UnresolvedDeps,
  ) {}

  /** True where nothing that a person said is being recorded. */
  get idle(): boolean {
    return this.underway.size === 0;
  }

  /** True where a parked call was decided: this run has to go on with it. */
  get decidedLate(): boolean {
    return this.late.size > 0;
  }

  /** Holds a call back until somebody says what became of it. */
  hold(held: Held): Promise<Verdict> {
    const { callId } = held.call;
    const late = this.late.get(callId);
    this.late.delete(callId);
    if (late) return Promise.resolve(late);
    if (this.isOver(held.call)) return Promise.resolve({ kind: 'stands' });
    apply(this.state, { kind: 'call_unresolved', held }, this.deps.now());
    const verdict = this.state.continuing
      ? Promise.resolve<Verdict>({ kind: 'parked' })
      : new Promise<Verdict>((tell) => this.held.set(callId, tell));
    this.showStanding();
    return verdict;
  }

  /** The run continues as new. Calls of which a person is just saying something are parked when that is recorded, where it decides nothing. */
  park(): void {
    for (const call of this.state.unresolved.values()) {
      if ([call, ...this.sharing(call)].some(({ callId }) => this.underway.has(callId))) continue;
      const tell = this.held.get(call.callId);
      this.held.delete(call.callId);
      tell?.({ kind: 'parked' });
    }
  }

  /** Why an act cannot be done; null where it can, or was done before under the same id. Changes nothing. */
  refusal(request: ResolveRequest): Refusal | null {
    const { state } = this;
    const { actId, callId } = request;
    const content = contentOfAct(request);
    if (state.acts.has(actId)) return actRefusal(state, actId, { act: 'resolve', callId, content });
    const busy = this.underway.get(callId);
    if (busy?.actId === actId && busy.content === content) return null;
    if (busy) return refused(`the call ${callId} is being resolved by another act at this moment (${busy.actId})`);
    for (const [other, { actId: used }] of this.underway) {
      if (used === actId) return refused(`the act id ${actId} is being used to resolve the call ${other}`);
    }
    if (state.unresolved.has(callId)) return null;
    const waiting = [...state.unresolved.keys()];
    return refused(
      `the call ${callId} does not wait for anybody; ${waiting.length === 0 ? 'no call does' : `those that do: ${waiting.join(', ')}`}`,
    );
  }

  /** Records what a person says. @returns a refusal where nothing was changed. */
  resolve(request: ResolveRequest): Promise<ResolveResult | Refusal> | ResolveResult | Refusal {
    const { state } = this;
    const { actId, callId } = request;
    // Again: another act may have come in between.
    const refusal = this.refusal(request);
    if (refusal) return refusal;
    const before = state.acts.get(actId);
    if (before) return { kind: 'already_done', actId, callId, as: before.as ?? request.as, status: state.status };
    const busy = this.underway.get(callId);
    if (busy) return busy.answer.then((answer) => ('as' in answer ? { ...answer, kind: 'already_done' } : answer));
    const answer = this.record(request, state.unresolved.get(callId) as WaitingCall);
    this.underway.set(callId, { actId, content: contentOfAct(request), answer });
    return answer;
  }

  /**
   * The turn, or with `all` the session, is over: nobody is asked any more. What a person is just saying still counts, for all calls that it is said of.
   */
  stand(which: 'turn' | 'all'): void {
    for (const call of [...this.state.unresolved.values()]) {
      if (which === 'turn' && call.kind === 'undo') continue;
      if ([call, ...this.sharing(call)].some(({ callId }) => this.underway.has(callId))) continue;
      this.decide(call.callId, { kind: 'stands' });
    }
  }

  private async record(request: ResolveRequest, call: WaitingCall): Promise<ResolveResult | Refusal> {
    const { state } = this;
    const { actId, callId } = request;
    const end = await this.deps.resolveCall(resolveInput(state, call, request), call);
    this.underway.delete(callId);
    if (end.kind === 'refused' || end.kind === 'failed') {
      const over = this.standIfOver(call);
      if (state.continuing) this.park();
      if (end.kind === 'refused') return refused(end.problem);
      const what = over ? 'nobody is asked any more, so its outcome stays unknown' : 'the call still waits';
      return refused(`whether it was recorded is not known, and ${what}: ${end.message}`);
    }
    const as = end.kind === 'absent' ? 'absent' : end.as;
    apply(
      state,
      { kind: 'act_done', actId, done: { act: 'resolve', callId, content: contentOfAct(request), as } },
      this.deps.now(),
    );
    this.decide(
      callId,
      end.kind === 'absent' ? { kind: 'again', why: 'absent' } : { kind: 'outcome', outcome: end.outcome },
    );
    // What was said is said of the effect: the ledger knows by now what becomes of others that share it. Giving up is of one call alone.
    const others = as === 'give_up' ? [] : this.sharing(call).filter((other) => !this.underway.has(other.callId));
    for (const other of others) this.decide(other.callId, { kind: 'again', why: 'said_of_another' });
    this.standIfOver(call);
    if (state.continuing) this.park();
    return { kind: 'done', actId, callId, as, status: state.status };
  }

  /** Other calls in doubt about the same effect. */
  private sharing({ callId, tool, ledger, row: { businessKey } }: WaitingCall): readonly WaitingCall[] {
    if (businessKey === undefined) return [];
    return callsInDoubt(this.state).filter(
      (other) =>
        other.callId !== callId &&
        other.tool === tool &&
        other.ledger.id === ledger.id &&
        other.row.businessKey === businessKey,
    );
  }

  /** Calls that waited for what was being said of `call` wait for nobody else where its turn, or the session, is over. */
  private standIfOver(call: WaitingCall): boolean {
    const over = this.isOver(call);
    if (over) this.stand(this.state.ending ? 'all' : 'turn');
    return over;
  }

  private isOver({ kind }: WaitingCall): boolean {
    return this.state.ending !== undefined || (kind === 'call' && this.state.stop !== undefined);
  }

  private decide(callId: string, verdict: Verdict): void {
    const tell = this.held.get(callId);
    this.held.delete(callId);
    // That it stands is seen by whoever holds it again.
    if (!tell && verdict.kind !== 'stands') this.late.set(callId, verdict);
    apply(this.state, { kind: 'call_decided', callId }, this.deps.now());
    this.showStanding();
    tell?.(verdict);
  }

  /** The status after a call began or ceased to wait. */
  private showStanding(): void {
    const { state, mailbox } = this;
    if (callsInDoubt(state).length > 0) mailbox.answerMeanwhile();
    // How a session ends is said by its loop.
    if (!state.ending) apply(state, { kind: 'status_changed', ...standing(state) }, this.deps.now());
    this.deps.publish();
  }
}

function refused(message: string): Refusal {
  return { type: FAILURE_TYPES.refused, message };
}

function resolveInput(state: SessionState, call: WaitingCall, request: ResolveRequest): ResolveInput {
  const { result, by, reason } = request;
  return {
    ...whoseCall(state, call),
    // Of a compensation the tool that declares it.
    tool: call.kind === 'undo' ? call.tool.slice(0, -UNDO_SUFFIX.length) : call.tool,
    ledger: call.ledger,
    maxResultBytes: call.policy.maxResultBytes,
    actId: request.actId,
    as: request.as,
    ...(result === undefined ? {} : { result }),
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
  };
}
