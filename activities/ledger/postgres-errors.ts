/** What errors of Postgres and of the way to it mean for the ledger (codes: https://www.postgresql.org/docs/current/errcodes-appendix.html). */
import { TransactionContended } from './contention';
import { LedgerUnavailable } from './port';

/** By code, or by class where there is no line for the code: why the database cannot be used just now, in words. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  '08': 'the connection to Postgres failed',
  '53': 'Postgres lacks resources',
  '57': 'Postgres ended the connection',
  '58': 'Postgres could not read or write its files',
  '25P03': 'the transaction did nothing for too long, and Postgres ended it',
  '25P04': 'the transaction took too long, and Postgres ended it',
  '25006': 'Postgres is read-only',
  '28000': 'Postgres refuses the user',
  '28P01': 'Postgres refuses the user or the password',
  '3D000': 'the database is not there',
  '53100': 'Postgres has no space left on its disk',
  '53300': 'Postgres has no connection left',
  '55P03': 'others kept what was needed locked for too long',
  '57014': 'Postgres gave a statement up, since it took too long',
  '57P01': 'Postgres is being shut down or restarted',
  '57P02': 'Postgres crashed',
  '57P03': 'Postgres is starting or stopping',
  '57P04': 'the database was dropped',
  XX001: 'the database is damaged',
  XX002: 'an index of the database is damaged',
};

const DEADLOCK_OR_CONFLICT = ['40001', '40P01'];
const UNIQUE = '23505';

/** Errors of the connection that carry no code of Postgres. */
const BROKEN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody answers at its address',
  ECONNRESET: 'the connection was reset',
  ECONNABORTED: 'the connection was cut',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'there was no answer',
  EHOSTUNREACH: 'its host cannot be reached',
  EHOSTDOWN: 'its host is down',
  ENETUNREACH: 'its network cannot be reached',
  ENETDOWN: 'the network is down',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name cannot be looked up just now',
  ENOENT: 'there is no socket at its path',
  EMFILE: 'this process has no file handle left for a connection',
};

/** What node-postgres itself says of a connection that cannot be used; it gives these errors no code. */
const BROKEN_WORDS =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client (?:has encountered|was closed)|Cannot use a pool after|The server does not support SSL)/i;

interface PostgresError {
  readonly code: string;
  readonly constraint?: string;
  /** The function of the server's that raised it. */
  readonly routine?: string;
}

/** Of an error that the server sent; undefined for any other. */
export function postgresCode(error: unknown): string | undefined {
  return fromServer(error)?.code;
}

function fromServer(error: unknown): PostgresError | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? (error as PostgresError) : undefined;
}

/** True where the connection it came over is of no use any more. */
export function isBroken(error: unknown): boolean {
  const server = fromServer(error);
  if (server) return /^(?:08|57P|25P0[34])/.test(server.code);
  return brokenBecause(error) !== undefined;
}

function brokenBecause(error: unknown): string | undefined {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' ? BROKEN[code] : undefined;
  if (known !== undefined) return known;
  return typeof message === 'string' && BROKEN_WORDS.test(message) ? message : undefined;
}

/** An error that says the database cannot be used becomes `LedgerUnavailable`; any other, such as one of a tool's own constraints, stays. */
export function translatedPostgres(error: unknown): unknown {
  if (error instanceof LedgerUnavailable) return error;
  const server = fromServer(error);
  if (!server) {
    const why = brokenBecause(error);
    return why === undefined ? error : unavailable(`Postgres cannot be reached: ${why}`, error);
  }
  const { code, constraint = '', routine } = server;
  // The index of live effects refuses the one that comes second, which then sees what the first has written.
  if (DEADLOCK_OR_CONFLICT.includes(code) || (code === UNIQUE && constraint.startsWith('holdfast_'))) {
    return new TransactionContended('others wrote the same at the same time; it is tried again', { cause: error });
  }
  // The same code for a tool's own `nowait`, which expects it.
  if (code === '55P03' && routine !== 'ProcessInterrupts') return error;
  const why = UNAVAILABLE[code] ?? UNAVAILABLE[code.slice(0, 2)];
  return why === undefined ? error : unavailable(why, error);
}

function unavailable(why: string, cause: unknown): LedgerUnavailable {
  return new LedgerUnavailable(`the ledger cannot be used: ${why}; it is tried again`, { cause });
}
