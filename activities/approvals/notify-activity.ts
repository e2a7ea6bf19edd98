/** The activity `person.notify`: tells people, by what the worker was given for it, that something waits for them. */
import { Context } from '@temporalio/activity';
import type { NotifyInput } from '../../workflows/contracts/approval';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { crashPoint } from '../crash-points';
import { redact } from '../model/redact';
import { badInput, retryable } from '../tools/retry-failures';
import { messageOf } from '../tools/throws';
import { checkNotifyInput } from './check-input';

export interface NotifyContext {
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/**
 * Tells people that something waits for them: a mail, a message in a chat. Called at least once for each event, so now and then twice; what it throws is
 * tried again a few times, and then noted in the session's record. No call waits for it.
 */
export type Notify = (event: NotifyInput, context: NotifyContext) => Promise<void> | void;

/** Kept from the attempt's time, so that its end is reported by it, ms. */
const REPORTING_MS = 500;
const FIRST_WAIT_MS = 1_000;

/**
 * @param notify absent: this worker has nobody to notify, and leaves it to one that has.
 * @returns the activity. It throws ApplicationFailure of a registered type: `BadActivityInput` (final), `ToolFailed` (retryable).
 */
export function createNotifyActivity({ notify }: { readonly notify?: Notify }): (input: NotifyInput) => Promise<void> {
  return async (value) => {
    const checked = checkNotifyInput(value);
    if (!checked.ok) throw badInput(checked.problem);
    const { input } = checked;
    const { info, cancellationSignal } = Context.current();
    const wait = FIRST_WAIT_MS * 2 ** Math.min(5, info.attempt - 1);
    if (notify === undefined) throw failed('this worker was given no notify', wait);
    crashPoint('approval.before-notify', input.kind);
    const signal = AbortSignal.any([cancellationSignal, AbortSignal.timeout(timeOf(info.startToCloseTimeoutMs))]);
    try {
      await untilAborted(async () => notify(input, { signal }), signal);
    } catch (error) {
      throw failed(redact(messageOf(error)), wait);
    }
    crashPoint('approval.after-notify', input.kind);
  };
}

/** The longest wait a Node timer can hold, where there is no bound. */
function timeOf(startToCloseMs: number): number {
  return startToCloseMs > 0 ? Math.max(1, startToCloseMs - Math.min(REPORTING_MS, startToCloseMs / 10)) : 2 ** 31 - 1;
}

/** A function that does not heed its signal is not waited for. */
async function untilAborted(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Error(`notify did not end in time (${messageOf(signal.reason)})`));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function failed(why: string, waitMs: number): Error {
  return retryable(FAILURE_TYPES.toolFailed, `nobody was notified: ${why}`, waitMs);
}
