/** A worker whose ledger's clock is off by what the table `test_clock` of that database says: a test makes it jump for all workers at once. */
import { sql } from 'kysely';
import type { createSqlLedger } from '../../../activities/ledger/sql-ledger';
import { patchExport } from '../planted/patch-export';

patchExport<typeof createSqlLedger>(
  'activities/ledger/sql-ledger',
  'createSqlLedger',
  (original) => (parts) =>
    original({ ...parts, clock: sql<number>`(${parts.clock} + (select off_ms from test_clock))` }),
);

void import('../worker-main.js');
