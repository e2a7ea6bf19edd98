/**
 * Every timeout, heartbeat and retry number of the interpreter, with its reason. Tools bring their own in the plan's policy.
 * Pure data; the wiring turns it into Temporal's options.
 */
import type { CallPolicy } from '../contracts/tool';

/** A dead worker's model call is taken over after this; the client's dev profile sets 3,000 in the session's input. */
export const MODEL_HEARTBEAT_MS = 10_000;
/** One request has its own, shorter timeout in the activity; this only bounds a worker that heartbeats but never finishes. */
export const MODEL_START_TO_CLOSE_MS = 600_000;
/** Outages of a provider are minutes, and a user waits: 1 + 2 + 4 + 8 + 16 + 30 + 30 s of backoff, then the turn is stopped. */
export const MODEL_RETRY = {
  maximumAttempts: 8,
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 30_000,
} as const;

/** Deaths of workers a tool call survives beyond the failures of its body that its policy allows. */
export const TOOL_EXTRA_ATTEMPTS = 20;
/** Added to a tool's own timeout: an effect that took all of its time is still recorded and reported. */
export const RECORDING_MS = 2_000;
/** Asking the ledger what became of a call that was cancelled between two attempts: short, since it only reads. */
export const SETTLE_START_TO_CLOSE_MS = 15_000;
export const SETTLE_ATTEMPTS = 5;
/** Nobody may be there to ask (a tool's own task queue without workers), and a session that was told to end must end. */
export const SETTLE_SCHEDULE_TO_START_MS = 30_000;

/** Recording what a person said: a row in the ledger. Short, since an update waits for it, and a person tries again. */
export const RESOLVE_START_TO_CLOSE_MS = 15_000;
export const RESOLVE_SCHEDULE_TO_CLOSE_MS = 60_000;
export const RESOLVE_ATTEMPTS = 5;

/** Telling people that something waits: nothing waits for it, but the run does not close while it is under way. */
export const NOTIFY_START_TO_CLOSE_MS = 10_000;
export const NOTIFY_SCHEDULE_TO_CLOSE_MS = 30_000;
export const NOTIFY_ATTEMPTS = 3;

/** Storing a part of the conversation: some MB to a database, and a session that waits for it meanwhile. Failing, it goes on in the run it is in. */
export const STORE_START_TO_CLOSE_MS = 60_000;
export const STORE_HEARTBEAT_MS = 10_000;
export const STORE_ATTEMPTS = 6;
export const STORE_SCHEDULE_TO_CLOSE_MS = 180_000;
/** A row that says when stored parts may go; the session's end waits for it. */
export const CLOSE_START_TO_CLOSE_MS = 10_000;
export const CLOSE_ATTEMPTS = 3;
export const CLOSE_SCHEDULE_TO_CLOSE_MS = 30_000;

/** A session that never accepted a message (a refused update-with-start leaves one behind) ends after this. */
export const NO_MESSAGE_TIMEOUT_MS = 600_000;

/** `send`s that may wait for their answer at once: Temporal allows 10 updates in flight, and decisions must get through. */
export const MAX_WAITING_SENDS = 4;
/** Messages that may queue; a further one is refused. Each is at most 256 KB and most are far smaller. */
export const MAX_QUEUED_MESSAGES = 100;
/** Text of all messages that queue, bytes: it goes along when the session continues in a new run, and a payload may have 2 MB. */
export const MAX_QUEUED_BYTES = 512 * 1024;
/** Answers handed out at the end of one turn, bytes of JSON: the server takes 4 MB from a workflow task. */
export const MAX_ANSWERED_BYTES = 1_000_000;
/** Results that may come back at once, bytes: the server hands a worker 4 MB of events at a time. A call that may have more runs alone. */
export const MAX_RESULT_BYTES_AT_ONCE = 2_500_000;
/** Message ids whose answers are remembered. */
export const REMEMBERED_MESSAGES = 200;
/** Step records kept for progress displays. */
export const RECENT_STEPS = 50;
/** A page of the transcript, bytes of JSON. */
export const TRANSCRIPT_PAGE_BYTES = 1_000_000;
/** More than this of new conversation is not sent with a model call but read back by query: a payload may have 2 MB. */
export const MAX_DELTA_BYTES = 1_000_000;
/** Outcomes with more JSON than this, in UTF-16 units, are in history once and not again with the model call that follows: its worker is likely to have them. */
export const MAX_REPEATED_OUTCOME = 512;
/** Summary lines: the server's documented limit is 400 bytes. */
export const MAX_SUMMARY_CHARS = 200;

/** A child that was told to stop finishes what is in flight; where it does not answer for so long (its task queue has no workers), its parent goes on without it. */
export const END_CHILD_MS = 30_000;
/** What a session carries of its children to its next run, bytes of JSON: each has an equal part of it. */
export const MAX_CHILDREN_CARRY_BYTES = 900_000;
/** Longest words, and longest result, that a delegate comes back with, bytes of JSON: several may come back at once, and the server hands a worker 4 MB at a time. */
export const MAX_CHILD_RESULT_BYTES = 64 * 1024;
/** A child tells its parent what it used after so many model calls: each report costs both some events, and what was not told is not known of a child that is lost. */
export const UNTOLD_MODEL_CALLS = 2;
/** Longest report, bytes of JSON: the server takes 2 MB, and hands a worker 4 MB at a time. */
export const MAX_REPORT_BYTES = 1_000_000;
/** Calls that can be undone, as a child hands them back, bytes of JSON: they go along with its carry. */
export const MAX_UNDOABLE_BYTES = 200_000;
/** How far the number of a child's report may be ahead of the last that was taken in. None is lost on the way but by failures, and one that is forged hides those up to its own number. */
export const MAX_REPORTS_AHEAD = 100;
/** A child's last words to its parent: where nobody takes them, it closes without. */
export const LAST_REPORT_MS = 5_000;

/**
 * Temporal's retry options of a tool call. The plan is in history for ever, so what Temporal would refuse (and with it the whole workflow
 * task, again and again) is brought within its bounds here, whoever made the plan.
 */
export function toolRetry(policy: CallPolicy) {
  return {
    maximumAttempts: policy.attempts * attemptsPerFailure(policy) + TOOL_EXTRA_ATTEMPTS,
    initialInterval: policy.initialIntervalMs,
    backoffCoefficient: Math.max(1, policy.backoff),
    maximumInterval: Math.max(policy.initialIntervalMs, policy.maxIntervalMs),
  };
}

/** A failure of a `reconcilable` body is followed by an attempt that asks the destination, and by one that waits before it asks again. */
function attemptsPerFailure(policy: CallPolicy): number {
  return policy.effect === 'reconcilable' ? 3 : 1;
}
