/**
 * Sees to it that what a workflow is told of by a query is taken in again with the workflow task that brings it. Plain code.
 *
 * A query that waits for a worker is handed out with the history as it is then. Where events came in meanwhile, the SDK's core (1.24.0) takes them for a last task,
 * and tells the workflow of them, with nowhere to send what it does about them. It keeps that until the task comes, and tells then only the rest, such as
 * an update; a replay tells both at once, in an order of its own (docs/decisions/0008). Such a task fails once, so that it is taken in as a whole by a worker that has
 * forgotten the workflow.
 */
import { TAKEN_IN_AGAIN } from './contracts/failures';
import { isOneOf } from './one-of';

/** What this looks at of an activation. */
export interface Activation {
  readonly jobs: readonly object[];
  /** Of the run, events, up to this activation. */
  readonly historyLength: number;
  /** When the newest task began of which the core knows: `<seconds>.<nanoseconds>`. */
  readonly begun: string;
  readonly isReplaying: boolean;
}

/** Not told by an event: what comes with a task beside its events, and what tells nothing new. */
const WITHOUT_EVENT = ['doUpdate', 'queryWorkflow', 'notifyHasPatch', 'removeFromCache', 'updateRandomSeed'];
/** From the beginning of one task to that of the next: what the first of them left, too, which is one event at least (`quiet-tasks.ts`). */
const EVENTS_BETWEEN = ['WorkflowTaskCompleted', 'one of a command', 'WorkflowTaskScheduled', 'WorkflowTaskStarted']
  .length;
/** From the beginning of a task to what comes after it. */
const EVENTS_AFTER = ['WorkflowTaskCompleted', 'one of a command'].length;
/** That an activity has begun is an event, too, of which nobody is told. */
const EVENTS_OF_ONE = 2;

/** Of one run. */
export class OwnTasks {
  /** The last activation that told of events: those are in history, whatever became of what was done about them. */
  #last: Omit<Activation, 'jobs'> | undefined;
  /** It came before its task. */
  #wasEarly = false;

  /**
   * To be called before an activation is taken in.
   * @throws Error where its task, or its query, has brought more than it tells of.
   */
  check(activation: Activation): void {
    const { jobs, historyLength, begun, isReplaying } = activation;
    if (jobs.every((job) => isOneOf(job, ['queryWorkflow']))) return;
    const events = jobs.filter((job) => !isOneOf(job, WITHOUT_EVENT)).length;
    const [last, wasEarly] = [this.#last, this.#wasEarly];
    const came = last ? historyLength - last.historyLength : 0;
    const isEarly = came > 0 && !isReplaying && begun === last?.begun;
    if (events > 0) {
      // Without its jobs: what they hold may be large.
      this.#last = { historyLength, begun, isReplaying };
      this.#wasEarly = isEarly || (wasEarly && came === 0);
    }
    // What was replayed was brought by a task; and several activations may belong to one.
    if (!last || last.isReplaying || isReplaying || came === 0) return;
    // Where a second query brings more, a task that brings no more than both would not be told: none is taken in.
    const early = wasEarly ? Infinity : EVENTS_AFTER + events;
    // Where a task had begun and was broken off before the query came, only the number of events tells.
    const least = isEarly ? early : EVENTS_BETWEEN + events * (wasEarly ? EVENTS_OF_ONE : 1);
    if (came < least) throw new Error(TAKEN_IN_AGAIN);
  }
}
