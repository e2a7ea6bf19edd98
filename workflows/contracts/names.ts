/**
 * Wire names. Permanent: a name here is in histories, in other teams' scripts and in saved list queries.
 * The suffix is on the constant, never on the wire.
 */

export const AGENT_SESSION_WORKFLOW = 'agentSession';

/** The engine's own activity types contain a dot, which tool names cannot, so the two never meet. */
export const MODEL_CALL_ACTIVITY = 'model.call';
export const MODEL_SETTLE_ACTIVITY = 'model.settle';
/** Stores a closed part of the conversation before the run continues as new. */
export const CONVERSATION_STORE_ACTIVITY = 'conversation.store';
/** Says that a session with stored parts has ended, so that they may be pruned. */
export const CONVERSATION_CLOSE_ACTIVITY = 'conversation.close';
export const TOOL_RESOLVE_ACTIVITY = 'tool.resolve';
export const TOOL_UNDO_ACTIVITY = 'tool.undo';
/** Whether somebody may decide on a call, and whether edited arguments pass. */
export const APPROVAL_CHECK_ACTIVITY = 'approval.check';
/** Tells people, by what the worker was given for it, that something waits for them. */
export const PERSON_NOTIFY_ACTIVITY = 'person.notify';

/** Whether a change of an agent's part of the state fits its schema. */
export const STATE_CHECK_ACTIVITY = 'state.check';
/** Whether what a delegate came back with is what was asked for. */
export const RESULT_CHECK_ACTIVITY = 'result.check';

export const SEND_UPDATE = 'send';
export const DECIDE_UPDATE = 'decide';
export const RESOLVE_UPDATE = 'resolve';
export const INTERVENE_UPDATE = 'intervene';

/** The acts of `intervene`, fire and forget. */
export const INTERVENTION_SIGNAL = 'intervention';
/** Parent to child. */
export const RELAY_SIGNAL = 'relay';
/** Child to parent. */
export const REPORT_SIGNAL = 'report';

export const STATUS_QUERY = 'status';
export const TRANSCRIPT_QUERY = 'transcript';
export const PENDING_QUERY = 'pending';
export const USAGE_QUERY = 'usage';
/** The recorded answer to one message id: how a client follows a queued message or asks again after the session closed. */
export const ANSWER_QUERY = 'answer';
/** The session's state, and what changed it. */
export const STATE_QUERY = 'state';

export const STATUS_SEARCH_ATTRIBUTE = 'HoldfastStatus';
export const AGENT_SEARCH_ATTRIBUTE = 'HoldfastAgent';
export const TENANT_SEARCH_ATTRIBUTE = 'HoldfastTenant';
export const COST_SEARCH_ATTRIBUTE = 'HoldfastCostUsd';
/** What waits, and for whom: `approval`, `unresolved`, `limit`, `paused`, `with_person`, and `role:<name>` for each role that may decide. */
export const AWAITING_SEARCH_ATTRIBUTE = 'HoldfastAwaiting';
export const USER_SEARCH_ATTRIBUTE = 'HoldfastUser';
/** Input and output tokens so far. */
export const TOKENS_SEARCH_ATTRIBUTE = 'HoldfastTokens';
/** Model calls so far. */
export const STEPS_SEARCH_ATTRIBUTE = 'HoldfastSteps';
/**
 * How the last turn came out: `reply`, `limit` (partial, since a bound or a detector was in the way), `interrupted`, `person` (answered by one),
 * `stopped_by_person` or a failure type; of a closed session how that did: `ended`, `task_done`, `cancelled`, `no_message`, `unknown_agent`, ….
 */
export const OUTCOME_SEARCH_ATTRIBUTE = 'HoldfastOutcome';

/** Name and Temporal type of each search attribute the product writes; registered on a dev server, checked by a worker. */
export const SEARCH_ATTRIBUTES = {
  [STATUS_SEARCH_ATTRIBUTE]: 'Keyword',
  [AGENT_SEARCH_ATTRIBUTE]: 'Keyword',
  [TENANT_SEARCH_ATTRIBUTE]: 'Keyword',
  [COST_SEARCH_ATTRIBUTE]: 'Double',
  [AWAITING_SEARCH_ATTRIBUTE]: 'KeywordList',
  [USER_SEARCH_ATTRIBUTE]: 'Keyword',
  [TOKENS_SEARCH_ATTRIBUTE]: 'Int',
  [STEPS_SEARCH_ATTRIBUTE]: 'Int',
  [OUTCOME_SEARCH_ATTRIBUTE]: 'Keyword',
} as const;

/** Where a client and a worker meet when nothing else is said. */
export const DEFAULT_TASK_QUEUE = 'holdfast';

/** Session ids are workflow ids; a child's id is `<id>/h<n>`, which this cannot match. */
export const SESSION_ID_PATTERN = /^[A-Za-z0-9._:@-]{1,200}$/;
/** What model providers accept as a function name; no dot, so it can never be an engine activity. */
export const TOOL_NAME_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const AGENT_NAME_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
/** Task queues: Temporal keeps some of those that begin with a slash for itself, and fails the workflow task that names one. */
export const TASK_QUEUE_PATTERN = /^(?!\/)[^\p{Cc}]{1,200}$/u;
/** Message ids: printable ASCII without spaces. */
export const MESSAGE_ID_PATTERN = /^[\x21-\x7e]{1,200}$/;
/** Ids of tool calls (`t3.s2.c1-<8 hex>`) and of their compensations (`<call>.undo`); of a child's with its path before: `h1:<call>`, `h1/h2:<call>`. */
export const FAMILY_CALL_ID_PATTERN = /^(?:h[1-9]\d{0,5}(?:\/h[1-9]\d{0,5}){0,9}:)?[A-Za-z0-9._-]{1,200}$/;
/** Path of a child below its parent. */
export const CHILD_PATH_PATTERN = /^h[1-9]\d{0,5}(?:\/h[1-9]\d{0,5}){0,9}$/;
/** Added to a call's id: the compensation of that call. */
export const UNDO_SUFFIX = '.undo';
/** Field of the memo that is never there: taking it away keeps a workflow task apart (`workflows/quiet-tasks.ts`). */
export const QUIET_TASK = 'quietTask';
/** Field of the metadata of a payload that goes past the worker's codecs as it is: it says nothing of anybody. */
export const PLAIN_METADATA = 'holdfast-plain';
