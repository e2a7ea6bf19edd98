/**
 * Where a turn waits for a person to extend a bound. Plain code: the promise it hands out is resolved by an act, by the deadline, by the
 * end of the turn or by the run's end. What is asked is in the session's state, so that the next run asks on.
 */
import { withAsking, type Asking } from './bounding';
import { isEnough } from './limits';
import type { Mailbox } from './mailbox';
import { apply, type SessionState } from './session-state';
import { standing } from './waiting-call';

export type LimitVerdict =
  /** What people added by now is enough. */
  | 'extended'
  /** Nobody extended it in time. */
  | 'late'
  /** The turn is being stopped, or the session ends. */
  | 'stopped'
  /** The run continues as new: the next one asks on. */
  | 'parked';

export interface LimitGateDeps {
  readonly now: () => number;
  /** Publishes the status. */
  readonly publish: () => void;
  /** Calls `due` after `ms`, 1 or more. @returns what stops that timer. */
  readonly deadline: (ms: number, due: () => void) => () => void;
}

export class LimitGate {
  private tell: ((verdict: LimitVerdict) => void) | undefined;
  private stopTimer: (() => void) | undefined;

  constructor(
    private readonly state: SessionState,
    private readonly mailbox: Mailbox,
    private readonly deps: LimitGateDeps,
  ) {}

  /** Waits for a person about `asking`, which may be one that a former run began to ask. One at a time. */
  ask(asking: Asking): Promise<LimitVerdict> {
    const { state } = this;
    this.setAsking(asking);
    const now = this.deps.now();
    if (state.ending ?? state.stop) return this.atOnce('stopped');
    if (isEnough(state, asking)) return this.atOnce('extended');
    if (asking.until !== undefined && asking.until <= now) return this.atOnce('late');
    if (state.continuing) return Promise.resolve('parked');
    const verdict = new Promise<LimitVerdict>((tell) => (this.tell = tell));
    if (asking.until !== undefined) {
      this.stopTimer = this.deps.deadline(asking.until - now, () => this.decide('late'));
    }
    this.mailbox.answerMeanwhile();
    this.showStanding();
    return verdict;
  }

  /** A bound was extended: the turn goes on where that is enough. */
  extended(): void {
    const { asking } = this.state.bounding;
    if (asking && isEnough(this.state, asking)) this.decide('extended');
  }

  /** There is enough without anybody's doing. */
  enough(): void {
    this.decide('extended');
  }

  /** What a former run asked about, and nobody has asked about in this one, need not be asked any more. */
  lapse(): void {
    if (this.tell || !this.state.bounding.asking) return;
    this.setAsking(undefined);
    this.showStanding();
  }

  /** Whoever was asked says no: it is as where nobody extended it in time. */
  refuse(): void {
    this.decide('late');
  }

  /** The turn is being stopped, or the session ends: nobody is asked any more. */
  stand(): void {
    this.decide('stopped');
  }

  /** The run is to continue as new. */
  park(): void {
    this.decide('parked');
  }

  private decide(verdict: LimitVerdict): void {
    const { tell } = this;
    if (!tell) return;
    this.tell = undefined;
    this.stopTimer?.();
    this.stopTimer = undefined;
    if (verdict !== 'parked') {
      this.setAsking(undefined);
      this.showStanding();
    }
    tell(verdict);
  }

  private atOnce(verdict: LimitVerdict): Promise<LimitVerdict> {
    this.setAsking(undefined);
    this.showStanding();
    return Promise.resolve(verdict);
  }

  private setAsking(asking: Asking | undefined): void {
    const { state } = this;
    apply(state, { kind: 'bounding_changed', bounding: withAsking(state.bounding, asking) }, this.deps.now());
  }

  /** How a session ends is said by its loop. */
  private showStanding(): void {
    const { state } = this;
    if (!state.ending) apply(state, { kind: 'status_changed', ...standing(state) }, this.deps.now());
    this.deps.publish();
  }
}
