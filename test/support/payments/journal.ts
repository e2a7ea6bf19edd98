/** What the payment service writes down: one row for each request, in a file that is only ever added to. Imports nothing of ours. */
import { readFileSync } from 'node:fs';

/** One of each effect class; `read` changes nothing, `transactional` has its effect in the ledger's database and is only seen here. */
export const PAYMENT_CLASSES = ['read', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'] as const;
export type PaymentClass = (typeof PAYMENT_CLASSES)[number];

/** What a request carries. */
export interface PaymentRequest {
  readonly session: string;
  readonly callId: string;
  readonly tool: string;
  readonly effect: PaymentClass;
  /** The idempotency key, which `idempotent` honours and `reconcilable` keeps as a reference. */
  readonly key: string;
  readonly order: string;
  readonly cents: number;
  /** Temporal's attempt. */
  readonly attempt: number;
  /** Process id of the worker. */
  readonly worker: number;
}

export interface JournalRow extends PaymentRequest {
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  /**
   * `applied`: money moved. `deduped`: the key was there already. `refused`: nothing was done. `seen`: a request that moves no money
   * (reads, and transactional bodies, which say only that they are inside their transaction). `asked`: a probe.
   */
  readonly decision: 'applied' | 'deduped' | 'refused' | 'seen' | 'asked';
}

export function readJournal(file: string): readonly JournalRow[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JournalRow);
}
