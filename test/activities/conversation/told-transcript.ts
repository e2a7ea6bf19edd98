/** A session's transcript, as its query would answer: the first items stored by earlier runs, the rest in pages of a few. */
import type { ReadTranscript } from '../../../activities/model/read-back';
import type { SegmentRef } from '../../../workflows/contracts/continuation';
import { EMPTY_BASE, type ConversationItem } from '../../../workflows/contracts/conversation';
import type { TranscriptRequest } from '../../../workflows/contracts/session';

export const says = (text: string): ConversationItem => ({ kind: 'user', turn: 1, messageId: 'm', text });

/** `message 0`, `message 1`, … */
export const messages = (count: number): readonly ConversationItem[] =>
  Array.from({ length: count }, (_, index) => says(`message ${index}`));

export interface ToldTranscript {
  readonly read: ReadTranscript;
  /** What was asked for. */
  readonly asked: readonly TranscriptRequest[];
}

/** @param pageItems most items of a page. */
export function told(
  all: readonly ConversationItem[],
  segments: readonly SegmentRef[] = [],
  pageItems = 3,
): ToldTranscript {
  const asked: TranscriptRequest[] = [];
  const read: ReadTranscript = async (request) => {
    asked.push(request);
    const { from = 0, limit = Infinity } = request;
    const common = { from, total: all.length, base: EMPTY_BASE };
    const stored = segments.find((ref) => ref.from <= from && from < ref.from + ref.length);
    if (stored) return { ...common, items: [], stored, next: stored.from + stored.length };
    const items = all.slice(from, from + Math.min(limit, pageItems));
    const next = from + items.length;
    return { ...common, items, ...(next < all.length ? { next } : {}) };
  };
  return { read, asked };
}
