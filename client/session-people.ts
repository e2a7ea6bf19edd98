/** What people do to a session: what waits for them, how they decide on it, and how they step in. The part of a handle that is theirs. */
import {
  PENDING_QUERY,
  type DecideResult,
  type InterveneResult,
  type Json,
  type JsonObject,
  type LimitName,
  type PendingItem,
  type PendingRequest,
  type ResolveResult,
  type StateDraft,
} from '../workflows/contracts';
import { decideCall, type ApproveOptions, type DecideOptions, type RejectOptions } from './decide';
import { HoldfastError } from './errors';
import { asListedAbove, assertFirstSession, childSessionId, splitCallId } from './family';
import { querySession } from './query';
import { CALL_TIMEOUT_MS, type Service } from './service';
import {
  intervene,
  resolveCall,
  type Act,
  type ActOptions,
  type EndOptions,
  type ExtendOptions,
  type NamedActOptions,
  type ResolveOptions,
  type StopOptions,
} from './session-acts';

export interface CallOptions {
  /** Longest wait, ms; absent: 15 seconds. */
  readonly timeoutMs?: number;
}

/** Longest wait for what takes as long as a model or a tool does, where the caller says nothing, ms. */
export const SEND_TIMEOUT_MS = 120_000;

export abstract class SessionPeople {
  constructor(
    protected readonly service: Service,
    readonly id: string,
  ) {}

  /** What waits for a person, in children too: their ids begin with the child's path (`h1:…`). Long arguments are cut: `pendingCall` has them whole. */
  async pending(options: CallOptions = {}): Promise<readonly PendingItem[]> {
    return this.query<readonly PendingItem[]>(PENDING_QUERY, 'reading what waits in', options);
  }

  /** What waits of one call, with all of its arguments; undefined where nothing does. */
  async pendingCall(callId: string, options: CallOptions = {}): Promise<PendingItem | undefined> {
    const { timeoutMs = CALL_TIMEOUT_MS } = options;
    const deadline = Date.now() + timeoutMs;
    const { child, callId: ownId } = splitCallId(callId);
    if (child !== undefined) {
      // Half of the time at most: a child may have a worker of its own, which is away.
      const item = await this.pendingInChild(child, ownId, deadline - timeoutMs / 2);
      if (item) return item;
    }
    return this.askPending(this.id, callId, deadline);
  }

  /** A child alone has its long arguments whole. Undefined also where it cannot be read. */
  private async pendingInChild(path: string, callId: string, deadline: number): Promise<PendingItem | undefined> {
    try {
      const item = await this.askPending(childSessionId(this.id, path), callId, deadline);
      return item && asListedAbove(item, path);
    } catch (error) {
      if (error instanceof HoldfastError) return undefined;
      throw error;
    }
  }

  private async askPending(sessionId: string, callId: string, deadline: number): Promise<PendingItem | undefined> {
    const argument: PendingRequest = { callId };
    const question = { name: PENDING_QUERY, doing: 'reading what waits in', deadline, argument };
    const items = await querySession<readonly PendingItem[]>(this.service, sessionId, question);
    // A session of an earlier version does not know the request, and answers with all that waits.
    return items.find((item) => item.id === callId);
  }

  /**
   * Decides on a call that waits for approval. `call` in the answer says whether it is decided by that, or waits for further people.
   * @throws InvalidRequest; AlreadyDecided, StaleDecision (other arguments wait by now), NotAuthorized; Refused where no such call is known, or edited
   * arguments do not pass its tool's schema; and other HoldfastErrors. In all of these the call is as it was.
   */
  async decide(callId: string, options: DecideOptions): Promise<DecideResult> {
    assertFirstSession(this.id);
    const timeoutMs = options.timeoutMs ?? SEND_TIMEOUT_MS;
    return decideCall(this.service, this.id, callId, { ...options, timeoutMs }, () => this.pendingCall(callId));
  }

  /** `decide` with `approve`. */
  async approve(callId: string, options: ApproveOptions): Promise<DecideResult> {
    return this.decide(callId, { ...options, decision: 'approve' });
  }

  /** `decide` with `reject`; the model is told the reason. */
  async reject(callId: string, options: RejectOptions): Promise<DecideResult> {
    return this.decide(callId, { ...options, decision: 'reject' });
  }

  /** `decide` with `edit`: approves the call with these arguments in place of the model's. */
  async edit(callId: string, args: JsonObject, options: ApproveOptions): Promise<DecideResult> {
    return this.decide(callId, { ...options, decision: 'edit', args });
  }

  /**
   * Takes back what a decision said of later calls.
   * @param standing the `actId` of that decision, as `status` shows it.
   * @throws Refused where no such decision stands; and other HoldfastErrors.
   */
  async revoke(standing: string, options: NamedActOptions): Promise<InterveneResult> {
    return this.intervene({ act: 'revoke', standing }, 'revoking a decision of', options);
  }

  /**
   * Says what became of a call in `pending`; the turn that waited for it goes on.
   * @throws Refused where the call does not wait or its tool does not take the result: nothing is changed; and other HoldfastErrors.
   */
  async resolve(callId: string, options: ResolveOptions): Promise<ResolveResult> {
    assertFirstSession(this.id);
    return resolveCall(this.service, this.id, callId, { ...options, timeoutMs: options.timeoutMs ?? SEND_TIMEOUT_MS });
  }

