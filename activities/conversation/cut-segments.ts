/** Where a conversation is cut into the parts that are stored. */
import type { ConversationItem } from '../../workflows/contracts/conversation';

/** Most bytes of JSON in a stored part, unless one item alone has more: what a row, and whoever reads a page of it, has to carry. */
export const MAX_SEGMENT_BYTES = 512 * 1024;

/**
 * @returns the items in order, in parts of at most `maxBytes` of JSON (UTF-8); an item with more is a part of its own. No part is empty.
 */
export function* cutSegments(
  items: readonly ConversationItem[],
  maxBytes = MAX_SEGMENT_BYTES,
): Generator<readonly ConversationItem[], void, void> {
  let part: ConversationItem[] = [];
  // The brackets, and a comma behind each item.
  let bytes = 2;
  for (const item of items) {
    const itemBytes = Buffer.byteLength(JSON.stringify(item)) + 1;
    if (part.length > 0 && bytes + itemBytes > maxBytes) {
      yield part;
      part = [];
      bytes = 2;
    }
    part.push(item);
    bytes += itemBytes;
  }
  if (part.length > 0) yield part;
}
