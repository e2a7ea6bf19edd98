/**
 * Kysely on node:sqlite. One database handle per dialect; a writing one takes turns by a lock and begins every transaction
 * IMMEDIATE, so that a transaction that has begun can no longer lose a race for the write lock.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { setImmediate as nextTick } from 'node:timers/promises';
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from 'kysely';
import { translated, whileLocked } from './sqlite-errors';
import type { WriteLock } from './write-lock';

export interface NodeSqliteConfig {
  readonly database: DatabaseSync;
  /** Turns among the writers of this process; absent for a handle that only reads. */
  readonly lock?: WriteLock;
  /** Its turns come before those of other handles. */
  readonly urgent?: boolean;
  /** How long to wait for a turn, and for other processes, ms. */
  readonly lockWaitMs: number;
}

const MAX_STATEMENTS = 100;

/** Statements that would end or leave the transaction a tool was given: its writes and the record of them would come apart. */
const TRANSACTION_CONTROL =
  /^(?:\s|;|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(begin|commit|end|rollback|savepoint|release|attach|detach|pragma|vacuum)\b/i;

/** Queries answer at once and without I/O, so a long row of them would keep timers and heartbeats waiting: longest stretch, ms. */
const STRETCH_MS = 20;

/**
 * The right to use the handle until its transaction ends or it is released; a query by somebody who kept it longer is refused,
 * since it would be committed by itself.
 */
class SqliteTurn implements DatabaseConnection {
  #over = false;
  #inTransaction = false;
  #restedAt = performance.now();

  constructor(private readonly config: NodeSqliteConfig & { readonly statements: StatementCache }) {}

  end(): void {
    this.#over = true;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const control = TRANSACTION_CONTROL.exec(query.sql)?.[1];
    if (control !== undefined) {
      throw new Error(`${control.toUpperCase()} is not allowed here: the ledger begins and ends the transaction`);
    }
    const parameters = query.parameters.map((value) =>
      typeof value === 'boolean' ? Number(value) : value,
    ) as SQLInputValue[];
    if (performance.now() - this.#restedAt > STRETCH_MS) {
      await nextTick();
      this.#restedAt = performance.now();
    }
    return whileLocked(this.config.lockWaitMs, () => {
      if (this.#over) throw new Error('the transaction is over: nothing can be read or written with it any more');
      // A full disk, or a statement's own `OR ROLLBACK`, ends a transaction without being asked to.
      if (this.#inTransaction && !this.config.database.isTransaction) {
        throw new Error('the database has rolled the transaction back: nothing that was written with it is kept');
      }
      const statement = this.config.statements.prepare(query.sql);
      if (statement.columns().length > 0) return { rows: statement.all(...parameters) as Row[] };
      const { changes, lastInsertRowid } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    });
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('the ledger does not stream; read pages instead');
  }

  /** Begins, ends or undoes the transaction. */
  async control(command: 'BEGIN IMMEDIATE' | 'COMMIT' | 'ROLLBACK'): Promise<void> {
    this.#inTransaction = command === 'BEGIN IMMEDIATE';
    if (!this.#inTransaction) this.#over = true;
    await whileLocked(this.config.lockWaitMs, () => this.config.database.exec(command));
  }
}

/** Compiled statements by their text, oldest out first: compiling them anew was a tenth of what a call costs in the ledger. */
class StatementCache {
  readonly #statements = new Map<string, StatementSync>();

  constructor(private readonly database: DatabaseSync) {}

  prepare(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.database.prepare(text);
    // The ledger's own are about 20; a tool's may be any number, with values in their text.
    const [oldest] = this.#statements.keys();
    if (this.#statements.size >= MAX_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest);
    this.#statements.set(text, statement);
    return statement;
  }
}

class NodeSqliteDriver implements Driver {
  private readonly config: NodeSqliteConfig & { readonly statements: StatementCache };

  constructor(config: NodeSqliteConfig) {
    this.config = { ...config, statements: new StatementCache(config.database) };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteTurn> {
    await this.config.lock?.acquire(this.config.lockWaitMs, this.config.urgent);
    return new SqliteTurn(this.config);
  }

  async releaseConnection(turn: SqliteTurn): Promise<void> {
    turn.end();
    this.config.lock?.release();
  }

  async beginTransaction(turn: SqliteTurn): Promise<void> {
    await turn.control('BEGIN IMMEDIATE');
  }

  async commitTransaction(turn: SqliteTurn): Promise<void> {
    await turn.control('COMMIT');
  }

  async rollbackTransaction(turn: SqliteTurn): Promise<void> {
    // SQLite itself rolls back when a disk is full, and then there is nothing left to undo.
    if (this.config.database.isOpen && this.config.database.isTransaction) await turn.control('ROLLBACK');
  }

  async destroy(): Promise<void> {
    try {
      if (this.config.database.isOpen) this.config.database.close();
    } catch (error) {
      throw translated(error);
    }
  }
}

class LedgerSqliteAdapter extends SqliteAdapter {
  /** Migrations run in one IMMEDIATE transaction, which is the lock between processes too. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export class NodeSqliteDialect implements Dialect {
  constructor(private readonly config: NodeSqliteConfig) {}

  createDriver(): Driver {
    return new NodeSqliteDriver(this.config);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): LedgerSqliteAdapter {
    return new LedgerSqliteAdapter();
  }

  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}
