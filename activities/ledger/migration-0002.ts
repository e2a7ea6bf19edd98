/** What people said of unresolved calls, when an attempt in doubt has ended, and an index by which the calls of one effect are found. */
import type { Kysely, Migration } from 'kysely';

/** Column type of times: ms since the epoch. */
export type TimeType = 'bigint' | 'double precision';

export function resolutions(time: TimeType): Migration {
  return {
    async up(db: Kysely<unknown>) {
      // SQLite takes one column at a time.
      await db.schema.alterTable('holdfast_calls').addColumn('ran_until', time).execute();
      await db.schema.alterTable('holdfast_calls').addColumn('resolution', 'text').execute();
      await db.schema
        .createIndex('holdfast_calls_business_key')
        .on('holdfast_calls')
        .columns(['business_key', 'generation'])
        .where('business_key', 'is not', null)
        .execute();
    },
  };
}
