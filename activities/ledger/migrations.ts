/**
 * How the ledger's tables come to be. Migrations are only ever added: their names are recorded in the databases they ran in.
 */
import { randomUUID } from 'node:crypto';
import { Migrator, sql, type Kysely, type Migration } from 'kysely';
import type { Ledger } from './port';
import { resolutions } from './migration-0002';
import { segments } from './migration-0003';
import type { LedgerTables } from './tables';

export const MIGRATION_TABLE = 'holdfast_migrations';
const LOCK_TABLE = 'holdfast_migration_lock';
export const LEDGER_ID_KEY = 'ledger_id';

/** Columns of times, ms: node-postgres gives a `bigint` as text, and a double holds whole ms for 285,000 years. */
const TIME = { sqlite: 'bigint', postgres: 'double precision' } as const satisfies Record<Ledger['dialect'], string>;

const callsAndEffects = (time: (typeof TIME)[Ledger['dialect']]): Migration => ({
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
      .addColumn('lease_until', time)
      .addColumn('body_failures', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('may_have_applied', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('business_key', 'text')
      .addColumn('generation', 'integer')
      .addColumn('idempotency_key', 'text')
      .addColumn('key_valid_until', time)
      .addColumn('adopted_by', 'text')
      .addColumn('same_as_call', 'text')
      .addColumn('outcome', 'text')
      .addColumn('last_error', 'text')
      .addColumn('evidence', 'text')
      .addColumn('requests', 'text')
      .addColumn('started_at', time, (column) => column.notNull())
      .addColumn('updated_at', time, (column) => column.notNull())
      .addColumn('settled_at', time)
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
      .addColumn('key_valid_until', time, (column) => column.notNull())
      .addColumn('reversed_by', 'text')
      .addColumn('started_at', time, (column) => column.notNull())
      .addColumn('updated_at', time, (column) => column.notNull())
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
});

function migrationsFor(dialect: Ledger['dialect']): Readonly<Record<string, Migration>> {
  const time = TIME[dialect];
  return {
    '0001-calls-and-effects': callsAndEffects(time),
    '0002-resolutions': resolutions(time),
    '0003-segments': segments(time),
  };
}

/** The tables were made by a later version of Holdfast, which may have given them another meaning. */
export class NewerLedger extends Error {
  override readonly name = 'NewerLedger';
}

/** Only a ledger was wanted that is there, and of this version. */
export class NoLedger extends Error {
  override readonly name = 'NoLedger';
}

/** The schema of the ledger's tables where the database has schemas, and the names of the migrations that ran. */
async function applied(
  db: Kysely<LedgerTables>,
  dialect: Ledger['dialect'],
): Promise<{ readonly schema?: string; readonly names: readonly string[] }> {
  const { schema, found } = dialect === 'postgres' ? await foundInSchema(db) : await foundInFile(db);
  if (!found) return { schema, names: [] };
  const rows = await db
    .withTables<{ [MIGRATION_TABLE]: { name: string } }>()
    .selectFrom(MIGRATION_TABLE)
    .select('name')
    .execute();
  return { schema, names: rows.map((row) => row.name) };
}

async function foundInFile(db: Kysely<LedgerTables>): Promise<{ schema?: string; found: boolean }> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  return { found: tables.some((table) => table.name === MIGRATION_TABLE) };
}

/** As names are looked up on this connection (`search_path`): a database may hold several ledgers, each in a schema of its own. */
async function foundInSchema(db: Kysely<LedgerTables>): Promise<{ schema?: string; found: boolean }> {
  const { rows } = await sql<{ schema: string | null; found: string | null }>`
    select current_schema() as schema, (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.oid = to_regclass(${MIGRATION_TABLE})) as found`.execute(db);
  const [row] = rows;
  return { schema: row?.found ?? row?.schema ?? undefined, found: row?.found != null };
}

export interface MigrateOptions {
  readonly dialect: Ledger['dialect'];
  /** Runs `work` while no other process does so; absent where the database sees to it. */
  readonly alone?: <T>(work: () => Promise<T>) => Promise<T>;
  /** True: makes and changes nothing. */
  readonly mustExist?: boolean;
  /** Absent: all there are. */
  readonly migrations?: Readonly<Record<string, Migration>>;
}

/**
 * Brings the tables up to date. Several processes may do so at once.
 * @returns the ledger's id.
 * @throws NewerLedger where the database holds migrations this version does not know; NoLedger, with `mustExist`.
 */
export async function migrate(db: Kysely<LedgerTables>, options: MigrateOptions): Promise<string> {
  const { dialect, migrations = migrationsFor(dialect), alone = (work) => work() } = options;
  const known = Object.keys(migrations);
  const { names } = await applied(db, dialect);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new NewerLedger(`it was made by a later version (it has ${unknown}); upgrade Holdfast here`);
  if (options.mustExist && names.length === 0) throw new NoLedger('it holds no ledger');
  if (options.mustExist && names.length < known.length) {
    throw new NoLedger(
      'it was made by an earlier version; a worker of this version brings it up to date when it starts',
    );
  }
  if (names.length < known.length) await alone(() => runMigrations(db, dialect, migrations));
  const row = await db
    .selectFrom('holdfast_meta')
    .select('value')
    .where('key', '=', LEDGER_ID_KEY)
    .executeTakeFirstOrThrow();
  return row.value;
}

async function runMigrations(
  db: Kysely<LedgerTables>,
  dialect: Ledger['dialect'],
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  // Looked up again: another process may have made the tables while this one waited for its turn.
  const { schema } = await applied(db, dialect);
  if (dialect === 'postgres' && schema === undefined) {
    throw new Error('there is no schema to make the tables in; make the one that search_path names');
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
    migrationTableSchema: schema,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error(JSON.stringify(error));
}
