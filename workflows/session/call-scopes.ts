/**
 * Runs calls of tools so that each can be cancelled by itself. Wiring only. A scope costs the SDK several promises, so that one is used again by the calls that
 * follow, until it was cancelled.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { ToolCallInput, ToolCallReport } from '../contracts/tool';
import { callTool } from './call-activities';
import type { RunningCalls } from './running-calls';
import type { RunnableCall } from './running-step';

export class CallScopes {
  private free: CancellationScope[] = [];

  constructor(private readonly running: RunningCalls) {}

  /** Runs a call to its report; never throws but for bugs. */
  call(call: RunnableCall, input: ToolCallInput, activityId: string): Promise<ToolCallReport> {
    const scope = this.free.pop() ?? new CancellationScope({ cancellable: true });
    const { free } = this;
    this.running.began(call.id, () => scope.cancel());
    // Without an async function of its own: that would be further promises.
    return scope.run(() =>
      callTool(call, input, activityId).then((report) => {
        if (!scope.consideredCancelled) free.push(scope);
        return this.running.ended(call.id, report);
      }),
    );
  }

  /** To be called where the turn's own scope is another from now on: those made in the old one are of no use. */
  renew(): void {
    this.free = [];
  }
}
