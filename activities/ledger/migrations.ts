/**
 * How the ledger's tables come to be. Migrations are only ever added: their names are recorded in the databases they ran in.
 */
import { randomUUID } from 'node:crypto';
import { Migrator, sql, type Kysely, type Migration } from 'kysely';
import type { LedgerTables } from './tables';

export const MIGRATION_TABLE = 'holdfast_migrations';
const LOCK_TABLE = 'holdfast_migration_lock';
export const LEDGER_ID_KEY = 'ledger_id';

const callsAndEffects: Migration = {
  async up(db: Kysely<LedgerTables>) {
    await db.schema
      .createTable('holdfast_meta')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('holdfast_calls')
      .addColumn('call_key', 'text', (column) => column.primaryKey())
      .addColumn('namespace', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('tool', 'text')
      .addColumn('effect', 'text')
      .addColumn('args_hash', 'text')
      .addColumn('args', 'text')
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('fence', 'integer', (column) => column.notNull())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('lease_until', 'bigint')
      .addColumn('body_failures', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('may_have_applied', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('business_key', 'text')
      .addColumn('generation', 'integer')
      .addColumn('idempotency_key', 'text')
      .addColumn('key_valid_until', 'bigint')
      .addColumn('adopted_by', 'text')
      .addColumn('same_as_call', 'text')
      .addColumn('outcome', 'text')
      .addColumn('last_error', 'text')
      .addColumn('evidence', 'text')
      .addColumn('requests', 'text')
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('settled_at', 'bigint')
      .execute();
    await db.schema
      .createIndex('holdfast_calls_namespace')
      .on('holdfast_calls')
      .columns(['namespace', 'started_at'])
      .execute();
    await db.schema
      .createIndex('holdfast_calls_adopted_by')
      .on('holdfast_calls')
      .column('adopted_by')
      .where('adopted_by', 'is not', null)
      .execute();
    await db.schema
      .createTable('holdfast_effects')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('tool', 'text', (column) => column.notNull())
      .addColumn('business_key', 'text', (column) => column.notNull())
      .addColumn('generation', 'integer', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('call_key', 'text', (column) => column.notNull())
      .addColumn('idempotency_key', 'text', (column) => column.notNull())
      .addColumn('same_as_hash', 'text', (column) => column.notNull())
      .addColumn('same_as', 'text', (column) => column.notNull())
      .addColumn('key_valid_until', 'bigint', (column) => column.notNull())
      .addColumn('reversed_by', 'text')
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('holdfast_effects_key', ['tenant', 'tool', 'business_key', 'generation'])
      .execute();
    // The database itself refuses a second live effect of one key.
    await db.schema
      .createIndex('holdfast_effects_live')
      .unique()
      .on('holdfast_effects')
      .columns(['tenant', 'tool', 'business_key'])
      .where(sql.ref('state'), 'in', ['started', 'succeeded', 'unresolved'])
      .execute();
    await db.insertInto('holdfast_meta').values({ key: LEDGER_ID_KEY, value: randomUUID() }).execute();
  },
};

const MIGRATIONS: Readonly<Record<string, Migration>> = { '0001-calls-and-effects': callsAndEffects };

/** The tables were made by a later version of Holdfast, which may have given them another meaning. */
export class NewerLedger extends Error {
  override readonly name = 'NewerLedger';
}

async function applied(db: Kysely<LedgerTables>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === MIGRATION_TABLE)) return [];
  const rows = await db
    .withTables<{ [MIGRATION_TABLE]: { name: string } }>()
    .selectFrom(MIGRATION_TABLE)
    .select('name')
    .execute();
  return rows.map((row) => row.name);
}

/**
 * Brings the tables up to date. Several processes may do so at once.
 * @returns the ledger's id.
 * @throws NewerLedger where the database holds migrations this version does not know.
 */
export async function migrate(db: Kysely<LedgerTables>, migrations = MIGRATIONS): Promise<string> {
  const names = Object.keys(migrations);
  const done = await applied(db);
  const unknown = done.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new NewerLedger(`it was made by a later version (it has ${unknown}); upgrade Holdfast here`);
  if (done.length < names.length) {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => ({ ...migrations }) },
      migrationTableName: MIGRATION_TABLE,
      migrationLockTableName: LOCK_TABLE,
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error instanceof Error ? error : new Error(JSON.stringify(error));
  }
  const row = await db
    .selectFrom('holdfast_meta')
    .select('value')
    .where('key', '=', LEDGER_ID_KEY)
    .executeTakeFirstOrThrow();
  return row.value;
}
