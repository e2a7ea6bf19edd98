/** Planned calls of the engine's own tools: what a model does with its session's state, and with other agents. */
import type { Grants, Slice, TransferProposal } from './handoff';
import type { Json, JsonObject } from './json';
import type { Bounds } from './limits';
import type { StateDraft } from './state';

export type FamilyCall = TransferCall | DelegateCall | StateCall | ResultCall;

/** The user is handed over to another agent. Runs last, and alone. */
export type TransferCall = { readonly kind: 'transfer'; readonly id: string } & Omit<TransferProposal, 'callId'>;

/** Another agent is asked, in a session of its own. */
export interface DelegateCall {
  readonly kind: 'delegate';
  readonly id: string;
  readonly tool: string;
  readonly summary: string;
  /** Agent that is asked. */
  readonly to: string;
  /** Where its workers are; absent: the session's own task queue. */
  readonly taskQueue?: string;
  readonly brief: JsonObject;
  /** What it is told, as a user's message. */
  readonly text: string;
  /** Its own part of the state. */
  readonly own?: JsonObject;
  readonly grants?: Grants;
  /** JSON Schema of the result that is wanted; absent: words. */
  readonly result?: JsonObject;
  /** What it may use at most; what is left is shared equally where it is less. */
  readonly share?: Pick<Bounds, 'tokens' | 'microUsd' | 'modelCalls' | 'wallClockMs'>;
  /**
   * What whoever asks keeps back, of its own bounds, to answer with what it hears: the same with all calls of an answer. Absent in what was planned by versions
   * that kept nothing.
   */
  readonly keeps?: Slice;
  readonly acceptMs?: number;
}

/** Changes the session's state. */
export interface StateCall {
  readonly kind: 'state';
  readonly id: string;
  readonly tool: string;
  readonly summary: string;
  readonly draft: StateDraft;
}

/** Of a delegate: what it was asked for. */
export interface ResultCall {
  readonly kind: 'result';
  readonly id: string;
  readonly tool: string;
  readonly summary: string;
  readonly value: Json;
}
