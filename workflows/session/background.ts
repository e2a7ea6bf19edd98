/**
 * Work that nobody waits for. Wiring only. A worker that lets go of a workflow in the middle of a task - the server took the task back, or the task failed - may
 * run what was still to come of it while the SDK disposes of it. Whatever that then asks of Temporal is an error, and one that is told to nobody ends the worker
 * with all of its sessions. The session itself is not harmed: it is replayed from its history. What handlers and the workflow's own function wait for is caught by
 * the SDK.
 */
import { inWorkflowContext } from '@temporalio/workflow';

/** Lets `work` go on by itself. That it fails fails the workflow task, but means nothing once the workflow is disposed of. */
export function background(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    if (inWorkflowContext()) throw error;
  });
}
