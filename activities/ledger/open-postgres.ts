/** Opens a Postgres for the ledger: one pool of connections for all uses, with bounds on everything that may be waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import { Pool } from 'pg';
import { migrate } from './migrations';
import type { OpenedDatabase } from './opened-database';
import { LedgerUnavailable } from './port';
import { postgresAddress, type PostgresAddress } from './postgres-address';
import { LedgerPostgresDialect, type TransactionSettings } from './postgres-dialect';
import { POSTGRES_CLOCK } from './postgres-clock';
import { lockAndReadClock } from './postgres-locks';
import { postgresOneStatement } from './postgres-one-statement';
import { postgresOpenError } from './postgres-open-error';
import { PreparedStatements } from './postgres-prepared';
import {
  ANSWER_TIMEOUT_MS,
  CLOSE_PATIENCE_MS,
  IDLE_CONNECTION_MS,
  IDLE_IN_TRANSACTION_MS,
  MIGRATION_WAIT_MS,
  OPEN_AGAIN_AFTER_MS,
  OPEN_PATIENCE_MS,
  STATEMENT_TIMEOUT_MS,
} from './postgres-timing';
import type { LedgerTables } from './tables';
import { WriterLocks } from './writer-locks';

export { postgresOpenError } from './postgres-open-error';

/** Of all processes that are about to make the tables. Any number will do that nobody else has. */
const MIGRATION_LOCK = '5213046187214417';

/** @throws LedgerOpenError */
export async function openPostgres(
  name: string,
  url: string,
  lockWaitMs: number,
): Promise<OpenedDatabase & { readonly address: PostgresAddress }> {
  const address = postgresAddress(name, url);
  const pool = poolOf(address, address.poolSize, lockWaitMs);
  // Made when it is first used. A lease is lost if its renewal waits behind tools that keep all the others busy.
  const renewals = poolOf(address, 1, lockWaitMs);
  const prepares = new PreparedStatements(address.preparedStatements);
  const settings: TransactionSettings = {
    lockTimeoutMs: lockWaitMs,
    statementTimeoutMs: Math.max(STATEMENT_TIMEOUT_MS, lockWaitMs + 1_000),
    idleTimeoutMs: IDLE_IN_TRANSACTION_MS,
  };
  const kysely = (rest: Partial<TransactionSettings>, from = pool) =>
    new Kysely<LedgerTables>({
      dialect: new LedgerPostgresDialect({ pool: from, prepares, settings: { ...settings, ...rest } }),
    });
  const locks = new WriterLocks();
  let closing: Promise<unknown> | undefined;
  const close = async () => {
    closing ??= Promise.race([
      Promise.all([pool.end(), renewals.end()]),
      sleep(CLOSE_PATIENCE_MS, undefined, { ref: false }),
    ]);
    await closing;
  };
  try {
    const reader = kysely({});
    const inFull = await untilItAnswers(reader);
    const durable: Partial<TransactionSettings> = inFull ? {} : { synchronousCommit: 'on' };
    const migrator = kysely({
      lockTimeoutMs: MIGRATION_WAIT_MS,
      statementTimeoutMs: 0,
      idleTimeoutMs: 0,
      synchronousCommit: 'on',
    });
    return {
      address,
      dialect: 'postgres',
      writer: kysely(durable),
      // As on SQLite: they survive the death of every process; the last ones may be lost with the server's machine (docs/decisions/0002).
      modelWriter: kysely({ synchronousCommit: 'off' }),
      renewer: kysely(durable, renewals),
      reader,
      clock: POSTGRES_CLOCK,
      oneStatement: (ledgerId) => postgresOneStatement({ ...settings, ...durable }, ledgerId, locks),
      lock: (ledgerId) => async (trx, scope) => lockAndReadClock(trx, ledgerId, await locks.namesOf(trx, scope)),
      migrate: (how) => migrate(migrator, { ...how, dialect: 'postgres', alone: (work) => alone(migrator, work) }),
      close,
    };
  } catch (error) {
    await close().catch(() => undefined);
    throw postgresOpenError(name, address, error);
  }
}

function poolOf(address: PostgresAddress, max: number, waitMs: number): Pool {
  const pool = new Pool({
    ...address.client,
    max,
    connectionTimeoutMillis: waitMs,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
  });
  // An idle connection that breaks is taken out of the pool, and that is all there is to do about it.
  pool.on('error', () => undefined);
  return pool;
}

/** @returns whether commits wait until they are on disk where nobody says otherwise. */
async function untilItAnswers(db: Kysely<LedgerTables>): Promise<boolean> {
  const giveUpAt = performance.now() + OPEN_PATIENCE_MS;
  for (;;) {
    try {
      const { rows } = await sql<{ mode: string }>`select current_setting('synchronous_commit') as mode`.execute(db);
      return rows[0]?.mode !== 'off';
    } catch (error) {
      if (!(error instanceof LedgerUnavailable) || isFinal(error) || performance.now() > giveUpAt) throw error;
      await sleep(OPEN_AGAIN_AFTER_MS);
    }
  }
}

/** A refused password, a database that is not there and TLS that is not spoken do not become right by waiting. */
function isFinal({ cause }: LedgerUnavailable): boolean {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  return (typeof code === 'string' && /^(?:28|3D)/.test(code)) || /does not support SSL/.test(String(message));
}

/** The lock is held by a transaction that does nothing else: behind a pooler a session's would stay with a connection of its own. */
function alone<T>(db: Kysely<LedgerTables>, work: () => Promise<T>): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`.execute(trx);
    return work();
  });
}
