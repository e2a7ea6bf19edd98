/** The calls of tools that run at this moment, so that a person can cancel one of them alone. Plain code. */
import type { ToolCallReport } from '../contracts/tool';

interface RunningCall {
  readonly cancel: () => void;
  /** Set once a person cancelled it: who and why, in words. */
  words?: string;
  readonly told: ((report: ToolCallReport) => void)[];
}

export class RunningCalls {
  private readonly running = new Map<string, RunningCall>();

  /** @param cancel cancels what runs of the call, which is reported all the same. */
  began(callId: string, cancel: () => void): void {
    this.running.set(callId, { cancel, told: [] });
  }

  /** @returns the report as the session is to take it: one that a person cancelled says so. */
  ended(callId: string, report: ToolCallReport): ToolCallReport {
    const call = this.running.get(callId);
    this.running.delete(callId);
    if (call?.words === undefined) return report;
    const { outcome } = report;
    const said: ToolCallReport =
      outcome.kind === 'cancelled' ? { ...report, outcome: { kind: 'cancelled', message: call.words } } : report;
    for (const tell of call.told) tell(said);
    return said;
  }

  runs(callId: string): boolean {
    return this.running.has(callId);
  }

  /**
   * Cancels a call that runs. What became of it is for its tool and the ledger to say: it may have been too late.
   * @param words who cancelled it and why; those of the first who did stay.
   * @param tell called with its report, not within this call.
   */
  cancel(callId: string, words: string, tell: (report: ToolCallReport) => void): void {
    const call = this.running.get(callId);
    if (!call) return;
    call.words ??= words;
    call.told.push(tell);
    call.cancel();
  }
}
