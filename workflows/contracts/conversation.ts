/**
 * The conversation: an append-only list of items. What the model is sent is rendered from it, and nothing else.
 * New kinds may be added; none may change its meaning.
 */
import { canonicalJson, fingerprint, type JsonObject } from './json';
import type { StateCause, StateChange } from './state';
import type { ToolOutcome } from './tool';

export interface UserItem {
  readonly kind: 'user';
  readonly turn: number;
  readonly messageId: string;
  readonly text: string;
}

/** A tool call as the model asked for it, under our id. */
export interface AssistantCall {
  readonly id: string;
  readonly tool: string;
  /** The arguments' JSON text as the model is shown it from now on. */
  readonly arguments: string;
}

export interface AssistantItem {
  readonly kind: 'assistant';
  readonly turn: number;
  readonly step: number;
  readonly agent: string;
  /** Null where the model only asked for tools. */
  readonly text: string | null;
  /** Set where a person spoke as the agent: who. */
  readonly by?: string;
  readonly calls?: readonly AssistantCall[];
}

export interface OutcomeItem {
  readonly kind: 'outcome';
  readonly turn: number;
  readonly step: number;
  readonly callId: string;
  readonly tool: string;
  readonly outcome: ToolOutcome;
}

/** Words of the engine: to the model (`model`: rendered into the prompt), or only for the record (`record`). */
export interface NoteItem {
  readonly kind: 'note';
  readonly turn: number;
  readonly step?: number;
  readonly audience: 'model' | 'record';
  /** Why it was written: `repair`, `steps_limit`, `turn_stopped`, `approved`, `operator`, … */
  readonly reason: string;
  readonly text: string;
  /** Of what a person did: who, and with `verified` by a signature. */
  readonly by?: string;
  readonly verified?: true;
  /** The call it is about. */
  readonly callId?: string;
  /** What was done, for machines: edited arguments, the outcome that was given, … */
  readonly detail?: JsonObject;
}

/** A change of the session's state, and what made it. */
export interface StateItem {
  readonly kind: 'state';
  readonly turn: number;
  readonly step: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly cause: StateCause;
  readonly change: StateChange;
}

export type ConversationItem = UserItem | AssistantItem | OutcomeItem | NoteItem | StateItem;

/**
 * Stands for an outcome that a tool activity reported, where the worker is likely to have it still: history holds it in that activity's result, and need not
 * hold it again. Only ever sent, never a part of the conversation.
 */
export interface ReportedItem {
  readonly kind: 'reported';
  readonly turn: number;
  readonly step: number;
  readonly callId: string;
  readonly tool: string;
  /** See `printOf`. */
  readonly print: string;
}

/** What a reported outcome is recognised by, and the length of its canonical JSON in UTF-16 units. */
export function printOf(outcome: ToolOutcome): { readonly print: string; readonly length: number } {
  const text = canonicalJson(outcome);
  return { print: fingerprint(text), length: text.length };
}

/** A prefix of the conversation: its first `length` items, and their rolling digest (sha256, hex; `''` for length 0). */
export interface ConversationBase {
  readonly length: number;
  readonly digest: string;
}

export const EMPTY_BASE: ConversationBase = { length: 0, digest: '' };
