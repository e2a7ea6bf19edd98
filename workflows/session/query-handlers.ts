/** The session's queries, connected to what answers them. Wiring only. */
import { defineQuery, setHandler } from '@temporalio/workflow';
import { isPlainObject } from '../contracts/json';
import type { AnswerResult, PendingItem } from '../contracts/messages';
import {
  ANSWER_QUERY,
  PENDING_QUERY,
  STATE_QUERY,
  STATUS_QUERY,
  TRANSCRIPT_QUERY,
  USAGE_QUERY,
} from '../contracts/names';
import type { SessionStateView, SessionStatus, TranscriptPage, UsageTotals } from '../contracts/session';
import { stateView } from './family-views';
import { QUERY_WORDS } from './handler-words';
import type { Mailbox } from './mailbox';
import type { SessionState } from './session-state';
import { pendingView, statusView, transcriptView } from './views';

const status = defineQuery<SessionStatus>(STATUS_QUERY);
const transcript = defineQuery<TranscriptPage, [unknown]>(TRANSCRIPT_QUERY);
const pending = defineQuery<readonly PendingItem[], [unknown]>(PENDING_QUERY);
const usage = defineQuery<UsageTotals>(USAGE_QUERY);
const stateOf = defineQuery<SessionStateView>(STATE_QUERY);
const answer = defineQuery<AnswerResult, [unknown]>(ANSWER_QUERY);

export function setQueryHandlers(state: SessionState, mailbox: Mailbox): void {
  setHandler(status, () => statusView(state), { description: QUERY_WORDS.status });
  setHandler(transcript, (request) => transcriptView(state, request), {
    description: QUERY_WORDS.transcript,
  });
  setHandler(pending, (request) => pendingView(state, request), {
    description: QUERY_WORDS.pending,
  });
  setHandler(usage, () => state.usage, { description: QUERY_WORDS.usage });
  setHandler(stateOf, () => stateView(state), { description: QUERY_WORDS.state });
  setHandler(
    answer,
    (request) => {
      if (!isPlainObject(request) || typeof request.messageId !== 'string')
        throw new TypeError('answer expects { messageId }');
      return mailbox.answer(request.messageId);
    },
    { description: QUERY_WORDS.answer },
  );
}
