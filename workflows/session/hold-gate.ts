/**
 * Where a session holds still: while it is paused, or a person has taken over, nothing is begun - no turn, no model call, no call of a tool. Plain code.
 *
 * Who wins. What was under way when the hold began comes to its end: calls of tools get their outcomes, and a final answer of the model is given to the user,
 * since it was asked for before; whatever would follow waits. A stop, the end and a cancel go before a hold: the turn that is held is answered at once, and
 * the hold stays for the next one. The run may continue as new while it is held: the next run holds on. Pausing and taking over are two holds: each is
 * lifted by its own act, and the session goes on when neither is left.
 */
import type { SessionState } from './session-state';

/** True while a person holds the session. */
export function isHeld({ paused, person }: Pick<SessionState, 'paused' | 'person'>): boolean {
  return paused !== undefined || person !== undefined;
}

export class HoldGate {
  private waiting: (() => void)[] = [];

  constructor(private readonly state: SessionState) {}

  /**
   * To be waited for before anything new is begun, and looked at again after. Resolves also where the turn is to stop or the run to continue as new.
   * @returns undefined where nothing is held: most steps need no promise, and each costs the SDK a stack trace.
   */
  wait(): Promise<void> | undefined {
    if (!this.holds()) return undefined;
    return new Promise((go) => this.waiting.push(go));
  }

  /** To be called where a hold, the turn, the session or the run came to its end: who waits goes on where nothing holds it any more. */
  look(): void {
    if (this.holds()) return;
    for (const go of this.waiting.splice(0)) go();
  }

  private holds(): boolean {
    const { state } = this;
    return isHeld(state) && !(state.ending ?? state.stop) && !state.continuing;
  }
}
