/**
 * What is between the worker and a session in the sandbox; the bundle loads it beside the workflow.
 *
 * The SDK throws where a signal or an update of a name that it keeps for itself meets a default handler, and that fails the workflow task: a signal is in
 * history for good, so that the session would hang on it for ever. Here such a name gets another, and is refused like any name that no handler is for.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** See `TEMPORAL_RESERVED_PREFIX` of `@temporalio/common`. */
const RESERVED = '__temporal_';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow, doUpdate } of input.activation.jobs ?? []) {
          if (signalWorkflow) signalWorkflow.signalName = unreserved(signalWorkflow.signalName);
          if (doUpdate) doUpdate.name = unreserved(doUpdate.name);
        }
        next(input);
      },
    },
  ],
});

function unreserved<Name extends string | null | undefined>(name: Name): Name | string {
  return name?.startsWith(RESERVED) ? `reserved: ${name}` : name;
}
