/** What a run left behind of a whole family of sessions, under names that tell its members apart. Plain functions. */
import type { ConversationItem } from '../../workflows/contracts/conversation';
import type { RunEvidence } from './run-evidence';

type Family = Pick<RunEvidence, 'conversation' | 'children'>;

/** A conversation and whose it is: the path of a child, empty for the first session's. */
export interface FamilyConversation {
  readonly path: string;
  readonly conversation: readonly ConversationItem[];
}

/** The first session's conversation, then those of its children. */
export function conversationsOf({ conversation, children }: Family): readonly FamilyConversation[] {
  return [{ path: '', conversation }, ...children];
}

/** The id of a call as the first session has it: that of a child begins with its path. */
export function familyCallId(path: string, callId: string): string {
  return path === '' ? callId : `${path}:${callId}`;
}

/** Ids of the calls in a conversation, in the order in which they were asked for. */
export function callIds(conversation: readonly ConversationItem[]): readonly string[] {
  return conversation.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map((call) => call.id) : []));
}

/** A call, and its name that is the same in every run, from its place in the conversation. */
export interface NamedCall {
  readonly path: string;
  readonly callId: string;
  readonly name: string;
}

export function namedCalls(family: Family): readonly NamedCall[] {
  return conversationsOf(family).flatMap(({ path, conversation }) =>
    [...new Set(callIds(conversation))].map((callId, index) => ({
      path,
      callId,
      name: `<call ${index + 1}${path === '' ? '' : ` of ${path}`}>`,
    })),
  );
}

/**
 * The conversation with the news of several children in the order of their paths, and behind outcomes and notes: who works at the same time comes back in any order,
 * and what a child finds out may come in with the outcome of the call that began it.
 */
export function withSteadyNews(conversation: readonly ConversationItem[]): readonly ConversationItem[] {
  const steady: ConversationItem[] = [];
  let news: ConversationItem[] = [];
  const flush = (): void => {
    // Sorting is stable: what one child told stays in its order.
    steady.push(...news.sort((one, other) => compare(childOf(one) ?? '', childOf(other) ?? '')));
    news = [];
  };
  for (const item of conversation) {
    if (childOf(item) !== undefined) {
      news.push(item);
      continue;
    }
    // Nobody reads it before the model, or a person, speaks again.
    if (item.kind === 'assistant' || item.kind === 'user') flush();
    steady.push(item);
  }
  flush();
  return steady;
}

function childOf(item: ConversationItem): string | undefined {
  return item.kind === 'state' && item.cause.kind === 'handoff' ? item.cause.child : undefined;
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
