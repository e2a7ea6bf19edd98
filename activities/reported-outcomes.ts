/**
 * Outcomes that this worker's tool activities reported lately, for the model call that follows: history has each once, in the tool's result, and the
 * model call is sent no more than its fingerprint. What is not here, or differs from what the session has, is read back by query.
 */
import { printOf } from '../workflows/contracts/conversation';
import type { ToolOutcome } from '../workflows/contracts/tool';

/** Memory for them, bytes, estimated as UTF-16. Most are taken within a second. */
const MAX_BYTES = 32 * 1024 * 1024;

interface Kept {
  readonly outcome: ToolOutcome;
  readonly print: string;
  readonly bytes: number;
}

/** Least recently reported first out. */
export class ReportedOutcomes {
  private readonly entries = new Map<string, Kept>();
  private total = 0;

  constructor(private readonly maxBytes = MAX_BYTES) {}

  /** @param callKey `<namespace>/<call id>`. */
  keep(callKey: string, outcome: ToolOutcome): void {
    const { print, length } = printOf(outcome);
    this.forget(callKey);
    const kept = { outcome, print, bytes: 2 * length + 200 };
    this.entries.set(callKey, kept);
    this.total += kept.bytes;
    for (const oldest of this.entries.keys()) {
      if (this.total <= this.maxBytes) break;
      this.forget(oldest);
    }
  }

  /** @returns undefined where it is not here, or is another than the session has. It stays: a model call may be tried again. */
  find(callKey: string, print: string): ToolOutcome | undefined {
    const kept = this.entries.get(callKey);
    return kept?.print === print ? kept.outcome : undefined;
  }

  private forget(callKey: string): void {
    this.total -= this.entries.get(callKey)?.bytes ?? 0;
    this.entries.delete(callKey);
  }
}
