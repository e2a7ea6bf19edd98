/** Ledgers in a fresh folder or a fresh database, closed and removed after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLedger, type OpenLedgerOptions } from '../../../activities/ledger/open-ledger';
import type { Ledger } from '../../../activities/ledger/port';
import { temporaryDatabase } from '../../support/postgres';

export { claimOf, granted, hashOf } from './claim-of';

/** Where ledgers are of tests that run on every database (see on-postgres.test.ts). */
let dialectOfRun: Ledger['dialect'] = 'sqlite';

export function useDialect(dialect: Ledger['dialect']): void {
  dialectOfRun = dialect;
}

const opened: Ledger[] = [];
const folders: string[] = [];
const databases: Awaited<ReturnType<typeof temporaryDatabase>>[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-ledger-'));
  folders.push(folder);
  return folder;
}

/** The address of a ledger that is not there yet: a fresh file, or a fresh database that is dropped after the test. */
export async function temporaryLedgerUrl(dialect = dialectOfRun): Promise<string> {
  if (dialect === 'sqlite') return path.join(temporaryFolder(), 'ledger.sqlite');
  const database = await temporaryDatabase();
  databases.push(database);
  return database.url;
}

/** Opens a ledger that is closed after the test; a fresh one where no url is given. */
export async function temporaryLedger(options: Partial<OpenLedgerOptions> = {}): Promise<Ledger> {
  const url = options.url ?? (await temporaryLedgerUrl());
  const ledger = await openLedger({ name: 'default', ...options, url });
  opened.push(ledger);
  return ledger;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((ledger) => ledger.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  await Promise.all(databases.splice(0).map((database) => database.drop()));
});
