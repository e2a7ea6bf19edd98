/** The ledger a command is about: named by a flag, the environment, or the default of workers. Never made by looking at it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContentCodec, Ledger } from '../../activities/ledger';
import { isPostgresUrl, ledgerPath } from '../../activities/ledger/ledger-url';
import { openLedger } from '../../activities/ledger/open-ledger';
import { dataDir } from '../../worker/data-dir';
import type { Io } from '../io';
import { UsageError } from '../report-error';

export interface LedgerFlags {
  /** Path of a SQLite file, or an address. */
  readonly ledger?: string;
}

/** Where the ledger is: as the flag says, the environment, or where workers have it by default. */
export function ledgerPlace(flags: LedgerFlags, io: Io): { readonly url: string; readonly named: boolean } {
  const named = flags.ledger ?? (io.env.HOLDFAST_LEDGER_URL || undefined);
  return { url: named ?? join(dataDir(io.env), 'ledger.sqlite'), named: named !== undefined };
}

/**
 * Opens the ledger, does `work` and closes it, whatever happened.
 * @param codec for content that is not to be read as the ledger's own.
 * @throws UsageError where there is none; LedgerOpenError.
 */
export async function withLedger<T>(
  flags: LedgerFlags,
  io: Io,
  work: (ledger: Ledger) => Promise<T>,
  codec?: ContentCodec,
): Promise<T> {
  const { url } = ledgerPlace(flags, io);
  if (!isPostgresUrl(url)) {
    const file = ledgerPath('default', url);
    if (!existsSync(file)) throw new UsageError(`there is no ledger at ${file}; name it with --ledger <place>`);
  }
  const ledger = await openLedger({ name: 'default', url, codec, mustExist: true });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}
