/** Transactions that the database gave up for another's sake: nothing was written, and the next try is likely to go through. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerUnavailable } from './port';

/** A deadlock, or two transactions that cannot both be true. Who has tried often enough meets it as `LedgerUnavailable`. */
export class TransactionContended extends LedgerUnavailable {}

/** With the waits between them about a second in all. */
const TRIES = 6;
const LONGEST_WAIT_MS = 400;

/** @param transaction has no effect unless it commits. @throws LedgerUnavailable after the last try */
export async function retriedWhenContended<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!(error instanceof TransactionContended) || tried === TRIES) throw error;
      // Random, so that two that met do not meet again.
      await sleep(Math.random() * Math.min(LONGEST_WAIT_MS, 20 * 2 ** tried));
    }
  }
}
