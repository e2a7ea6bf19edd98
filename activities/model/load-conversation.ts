/** The whole conversation of a model call: what this worker has in memory or reads back, and the new items. */
import { ApplicationFailure } from '@temporalio/common';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ModelCallInput } from '../../workflows/contracts/model';
import type { ConversationItem } from '../../workflows/contracts/conversation';
import { readFromLedgers } from '../conversation/read-segment';
import { callKeyOf } from '../ledger/call-identity';
import { LedgerUnavailable, type Ledger } from '../ledger/port';
import type { ReportedOutcomes } from '../reported-outcomes';
import { append, baseOf, EMPTY_CONVERSATION, type Conversation, type ConversationCache } from './conversation-cache';
import { readBack, type ReadTranscript } from './read-back';
import { redact } from './redact';

/**
 * @param ledgers of this worker, by name: they hold what earlier runs of the session stored.
 * @param reported outcomes that this worker has in memory.
 * @throws ApplicationFailure `ConversationUnavailable`, retryable, where it cannot be read back or is not the one the session means;
 * LedgerUnavailable.
 */
export async function loadConversation(
  input: ModelCallInput,
  cache: ConversationCache,
  read: ReadTranscript,
  ledgers: ReadonlyMap<string, Ledger>,
  reported?: ReportedOutcomes,
): Promise<Conversation> {
  const { base, items, readBackTo, keyNamespace } = input;
  const readSegment = readFromLedgers(ledgers, keyNamespace);
  try {
    let known = cache.get(keyNamespace, base);
    if (!known) {
      known = append(EMPTY_CONVERSATION, await readBack(read, 0, base.length, readSegment));
      if (baseOf(known).digest !== base.digest)
        throw new Error('what was read back is not the conversation the last model call saw');
    }
    if (readBackTo === undefined) return append(known, items);
    const here = reported && filledOutline(input, reported);
    return append(known, here ?? (await readBack(read, base.length, readBackTo, readSegment)));
  } catch (error) {
    // It comes back; a conversation that was said to be lost would be read from its beginning.
    if (error instanceof LedgerUnavailable) throw error;
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw ApplicationFailure.create({
      type: FAILURE_TYPES.conversationUnavailable,
      message: `the conversation could not be read back from the session: ${redact(reason)}`,
      nonRetryable: false,
    });
  }
}

/** @returns the new items, where this worker has what the outline leaves out. */
function filledOutline(
  { keyNamespace, base, outline, readBackTo }: ModelCallInput,
  reported: ReportedOutcomes,
): readonly ConversationItem[] | undefined {
  if (!Array.isArray(outline) || base.length + outline.length !== readBackTo) return undefined;
  const items: ConversationItem[] = [];
  for (const item of outline as NonNullable<ModelCallInput['outline']>) {
    if (item.kind !== 'reported') {
      items.push(item);
      continue;
    }
    const { turn, step, callId, tool, print } = item;
    const outcome = reported.find(callKeyOf({ keyNamespace, callId }), print);
    if (!outcome) return undefined;
    items.push({ kind: 'outcome', turn, step, callId, tool, outcome });
  }
  return items;
}
