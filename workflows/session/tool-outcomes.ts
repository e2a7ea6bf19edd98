/** Outcomes of calls in the conversation. Plain code. */
import type { OutcomeItem } from '../contracts/conversation';
import type { ToolOutcome } from '../contracts/tool';
import { apply, type SessionState } from './session-state';

/** Appends one outcome for each call to the conversation, in their order. */
export function appendOutcomes(
  state: SessionState,
  calls: readonly { readonly id: string; readonly tool: string }[],
  outcomeOf: (index: number) => ToolOutcome,
  now: number,
): void {
  const items = calls.map((call, index): OutcomeItem => {
    const outcome = outcomeOf(index);
    return { kind: 'outcome', turn: state.turn, step: state.step, callId: call.id, tool: call.tool, outcome };
  });
  apply(state, { kind: 'items_appended', items }, now);
}
