/** Who answered a message: the session's own agent, or one that the user was handed over to. */
import type { ConversationItem, SendResult, Session } from '../client';

/** Items read of the end of a conversation: a turn's worth. */
const LAST_ITEMS = 60;
/** An answer is not held up by the name of who gave it, ms. */
const LOOK_TIMEOUT_MS = 3_000;

export interface Spoke {
  readonly agent: string;
  /** Notes of the turn on who handed over to whom. */
  readonly handoffs: readonly ConversationItem[];
}

/** @param agent the session's own: taken where nobody else has been there, and where that cannot be read now. */
export async function whoSpoke(session: Session, agent: string, result: SendResult): Promise<Spoke> {
  const own: Spoke = { agent, handoffs: [] };
  if (result.kind !== 'reply' && !(result.kind === 'stopped' && result.session === 'open')) return own;
  const options = { timeoutMs: LOOK_TIMEOUT_MS };
  try {
    const { active, children = [], conversationLength } = await session.status(options);
    if (!active && children.length === 0) return own;
    const items: ConversationItem[] = [];
    const from = Math.max(0, conversationLength - LAST_ITEMS);
    for await (const page of session.transcript({ ...options, from })) items.push(...page.items);
    const ofTurn = items.filter(({ turn }) => turn === result.turn);
    const said = ofTurn.findLast((item) => item.kind === 'assistant' && item.text !== null && item.by === undefined);
    return {
      agent: said?.kind === 'assistant' ? said.agent : (active?.agent ?? agent),
      handoffs: ofTurn.filter((item) => item.kind === 'note' && item.reason === 'handoff'),
    };
  } catch {
    return own;
  }
}
