/**
 * The registry of failure `type` names on ApplicationFailure. Permanent. A failure of one of these types is expected and
 * handled; anything else thrown in a workflow is a bug and fails the workflow task, which retries until it is fixed.
 */
export const FAILURE_TYPES = {
  // model.call, retryable
  rateLimited: 'ModelRateLimited',
  modelUnavailable: 'ModelUnavailable',
  modelTimeout: 'ModelTimeout',
  /** Of the interpreter: the activity's attempts ended in timeouts (workers died or hung). */
  activityTimeout: 'ActivityTimeout',
  // model.call, not retryable
  modelBadRequest: 'ModelBadRequest',
  modelUnauthorized: 'ModelUnauthorized',
  modelForbidden: 'ModelForbidden',
  modelNotFound: 'ModelNotFound',
  contextLength: 'ContextLengthExceeded',
  contentFilter: 'ContentFiltered',
  unknownAgent: 'UnknownAgent',
  requestTooLarge: 'RequestTooLarge',
  /** A bound on tokens or dollars for a model without `maxOutputTokens`, or on dollars for one without a price. */
  limitNotEnforceable: 'LimitNotEnforceable',
  /** The call was settled (`model.settle`) before this attempt could ask: nobody waits for it. */
  modelCallClosed: 'ModelCallClosed',
  // both kinds of activity, before any effect
  ledgerMismatch: 'LedgerMismatch',
  ledgerUnavailable: 'LedgerUnavailable',
  conversationUnavailable: 'ConversationUnavailable',
  // tool calls, retryable under the declared policy
  toolMissing: 'ToolMissing',
  toolFailed: 'ToolFailed',
  leaseHeld: 'LeaseHeld',
  // activity input that this worker's version cannot read
  badInput: 'BadActivityInput',
  // refusals of updates
  refused: 'Refused',
  messageIdReused: 'MessageIdReused',
  agentMismatch: 'AgentMismatch',
  sessionClosing: 'SessionClosing',
  queueFull: 'QueueFull',
  /** Somebody decided on the call before. */
  alreadyDecided: 'AlreadyDecided',
  /** The decision is about other arguments than those that wait now. */
  staleDecision: 'StaleDecision',
  /** Whoever decides may not: no valid signature, the wrong role, the session's own user, twice the same person. */
  notAuthorized: 'NotAuthorized',
  // workflow input that no version can read: the only way a session ends as Failed
  badSessionInput: 'BadSessionInput',
} as const;

export type FailureType = (typeof FAILURE_TYPES)[keyof typeof FAILURE_TYPES];

/** In the words of a workflow task, or a query, that fails once, so that it is taken in as a whole: nobody's fault (`workflows/own-tasks.ts`). */
export const TAKEN_IN_AGAIN = 'what a query had brought before its task is taken in again with its task';
