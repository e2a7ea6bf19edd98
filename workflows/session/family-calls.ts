/** The calls of a step that are the engine's own: changes of the state, other agents, a delegate's result. Plain code. */
import type { DelegateCall, ResultCall, StateCall, TransferCall } from '../contracts/family-call';
import type { PlannedCall, RejectedOutcome, ToolCallReport } from '../contracts/tool';
import type { SessionState } from './session-state';
import { applyDraft } from './state-items';

/** Runs calls that have to do with other agents. None of them throws but for bugs. */
export interface FamilyCalls {
  /** True where a child was begun for the call by an earlier run. */
  readonly isBegun: (callId: string) => boolean;
  /** `parked`: the next run goes on with it. */
  readonly delegate: (call: DelegateCall) => Promise<ToolCallReport | 'parked'>;
  /** `parked`: the next run goes on with it; or, in a child, whoever it came back to does. */
  readonly transfer: (call: TransferCall) => Promise<ToolCallReport | 'parked'>;
  readonly giveResult: (call: ResultCall) => Promise<ToolCallReport>;
  /** A call was refused when it was planned. */
  readonly refused: (call: Extract<PlannedCall, { kind: 'refused' }>) => void;
}

/** A call of which the session itself knows the end. */
export function ownReport(outcome: ToolCallReport['outcome']): ToolCallReport {
  return { outcome, attempt: 0, ledger: 'none' };
}

/** A call that the session does not allow, with words for the model. */
export function rejectedReport(reason: RejectedOutcome['reason'], message: string): ToolCallReport {
  return ownReport({ kind: 'rejected', reason, message });
}

/** Changes the state as the model says. What other calls of the step changed meanwhile counts. */
export function stateReport(state: SessionState, { id: callId, draft }: StateCall, now: number): ToolCallReport {
  const end = applyDraft(state, draft, { kind: 'model', callId }, now);
  if (end.kind === 'refused') return rejectedReport('invalid_arguments', `nothing was changed: ${end.problem}`);
  const { facts, obligations } = end;
  return ownReport({
    kind: 'succeeded',
    result: {
      recorded: true,
      ...(facts.length === 0 ? {} : { established: facts }),
      ...(obligations.length === 0 ? {} : { opened: obligations }),
    },
  });
}
