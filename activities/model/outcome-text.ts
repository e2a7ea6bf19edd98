/**
 * How an outcome is told to the model. A result is its JSON text, or itself where it is a text; anything else is
 * `{"error": <kind>, "reason"?: <reason>, "message": <words>}`, so that a model can tell the two apart.
 */
import type { ToolOutcome } from '../../workflows/contracts/tool';

export function outcomeText(outcome: ToolOutcome): string {
  switch (outcome.kind) {
    case 'succeeded': {
      const text = typeof outcome.result === 'string' ? outcome.result : JSON.stringify(outcome.result);
      const notes = [
        outcome.cutFromBytes === undefined
          ? ''
          : `\n[cut: this is the first part of ${outcome.cutFromBytes} bytes; ask for less to see the rest]`,
        outcome.sameAsCall === undefined
          ? ''
          : '\n[not done a second time: this is the result of the same request made earlier]',
        outcome.stateProblem === undefined ? '' : `\n[the session's state was not changed: ${outcome.stateProblem}]`,
      ];
      return text + notes.join('');
    }
    case 'failed':
    case 'rejected':
      return JSON.stringify({ error: outcome.kind, reason: outcome.reason, message: outcome.message });
    case 'unknown':
    case 'cancelled':
      return JSON.stringify({ error: outcome.kind, message: outcome.message });
  }
}

/** Told for a call whose outcome the conversation lacks, so that a provider still accepts it. */
export const NO_OUTCOME = JSON.stringify({ error: 'unknown', message: 'No outcome of this call was recorded.' });
