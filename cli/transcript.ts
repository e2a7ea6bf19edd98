/** `holdfast transcript`: the conversation, as it was, over all runs of the session. */
import { createRequire } from 'node:module';
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import type { ConversationItem, Session } from '../client';
import { wantsJson, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import type { LedgerFlags } from './ledger/open';
import { causeInWords, changeInWords } from './state-words';
import { safeLine, safeText } from './terminal-text';

/** Databases take long to load: only this command waits for them. */
const lazily = createRequire(__filename);

export interface TranscriptFlags extends ConnectionFlags, OutputFlags, LedgerFlags {
  /** Path of a child, whose conversation is wanted. */
  readonly child?: string;
}

export async function showTranscript(sessionText: string, flags: TranscriptFlags, io: Io): Promise<number> {
  const { PartsOnDemand } = lazily('./ledger/stored-parts') as typeof import('./ledger/stored-parts');
  const parts = new PartsOnDemand(flags, io);
  try {
    return await withSession(
      sessionText,
      flags,
      io,
      (session) => write(flags.child === undefined ? session : session.child(flags.child), flags, io),
      (part) => parts.read(part),
    );
  } finally {
    await parts.close();
  }
}

async function write(session: Session, flags: OutputFlags, io: Io): Promise<number> {
  if (wantsJson(flags)) {
    writeLine(io.stdout, JSON.stringify(await session.wholeTranscript(), null, 2));
    return 0;
  }
  const colours = pc.createColors(io.colour);
  for await (const page of session.transcript()) {
    for (const item of page.items) for (const line of itemLines(item, colours)) writeLine(io.stdout, line);
  }
  return 0;
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
          : [`${colours.bold(colours.green(`${speaker(item.agent, item.by)}>`))} ${safeText(item.text)}`]),
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
    case 'note': {
      const by = item.by === undefined ? '' : ` by ${safeLine(item.by, 100)}${item.verified ? ', verified' : ''}`;
      return [colours.dim(`  (${item.audience}: ${safeLine(item.reason)}${by}) ${safeLine(item.text, 400)}`)];
    }
    case 'state': {
      const { change, cause } = item;
      return [colours.dim(`  (state: ${safeLine(changeInWords(change), 400)}; ${safeLine(causeInWords(cause), 200)})`)];
    }
  }
}

/** Who said something: the agent, or a person in its place. */
export function speaker(agent: string, by: string | undefined): string {
  return by === undefined ? safeLine(agent) : `${safeLine(by, 100)} (as ${safeLine(agent)})`;
}
