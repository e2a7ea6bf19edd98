/**
 * What becomes of a user's message that comes while a turn runs. Plain code.
 *
 * `queue`: it waits for its own turn. `steer`: it joins the turn before the next model call, and that turn's answer is its answer too; where the model has just
 * given its answer, the message is the next turn. `interrupt`: the model call that runs is broken off, calls of tools that run finish, those that have not begun
 * are cancelled, and the message is the next turn; a further message meanwhile queues behind it. While a person is needed the message queues, whatever the policy:
 * but for an agent that says `withdraw`, where only approvals are waited for. Those calls are then rejected, and the message goes by the policy.
 */
import type { SendRequest, SendResult } from '../contracts/messages';
import type { MessagePolicy } from '../contracts/model';
import { askingOf, heldUp } from './held-up';
import { isHeld } from './hold-gate';
import type { Mailbox } from './mailbox';
import { apply, type SessionState } from './session-state';
import { callsInDoubt } from './waiting-call';

/** As the session's input says, else the agent; undefined where neither is known to say anything, which means `queue`. */
export function messagePolicy({ input, policy }: SessionState): MessagePolicy | undefined {
  return input.messages ?? policy?.messages;
}

/** Before a model call: has what the user wrote meanwhile join the turn. */
export function steer(state: SessionState, now: number): void {
  if (state.queue.length > 0 && messagePolicy(state) === 'steer') apply(state, { kind: 'steered' }, now);
}

export interface BargeInDeps {
  readonly now: () => number;
  readonly mailbox: Pick<Mailbox, 'send'>;
  /** Rejects the calls that wait for approval. */
  readonly withdraw: () => void;
  /** Breaks the model call off that runs; calls of tools that run finish. */
  readonly breakOff: () => void;
}

export class BargeIn {
  constructor(
    private readonly state: SessionState,
    private readonly deps: BargeInDeps,
  ) {}

  /** Takes a message in that the mailbox does not refuse, and does to the running turn what the policy says. */
  send(request: SendRequest): SendResult | Promise<SendResult> {
    const { state, deps } = this;
    const isNew = !state.messages.has(request.messageId);
    if (!isNew || !this.turnIsOpen()) return deps.mailbox.send(request);
    if (heldUp(state) && this.waitsForApprovalOnly()) deps.withdraw();
    const answer = deps.mailbox.send(request);
    if (messagePolicy(state) === 'interrupt' && !heldUp(state) && this.turnIsOpen()) this.interrupt();
    return answer;
  }

  private interrupt(): void {
    const stop = { kind: 'interrupted', message: 'the user wrote again', onStop: 'keep' } as const;
    apply(this.state, { kind: 'turn_stopping', stop }, this.deps.now());
    this.deps.breakOff();
  }

  private turnIsOpen(): boolean {
    const { active, stop, ending } = this.state;
    return active !== undefined && !stop && !ending;
  }

  private waitsForApprovalOnly(): boolean {
    const { state } = this;
    if (state.policy?.whileWaiting !== 'withdraw') return false;
    return !isHeld(state) && askingOf(state) === undefined && callsInDoubt(state).length === 0;
  }
}
