/**
 * Statements that are built and compiled once and then run with the values of each call: building one anew takes Kysely longer than SQLite
 * takes to run it.
 */
import { createHash } from 'node:crypto';
import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { LedgerTables } from './tables';

/** Stands in the statement for a value that each run brings. */
class Hole {
  constructor(readonly name: string) {}

  /** A sum or a text made of it would be compiled into the statement instead of the value. */
  [Symbol.toPrimitive](): never {
    throw new Error(`${this.name} is not known when the statement is built; let the database calculate with it`);
  }
}

/** A statement that comes again and again. Its name is that of its text, whatever process and version of Holdfast says it. */
export interface RepeatedQuery<Row> extends CompiledQuery<Row> {
  readonly repeatedAs: string;
}

/** @returns the name of a statement that a database may keep prepared under it; undefined for one that may never come again. */
export function repeatedAs(query: CompiledQuery): string | undefined {
  return 'repeatedAs' in query && typeof query.repeatedAs === 'string' ? query.repeatedAs : undefined;
}

export type CompiledOnce<Values, Row> = (db: Kysely<LedgerTables>, values: Values) => Promise<QueryResult<Row>>;

/**
 * @param build gives the statement. It sees no values, only what stands for them: it passes each on to the statement as a value and looks
 * into none. Run once for each database handle.
 * @returns runs the statement on the handle, or in a transaction of it.
 */
export function compiledOnce<Values extends object, Row = never>(
  build: (db: Kysely<LedgerTables>, values: Readonly<Values>) => Compilable<Row>,
): CompiledOnce<Values, Row> {
  const holes = new Proxy({}, { get: (_, name) => new Hole(String(name)) }) as Values;
  // A handle and its transactions share an adapter.
  const compiled = new WeakMap<object, RepeatedQuery<Row>>();
  return (db, values) => {
    const { adapter } = db.getExecutor();
    let statement = compiled.get(adapter);
    if (statement === undefined) {
      const query = build(db, holes).compile();
      statement = {
        ...query,
        repeatedAs: `holdfast_${createHash('sha256').update(query.sql).digest('hex').slice(0, 20)}`,
      };
      compiled.set(adapter, statement);
    }
    const parameters = statement.parameters.map((value) => filled(value, values));
    const query: RepeatedQuery<Row> = { ...statement, parameters };
    return db.executeQuery(query);
  };
}

function filled(parameter: unknown, values: object): unknown {
  return parameter instanceof Hole ? (values as Readonly<Record<string, unknown>>)[parameter.name] : parameter;
}
