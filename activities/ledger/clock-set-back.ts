/** Leases when the database's clock is set back: a dead process's lease would otherwise last for as long as the clock has lost. */
import type { LedgerTransaction } from './claims';
import type { CallRow } from './tables';

/**
 * A row that was written later than now was written before the clock was set back. Its lease begins anew, as long as it was: whoever
 * holds it and lives renews it by then.
 * @returns the row as it is now.
 */
export async function afterClockSetBack<Row extends CallRow | undefined>(
  trx: LedgerTransaction,
  now: number,
  row: Row,
): Promise<Row> {
  if (row === undefined || row.lease_until === null || row.state !== 'started' || row.updated_at <= now) return row;
  const moved = { lease_until: now + Math.max(0, row.lease_until - row.updated_at), updated_at: now };
  await trx.updateTable('holdfast_calls').set(moved).where('call_key', '=', row.call_key).execute();
  return { ...row, ...moved };
}
