/** `holdfast show`: a session on one page: where it stands, what waits and how to decide, what was said last. */
import pc from 'picocolors';
import type { ConversationItem, Session } from '../client';
import { wholeItems } from './approval-lines';
import { childLines } from './child-lines';
import { wantsJson, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import { pendingLines } from './pending';
import { readStanding, statusLines, stepLines, writeEnd } from './status';
import { itemLines } from './transcript';

/** Items of the conversation on the page. */
const LAST_ITEMS = 12;

export async function showSession(sessionText: string, flags: ConnectionFlags & OutputFlags, io: Io): Promise<number> {
  return withSession(sessionText, flags, io, async (session) => {
    const standing = await readStanding(session, await session.ended());
    if (standing.kind === 'end') {
      writeEnd(session.id, standing.end, flags, io);
      return 0;
    }
    const { status } = standing;
    const pending = await wholeItems(session, await session.pending());
    const from = Math.max(0, status.conversationLength - LAST_ITEMS);
    const last = await itemsFrom(session, from);
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify({ status, pending, last: { from, items: last } }, null, 2));
      return 0;
    }
    const colours = pc.createColors(io.colour);
    const heading = (text: string) => ['', colours.bold(text)];
    const children = childLines(status, colours);
    const lines = [
      ...statusLines(status, colours),
      ...(children.length === 0 ? [] : [...heading('children'), ...children]),
      ...(status.recent.length === 0 ? [] : [...heading('last calls'), ...stepLines(status, colours)]),
      ...(last.length === 0
        ? []
        : [
            ...heading(from > 0 ? 'conversation, its end' : 'conversation'),
            ...last.flatMap((item) => itemLines(item, colours)),
          ]),
      // Last, so that it stands where the eye is.
      ...(pending.length === 0
        ? []
        : [...heading('waits for a person'), ...pendingLines(pending, session.id, flags, colours, io.env)]),
    ];
    for (const line of lines) writeLine(io.stdout, line);
    return 0;
  });
}

async function itemsFrom(session: Session, from: number): Promise<readonly ConversationItem[]> {
  const items: ConversationItem[] = [];
  for await (const page of session.transcript({ from })) items.push(...page.items);
  return items;
}
