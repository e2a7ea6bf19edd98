/** Parts of a conversation that an earlier run of the session stored, read from this worker's ledgers. */
import type { SegmentRef } from '../../workflows/contracts/continuation';
import type { ConversationItem } from '../../workflows/contracts/conversation';
import { isPlainObject } from '../../workflows/contracts/json';
import type { Ledger } from '../ledger/port';

/** Gives the items of a stored part. @throws Error that says what is missing. */
export type ReadSegment = (ref: SegmentRef) => Promise<readonly ConversationItem[]>;

/** For activities of the session `keyNamespace`, which is open while they run. */
export function readFromLedgers(ledgers: ReadonlyMap<string, Ledger>, keyNamespace: string): ReadSegment {
  return async (ref) => {
    const { name, id } = ref.ledger;
    const ledger = ledgers.get(name);
    if (ledger?.id !== id) {
      const found = ledger ? `this worker's has the id ${ledger.id}` : 'this worker has none of that name';
      throw new Error(
        `${partOf(ref)} are stored in the ledger ${JSON.stringify(name)} with the id ${id}, and ${found}; give all workers of this task queue the same ledger`,
      );
    }
    const items = await ledger.readSegment(keyNamespace, ref.hash, true);
    if (!items) {
      throw new Error(
        `${partOf(ref)} are not in the ledger ${JSON.stringify(name)}, where they were stored under ${keyNamespace} and ${ref.hash}; restore holdfast_segments from a backup`,
      );
    }
    if (items.length !== ref.length)
      throw new Error(`${partOf(ref)} were expected in the stored part ${ref.hash}, which has ${items.length} items`);
    return items;
  };
}

/** In words, with the first and the last index. */
export function partOf({ from, length }: Pick<SegmentRef, 'from' | 'length'>): string {
  return `the items ${from} to ${from + length - 1} of the conversation`;
}

/** Whether a value is a reference to a part that holds the item with the index `at`. */
export function isRefAt(value: unknown, at: number): value is SegmentRef {
  if (!isPlainObject(value) || !isPlainObject(value.ledger)) return false;
  const { hash, runId, ledger, from, length } = value;
  const texts = [hash, runId, ledger.name, ledger.id].every((text) => typeof text === 'string');
  return (
    texts &&
    typeof from === 'number' &&
    typeof length === 'number' &&
    Number.isInteger(from) &&
    Number.isInteger(length) &&
    from <= at &&
    at < from + length
  );
}
