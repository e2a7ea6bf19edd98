/** Whether this worker's version can read the input of a model call: an older worker may meet items of a newer kind. */
import { ApplicationFailure } from '@temporalio/common';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { isPlainObject } from '../../workflows/contracts/json';
import type { ModelCallInput } from '../../workflows/contracts/model';

const ITEM_KINDS: ReadonlySet<unknown> = new Set(['user', 'assistant', 'outcome', 'note', 'state']);

/** @throws ApplicationFailure `BadActivityInput`, retryable: a newer worker may read it; attempts are bounded by the session. */
export function checkInput(input: unknown): asserts input is ModelCallInput {
  const problem = problemOf(input);
  if (problem === null) return;
  throw ApplicationFailure.create({
    type: FAILURE_TYPES.badInput,
    message: `this worker cannot read the input of model.call: ${problem}; a worker of the session's version or later can`,
    nonRetryable: false,
  });
}

function problemOf(input: unknown): string | null {
  if (!isPlainObject(input)) return 'it is not an object';
  const texts = ['agent', 'sessionId', 'keyNamespace', 'callId'].filter((field) => typeof input[field] !== 'string');
  if (texts.length > 0) return `${texts.join(', ')} must be texts`;
  if (input.purpose !== 'step' && input.purpose !== 'final') return 'purpose must be "step" or "final"';
  if (!Number.isInteger(input.turn) || !Number.isInteger(input.step)) return 'turn and step must be integers';
  const { base, items, child, depth } = input;
  if (child !== undefined && !isChild(child)) return 'child must be {role, root, from}';
  if (depth !== undefined && !Number.isInteger(depth)) return 'depth must be an integer';
  if (!isPlainObject(base) || !Number.isInteger(base.length) || typeof base.digest !== 'string')
    return 'base must be {length, digest}';
  if (!Array.isArray(items)) return 'items must be a list';
  const strange = items.findIndex((item) => !isPlainObject(item) || !ITEM_KINDS.has(item.kind));
  return strange < 0 ? null : `items[${strange}] is of an unknown kind`;
}

/** A role of a later version would be offered tools that are not its own. */
function isChild(child: unknown): boolean {
  if (!isPlainObject(child) || !['root', 'from'].every((field) => typeof child[field] === 'string')) return false;
  return child.role === 'transfer' || child.role === 'delegate';
}
