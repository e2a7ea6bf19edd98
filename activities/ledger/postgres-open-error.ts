/** Why a ledger on Postgres could not be opened: one sentence, with what to do. */
import { LedgerOpenError } from './ledger-url';
import { NewerLedger, NoLedger } from './migrations';
import type { PostgresAddress } from './postgres-address';
import { postgresCode } from './postgres-errors';
import { LedgerUnavailable } from './port';

export function postgresOpenError(name: string, address: PostgresAddress, error: unknown): Error {
  if (error instanceof LedgerOpenError) return error;
  const text = `ledger ${JSON.stringify(name)} on Postgres at ${address.host} could not be opened: ${reason(address, error)}`;
  return new LedgerOpenError(text, { cause: error });
}

function reason({ host, database, user }: PostgresAddress, error: unknown): string {
  const cause = error instanceof LedgerUnavailable ? (error.cause ?? error) : error;
  const said = firstLine(cause);
  if (error instanceof NewerLedger || error instanceof NoLedger) return said;
  switch (postgresCode(cause)) {
    case '28P01':
      return `the password of the user ${user} is wrong, or there is no such user (${said}); mend it in the address`;
    case '28000':
      return `it does not let the user ${user} in (${said}); see its pg_hba.conf`;
    case '3D000':
      return `${said}; make it with: create database "${database}"`;
    case '42501':
      return `the user ${user} may not do what the ledger needs (${said}); grant create on the schema, or on all tables that begin with holdfast_`;
    case '57P03':
    case '53300':
      return `${said}; it was tried for some seconds`;
    case undefined:
      break;
    default:
      return said;
  }
  if (/does not support SSL/i.test(said)) return `${said}; say sslmode=disable in the address, or turn TLS on there`;
  if (/certificate|self.signed|altnames/i.test(said)) {
    return `its certificate is not accepted (${said}); name the authority's with sslrootcert=/path in the address`;
  }
  if (error instanceof LedgerUnavailable) {
    return `nobody answers there (${said}); is it running, and ${host} the right place?`;
  }
  return said;
}

/** Of several, such as the refusals of a host that has two addresses, the first. */
function firstLine(error: unknown): string {
  const one = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  return String((one as { message?: unknown } | null)?.message ?? one).split('\n')[0] ?? '';
}
