/**
 * Keeps workflow tasks apart that would leave nothing in history. Plain code.
 *
 * On replay, the SDK's core (1.24.0) takes a task without commands for a heartbeat where the next one was scheduled at once, as an update does, and hands out
 * what both brought in one activation, signals first (`find_end_index_of_next_wft_seq`). A worker that has just started does so while the session runs on, too, and
 * another way when that is replayed. So each task that brought something leaves a command. The first of a run does it, too: the server would else drop it
 * where all that it did was to refuse an update, with what the SDK noted in it (docs/decisions/0008).
 */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding';
import { PLAIN_METADATA, QUIET_TASK } from './contracts/names';
import { isOneOf } from './one-of';

/** What brings nothing that a replay brings too: an update that is refused is not in history, and one that is taken in leaves a command. */
const LEAVES_NO_TRACE = ['doUpdate', 'queryWorkflow', 'notifyHasPatch', 'removeFromCache'];

/** Commands that each give an event, whatever comes with them. */
const CERTAIN = [
  'upsertWorkflowSearchAttributes',
  'modifyWorkflowProperties',
  'completeWorkflowExecution',
  'failWorkflowExecution',
  'cancelWorkflowExecution',
  'continueAsNewWorkflowExecution',
];
/** Commands that give an event, except where something is called off in the same activation: it may be what they had begun. */
const BEGINS = ['startTimer', 'scheduleActivity', 'startChildWorkflowExecution', 'signalExternalWorkflowExecution'];
const CALLS_OFF = ['cancelTimer', 'requestCancelActivity', 'cancelChildWorkflowExecution', 'cancelSignalWorkflow'];

/** What is said of an update that was taken in, or is done: what was refused gives no event. */
const ANSWERS = ['accepted', 'completed'];

/** Gives one event, and changes nothing: it takes away from the memo what is not there. No codec makes something of it (`PLAIN_METADATA`). */
const NOTHING: {
  readonly modifyWorkflowProperties: { readonly upsertedMemo: { readonly fields: Record<string, Payload> } };
} = {
  modifyWorkflowProperties: { upsertedMemo: { fields: { [QUIET_TASK]: plainNull() } } },
};

/** Of one run. */
export class QuietTasks {
  /** Which task it is: what was in history when it began. */
  #task = -1;
  #brings = false;
  /** The task leaves an event, whatever else it does: it may come in several activations. */
  #leaves = false;

  /** Something is taken in. @param historyLength of the run, events. */
  takeIn(jobs: readonly object[], historyLength: number): void {
    if (historyLength !== this.#task) {
      this.#task = historyLength;
      this.#leaves = false;
    }
    this.#brings ||= jobs.some((job) => !isOneOf(job, LEAVES_NO_TRACE));
  }

  /** All that was taken in is done. @returns the commands to give out: those given, and one more where it takes that. */
  conclude<Command extends object>(commands: readonly Command[]): readonly (Command | typeof NOTHING)[] {
    this.#leaves ||= leavesEvent(commands);
    const isQuiet = this.#brings && !this.#leaves;
    this.#brings = false;
    if (!isQuiet) return commands;
    this.#leaves = true;
    return [...commands, NOTHING];
  }
}

function leavesEvent(commands: readonly object[]): boolean {
  const certain = commands.some((command) => isOneOf(command, CALLS_OFF)) ? CERTAIN : [...CERTAIN, ...BEGINS];
  return commands.some(
    (command: { readonly updateResponse?: object | null }) =>
      isOneOf(command, certain) || isOneOf(command.updateResponse ?? {}, ANSWERS),
  );
}

function plainNull(): Payload {
  const { metadata } = defaultPayloadConverter.toPayload(undefined);
  return { metadata: { ...metadata, [PLAIN_METADATA]: encode('true') } };
}
