/**
 * Reading the conversation back from the workflow, page by page, where this worker does not have it. By query, so that nothing
 * is added to the history; never from a local activity.
 */
import { Context } from '@temporalio/activity';
import type { ConversationItem } from '../../workflows/contracts/conversation';
import { isPlainObject } from '../../workflows/contracts/json';
import { TRANSCRIPT_QUERY } from '../../workflows/contracts/names';
import type { TranscriptPage, TranscriptRequest } from '../../workflows/contracts/session';
import { isRefAt, type ReadSegment } from '../conversation/read-segment';

/** How long one page may take: another worker may first have to replay the session for the query. */
export const PAGE_DEADLINE_MS = 10_000;

/** Gives one page of the running session's transcript. */
export type ReadTranscript = (request: TranscriptRequest) => Promise<TranscriptPage>;

/** Asks the workflow this activity belongs to, in the run that scheduled it. */
export const readByQuery: ReadTranscript = async (request) => {
  const { client, info } = Context.current();
  if (!info.workflowExecution)
    throw new Error('this activity belongs to no workflow, so there is no transcript to read');
  const { workflowId, runId } = info.workflowExecution;
  const handle = client.workflow.getHandle(workflowId, runId);
  return client.withDeadline(Date.now() + PAGE_DEADLINE_MS, () =>
    handle.query<TranscriptPage, [TranscriptRequest]>(TRANSCRIPT_QUERY, request),
  );
};

/**
 * Items `from` to `to` (exclusive).
 * @param readSegment gives what earlier runs of the session stored: this one has only references to it.
 * @throws Error where a page or a stored part fails, is not one, or the conversation ends before `to`.
 */
export async function readBack(
  read: ReadTranscript,
  from: number,
  to: number,
  readSegment: ReadSegment,
): Promise<readonly ConversationItem[]> {
  const items: ConversationItem[] = [];
  while (from + items.length < to) {
    const at = from + items.length;
    const page: unknown = await read({ from: at, limit: to - at });
    if (!isPlainObject(page) || page.from !== at || !Array.isArray(page.items))
      throw new Error('the transcript query did not answer with a page');
    if (page.items.length > 0) {
      for (const item of page.items as ConversationItem[]) items.push(item);
    } else if (isRefAt(page.stored, at)) {
      const ref = page.stored;
      for (const item of (await readSegment(ref)).slice(at - ref.from)) items.push(item);
    } else throw new Error(`the session has ${at} items, ${to} were expected`);
  }
  return items.slice(0, to - from);
}
