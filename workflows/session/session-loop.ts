/**
 * A session from its first message to its end: takes queued messages one turn at a time. Plain code with injected dependencies.
 */
import { FAILURE_TYPES } from '../contracts/failures';
import type { SendResult } from '../contracts/messages';
import type { SessionResult } from '../contracts/session';
import type { Mailbox } from './mailbox';
import { isHeld } from './hold-gate';
import { apply, type Ending, type SessionState } from './session-state';
import { answeredByPerson } from './speaking';
import { onStopOf, outcomeOf, withUndone } from './stopped-turn';
import { CONTINUES, runTurn, type TurnDeps } from './turn';
import { standing } from './waiting-call';

export interface SessionDeps extends TurnDeps {
  /**
   * Resolves when nobody holds the session and a message is queued (or the session is unused still), when it is ending, or when the run is to continue as
   * new. @param forFirstMessage for a first message only so long: false when `NO_MESSAGE_TIMEOUT_MS` passed.
   */
  readonly waitForWork: (forFirstMessage: boolean) => Promise<boolean>;
  /** Publishes the status (search attributes, current details). */
  readonly publish: () => void;
  /** Undoes what a turn did; says in words what came of it. */
  readonly undoTurn: (turn: number) => Promise<string>;
}

/**
 * @returns why the session ends; `state.ending` holds the same, and all messages are answered by then. Undefined: the session goes on by another
 * call, since a turn was stopped and what ran in this one may be cancelled; or in another run, where this one is to continue as new.
 */
export async function runSession(
  state: SessionState,
  mailbox: Mailbox,
  deps: SessionDeps,
): Promise<Ending | undefined> {
  const end = (ending: Ending) => apply(state, { kind: 'ending', ending }, deps.now());
  // A turn that an earlier run began is brought to its end also where the session is to end.
  while (state.active || !state.ending) {
    if (!state.active && deps.continuing()) return undefined;
    const request = state.active ?? (isHeld(state) ? undefined : state.queue[0]);
    if (!request) {
      const inTime = await deps.waitForWork(isUnused(state) && !isHeld(state));
      // Who holds a session knows of it: it is not one that was left behind, and has its time again once they let go.
      if (!inTime && !isHeld(state)) {
        end({ status: 'stopped', reason: 'no_message', message: 'no message was accepted in the first 10 minutes' });
      }
      continue;
    }
    const stands = state.active ? standing(state) : ({ status: 'running' } as const);
    apply(state, { kind: 'status_changed', ...stands }, deps.now());
    deps.publish();
    let reached = await runTurn(state, request, deps);
    if (reached === CONTINUES) return undefined;
    if (onStopOf(state, reached) === 'compensate') reached = withUndone(reached, await deps.undoTurn(state.turn));
    reached = answeredByPerson(state, reached, deps.now());
    const answer = markEnd(state, reached, end);
    const wasStopped = state.stop !== undefined;
    if (state.ending === undefined) {
      apply(state, { kind: 'turn_rests', reason: waitingReason(answer), outcome: outcomeOf(answer) }, deps.now());
      apply(state, { kind: 'status_changed', ...standing(state) }, deps.now());
      deps.publish();
    }
    // Those that joined the turn got their answer by it.
    for (const messageId of [request.messageId, ...state.steered]) mailbox.settle(messageId, { ...answer, messageId });
    // Displays show the last answer, which is there only now.
    deps.progress();
    if (wasStopped && !state.ending) return undefined;
  }
  mailbox.settleAllAsEnded();
  const { ending } = state as { ending: Ending };
  apply(state, { kind: 'status_changed', status: ending.status, reason: ending.message ?? ending.reason }, deps.now());
  deps.publish();
  return ending;
}

/** True where no message was ever accepted. */
export function isUnused({ turn, messages }: SessionState): boolean {
  return turn === 0 && messages.size === 0;
}

/** Decides whether the turn's answer ends the session, and says so in the answer. */
function markEnd(state: SessionState, answer: SendResult, end: (ending: Ending) => void): SendResult {
  // An agent that nobody ever knew cannot be talked to; one that was removed may come back with the next deploy.
  const neverKnown =
    answer.kind === 'stopped' && answer.reason === FAILURE_TYPES.unknownAgent && state.definitionHash === undefined;
  if (neverKnown) {
    end({ status: 'stopped', reason: 'unknown_agent', message: answer.message });
    return { ...answer, reason: 'unknown_agent', session: 'ended' };
  }
  if (state.input.mode !== 'task') return answer;
  if (answer.kind === 'stopped') {
    end({ status: 'stopped', reason: answer.reason, message: answer.message });
    return { ...answer, session: 'ended' };
  }
  if (answer.kind === 'reply') end({ status: 'completed', reason: 'task_done' });
  return answer;
}

function waitingReason(answer: SendResult): string {
  return answer.kind === 'stopped' ? `the last turn was stopped: ${answer.message}` : "the user's next message";
}

/** The workflow's result. Not called for a cancelled session, which closes as Canceled. */
export function sessionResult(
  state: SessionState,
  ending: Ending & { readonly status: 'completed' | 'stopped' },
): SessionResult {
  return {
    status: ending.status,
    reason: ending.reason,
    ...(ending.message === undefined ? {} : { message: ending.message }),
    ...(state.lastAnswer === undefined ? {} : { answer: state.lastAnswer }),
    ...(state.lastPartial === undefined ? {} : { partial: state.lastPartial }),
    turns: state.turn,
    usage: state.usage,
  };
}
