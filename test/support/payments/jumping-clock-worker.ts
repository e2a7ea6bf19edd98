/** A worker whose ledger's clock is off by what the table `test_clock` of that database says: a test makes it jump for all workers at once. */
import { sql } from 'kysely';
import type { createSqlLedger } from '../../../activities/ledger/sql-ledger';
import { patchExport } from '../planted/patch-export';

patchExport<typeof createSqlLedger>('activities/ledger/sql-ledger', 'createSqlLedger', (original) => (parts) => {
  const off = (clock: typeof parts.clock) => sql<number>`(${clock} + (select off_ms from test_clock))`;
  const oneStatement = { ...parts.oneStatement, clock: off(parts.oneStatement.clock) };
  return original({ ...parts, clock: off(parts.clock), oneStatement });
});

void import('../worker-main.js');
