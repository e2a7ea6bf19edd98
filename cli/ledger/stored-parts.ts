/** What long sessions stored of their conversations, read from the ledger that is named or the one of workers here. */
import { existsSync } from 'node:fs';
import { openStoredParts, type StoredParts } from '../../activities/conversation';
import { isPostgresUrl, ledgerPath } from '../../activities/ledger/ledger-url';
import type { ConversationItem, StoredPart } from '../../client';
import type { Io } from '../io';
import { UsageError } from '../report-error';
import { ledgerPlace, type LedgerFlags } from './open';

/** Opened when the first part is asked for, so that a command on a short session needs no ledger. */
export class PartsOnDemand {
  #parts: Promise<StoredParts | undefined> | undefined;

  constructor(
    private readonly flags: LedgerFlags,
    private readonly io: Io,
  ) {}

  /**
   * @returns undefined where there is no ledger here, another than the part is in, or one that does not hold it.
   * @throws UsageError and LedgerOpenError where a ledger was named that cannot be read; SegmentCorrupt.
   */
  async read(part: StoredPart): Promise<readonly ConversationItem[] | undefined> {
    const parts = await (this.#parts ??= this.open());
    return parts?.read(part);
  }

  async close(): Promise<void> {
    const parts = await this.#parts?.catch(() => undefined);
    await parts?.close();
  }

  private async open(): Promise<StoredParts | undefined> {
    const { url, named } = ledgerPlace(this.flags, this.io);
    if (!isPostgresUrl(url)) {
      const file = ledgerPath('default', url);
      if (!existsSync(file)) {
        if (!named) return undefined;
        throw new UsageError(`there is no ledger at ${file}; name it with --ledger <place>`);
      }
    }
    try {
      return await openStoredParts({ ledgerUrl: url });
    } catch (error) {
      // Nobody said that it is this one: the session may say more.
      if (named) throw error;
      return undefined;
    }
  }
}
