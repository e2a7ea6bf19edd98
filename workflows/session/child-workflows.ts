/** Child workflows, and the signals between a session and its children. Wiring only; none of it in the reach of a turn's cancel. */
import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { inertLine } from '../contracts/display';
import type { Relay, Report } from '../contracts/handoff';
import { AGENT_SESSION_WORKFLOW, RELAY_SIGNAL, REPORT_SIGNAL } from '../contracts/names';
import type { SessionInput } from '../contracts/session';
import { MAX_SUMMARY_CHARS } from './activity-options';
import type { ChildRecord } from './children';
import type { ChildClose, ChildRun } from './family';

type AgentSession = (input: SessionInput) => Promise<unknown>;

/** Begins a child. */
export function startChildSession(record: ChildRecord, input: SessionInput): ChildRun {
  const { workflowId, taskTimeoutMs } = workflowInfo();
  // Out of the reach of a turn's cancel, and with a cancel of its own. Made by hand: each promise here is on the way of a handoff.
  const own = new CancellationScope({ cancellable: true, parent: new CancellationScope({ cancellable: false }) });
  let begun: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (begun = resolve));
  const ended = own.run(async (): Promise<ChildClose> => {
    try {
      // replay-tested: 2026-11-28
      const handle = await startChild<AgentSession>(AGENT_SESSION_WORKFLOW, {
        workflowId: `${workflowId}/${record.child}`,
        args: [input],
        ...(record.taskQueue === undefined ? {} : { taskQueue: record.taskQueue }),
        // One that came back is begun again under its id.
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        // What a dead worker had in hand is given to another one as soon as in the session itself.
        workflowTaskTimeout: taskTimeoutMs,
        staticSummary: inertLine(summaryOf(record), MAX_SUMMARY_CHARS),
      });
      begun();
      return { kind: 'ended', result: await handle.result() };
    } catch (error) {
      begun();
      return lost(error);
    }
  });
  return { started, ended, cancel: () => own.cancel() };
}

function summaryOf({ agent, role, callId, contract, begun }: ChildRecord): string {
  const again = begun > 1 ? `, begun for the ${begun}. time` : '';
  const what = role === 'transfer' ? `has the user, handed over by ${contract.from}` : `is asked by ${contract.from}`;
  return `${agent} ${what} (${callId})${again}`;
}

function lost(error: unknown): ChildClose {
  if (!(error instanceof TemporalFailure)) throw error;
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  const message = cause?.message ?? error.message;
  if (!(error instanceof ChildWorkflowFailure)) {
    return error instanceof CancelledFailure
      ? { kind: 'lost', how: 'cancelled', message: 'it was cancelled before it began' }
      : { kind: 'lost', how: 'not_started', message };
  }
  if (cause instanceof CancelledFailure) return { kind: 'lost', how: 'cancelled', message: 'it was cancelled' };
  if (cause instanceof TerminatedFailure) return { kind: 'lost', how: 'terminated', message: 'it was terminated' };
  if (cause instanceof TimeoutFailure) return { kind: 'lost', how: 'timed_out', message: 'it ran out of time' };
  return { kind: 'lost', how: 'failed', message };
}

export function signalChild(child: string, relay: Relay): Promise<boolean> {
  return signal(`${workflowInfo().workflowId}/${child}`, RELAY_SIGNAL, relay);
}

/** Tells the parent. @returns false where there is none, or it is over. */
export function signalParent(report: Report): Promise<boolean> {
  const { parent } = workflowInfo();
  return parent ? signal(parent.workflowId, REPORT_SIGNAL, report) : Promise.resolve(false);
}

async function signal(workflowId: string, name: string, payload: Relay | Report): Promise<boolean> {
  try {
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).signal(name, payload));
    return true;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return false;
  }
}
