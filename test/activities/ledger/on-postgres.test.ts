/** The ledger's tests, each of them also on Postgres: they say what a ledger is, whatever database it is in. */
import { readdirSync } from 'node:fs';
import { useDialect } from './temporary-ledger';

/** About a SQLite file itself, about Postgres itself, or without a database. */
const ELSEWHERE = [
  'compiled-once',
  'content-codec',
  'on-postgres',
  'open-ledger',
  'postgres-concurrency',
  'postgres-errors',
  'postgres-opening',
  'postgres-outage',
  'postgres-statements',
  'postgres-transactions',
  'sqlite-transactions',
  'statement-guard',
  'write-lock',
];

useDialect('postgres');

const files = readdirSync(__dirname)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.test.ts'.length))
  .filter((name) => !ELSEWHERE.includes(name));

describe.each(files)('%s, on Postgres', (file) => {
  jest.requireActual(`./${file}.test`);
});
