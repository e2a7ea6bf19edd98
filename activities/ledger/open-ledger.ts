/** Opens a ledger: makes what is missing of it, the tables at least. Any number of processes may do so at once. */
import type { PayloadCodec } from '@temporalio/common';
import { jsonContentCodec, payloadContentCodec } from './content-codec';
import { isPostgresUrl, ledgerPath } from './ledger-url';
import { openPostgres, postgresOpenError } from './open-postgres';
import { assertHoldsLedger, openSqlite, sqliteOpenError } from './open-sqlite';
import { LOCK_WAIT_MS, type OpenedDatabase } from './opened-database';
import type { ContentCodec, Ledger } from './port';
import { checkSeal } from './seal';
import { createSqlLedger } from './sql-ledger';

export { LOCK_WAIT_MS } from './opened-database';

export interface OpenLedgerOptions {
  /** As tools name it; `default` is the one of tools that name none. */
  readonly name: string;
  /** `postgres://user:password@host:5432/database`, the path of a SQLite file, or `file:/path`. */
  readonly url: string;
  /** The codecs Temporal's payloads are sealed with: content in the ledger is sealed with them too. */
  readonly payloadCodecs?: readonly PayloadCodec[];
  /** Another way to store content; wins over `payloadCodecs`. */
  readonly codec?: ContentCodec;
  /** How long a call waits while others write, and for a connection, ms, before it fails with `LedgerUnavailable`. */
  readonly lockWaitMs?: number;
  /** True: only a ledger that is there, of this version; nothing is made and nothing brought up to date. For who only looks. */
  readonly mustExist?: boolean;
}

/**
 * @throws LedgerOpenError in one sentence: a database that is not supported, cannot be reached (a Postgres is given some seconds to start)
 * or used, tables of a later version, or content that is sealed where this process has no codecs.
 */
export async function openLedger(options: OpenLedgerOptions): Promise<Ledger> {
  const { name, url, lockWaitMs = LOCK_WAIT_MS } = options;
  if (isPostgresUrl(url)) {
    const database = await openPostgres(name, url, lockWaitMs);
    return assembled(options, database, (error) => postgresOpenError(name, database.address, error));
  }
  const file = ledgerPath(name, url);
  if (options.mustExist) assertHoldsLedger(name, file);
  return assembled(options, await openSqlite(name, file, lockWaitMs), (error) => sqliteOpenError(name, file, error));
}

async function assembled(
  { name, payloadCodecs = [], codec, mustExist }: OpenLedgerOptions,
  database: OpenedDatabase,
  openError: (error: unknown) => Error,
): Promise<Ledger> {
  const { migrate, lock, oneStatement, ...rest } = database;
  try {
    const id = await migrate({ mustExist });
    if (!codec) await checkSeal(database.writer, name, payloadCodecs.length > 0);
    const ownCodec = payloadCodecs.length > 0 ? payloadContentCodec(payloadCodecs) : jsonContentCodec;
    const parts = { ...rest, name, id, lock: lock?.(id), oneStatement: oneStatement(id) };
    return createSqlLedger({ ...parts, codec: codec ?? ownCodec });
  } catch (error) {
    await database.close().catch(() => undefined);
    throw openError(error);
  }
}
