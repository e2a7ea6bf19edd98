/** Reads, from outside, what the payment service and the ledger hold of a refund: the demo's evidence. */
import { DatabaseSync } from 'node:sqlite';
import { applied, type AppliedEffect } from '../../shared/services/journal';
import type { JournalRow, PaymentEffect } from '../payments/journal';

export interface CrashScene {
  readonly refund: AppliedEffect<PaymentEffect, 'refund'>;
  /** `<namespace>/<path of the child>/<call id>`: the reference that the refund carries. */
  readonly key: string;
  /** Path of the child that asked for it; empty for the first session. */
  readonly child: string;
  readonly callId: string;
}

/** The newest refund, or undefined where there is none. */
export function findCrashScene(journal: readonly JournalRow[]): CrashScene | undefined {
  const refund = applied(journal, 'refund').at(-1);
  if (!refund) return undefined;
  const [, ...parts] = refund.reference.split('/');
  return { refund, key: refund.reference, child: parts.slice(0, -1).join('/'), callId: parts.at(-1) ?? '' };
}

/** The state of each of the ledger's rows for a key: one, if all is well. */
export function ledgerStates(file: string, key: string): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return database
      .prepare('SELECT state FROM holdfast_calls WHERE call_key = ?')
      .all(key)
      .map((row) => String(row.state));
  } finally {
    database.close();
  }
}
