/** Ledgers in a fresh folder or a fresh database, closed and removed after each test, and claims with everything filled in. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLedger, type OpenLedgerOptions } from '../../../activities/ledger/open-ledger';
import type { GrantedClaim, Ledger, ToolCallClaim, ToolCallClaimRequest } from '../../../activities/ledger/port';
import { canonicalJson, type Json } from '../../../workflows/contracts/json';
import { temporaryDatabase } from '../../support/postgres';

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

export function hashOf(args: Json): string {
  return createHash('sha256').update(canonicalJson(args)).digest('hex');
}

/** A claim of `call` by `book`, with the business key `slot` where the arguments have one. */
export function claimOf(
  call: string,
  overrides: Partial<ToolCallClaimRequest> & { args?: { [key: string]: Json } } = {},
): ToolCallClaimRequest {
  const args = overrides.args ?? { slot: 'tue-9' };
  return {
    callKey: `session-1/${call}`,
    tenant: 'clinic',
    tool: 'book',
    effect: 'idempotent',
    argsHash: hashOf(args),
    attempt: 1,
    owner: 'test:1',
    leaseMs: 60_000,
    keyValidForMs: 86_400_000,
    ...overrides,
    args,
  };
}

/** The claim, which must have been granted. */
export function granted(claim: ToolCallClaim): GrantedClaim {
  if (claim.kind !== 'run') throw new Error(`expected the claim to be granted, it is ${JSON.stringify(claim)}`);
  return claim;
}
