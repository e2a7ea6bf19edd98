/** Whether this worker's version can read the inputs of the activities on stored conversations. */
import { ApplicationFailure } from '@temporalio/common';
import type { ConversationCloseInput, ConversationStoreInput } from '../../workflows/contracts/continuation';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { isPlainObject } from '../../workflows/contracts/json';

/** @throws ApplicationFailure `BadActivityInput`, retryable: a newer worker may read it. */
export function checkStoreInput(input: unknown): asserts input is ConversationStoreInput {
  check('conversation.store', () => {
    const problem = commonProblem(input, ['agent', 'sessionId', 'keyNamespace']);
    if (problem !== null || !isPlainObject(input)) return problem;
    const { from, to } = input;
    const whole = typeof from === 'number' && typeof to === 'number' && Number.isInteger(from) && Number.isInteger(to);
    return whole && from >= 0 && from < to ? null : 'from and to must be indices, from before to';
  });
}

/** @throws ApplicationFailure `BadActivityInput`, retryable: a newer worker may read it. */
export function checkCloseInput(input: unknown): asserts input is ConversationCloseInput {
  check('conversation.close', () => commonProblem(input, ['sessionId', 'keyNamespace']));
}

function commonProblem(input: unknown, texts: readonly string[]): string | null {
  if (!isPlainObject(input)) return 'it is not an object';
  const wrong = texts.filter((field) => typeof input[field] !== 'string');
  if (wrong.length > 0) return `${wrong.join(', ')} must be texts`;
  const { ledger } = input;
  const named = isPlainObject(ledger) && typeof ledger.name === 'string' && typeof ledger.id === 'string';
  return named ? null : 'ledger must be {name, id}';
}

function check(activity: string, problemOf: () => string | null): void {
  const problem = problemOf();
  if (problem === null) return;
  throw ApplicationFailure.create({
    type: FAILURE_TYPES.badInput,
    message: `this worker cannot read the input of ${activity}: ${problem}; a worker of the session's version or later can`,
    nonRetryable: false,
  });
}
