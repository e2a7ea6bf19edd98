/** What a child tells its parent: answers to what it was told, what waits in it, what it used, what changed of the state. Plain code with injected dependencies. */
import type { Report, RelayResult, SliceKind } from '../contracts/handoff';
import type { SendResult } from '../contracts/messages';
import type { StateChange } from '../contracts/state';
import { UNTOLD_MODEL_CALLS } from './activity-options';
import { changesIn } from './child-changes';
import { spentOf, type LastWords } from './child-end';
import { allStanding } from './family-views';
import { allPending, heldUp } from './held-up';
import { isOfFamily } from './limits';
import { withinBounds } from './report-bounds';
import type { SessionState } from './session-state';

export interface ReporterDeps {
  /** @returns false where there is nobody to be told. Never rejects but for bugs. */
  readonly send: (report: Report) => Promise<boolean>;
  readonly background: (work: Promise<unknown>) => void;
}

export class Reporter {
  private sending: Promise<unknown> = Promise.resolve();
  private underway = 0;
  /** Number of the last report, over all runs. */
  private seq: number;
  private shown = '';
  /** Model calls, with those of its children, that were told. */
  private told: number;

  constructor(
    private readonly state: SessionState,
    private readonly deps: ReporterDeps,
  ) {
    this.seq = state.reports;
    this.told = state.bounding.session.modelCalls;
    // What came in when the last words of the run before were said already is told by this one.
    state.toldTo ??= lengthOf(state);
  }

  /** What the child began with is known to its parent. */
  begin(): void {
    this.state.toldTo = lengthOf(this.state);
  }

  /** True where nothing is being told. */
  get idle(): boolean {
    return this.underway === 0;
  }

  /** Tells at once that somebody is there. */
  announce(): void {
    this.tell();
  }

  /** Tells what is new of what waits, whether it has taken over, and now and then what it used. To be called wherever something changed that is in history. */
  look(): void {
    const { state } = this;
    // A delegate that runs has nothing else to say before it is done or waits.
    const isNews = this.standing() !== this.shown && (state.accepted || this.wants() !== undefined);
    if ((isNews || this.usedMuch()) && !state.ending) this.tell();
  }

  /** A message has its answer. */
  settled(messageId: string, answer: SendResult): void {
    if (this.state.input.child?.role !== 'transfer') return;
    this.tell(`send:${messageId}`, { kind: 'answered', answer });
  }

  /** A relay came to its end. */
  answered(relayId: string, result: RelayResult): void {
    this.tell(relayId, result);
  }

  /** What was not told yet, for the end of the run: it goes along with what the parent is given then. */
  lastWords(): LastWords {
    return { seq: this.seq, changes: this.changes() };
  }

  /** Tells all that is new, before the run ends. @param last for a child whose end says nothing. */
  flush(last: Pick<Report, 'undoable'> = {}): void {
    this.tell(undefined, undefined, last);
  }

  private tell(relayId?: string, result?: RelayResult, last: Pick<Report, 'undoable'> = {}): void {
    const { state } = this;
    this.shown = this.standing();
    this.told = state.bounding.session.modelCalls;
    this.seq += 1;
    state.reports = this.seq;
    const wants = this.wants();
    const standing = allStanding(state);
    const report = withinBounds({
      child: state.input.child?.path.split('/').at(-1) ?? '',
      seq: this.seq,
      ...(relayId === undefined ? {} : { relayId }),
      ...(result ? { result } : {}),
      accepted: state.accepted,
      pending: this.pending(),
      waits: this.waits(),
      ...(wants ? { wants: wants.kind, ...(wants.needs === undefined ? {} : { needs: wants.needs }) } : {}),
      status: state.status,
      ...(standing.length === 0 ? {} : { standing }),
      usage: state.usage,
      spent: spentOf(state),
      changes: this.changes(),
      ...last,
    });
    this.underway += 1;
    // One after the other: the server may deliver two at once in any order.
    this.sending = this.sending.then(() => this.deps.send(report)).then(() => (this.underway -= 1));
    this.deps.background(this.sending);
  }

  /** What was used since the last report would be lost with the session. Where it has just answered, that is told with the answer. */
  private usedMuch(): boolean {
    const { active, bounding, items } = this.state;
    const last = items.at(-1);
    const hasAnswered = last?.kind === 'assistant' && last.calls === undefined;
    return active !== undefined && !hasAnswered && bounding.session.modelCalls - this.told >= UNTOLD_MODEL_CALLS;
  }

  private standing(): string {
    const { state } = this;
    const items = this.pending().map(
      ({ id, approval, since }) =>
        `${id} ${since} ${approval?.stage ?? ''} ${approval?.approvedBy.length ?? ''} ${approval?.argsHash ?? ''}`,
    );
    const standing = allStanding(state).map(({ actId }) => actId);
    return JSON.stringify([state.accepted, this.waits(), this.wants(), items, standing]);
  }

  /** What its parent alone can give is no matter of people; that it holds still, its parent knows. */
  private pending(): Report['pending'] {
    return allPending(this.state).filter(
      ({ kind, limit }) => kind !== 'paused' && kind !== 'with_person' && !(limit && isOfFamily(limit.bound)),
    );
  }

  private waits(): boolean {
    const { state } = this;
    return heldUp(state) && !state.paused && !state.person && this.wants() === undefined;
  }

  private wants(): { readonly kind: SliceKind; readonly needs?: number } | undefined {
    const { asking, session } = this.state.bounding;
    if (!this.state.active || !asking || !isOfFamily(asking.bound)) return undefined;
    const kind = asking.bound.slice('family.'.length) as SliceKind;
    const { used, needed } = asking;
    // Where a child of its own needs it: what others of them have, or is kept back, is of no use to that, and its parent knows of neither.
    const taken = Math.max(0, used - session[kind]);
    return { kind, ...(needed === undefined ? {} : { needs: taken + needed }) };
  }

  /** The changes since the last report; told by that. */
  private changes(): readonly StateChange[] {
    const { state } = this;
    const { items, itemsFrom, toldTo = itemsFrom } = state;
    const fresh = items.slice(Math.max(0, toldTo - itemsFrom));
    state.toldTo = lengthOf(state);
    return changesIn(state.doc, fresh);
  }
}

function lengthOf({ items, itemsFrom }: SessionState): number {
  return itemsFrom + items.length;
}
