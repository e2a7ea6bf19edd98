/**
 * From whatever a model call can throw to the one failure the session knows: a registered type, whether a retry can mend it, and when.
 * Messages are redacted, and the error itself is not attached as a cause, since both would be kept in clear in the history.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { FAILURE_TYPES, type FailureType } from '../../workflows/contracts/failures';
import { LedgerUnavailable, ModelCallClosed } from '../ledger/port';
import { MissingApiKey, RequestTimedOut } from './openai-client';
import { redact } from './redact';
import { retryAfterMs } from './retry-after';

export interface FailureClass {
  readonly type: FailureType;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly message: string;
  /** False where the provider is known not to have billed the request: it refused it, or never got it. */
  readonly mayBeBilled: boolean;
}

/** An error of the provider's, by what it said. */
export interface ProviderError {
  readonly status?: number;
  /** The provider's own names for it: `code` and `type` of its error body. */
  readonly code?: string | null;
  readonly errorType?: string | null;
  readonly message: string;
  readonly header?: (name: string) => string | null | undefined;
}

const QUOTA = /insufficient_quota|billing_hard_limit|billing_not_active|exceeded your current quota/i;
const CONTEXT =
  /context_length_exceeded|maximum context length|context window|prompt is too long|input is too long|too many (?:input )?tokens/i;
const FILTER = /content_filter|content_policy|content management policy|responsible_ai/i;
const TOO_LARGE = /request too large|string_above_max_length|payload too large|request entity too large/i;

/** Classifies an error the provider answered with. */
export function classifyProviderError(error: ProviderError, now = Date.now()): FailureClass {
  const { status, message } = error;
  const said = [error.code, error.errorType, message].filter(Boolean).join(' ');
  const wait = error.header ? retryAfterMs(error.header, now) : undefined;
  const retry = (type: FailureType): FailureClass => ({
    type,
    retryable: true,
    message,
    mayBeBilled: false,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
  const final = (type: FailureType): FailureClass => ({ type, retryable: false, message, mayBeBilled: false });

  if (status === 429 || (status === undefined && /rate_limit/i.test(said))) {
    if (QUOTA.test(said)) return final(FAILURE_TYPES.modelForbidden);
    return TOO_LARGE.test(said) ? final(FAILURE_TYPES.requestTooLarge) : retry(FAILURE_TYPES.rateLimited);
  }
  if (status === 408) return retry(FAILURE_TYPES.modelTimeout);
  if (status === 409 || status === 425 || (status !== undefined && status >= 500))
    return retry(FAILURE_TYPES.modelUnavailable);
  if (CONTEXT.test(said)) return final(FAILURE_TYPES.contextLength);
  if (FILTER.test(said)) return final(FAILURE_TYPES.contentFilter);
  switch (status) {
    case undefined:
      return /server_error|overloaded|unavailable|timeout/i.test(said) || !error.code
        ? retry(FAILURE_TYPES.modelUnavailable)
        : final(FAILURE_TYPES.modelBadRequest);
    case 401:
      return final(FAILURE_TYPES.modelUnauthorized);
    case 402:
    case 403:
      return final(FAILURE_TYPES.modelForbidden);
    case 404:
      return final(FAILURE_TYPES.modelNotFound);
    case 413:
      return final(FAILURE_TYPES.requestTooLarge);
    default:
      return final(FAILURE_TYPES.modelBadRequest);
  }
}

/** Classifies anything thrown while the model was asked. */
export function classifyError(error: unknown, now = Date.now()): FailureClass {
  const message = error instanceof Error ? error.message : 'an error without a message';
  const retry = (type: FailureType, mayBeBilled: boolean, text = message): FailureClass => ({
    type,
    retryable: true,
    message: text,
    mayBeBilled,
  });
  if (error instanceof MissingApiKey)
    return { type: FAILURE_TYPES.modelUnauthorized, retryable: false, message, mayBeBilled: false };
  if (error instanceof ModelCallClosed)
    return { type: FAILURE_TYPES.modelCallClosed, retryable: false, message, mayBeBilled: false };
  if (error instanceof LedgerUnavailable) return retry(FAILURE_TYPES.ledgerUnavailable, false);
  if (
    error instanceof RequestTimedOut ||
    error instanceof APIConnectionTimeoutError ||
    error instanceof APIUserAbortError ||
    isAbort(error)
  ) {
    return retry(FAILURE_TYPES.modelTimeout, true);
  }
  if (error instanceof APIConnectionError) {
    return retry(FAILURE_TYPES.modelUnavailable, !neverSent(error), `${message} ${causes(error).join(': ')}`.trim());
  }
  if (error instanceof APIError) {
    const { status, code, type, headers } = error as APIError<number | undefined>;
    return classifyProviderError({ status, code, errorType: type, message, header: (name) => headers?.get(name) }, now);
  }
  // A body that broke off (undici: "terminated"), or what nobody foresaw: a bounded retry, and the message says what it was.
  return retry(FAILURE_TYPES.modelUnavailable, true, `the answer broke off: ${[message, ...causes(error)].join(': ')}`);
}

/** The failure to throw for an error. Failures that are classified already, and cancellations, pass unchanged. */
export function toFailure(error: unknown, now = Date.now()): ApplicationFailure | CancelledFailure {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  return failureOf(classifyError(error, now));
}

export function failureOf(failure: FailureClass): ApplicationFailure {
  return ApplicationFailure.create({
    type: failure.type,
    message: redact(failure.message),
    nonRetryable: !failure.retryable,
    ...(failure.retryAfterMs === undefined ? {} : { nextRetryDelay: failure.retryAfterMs }),
  });
}

const isAbort = (error: unknown) =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');

function chain(error: unknown): readonly Error[] {
  const found: Error[] = [];
  let next = error instanceof Error ? error.cause : undefined;
  while (next instanceof Error && found.length < 5) {
    found.push(next);
    next = next.cause;
  }
  return found;
}

const causes = (error: unknown) => chain(error).map((cause) => cause.message);

/** The connection was never made, so nothing can have been billed. */
function neverSent(error: unknown): boolean {
  return chain(error).some(
    (cause) =>
      'code' in cause &&
      ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(
        String(cause.code),
      ),
  );
}
