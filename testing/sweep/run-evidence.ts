/** What one run of a sweep leaves behind: everything that is compared. */
import type { LedgerCall } from '../../activities/ledger/port';
import type { ConversationItem } from '../../workflows/contracts/conversation';
import type { Json } from '../../workflows/contracts/json';
import type { SendResult } from '../../workflows/contracts/messages';
import type { SessionStatusName } from '../../workflows/contracts/session';
import type { PassedPoint } from './passed-points';

export interface RunEvidence {
  readonly sessionId: string;
  /** First part of all its keys. */
  readonly keyNamespace: string;
  /** One for each message, in order. */
  readonly answers: readonly SendResult[];
  readonly status: SessionStatusName;
  readonly conversation: readonly ConversationItem[];
  /** Those of children too; of each session the last 50. */
  readonly children: readonly ChildEvidence[];
  readonly world: Json;
  /** The rows of the session and its children in all ledgers. A `callId` of a child begins with its path: `h1:…`. */
  readonly rows: readonly LedgerCall[];
  /** Why workflow tasks failed, of the session and its children. */
  readonly failedTasks: readonly string[];
  /** Bodies of the requests to the model, in order of arrival. */
  readonly requests: readonly string[];
  /** In the order they took over. */
  readonly workers: readonly WorkerTrace[];
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** What a child of the session was, and said. */
export interface ChildEvidence {
  /** Below the first session: `h1`, `h1/h2`. */
  readonly path: string;
  readonly agent: string;
  readonly status: SessionStatusName;
  readonly conversation: readonly ConversationItem[];
}

/** What one worker of a run did. */
export interface WorkerTrace {
  readonly passed: readonly PassedPoint[];
  /** ms since the epoch; absent where it lived until the end. */
  readonly diedAt?: number;
}
