/** Kysely on node-postgres: connections of a shared pool, transactions with bounds of their own, and tools kept from ending them. */
import type { Pool } from 'pg';
import { PostgresAdapter, PostgresQueryCompiler, type Dialect, type Driver, type Kysely } from 'kysely';
import { translatedPostgres } from './postgres-errors';
import { LedgerIntrospector } from './postgres-introspector';
import type { PreparedStatements } from './postgres-prepared';
import { PostgresTurn } from './postgres-turn';

export interface LedgerPostgresConfig {
  /** Shared; whoever made it ends it. */
  readonly pool: Pool;
  /** Shared with whoever uses the same way to the server. */
  readonly prepares: PreparedStatements;
  /** What every transaction begins with, in force until it ends: works behind a pooler that shares connections among transactions, too. */
  readonly settings: TransactionSettings;
}

export interface TransactionSettings {
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Whether a commit waits until it is on disk; absent: as the server says. */
  readonly synchronousCommit?: 'on' | 'off';
}

/** Read committed whatever the server's default is: the locks that are taken first are what keeps writers apart. */
function beginning(settings: TransactionSettings): string {
  const { lockTimeoutMs, statementTimeoutMs, idleTimeoutMs, synchronousCommit } = settings;
  return [
    'start transaction isolation level read committed',
    `set local lock_timeout = ${lockTimeoutMs}`,
    `set local statement_timeout = ${statementTimeoutMs}`,
    `set local idle_in_transaction_session_timeout = ${idleTimeoutMs}`,
    ...(synchronousCommit ? [`set local synchronous_commit = ${synchronousCommit}`] : []),
  ].join('; ');
}

class LedgerPostgresDriver implements Driver {
  private readonly beginning: string;

  constructor(private readonly config: LedgerPostgresConfig) {
    this.beginning = beginning(config.settings);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PostgresTurn> {
    try {
      return new PostgresTurn(await this.config.pool.connect(), this.config.prepares);
    } catch (error) {
      throw translatedPostgres(error);
    }
  }

  async releaseConnection(turn: PostgresTurn): Promise<void> {
    turn.release();
  }

  async beginTransaction(turn: PostgresTurn): Promise<void> {
    await turn.begin(this.beginning);
  }

  async commitTransaction(turn: PostgresTurn): Promise<void> {
    await turn.commit();
  }

  async rollbackTransaction(turn: PostgresTurn): Promise<void> {
    await turn.rollback();
  }

  /** The pool is not this driver's. */
  async destroy(): Promise<void> {}
}

class LedgerPostgresAdapter extends PostgresAdapter {
  /** `openPostgres` holds a lock round all of it: this one would be the session's, which a pooler gives to somebody else. */
  override async acquireMigrationLock(): Promise<void> {}

  override async releaseMigrationLock(): Promise<void> {}
}

export class LedgerPostgresDialect implements Dialect {
  constructor(private readonly config: LedgerPostgresConfig) {}

  createDriver(): Driver {
    return new LedgerPostgresDriver(this.config);
  }

  createQueryCompiler(): PostgresQueryCompiler {
    return new PostgresQueryCompiler();
  }

  createAdapter(): LedgerPostgresAdapter {
    return new LedgerPostgresAdapter();
  }

  createIntrospector(db: Kysely<unknown>): LedgerIntrospector {
    return new LedgerIntrospector(db);
  }
}
