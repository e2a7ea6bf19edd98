/** What a run leaves behind, gathered after the last session ended: everything the checks look at. */
import type { ConversationItem } from '../../workflows/contracts/conversation';
import type { SessionResult, StepRecord, UsageTotals } from '../../workflows/contracts/session';
import type { JournalRow } from './journal';

/** How a session ended, as the client was told; `error` where it was told nothing usable. */
export type SessionEnd =
  { readonly kind: 'ended'; readonly result: SessionResult } | { readonly kind: 'error'; readonly message: string };

export interface SessionEvidence {
  readonly taskId: string;
  readonly sessionId: string;
  readonly end: SessionEnd;
  /** The whole conversation; empty where it could not be read. */
  readonly conversation: readonly ConversationItem[];
  /** The last 50 calls. */
  readonly recent: readonly StepRecord[];
  readonly usage?: UsageTotals;
}

export interface RunEvidence {
  readonly sessions: readonly SessionEvidence[];
  readonly journal: readonly JournalRow[];
  readonly kills: readonly Kill[];
  /** From the first session's start to the last one's end, ms. */
  readonly elapsedMs: number;
}

/** One SIGKILL of the worker, with what it had under way. */
export interface Kill {
  /** ms since the epoch. */
  readonly at: number;
  readonly pid: number;
  /** Requests at the model without an answer. */
  readonly modelCalls: number;
  /** Executions in the journal whose answer had not come back: effects done that nothing had recorded yet. */
  readonly toolCalls: number;
  /** From the kill to the next worker's being ready, ms. */
  readonly restartMs: number;
}
