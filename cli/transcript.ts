/** `holdfast transcript`: the conversation, as it was. */
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import type { ConversationItem } from '../client';
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { safeLine, safeText } from './terminal-text';

export async function showTranscript(sessionId: string, flags: ConnectionFlags & OutputFlags, io: Io): Promise<number> {
  return withClient(flags, async (client) => {
    const session = client.session(sessionId);
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify(await session.wholeTranscript(), null, 2));
      return 0;
    }
    const colours = pc.createColors(io.colour);
    for await (const page of session.transcript()) {
      for (const item of page.items) for (const line of itemLines(item, colours)) writeLine(io.stdout, line);
    }
    return 0;
  });
}

/** What a user or an agent said, without calls. */
export function saidLines(item: ConversationItem, colours: Colors): readonly string[] {
  return itemLines(item.kind === 'assistant' ? { ...item, calls: [] } : item, colours);
}

/** One item of a conversation as lines. */
export function itemLines(item: ConversationItem, colours: Colors): readonly string[] {
  switch (item.kind) {
    case 'user':
      return [`${colours.bold('user>')} ${safeText(item.text)}`];
    case 'assistant':
      return [
        ...(item.text === null
          ? []
          : [`${colours.bold(colours.green(`${safeLine(item.agent)}>`))} ${safeText(item.text)}`]),
        ...(item.calls ?? []).map(
          (call) => `  ${colours.cyan('→')} ${safeLine(`${call.tool} ${call.arguments}`, 400)}`,
        ),
      ];
    case 'outcome': {
      const { outcome } = item;
      const said = outcome.kind === 'succeeded' ? JSON.stringify(outcome.result) : outcome.message;
      const paint = outcome.kind === 'succeeded' ? colours.green : colours.yellow;
      return [`  ${paint(`← ${safeLine(item.tool)} ${outcome.kind}`)} ${safeLine(said, 400)}`];
    }
    case 'note':
      return [colours.dim(`  (${item.audience}: ${safeLine(item.reason)}) ${safeLine(item.text, 400)}`)];
  }
}
