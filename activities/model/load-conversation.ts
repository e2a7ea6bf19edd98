/** The whole conversation of a model call: what this worker has in memory or reads back, and the new items. */
import { ApplicationFailure } from '@temporalio/common';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ModelCallInput } from '../../workflows/contracts/model';
import { append, baseOf, EMPTY_CONVERSATION, type Conversation, type ConversationCache } from './conversation-cache';
import { readBack, type ReadTranscript } from './read-back';
import { redact } from './redact';

/**
 * @throws ApplicationFailure `ConversationUnavailable`, retryable, where it cannot be read back or is not the one the session means.
 */
export async function loadConversation(
  input: ModelCallInput,
  cache: ConversationCache,
  read: ReadTranscript,
): Promise<Conversation> {
  const { base, items, readBackTo, keyNamespace } = input;
  try {
    let known = cache.get(keyNamespace, base);
    if (!known) {
      known = append(EMPTY_CONVERSATION, await readBack(read, 0, base.length));
      if (baseOf(known).digest !== base.digest)
        throw new Error('what was read back is not the conversation the last model call saw');
    }
    const fresh = readBackTo === undefined ? items : await readBack(read, base.length, readBackTo);
    return append(known, fresh);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw ApplicationFailure.create({
      type: FAILURE_TYPES.conversationUnavailable,
      message: `the conversation could not be read back from the session: ${redact(reason)}`,
      nonRetryable: false,
    });
  }
}
