/**
 * What is between the worker and a session in the sandbox; the bundle loads it beside the workflow. Things of the SDK (1.24.0) that would hang a session for ever
 * are seen to here (docs/decisions/0008).
 *
 * - It throws where a signal or an update of a name that it keeps for itself meets a default handler, and that fails the workflow task: a signal is in
 *   history for good. Such a name gets another, and is refused like any name that no handler is for.
 * - What a reset hands on to the new run, it takes in as it came, signals and updates by turns; when that is replayed, all signals come first. So they do
 *   from the beginning.
 * - It replays tasks together that had nothing to tell the server. They are kept apart: see `quiet-tasks.ts`.
 * - With a query it tells of events whose task has not begun. They are taken in again with their task: see `own-tasks.ts`.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { OwnTasks } from './own-tasks';
import { QuietTasks } from './quiet-tasks';

/** See `TEMPORAL_RESERVED_PREFIX` of `@temporalio/common`. */
const RESERVED = '__temporal_';

export const interceptors: WorkflowInterceptorsFactory = () => {
  const own = new OwnTasks();
  const quiet = new QuietTasks();
  return {
    internals: [
      {
        activate(input, next) {
          const { activation } = input;
          const jobs = activation.jobs ?? [];
          const historyLength = activation.historyLength ?? 0;
          const { seconds, nanos } = activation.timestamp ?? {};
          own.check({
            jobs,
            historyLength,
            begun: `${String(seconds)}.${String(nanos)}`,
            isReplaying: activation.isReplaying === true,
          });
          quiet.takeIn(jobs, historyLength);
          for (const { signalWorkflow, doUpdate } of jobs) {
            if (signalWorkflow) signalWorkflow.signalName = unreserved(signalWorkflow.signalName);
            if (doUpdate) doUpdate.name = unreserved(doUpdate.name);
          }
          activation.jobs = signalsFirst(jobs);
          next(input);
        },
        concludeActivation: (input, next) => next({ commands: [...quiet.conclude(input.commands)] }),
      },
    ],
  };
};

function unreserved<Name extends string | null | undefined>(name: Name): Name | string {
  return name?.startsWith(RESERVED) ? `reserved: ${name}` : name;
}

/** @returns all jobs, the signals in the first of the places that signals and updates had. */
function signalsFirst<Job extends { readonly signalWorkflow?: unknown; readonly doUpdate?: unknown }>(
  jobs: readonly Job[],
): Job[] {
  const ordered = [...jobs.filter(({ signalWorkflow }) => signalWorkflow), ...jobs.filter(({ doUpdate }) => doUpdate)];
  let next = 0;
  return jobs.map((job) => (job.signalWorkflow || job.doUpdate ? (ordered[next++] ?? job) : job));
}
