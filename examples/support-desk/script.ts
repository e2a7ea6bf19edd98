/**
 * A conversation with the support desk, both sides: what the user says (`conversation.ts`), and what a model answers when it is as careless as models are. It is
 * five agents in one: the system prompt says which. It misspells a tool, sends numbers as text, leaves the sources out, and pays a refund again to see whether it
 * was paid. Everything it tells the user is read from the tools' results and from the session's state.
 */
import type { Script } from '../../testing';
import { answerUnscripted } from './script-fallback';
import { delegateTurns } from './script-delegates';
import { deskTurns } from './script-desks';
import { triageTurns } from './script-triage';

export const script: Script = {
  name: 'support desk',
  turns: [...triageTurns, ...deskTurns, ...delegateTurns],
  fallback: answerUnscripted,
};
