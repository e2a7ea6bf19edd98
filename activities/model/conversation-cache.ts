/**
 * The conversations this worker has in memory, so that a model call's input carries only what is new. An entry is trusted by its
 * rolling digest alone: another branch after a reset, or what a second worker appended, does not match and is a miss.
 */
import { createHash } from 'node:crypto';
import type { ConversationBase, ConversationItem } from '../../workflows/contracts/conversation';
import { canonicalJson } from '../../workflows/contracts/json';

/** Bytes of memory all entries together may take, estimated; about 700 conversations of 30 KB. */
export const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;

/** A conversation with the digest after each item: `digests[i]` covers items 0 to i. */
export interface Conversation {
  readonly items: readonly ConversationItem[];
  readonly digests: readonly string[];
  readonly bytes: number;
}

export const EMPTY_CONVERSATION: Conversation = { items: [], digests: [], bytes: 0 };

/** The digest after one more item: sha256 of the digest before it (hex, `''` at the start) and the item's canonical JSON; hex. */
export function nextDigest(previous: string, item: ConversationItem): string {
  return digestText(previous, canonicalJson(item));
}

function digestText(previous: string, text: string): string {
  return createHash('sha256').update(previous).update(text).digest('hex');
}

export function append(conversation: Conversation, items: readonly ConversationItem[]): Conversation {
  const digests = [...conversation.digests];
  let { bytes } = conversation;
  for (const item of items) {
    const text = canonicalJson(item);
    digests.push(digestText(digests.at(-1) ?? '', text));
    // Its text, and its part of a request, which is kept with it.
    bytes += 3 * text.length + 400;
  }
  return { items: [...conversation.items, ...items], digests, bytes };
}

export function baseOf(conversation: Conversation): ConversationBase {
  return { length: conversation.items.length, digest: conversation.digests.at(-1) ?? '' };
}

/** The first `base.length` items where they are the ones the base was made of, else null. */
export function prefix(conversation: Conversation, base: ConversationBase): Conversation | null {
  if (base.length === 0) return base.digest === '' ? EMPTY_CONVERSATION : null;
  if (conversation.digests[base.length - 1] !== base.digest) return null;
  if (conversation.items.length === base.length) return conversation;
  return append(EMPTY_CONVERSATION, conversation.items.slice(0, base.length));
}

/** Least recently used first out, bounded by bytes. */
export class ConversationCache {
  private readonly entries = new Map<string, Conversation>();
  private total = 0;

  constructor(private readonly maxBytes = DEFAULT_CACHE_BYTES) {}

  /** @param namespace of the session (`ModelCallInput.keyNamespace`). */
  get(namespace: string, base: ConversationBase): Conversation | null {
    if (base.length === 0) return prefix(EMPTY_CONVERSATION, base);
    const entry = this.entries.get(namespace);
    return entry ? prefix(entry, base) : null;
  }

  set(namespace: string, conversation: Conversation): void {
    this.delete(namespace);
    this.entries.set(namespace, conversation);
    this.total += conversation.bytes;
    for (const oldest of this.entries.keys()) {
      if (this.total <= this.maxBytes) break;
      this.delete(oldest);
    }
  }

  get bytes(): number {
    return this.total;
  }

  private delete(namespace: string): void {
    this.total -= this.entries.get(namespace)?.bytes ?? 0;
    this.entries.delete(namespace);
  }
}
