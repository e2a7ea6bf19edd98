/** `holdfast ledger`: its commands and flags. */
import type { Command } from 'commander';
import { addConnectionFlags, addOutputFlags } from '../connection-flags';
import type { LedgerPruneFlags } from './prune';
import type { LedgerShowFlags } from './show';

export interface LedgerActions {
  readonly show: (sessionId: string | undefined, flags: LedgerShowFlags) => Promise<void>;
  readonly prune: (flags: LedgerPruneFlags) => Promise<void>;
}

/** What `--ledger` takes. */
export const LEDGER_PLACE =
  "the ledger's file or postgres:// address (default: HOLDFAST_LEDGER_URL, or the file in the data folder)";

export function addLedgerCommands(ledger: Command, { show, prune }: LedgerActions): void {
  ledger.description('look into a ledger, and delete what is old');
  addOutputFlags(addConnectionFlags(ledger.command('show').argument('[session]', 'id of the session')))
    .description('the calls of a session and its children, as the ledger has them')
    .option('--ledger <place>', LEDGER_PLACE)
    .option('--namespace-key <id>', "what the keys of the calls begin with: the session's first run id")
    .action((sessionId: string | undefined, flags: LedgerShowFlags) => show(sessionId, flags));
  addOutputFlags(ledger.command('prune'))
    .description('delete rows that were settled long ago; keys that are in use are kept')
    .requiredOption('--older-than <duration>', 'age of what is deleted, e.g. 90d')
    .option('--dry-run', 'only say how much it would be')
    .option('--force', 'also less than a day')
    .option('--ledger <place>', LEDGER_PLACE)
    .action((flags: LedgerPruneFlags) => prune(flags));
}
