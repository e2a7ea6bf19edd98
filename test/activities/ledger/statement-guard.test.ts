/** Which statements a tool may not send over the ledger's connection. */
import { refusedStatement } from '../../../activities/ledger/statement-guard';

it.each([
  ['commit', 'COMMIT'],
  ['  END;', 'END'],
  ['-- a note\nrollback', 'ROLLBACK'],
  ['/* a /* nested */ note */ abort', 'ABORT'],
  [';;savepoint x', 'SAVEPOINT X'],
  ['start transaction', 'START TRANSACTION'],
  ["prepare transaction 'x'", 'PREPARE TRANSACTION'],
  ['SET search_path = other', 'SET SEARCH_PATH'],
  ['set session characteristics as transaction read only', 'SET SESSION'],
  ['set transaction isolation level serializable', 'SET TRANSACTION'],
  ['set local transaction isolation level serializable', 'SET LOCAL'],
  ['set local synchronous_commit = off', 'SET LOCAL'],
  ['reset all', 'RESET ALL'],
  ['discard all', 'DISCARD ALL'],
  ['listen bookings', 'LISTEN BOOKINGS'],
])('%j is refused', (text, words) => {
  expect(refusedStatement(text)).toBe(words);
});

it.each([
  'select 1',
  'update visits set slot = $1 -- commit',
  '/* commit */ insert into visits values ($1)',
  'set local app.tenant = 7',
  'set constraints all deferred',
  'committee',
  'endpoints',
  'lock table visits',
  '',
  '/* never closed',
])('%j is the tool’s own affair', (text) => {
  expect(refusedStatement(text)).toBeUndefined();
});
