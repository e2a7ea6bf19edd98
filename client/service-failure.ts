/**
 * One function from what the Temporal client throws to what it means for a session. Codes are gRPC's
 * (https://grpc.github.io/grpc/core/md_doc_statuscodes.html).
 */
import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  NamespaceNotFoundError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { TAKEN_IN_AGAIN } from '../workflows/contracts';

export type ServiceFailure =
  /** Away, busy or restarting: the same call may work in a moment. */
  | { readonly kind: 'retry'; readonly message: string }
  | { readonly kind: 'deadline' }
  /** The server knows that nobody polls. */
  | { readonly kind: 'no_poller' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'already_started' }
  /** The session closed while the update was in it. */
  | { readonly kind: 'closed_underway' }
  /** The session refused the update: a failure `type` of the contracts, and its words. */
  | { readonly kind: 'refused'; readonly type: string; readonly message: string }
  | { readonly kind: 'namespace_not_found'; readonly namespace: string }
  | { readonly kind: 'denied'; readonly message: string }
  | { readonly kind: 'invalid'; readonly message: string }
  /** A query that the session's code refused or does not know. */
  | { readonly kind: 'query_failed'; readonly message: string }
  | { readonly kind: 'other'; readonly error: unknown };

const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const FAILED_PRECONDITION = 9;
const ABORTED = 10;
const INTERNAL = 13;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;
const INVALID_ARGUMENT = 3;
const CANCELLED = 1;
const UNKNOWN = 2;

/** Type of the failure with which the server ends updates that a closing workflow had accepted. */
const UPDATE_OUTLIVED_WORKFLOW = 'AcceptedUpdateCompletedWorkflow';

/**
 * Type of the failure of an update that a workflow task had with it, and that was completed without it: the SDK does that where queries come in between. The session has
 * not seen it, so it can be sent again (temporalio/temporal, service/history/workflow/update/registry.go, `RejectUnprocessed`).
 */
const UPDATE_NOT_PROCESSED = 'UnprocessedUpdate';

/**
 * The workflow task that took the update in failed and the server let go of the update: a close that met another event, or a worker at
 * fault. The session has not seen it, so it can be sent again (temporalio/temporal, service/history/workflow/update/abort_reason.go).
 */
const TASK_FAILED = /unexpected workflow task failure|workflow task in failed state/i;
/** A run that has only just begun. */
const NOT_READY = /workflow task is not scheduled yet/i;

/** @returns what the error means; never throws. */
export function readServiceFailure(error: unknown): ServiceFailure {
  if (error instanceof WorkflowUpdateFailedError) return readUpdateFailure(error);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { kind: 'deadline' };
  if (error instanceof WorkflowExecutionAlreadyStartedError) return { kind: 'already_started' };
  if (error instanceof NamespaceNotFoundError) return { kind: 'namespace_not_found', namespace: error.namespace };
  if (error instanceof WorkflowNotFoundError) return { kind: 'not_found' };
  if (error instanceof QueryNotRegisteredError) {
    const { message } = error;
    return { kind: message.includes(TAKEN_IN_AGAIN) ? 'retry' : 'query_failed', message };
  }
  if (error instanceof WorkflowFailedError) return { kind: 'other', error };
  const status = isGrpcServiceError(error)
    ? error
    : error instanceof Error && isGrpcServiceError(error.cause)
      ? error.cause
      : undefined;
  return status ? readStatus(status.code, status.message, error) : { kind: 'other', error };
}

function readUpdateFailure(error: WorkflowUpdateFailedError): ServiceFailure {
  const cause = error.cause;
  if (!(cause instanceof ApplicationFailure)) return { kind: 'other', error };
  if (cause.type === UPDATE_OUTLIVED_WORKFLOW) return { kind: 'closed_underway' };
  if (cause.type === UPDATE_NOT_PROCESSED) return { kind: 'retry', message: cause.message };
  return { kind: 'refused', type: cause.type ?? '', message: cause.message };
}

function readStatus(code: number, rawMessage: string, error: unknown): ServiceFailure {
  // grpc-js puts `<code> <NAME>: ` before the server's words.
  const message = rawMessage.replace(/^\d+ [A-Z_]+: /, '');
  switch (code) {
    case DEADLINE_EXCEEDED:
    case CANCELLED:
      return { kind: 'deadline' };
    case UNAVAILABLE:
    case RESOURCE_EXHAUSTED:
    case ABORTED:
    case UNKNOWN:
    case INTERNAL:
      return { kind: 'retry', message };
    case NOT_FOUND:
      return { kind: 'not_found' };
    case ALREADY_EXISTS:
      return { kind: 'already_started' };
    case PERMISSION_DENIED:
    case UNAUTHENTICATED:
      return { kind: 'denied', message };
    case FAILED_PRECONDITION:
      if (/no poller/i.test(message)) return { kind: 'no_poller' };
      return TASK_FAILED.test(message) || NOT_READY.test(message)
        ? { kind: 'retry', message }
        : { kind: 'invalid', message };
    case INVALID_ARGUMENT:
      return { kind: 'invalid', message };
    default:
      return { kind: 'other', error };
  }
}
