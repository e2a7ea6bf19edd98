/**
 * What kysely's Migrator asks of a database: which schemas and tables there are. Kysely's own answer looks into every schema of the database,
 * so that it fails where this user may not, or where somebody drops a schema meanwhile.
 */
import {
  sql,
  type DatabaseIntrospector,
  type DatabaseMetadata,
  type Kysely,
  type SchemaMetadata,
  type TableMetadata,
} from 'kysely';

export class LedgerIntrospector implements DatabaseIntrospector {
  constructor(private readonly db: Kysely<unknown>) {}

  /** Those in which names are looked up. */
  async getSchemas(): Promise<SchemaMetadata[]> {
    const { rows } = await sql<{ name: string }>`select unnest(current_schemas(false)) as name`.execute(this.db);
    return rows.map(({ name }) => ({ name }));
  }

  /** Without their columns, which nobody asks for. */
  async getTables(): Promise<TableMetadata[]> {
    const { rows } = await sql<{ name: string; schema: string }>`
      select tablename as name, schemaname as schema from pg_catalog.pg_tables
      where schemaname = any(current_schemas(false))`.execute(this.db);
    return rows.map(({ name, schema }) => ({ name, schema, isView: false, columns: [] }));
  }

  async getMetadata(): Promise<DatabaseMetadata> {
    return { tables: await this.getTables() };
  }
}
