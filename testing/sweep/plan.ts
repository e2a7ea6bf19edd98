/** What a user gives the sweep: a conversation, a scripted model, and a world that can be looked at. */
import type { PayloadCodec } from '@temporalio/common';
import type { Session, SessionOptions } from '../../client';
import type { Decision } from '../../workflows/contracts/approval';
import type { Json, JsonObject } from '../../workflows/contracts/json';
import type { PendingItem } from '../../workflows/contracts/messages';
import type { Resolution } from '../../workflows/contracts/tool';
import type { Script } from '../script';

/** Exported as `sweep` by the file that `holdfast sweep <agent> --script <file>` is given. */
export interface SweepPlan {
  /** Compiled module that exports `agents` and, where tools name some, `ledgers`: what `holdfast worker` takes. Run in processes that are killed. */
  readonly agentsModule: string;
  /** The model's side of the conversation. */
  readonly script: Script;
  /** What the user says, in order; each is answered before the next is sent. */
  readonly messages: readonly string[];
  /** What the session is started with; absent: nothing but its agent. */
  readonly session?: Pick<SessionOptions, 'limits' | 'continueAfter'>;
  /** Opens a world of its own in an empty folder, in a process that no fault touches. Called once for each run. */
  readonly openWorld: (folder: string) => Promise<SweepWorld>;
  /**
   * What people do on the session once so many messages are answered, from 1: pause, take over, add a note. A worker may die of it, and then it is
   * called again, so each act needs an `actId` of its own.
   */
  readonly acts?: (session: Session, answered: number) => Promise<void>;
  /** The same, in the same order, as the agents' module exports; absent: none. */
  readonly payloadCodecs?: readonly PayloadCodec[];
}

/** Everything the agent's tools act on. */
export interface SweepWorld {
  /** Environment of the workers of this run: where their databases and services are. */
  readonly env: Readonly<Record<string, string>>;
  /** Places of the ledgers that tools name, by name, so that the sweep can look into them; the default ledger is the sweep's own. */
  readonly ledgers?: Readonly<Record<string, string>>;
  /** What is there now, without what differs from run to run (times, random ids): equal runs have equal snapshots. */
  readonly snapshot: () => Promise<Json>;
  /** Plays the person: finds out in the world what became of a call that nobody knows the end of. Without it such a call fails the run. */
  readonly resolve?: (item: PendingItem) => Promise<{ readonly as: Resolution; readonly result?: Json }>;
  /**
   * Plays the person for all else that waits: says how a call that needs approval is decided, or acts on the session itself (resumes it, extends a
   * bound). Undefined: nothing yet, it is asked again as long as it waits. As a worker may die of it, acts need an `actId` of their own; decisions
   * are given one. Where several wait, what is said of one must not depend on the moment (on what happens to run), unless it first looks whether those
   * that are to go before still wait (`session.pending()`): else a run with a kill may decide in another order than the calm one. Without it such a
   * session fails the run.
   */
  readonly decide?: (item: PendingItem, session: Session) => Promise<SweepDecision | undefined>;
  readonly close: () => Promise<void>;
}

/** How somebody decides on a call. */
export interface SweepDecision {
  readonly decision: Decision;
  readonly by: string;
  /** With `edit`. */
  readonly args?: JsonObject;
  readonly reason?: string;
}
