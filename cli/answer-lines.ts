/** The answer to a message, as lines for a person. */
import type { Colors } from 'picocolors/types';
import type { SendResult } from '../client';
import { safeLine, safeText } from './terminal-text';
import { speaker } from './transcript';

/** An answer that means that the conversation cannot be had as asked for. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/** @throws AnswerError for an agent that does not exist and a session that ended before it answered. */
export function answerLines(result: SendResult, colours: Colors, agent: string): readonly string[] {
  switch (result.kind) {
    case 'reply':
      return [
        spoken(speaker(agent, result.by), result.text, colours),
        ...(result.partial ? [note(`partial: ${result.partial}`, colours)] : []),
      ];
    case 'waiting_for_human':
      // What it is, and how it is decided, is said by `pendingLines`.
      return [note('a person must decide before this goes on:', colours)];
    case 'with_person':
      return [note(`${result.person} has taken over and will answer`, colours)];
    case 'queued':
      return [note(`waits in the queue, ${result.ahead} ahead`, colours)];
    case 'continued':
      return [note('the session continues in a new run', colours)];
    case 'stopped':
      if (result.session === 'ended') {
        const names = result.names?.length && !result.names.every((name) => result.message.includes(name));
        throw new AnswerError(`${result.message}${names ? ` (there are: ${result.names.join(', ')})` : ''}`);
      }
      return [
        ...(result.text ? [spoken(speaker(agent, undefined), result.text, colours)] : []),
        note(`stopped (${result.reason}): ${result.message}`, colours),
      ];
    case 'ended':
      throw new AnswerError(`the session ended before it answered (${result.status}: ${result.reason})`);
  }
}

function spoken(name: string, text: string, colours: Colors): string {
  return `${colours.bold(colours.green(`${name}>`))} ${safeText(text)}`;
}

function note(text: string, colours: Colors): string {
  return colours.yellow(`  ${safeLine(text, 1_000)}`);
}
