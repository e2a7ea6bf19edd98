/** What the errors of Postgres and of the way to it become. */
import { TransactionContended } from '../../../activities/ledger/contention';
import { LedgerUnavailable } from '../../../activities/ledger/port';
import { isBroken, translatedPostgres } from '../../../activities/ledger/postgres-errors';

function fromServer(code: string, rest: { constraint?: string; routine?: string } = {}): Error {
  return Object.assign(new Error('said by the server'), { severity: 'ERROR', code, ...rest });
}

it.each([
  ['08006', /connection to Postgres failed/],
  ['53100', /no space left/],
  ['53200', /lacks resources/],
  ['53300', /no connection left/],
  ['57014', /took too long/],
  ['57P01', /shut down or restarted/],
  ['57P02', /crashed/],
  ['57P03', /starting or stopping/],
  ['58030', /read or write its files/],
  ['25006', /read-only/],
  ['25P03', /did nothing for too long/],
  ['XX001', /damaged/],
])('%s of the server: the ledger cannot be used', (code, words) => {
  const translated = translatedPostgres(fromServer(code));
  expect(translated).toBeInstanceOf(LedgerUnavailable);
  expect(translated).not.toBeInstanceOf(TransactionContended);
  expect(String(translated)).toMatch(words);
});

it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])(
  '%s on the way: the ledger cannot be used, nor the connection',
  (code) => {
    const error = Object.assign(new Error('x'), { code });
    expect(translatedPostgres(error)).toBeInstanceOf(LedgerUnavailable);
    expect(isBroken(error)).toBe(true);
  },
);

it.each([
  'Connection terminated unexpectedly',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error and is not queryable',
])('%j of node-postgres: the ledger cannot be used, nor the connection', (message) => {
  expect(translatedPostgres(new Error(message))).toBeInstanceOf(LedgerUnavailable);
  expect(isBroken(new Error(message))).toBe(true);
});

it.each([fromServer('40001'), fromServer('40P01'), fromServer('23505', { constraint: 'holdfast_effects_live' })])(
  'what another transaction caused is tried again ($code)',
  (error) => {
    expect(translatedPostgres(error)).toBeInstanceOf(TransactionContended);
  },
);

it.each([
  fromServer('23505', { constraint: 'visits_pkey' }),
  fromServer('23503'),
  fromServer('42P01'),
  fromServer('42501'),
  fromServer('55P03', { routine: 'heap_lock_tuple' }),
  new RangeError('of the tool'),
])('$name $code of a tool stays what it is', (error) => {
  expect(translatedPostgres(error)).toBe(error);
  expect(isBroken(error)).toBe(false);
});

it('a lock that was waited for too long is not the `nowait` of a tool', () => {
  expect(translatedPostgres(fromServer('55P03', { routine: 'ProcessInterrupts' }))).toBeInstanceOf(LedgerUnavailable);
});
