/**
 * The activity `model.settle`: a model call was broken off, or its attempts ended in timeouts. It closes the call, so that no attempt that is still
 * about makes a request, and says what the call cost.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { EngineActivities } from '../../workflows/contracts/activities';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { isPlainObject, type Json } from '../../workflows/contracts/json';
import type { ModelSettleInput, ModelSettleReport, ModelTurn } from '../../workflows/contracts/model';
import { crashPoint } from '../crash-points';
import { callKeyOf, DEFAULT_LEDGER, OWNER } from '../ledger/call-identity';
import type { Ledger } from '../ledger/port';
import { toFailure } from './failure-classes';
import { pinnedTo } from './ledger-pins';
import { cutOffRequest } from './recorded-answer';

/**
 * Makes the function registered as `model.settle`. It may be repeated, and needs no agent. Its failures are `ApplicationFailure`s, all retryable but
 * for an input that cannot be read: `LedgerMismatch`, `LedgerUnavailable`, `BadActivityInput`.
 */
export function createModelSettleActivity(options: {
  /** By name; must hold `default`. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
}): EngineActivities['model.settle'] {
  return async (input) => {
    checkInput(input);
    const { runId: run = '' } = Context.current().info.workflowExecution ?? {};
    const ledger = pinnedTo(options.ledgers, DEFAULT_LEDGER, input.ledgers);
    crashPoint('model.before-settle', input.agent);
    try {
      const closed = await ledger.closeModelCall({ callKey: callKeyOf(input), run, owner: OWNER });
      crashPoint('model.after-settle', input.agent);
      return {
        cutOff: closed.cutOff.map(({ attempt, estimate }) => cutOffRequest(attempt, estimate)),
        ...answeredBy(closed.answer),
      };
    } catch (error) {
      throw toFailure(error);
    }
  };
}

function answeredBy(answer: Json | undefined): Pick<ModelSettleReport, 'answered'> {
  if (!isPlainObject(answer)) return {};
  const { usage, billed } = answer as unknown as ModelTurn;
  return { answered: { usage, cost: billed } };
}

function checkInput(input: unknown): asserts input is ModelSettleInput {
  const fields = ['agent', 'sessionId', 'keyNamespace', 'callId'] as const;
  const missing = isPlainObject(input) ? fields.filter((field) => typeof input[field] !== 'string') : fields;
  if (missing.length === 0) return;
  throw ApplicationFailure.create({
    type: FAILURE_TYPES.badInput,
    message: `this worker cannot read the input of model.settle: ${missing.join(', ')} must be texts`,
    nonRetryable: true,
  });
}