  /**
   * Undoes a call that succeeded, by its tool's `compensate`. Look at `outcome`: a compensation may fail, or wait in `pending`.
   * @throws Refused where it cannot be undone; and other HoldfastErrors.
   */
  async undo(callId: string, options: ActOptions = {}): Promise<InterveneResult> {
    return this.intervene({ act: 'undo', callId }, `undoing the call ${callId} of`, options, SEND_TIMEOUT_MS);
  }

  /**
   * Cancels a call that runs: `outcome` says what became of it. One that does not end within seconds is told of without, and ends later; so is a repeat
   * under the same `actId`, which has the outcome once there is one.
   * @throws Refused where it does not run; and other HoldfastErrors.
   */
  async cancelCall(callId: string, options: NamedActOptions): Promise<InterveneResult> {
    const doing = `cancelling the call ${callId} of`;
    return this.intervene({ act: 'cancel_call', callId }, doing, options, SEND_TIMEOUT_MS);
  }

  /**
   * Puts a person's result in the place of the outcome of a call that did not succeed; the model is told whose it is.
   * @param result what the tool would have returned.
   * @throws Refused where the call has no outcome, or succeeded; and other HoldfastErrors.
   */
  async replaceOutcome(callId: string, result: Json, options: NamedActOptions): Promise<InterveneResult> {
    const doing = `replacing the outcome of the call ${callId} of`;
    return this.intervene({ act: 'replace_outcome', callId, result }, doing, options, SEND_TIMEOUT_MS);
  }

  /**
   * Adds to a bound: of the running turn or of the session, also before it is met. A turn that waits for it goes on where that is enough; look at
   * `limit` for where it then stands.
   * @param amount a whole number of the bound's unit: micro-dollars, ms, tokens, times.
   * @throws InvalidRequest; Refused where there is no such bound; and other HoldfastErrors.
   */
  async extend(bound: LimitName, amount: number, options: ExtendOptions = {}): Promise<InterveneResult> {
    const { child } = options;
    return this.intervene({ act: 'extend', bound, amount, child }, `extending ${bound} of`, options);
  }

  /**
   * Changes the session's state, which the model is shown with its next call.
   * @param patch ids of new entries, and times, are the session's to give.
   * @throws InvalidRequest; Refused where it does not fit the agent's schema, or names what is not there; and other HoldfastErrors.
   */
  async patchState(patch: StateDraft, options: NamedActOptions): Promise<InterveneResult> {
    return this.intervene({ act: 'patch_state', patch }, 'changing the state of', options, SEND_TIMEOUT_MS);
  }

  /** Holds the session: what is in flight finishes, nothing new is begun until `resume`. */
  async pause(options: NamedActOptions): Promise<InterveneResult> {
    return this.intervene({ act: 'pause' }, 'pausing', options);
  }

  /** @throws Refused where it is not paused; and other HoldfastErrors. */
  async resume(options: NamedActOptions): Promise<InterveneResult> {
    return this.intervene({ act: 'resume' }, 'resuming', options);
  }

  /** Tells the model something with its next call; the user does not see it. */
  async note(text: string, options: NamedActOptions): Promise<InterveneResult> {
    return this.intervene({ act: 'note', text }, 'leaving a note in', options);
  }

  /** Speaks to the user as the agent. While a person has taken over it answers the messages that wait. */
  async speak(text: string, options: NamedActOptions): Promise<InterveneResult> {
    return this.intervene({ act: 'speak', text }, 'speaking in', options);
  }

  /** From now on users' messages wait for a person, whose `speak` answers them, until `handBack`. */
  async takeOver(options: NamedActOptions): Promise<InterveneResult> {
    return this.intervene({ act: 'take_over' }, 'taking over', options);
  }

  /** Gives the session back to the agent. @throws Refused where nobody has taken over; and other HoldfastErrors. */
  async handBack(options: NamedActOptions): Promise<InterveneResult> {
    return this.intervene({ act: 'hand_back' }, 'handing back', options);
  }

  /**
   * Stops the running turn, which is answered `stopped`; what is in flight finishes and is recorded, and the session stays open.
   * @throws Refused where no turn runs; and other HoldfastErrors.
   */
  async stop(options: StopOptions = {}): Promise<InterveneResult> {
    return this.intervene({ act: 'stop', onStop: options.onStop }, 'stopping the turn of', options);
  }

  /**
   * Ends the session; what is in flight finishes and is recorded.
   * @throws SessionClosed where it has ended already, and other HoldfastErrors.
   */
  async end(options: EndOptions = {}): Promise<InterveneResult> {
    return this.intervene({ act: 'end', onStop: options.onStop }, 'ending', options);
  }

  protected query<T>(name: string, doing: string, options: CallOptions, argument?: unknown): Promise<T> {
    const deadline = Date.now() + (options.timeoutMs ?? CALL_TIMEOUT_MS);
    return querySession<T>(this.service, this.id, { name, doing, deadline, argument });
  }

  private intervene(
    act: Act,
    doing: string,
    options: ActOptions,
    otherwiseMs = CALL_TIMEOUT_MS,
  ): Promise<InterveneResult> {
    assertFirstSession(this.id);
    const timeoutMs = options.timeoutMs ?? otherwiseMs;
    return intervene(this.service, this.id, act, { ...options, timeoutMs, doing });
  }
}
