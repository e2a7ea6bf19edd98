/**
 * The conversation in the order providers accept: the outcomes of a step's calls directly after the calls. Notes, messages
 * and what a person said as the agent in between are put behind them; items that are only for the record are left out.
 */
import type {
  AssistantItem,
  ConversationItem,
  NoteItem,
  OutcomeItem,
  UserItem,
} from '../../workflows/contracts/conversation';
import { NO_OUTCOME, outcomeText } from './outcome-text';

/** Something the model is told, with the item it is told from: the words are made of that, and only where they are needed. */
export type Spoken =
  | { readonly kind: 'user'; readonly item: UserItem }
  | { readonly kind: 'note'; readonly item: NoteItem }
  | { readonly kind: 'assistant'; readonly item: AssistantItem }
  | { readonly kind: 'outcome'; readonly item: OutcomeItem }
  /** An outcome without its call directly before it: told in words, since providers refuse it as a tool's result. */
  | { readonly kind: 'late_outcome'; readonly item: OutcomeItem }
  /** A call without an outcome. */
  | { readonly kind: 'no_outcome'; readonly callId: string };

export interface Ordered {
  readonly spoken: readonly Spoken[];
  /** How far nothing changes any more, whatever comes behind: so many items, and what was spoken of them. */
  readonly settled: { readonly items: number; readonly spoken: number };
}

/** @param from where items before it are settled: only those behind it are ordered. */
export function inProviderOrder(items: readonly ConversationItem[], from = 0): Ordered {
  const spoken: Spoken[] = [];
  let waiting: Spoken[] = [];
  let open = new Set<string>();
  let settled = { items: from, spoken: 0 };
  const close = () => {
    for (const callId of open) spoken.push({ kind: 'no_outcome', callId });
    spoken.push(...waiting);
    open = new Set();
    waiting = [];
  };
  for (let index = from; index < items.length; index += 1) {
    const item = items[index] as ConversationItem;
    switch (item.kind) {
      case 'user':
        (open.size > 0 ? waiting : spoken).push({ kind: 'user', item });
        break;
      case 'note':
        if (item.audience === 'model') (open.size > 0 ? waiting : spoken).push({ kind: 'note', item });
        break;
      case 'assistant':
        if (open.size > 0 && item.by !== undefined && !item.calls?.length) {
          // Said by a person while calls run: between a call and its outcome providers take nothing.
          if (item.text !== null) waiting.push({ kind: 'assistant', item });
          break;
        }
        close();
        if (item.text !== null || item.calls?.length) spoken.push({ kind: 'assistant', item });
        open = new Set(item.calls?.map((call) => call.id));
        break;
      case 'state':
        // Not spoken in place: the state as a whole is told at the end.
        break;
      case 'outcome':
        if (open.delete(item.callId)) spoken.push({ kind: 'outcome', item });
        else waiting.push({ kind: 'late_outcome', item });
        if (open.size === 0) close();
        break;
    }
    if (open.size === 0) settled = { items: index + 1, spoken: spoken.length };
  }
  close();
  return { spoken, settled };
}

/** What a protocol makes of words that are not the assistant's. */
export type Words =
  | { readonly kind: 'user' | 'note'; readonly text: string }
  | { readonly kind: 'outcome'; readonly callId: string; readonly text: string };

export function wordsOf(spoken: Exclude<Spoken, { kind: 'assistant' }>): Words {
  switch (spoken.kind) {
    case 'user':
    case 'note':
      return { kind: spoken.kind, text: spoken.item.text };
    case 'outcome':
      return { kind: 'outcome', callId: spoken.item.callId, text: outcomeText(spoken.item.outcome) };
    case 'late_outcome': {
      const { tool, callId, outcome } = spoken.item;
      return { kind: 'note', text: `The tool ${tool} (call ${callId}) answered: ${outcomeText(outcome)}` };
    }
    case 'no_outcome':
      return { kind: 'outcome', callId: spoken.callId, text: NO_OUTCOME };
  }
}
