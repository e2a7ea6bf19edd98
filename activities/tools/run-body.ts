/** Runs a tool's own code within the attempt's time, and says how it ended. */
import type { Transaction } from 'kysely';
import type { ToolContext, TransactionalContext } from '../../agents/define-tool';
import type { Attempt } from './attempt';
import { boundedFetch } from './bounded-fetch';
import { StateChanges } from './state-changes';
import { classifyThrow, messageOf, type Throw } from './throws';

export type BodyEnd =
  | { readonly kind: 'returned'; readonly value: unknown }
  | Throw
  /** Its time is up; its signal was aborted and it may still be running. */
  | { readonly kind: 'timed_out'; readonly message: string }
  /** Its signal was aborted and nobody waits for it (reads). */
  | { readonly kind: 'left'; readonly message: string };

/** A body that reacts to its signal within this is heard out, ms. */
const LAST_WORDS_MS = 200;

export interface RunBodyOptions {
  readonly idempotencyKey: string;
  readonly tx?: Transaction<unknown>;
  /** Do not wait for a body whose signal is aborted: it has no effect that would have to be known. */
  readonly leaveOnAbort?: boolean;
}

export interface ToolContextOptions extends Pick<RunBodyOptions, 'idempotencyKey' | 'tx'> {
  /** Default: the attempt's. */
  readonly signal?: AbortSignal;
}

export async function runBody(attempt: Attempt, options: RunBodyOptions): Promise<BodyEnd> {
  const { tool, args, signal } = attempt;
  const { idempotencyKey, tx } = options;
  const ended = new AbortController();
  const context = { idempotencyKey, tx, signal: AbortSignal.any([signal, ended.signal]) };
  const body = (async (): Promise<BodyEnd> => {
    try {
      return { kind: 'returned', value: await tool.run(args, toolContext(attempt, context)) };
    } catch (error) {
      return classifyThrow(error);
    }
  })();
  const timers: NodeJS.Timeout[] = [];
  const late = new Promise<BodyEnd>((resolve) => {
    const timeUp = () => {
      const message = `${tool.name} did not end within its time`;
      attempt.abort(new DOMException(message, 'TimeoutError'));
      timers.push(setTimeout(() => resolve({ kind: 'timed_out', message }), LAST_WORDS_MS));
    };
    timers.push(setTimeout(timeUp, attempt.remainingMs()));
  });
  const left = new Promise<BodyEnd>((resolve) => {
    if (!options.leaveOnAbort) return;
    const leave = () => {
      if (attempt.stop !== undefined) resolve({ kind: 'left', message: messageOf(signal.reason) });
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    const end = await Promise.race([body, late, left]);
    // A branch of it may still be at work (one half of a `Promise.all`): what it sent now would come beside the next attempt.
    if (end.kind !== 'returned') ended.abort(new Error(`this attempt of ${tool.name} has ended`));
    return end;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** What a tool's own function is given. */
export function toolContext(
  attempt: Attempt,
  { idempotencyKey, tx, signal = attempt.signal }: ToolContextOptions,
): ToolContext | TransactionalContext<unknown> {
  const { log, keeper, tool } = attempt;
  const assertAllowed = () => {
    if (tx)
      throw new Error(
        `${tool.name} is transactional: while its transaction is open it must not wait for anything but its database`,
      );
    keeper.assertHeld();
  };
  const { callId, approved } = attempt.input;
  const context: ToolContext = {
    idempotencyKey,
    callId,
    session: attempt.session,
    ...(approved === undefined ? {} : { approvedBy: approved.by }),
    attempt: attempt.number,
    signal,
    log,
    fetch: boundedFetch({ signal, assertAllowed }),
    ...stateOf(attempt),
  };
  return tx ? { ...context, tx } : context;
}

/** Anew each time: what an earlier run of this code, or a probe, wanted to change is none of this one's. */
function stateOf(attempt: Attempt): Pick<ToolContext, 'state'> {
  const { input, tool, agent } = attempt;
  attempt.state = undefined;
  if (tool.usesState !== true || input.policy.usesState !== true) return {};
  attempt.state = new StateChanges({ name: input.agent, state: agent?.state }, input.callId, input.own);
  return { state: attempt.state.forTool };
}
