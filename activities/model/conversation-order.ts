/**
 * The conversation in the order providers accept: the outcomes of a step's calls directly after the calls. Notes and messages
 * that came in between are put behind them; items that are only for the record are left out.
 */
import type { AssistantItem, ConversationItem, OutcomeItem } from '../../workflows/contracts/conversation';
import { NO_OUTCOME, outcomeText } from './outcome-text';

export type Spoken =
  | { readonly kind: 'user' | 'note'; readonly text: string }
  | { readonly kind: 'assistant'; readonly item: AssistantItem }
  | { readonly kind: 'outcome'; readonly callId: string; readonly text: string };

export function inProviderOrder(items: readonly ConversationItem[]): readonly Spoken[] {
  const spoken: Spoken[] = [];
  let waiting: Spoken[] = [];
  let open = new Set<string>();
  const close = () => {
    for (const callId of open) spoken.push({ kind: 'outcome', callId, text: NO_OUTCOME });
    spoken.push(...waiting);
    open = new Set();
    waiting = [];
  };
  for (const item of items) {
    switch (item.kind) {
      case 'user':
        (open.size > 0 ? waiting : spoken).push({ kind: 'user', text: item.text });
        break;
      case 'note':
        if (item.audience === 'model') (open.size > 0 ? waiting : spoken).push({ kind: 'note', text: item.text });
        break;
      case 'assistant':
        close();
        if (item.text !== null || item.calls?.length) spoken.push({ kind: 'assistant', item });
        open = new Set(item.calls?.map((call) => call.id));
        break;
      case 'outcome':
        if (open.delete(item.callId))
          spoken.push({ kind: 'outcome', callId: item.callId, text: outcomeText(item.outcome) });
        else waiting.push({ kind: 'note', text: lateOutcome(item) });
        if (open.size === 0) close();
        break;
    }
  }
  close();
  return spoken;
}

/** An outcome without its call directly before it: told in words, since providers refuse it as a tool's result. */
function lateOutcome(item: OutcomeItem): string {
  return `The tool ${item.tool} (call ${item.callId}) answered: ${outcomeText(item.outcome)}`;
}
