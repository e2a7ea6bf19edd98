/** From what a provider said to what the session does next. */
import { ApplicationFailure } from '@temporalio/common';
import { GIVE_RESULT_TOOL } from '../../agents/family';
import type { AssistantItem } from '../../workflows/contracts/conversation';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ModelCallPurpose, ModelDecision } from '../../workflows/contracts/model';
import { planCalls, type PlanContext } from './plan';
import type { ProviderAnswer } from './provider';

/** More calls than this in one answer are not listed one by one; the whole answer is sent back. */
const MAX_LISTED_CALLS = 256;

export interface Decided {
  readonly decision: ModelDecision;
  /** Absent where the model said nothing that can be kept. */
  readonly item?: AssistantItem;
}

export const repair = (problem: string, ask: string, cause?: 'empty'): ModelDecision => ({
  kind: 'repair',
  problem,
  note: `Your last answer could not be used: ${problem}. ${ask}`,
  ...(cause === undefined ? {} : { cause }),
});

/**
 * @throws ApplicationFailure `ContentFiltered`, not retryable.
 */
export async function decide(
  answer: Exclude<ProviderAnswer, { kind: 'error' }>,
  purpose: ModelCallPurpose,
  context: PlanContext,
): Promise<Decided> {
  if (answer.kind === 'unreadable') return { decision: repair(answer.problem, 'Answer again.') };
  if (answer.ended === 'filtered') {
    throw ApplicationFailure.create({
      type: FAILURE_TYPES.contentFilter,
      message: "the provider's content filter stopped the answer",
      nonRetryable: true,
    });
  }
  const text = answer.text !== null && answer.text.trim() !== '' ? wellFormed(answer.text) : null;
  const { turn, step, agent } = context;
  const said = (calls?: AssistantItem['calls']): AssistantItem => ({
    kind: 'assistant',
    turn,
    step,
    agent: agent.name,
    text,
    ...(calls ? { calls } : {}),
  });
  const kept = text === null ? {} : { item: said() };

  // A last chance is not sent back for its form: words are taken where there are any.
  if (purpose === 'final' && text !== null) return { decision: { kind: 'answer', text }, item: said() };
  if (answer.ended === 'cut') {
    const what =
      answer.calls.length > 0
        ? 'it was cut at the length limit within its tool calls, and none of them ran'
        : 'it was cut at the length limit';
    return { decision: repair(what, 'Answer again, and shorter.'), ...kept };
  }
  if (answer.calls.length > 0) {
    if (purpose === 'final')
      return { decision: repair('it asks for tools, which cannot be called now', 'Answer in words.') };
    if (answer.calls.length > MAX_LISTED_CALLS) {
      return {
        decision: repair(
          `it asks for ${answer.calls.length} tool calls at once, and none of them ran`,
          'Ask for a few at a time.',
        ),
        ...kept,
      };
    }
    const plan = await planCalls(answer.calls, context);
    return { decision: { kind: 'calls', calls: plan.calls }, item: said(plan.asked) };
  }
  if (text !== null && purpose === 'step' && context.engine?.has(GIVE_RESULT_TOOL)) {
    const ask = `Call ${GIVE_RESULT_TOOL} with the result; where it cannot be had, say so in the result.`;
    return { decision: repair(`it is in words, and a result of a given form was asked for`, ask), ...kept };
  }
  if (text === null) return { decision: repair('it is empty', 'Answer the user, or call a tool.', 'empty') };
  return { decision: { kind: 'answer', text }, item: said() };
}

/** Half a surrogate pair is no text and would change on its way: shown as the replacement character. */
const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd');
