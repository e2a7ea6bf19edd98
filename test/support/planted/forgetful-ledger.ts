/** Planted: a ledger that forgets: what it held is gone when the next worker opens it. */
import { DatabaseSync } from 'node:sqlite';
import { patchLedger } from './patch-ledger';

patchLedger(() => {
  const database = new DatabaseSync(process.env.HOLDFAST_LEDGER_URL ?? '', { timeout: 10_000 });
  database.exec('delete from holdfast_effects; delete from holdfast_calls');
  database.close();
  return {};
});
void import('../worker-main.js');
