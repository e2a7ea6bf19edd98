/** Stored parts of conversations that have grown past what one run of a session holds. */
import type { Kysely, Migration } from 'kysely';
import type { TimeType } from './migration-0002';

export function segments(time: TimeType): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('holdfast_segments')
        .addColumn('namespace', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .addColumn('bytes', 'integer', (column) => column.notNull())
        .addColumn('items', 'integer', (column) => column.notNull())
        .addColumn('created_at', time, (column) => column.notNull())
        .addColumn('closed_at', time)
        .addPrimaryKeyConstraint('holdfast_segments_key', ['namespace', 'hash'])
        .execute();
      // What pruning looks for: a table of large rows is not read through for it.
      await db.schema
        .createIndex('holdfast_segments_closed_at')
        .on('holdfast_segments')
        .column('closed_at')
        .where('closed_at', 'is not', null)
        .execute();
    },
  };
}
