/**
 * What each handler takes, by example: the Web UI shows these words where a person chooses an update, a signal or a query, and an example is what one begins with.
 */
import type {
  DECIDE_UPDATE,
  INTERVENE_UPDATE,
  INTERVENTION_SIGNAL,
  RESOLVE_UPDATE,
  SEND_UPDATE,
} from '../contracts/names';
import type {
  ANSWER_QUERY,
  PENDING_QUERY,
  RELAY_SIGNAL,
  REPORT_SIGNAL,
  STATE_QUERY,
  STATUS_QUERY,
  TRANSCRIPT_QUERY,
  USAGE_QUERY,
} from '../contracts/names';

const ACTS =
  '"pause" and "resume"; "note" with "text" for the model; "speak" with "text" to the user; "take_over" and "hand_back"; "stop" (the turn) and "end" (the session), with "onStop": "compensate" to undo what the turn did; "cancel_call" and "undo" with "callId"; "replace_outcome" with "callId" and "result"; "extend" with "bound": "turn.steps" and "amount": 5; "revoke" with "standing": the actId of a decision; "patch_state" with "patch": {"established": [{"text": "…"}]}.';

export const UPDATE_WORDS: Readonly<
  Record<typeof SEND_UPDATE | typeof DECIDE_UPDATE | typeof RESOLVE_UPDATE | typeof INTERVENE_UPDATE, string>
> = {
  send: 'A user message: {"messageId": "new-id", "text": "…"}. Answers when the turn is done, or once a person is needed.',
  decide:
    'A decision on a call that waits for approval; User Metadata has it ready to be copied: {"actId": "new-id", "callId": "…", "decision": "approve", "argsHash": "…", "by": "who"}; "reject" with "reason" for the model; "edit" with "args". "standing": {} or {"upTo": 50}: also for later calls. "signature" where one is asked for.',
  resolve:
    'What became of a call in `pending`: {"actId": "new-id", "callId": "…", "as": "absent", "by": "who", "reason": "why"}; or "as": "applied" with "result", or "give_up".',
  intervene: `An act of a person: {"actId": "new-id", "act": "pause", "by": "who", "reason": "why"}. Acts: ${ACTS}`,
};

export const SIGNAL_WORDS: Readonly<
  Record<typeof INTERVENTION_SIGNAL | typeof RELAY_SIGNAL | typeof REPORT_SIGNAL, string>
> = {
  relay: 'From the session that this one is a child of; not to be sent by hand.',
  report: 'From a child of this session; not to be sent by hand.',
  intervention:
    'An act of a person, fire and forget: {"actId": "new-id", "act": "pause", "by": "who", "reason": "why"}; acts as of the update intervene. A refused one stands in the query status, with the reason.',
};

export const QUERY_WORDS: Readonly<
  Record<
    | typeof STATUS_QUERY
    | typeof TRANSCRIPT_QUERY
    | typeof PENDING_QUERY
    | typeof USAGE_QUERY
    | typeof ANSWER_QUERY
    | typeof STATE_QUERY,
    string
  >
> = {
  status: 'Where the session stands: what it waits for, the last steps, limits, who holds it, refused acts.',
  transcript: 'A page of the conversation: {"from": 0, "limit": 100}.',
  pending:
    'What waits for a person, and the update that unblocks it. {"callId": "…"}: one call with all of its arguments.',
  usage: 'Tokens and cost so far, in micro-dollars.',
  state: 'What the session is about: what the user wants, what is established, done and owed; and what changed it.',
  answer: 'The recorded answer to a message: {"messageId": "…"}.',
};
