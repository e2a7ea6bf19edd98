/** Reads a `postgres://` address: node-postgres' own reading of it, with the meaning of `sslmode` that Postgres documents. */
import { Client, type ClientConfig } from 'pg';
import { LedgerOpenError } from './ledger-url';
import { POOL_SIZE } from './postgres-timing';

export interface PostgresAddress {
  readonly client: ClientConfig;
  readonly poolSize: number;
  /** Whether the ledger's own statements are kept prepared on a connection. */
  readonly preparedStatements: boolean;
  /** For people: host, port and database; never the password. */
  readonly host: string;
  readonly database: string;
  readonly user: string;
}

/** Larger than any sensible one; a server takes 100 connections in all by default. */
const MAX_POOL_SIZE = 1_000;

/** @throws LedgerOpenError that never shows the address, since a password may be anywhere in it. */
export function postgresAddress(name: string, url: string): PostgresAddress {
  const here = `ledger ${JSON.stringify(name)}`;
  try {
    const parsed = new URL(url);
    const poolSize = poolSizeOf(here, parsed.searchParams.get('pool_size'));
    const preparedStatements = preparedStatementsOf(here, parsed.searchParams.get('prepared_statements'));
    parsed.searchParams.delete('pool_size');
    parsed.searchParams.delete('prepared_statements');
    const mode = parsed.searchParams.get('sslmode');
    // Else node-postgres takes `require` for `verify-full`, and prints a warning.
    if (mode !== null && mode !== 'no-verify') parsed.searchParams.set('uselibpqcompat', 'true');
    const client = { connectionString: parsed.href, application_name: 'holdfast' };
    const { host, port, database = '', user = '' } = new Client(client);
    return { client, poolSize, preparedStatements, host: `${host}:${port}`, database, user };
  } catch (error) {
    if (error instanceof LedgerOpenError) throw error;
    // Of the file of a certificate, and of an `sslmode` that lacks one, the words are worth telling; of an address they would hold it.
    const { code, message } = error as { code?: unknown; message?: unknown };
    const why = code === 'ENOENT' || /sslmode/.test(String(message)) ? ` (${String(message).split('\n')[0]})` : '';
    throw new LedgerOpenError(
      `${here}: its address cannot be read${why}; write postgres://user:password@host:5432/database, and %40 for an @ in the password`,
    );
  }
}

function preparedStatementsOf(here: string, text: string | null): boolean {
  if (text === null || text === 'on') return true;
  if (text === 'off') return false;
  throw new LedgerOpenError(`${here}: prepared_statements must be on or off`);
}

function poolSizeOf(here: string, text: string | null): number {
  if (text === null) return POOL_SIZE;
  const size = Number(text);
  // Two at least: making the tables takes one beside the one that keeps other processes out.
  if (Number.isInteger(size) && size >= 2 && size <= MAX_POOL_SIZE) return size;
  throw new LedgerOpenError(`${here}: pool_size must be a whole number from 2 to ${MAX_POOL_SIZE}`);
}
