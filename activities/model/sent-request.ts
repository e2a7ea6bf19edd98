/**
 * What a request was made of, kept with the failure of the call that made it: history has no result of such a call, and still every request
 * that was sent can be made again from it.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { CutOffRequest, SentRequest } from '../../workflows/contracts/model';
import type { Definition } from './definition';
import { toFailure } from './failure-classes';
import type { renderInstructions } from './instructions';

/**
 * @param known hash of the definition that history has already.
 * @param outputCap where less output was asked for than the definition says.
 */
export function sentRequest(
  definition: Definition,
  instructions: ReturnType<typeof renderInstructions>,
  known: string | undefined,
  outputCap: number | undefined,
): SentRequest {
  return {
    definitionHash: definition.hash,
    ...(definition.hash === known ? {} : { definition: definition.record }),
    ...(instructions.perCall ? { instructions: instructions.text } : {}),
    ...(outputCap === undefined ? {} : { outputCap }),
  };
}

/**
 * The failure `error` stands for, with `details[0]`: `sent`, and `cutOff` where requests of this call may have been billed though none brought an
 * answer. A cancellation stays as it is.
 */
export function withSentRequest(
  error: unknown,
  sent: SentRequest,
  cutOff: readonly CutOffRequest[],
): ApplicationFailure | CancelledFailure {
  const failure = toFailure(error);
  if (failure instanceof CancelledFailure) return failure;
  const delay: unknown = failure.nextRetryDelay;
  return ApplicationFailure.create({
    type: failure.type ?? undefined,
    message: failure.message,
    nonRetryable: failure.nonRetryable ?? false,
    ...(typeof delay === 'number' ? { nextRetryDelay: delay } : {}),
    details: [{ sent, ...(cutOff.length === 0 ? {} : { cutOff }) }],
  });
}
