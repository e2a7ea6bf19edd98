/** Stored parts of conversations for those who only read them, such as a service that shows transcripts. */
import type { PayloadCodec } from '@temporalio/common';
import type { SegmentRef } from '../../workflows/contracts/continuation';
import type { ConversationItem } from '../../workflows/contracts/conversation';
import { openLedger } from '../ledger/open-ledger';

export interface StoredParts {
  /**
   * For `readStoredPart` of `connect`. Undefined where the part is in another ledger than this, or not there.
   * @throws SegmentCorrupt, LedgerUnavailable
   */
  readonly read: (part: {
    readonly keyNamespace: string;
    readonly ref: SegmentRef;
  }) => Promise<readonly ConversationItem[] | undefined>;
  readonly close: () => Promise<void>;
}

export interface StoredPartsOptions {
  /** The default ledger of the workers: a SQLite file's path, or `postgres://…`. It must be there. */
  readonly ledgerUrl: string;
  /** The same, in the same order, as the workers'. */
  readonly payloadCodecs?: readonly PayloadCodec[];
}

/** @throws LedgerOpenError */
export async function openStoredParts({ ledgerUrl, payloadCodecs }: StoredPartsOptions): Promise<StoredParts> {
  const ledger = await openLedger({ name: 'default', url: ledgerUrl, payloadCodecs, mustExist: true });
  return {
    read: async ({ keyNamespace, ref }) =>
      ledger.id === ref.ledger.id ? ledger.readSegment(keyNamespace, ref.hash) : undefined,
    close: () => ledger.close(),
  };
}
