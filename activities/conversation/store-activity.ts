/**
 * The activity `conversation.store`: a part of the conversation is read from the session that is about to continue as new, and stored, so that
 * the next run need not carry it and it outlives the run. Everything in it may be done again, by any worker and at any point.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { EngineActivities } from '../../workflows/contracts/activities';
import type { ConversationStoreInput, SegmentRef } from '../../workflows/contracts/continuation';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { crashPoint } from '../crash-points';
import type { Ledger } from '../ledger/port';
import { startHeartbeat } from '../model/heartbeat';
import { readBack, readByQuery, type ReadTranscript } from '../model/read-back';
import { redact } from '../model/redact';
import { pinnedLedger } from '../tools/pinned-ledger';
import { withLedgerFailures } from '../tools/tool-activity';
import { checkStoreInput } from './check-input';
import { cutSegments } from './cut-segments';
import { partOf, type ReadSegment } from './read-segment';

export interface StoreActivityOptions {
  /** By name. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  /** How the conversation is read; by query of the workflow where absent. */
  readonly readTranscript?: ReadTranscript;
}

/**
 * @returns the activity. It throws ApplicationFailure of a registered type, all of them retryable: `ConversationUnavailable`, `LedgerMismatch`,
 * `LedgerUnavailable`, `BadActivityInput`.
 */
export function createStoreActivity(options: StoreActivityOptions): EngineActivities['conversation.store'] {
  const { ledgers, readTranscript = readByQuery } = options;
  return async (input) => {
    checkStoreInput(input);
    const context = Context.current();
    const stopHeartbeat = startHeartbeat(context);
    try {
      return await withLedgerFailures(async () => ({
        segments: await store(input, pinnedLedger(ledgers, input.ledger), readTranscript, context),
      }));
    } finally {
      stopHeartbeat();
    }
  };
}

async function store(
  input: ConversationStoreInput,
  ledger: Ledger,
  read: ReadTranscript,
  context: Context,
): Promise<readonly SegmentRef[]> {
  const { agent, keyNamespace, from, to } = input;
  const runId = context.info.workflowExecution?.runId ?? '';
  const items = await itemsOf(read, from, to);
  crashPoint('conversation.before-store', agent);
  const segments: SegmentRef[] = [];
  let at = from;
  for (const part of cutSegments(items)) {
    // An attempt that is no longer wanted keeps no writer out.
    context.cancellationSignal.throwIfAborted();
    const { hash, bytes } = await ledger.storeSegment(keyNamespace, part);
    segments.push({ hash, ledger: input.ledger, from: at, length: part.length, bytes, runId });
    at += part.length;
  }
  crashPoint('conversation.after-store', agent);
  return segments;
}

async function itemsOf(read: ReadTranscript, from: number, to: number): ReturnType<typeof readBack> {
  try {
    return await readBack(read, from, to, storedAlready);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw ApplicationFailure.create({
      type: FAILURE_TYPES.conversationUnavailable,
      message: `the conversation could not be read from the session: ${redact(reason)}`,
      nonRetryable: false,
    });
  }
}

/** What an earlier run stored has its references already. */
const storedAlready: ReadSegment = (ref) =>
  Promise.reject(new Error(`${partOf(ref)} are stored already, as a part that the run ${ref.runId} stored`));
