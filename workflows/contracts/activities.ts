/**
 * The activities the interpreter calls. Tools are not listed: each is an Activity Type of its own name with the same shape.
 */
import type { ApprovalCheckInput, ApprovalCheckReport, NotifyInput } from './approval';
import type { ConversationCloseInput, ConversationStoreInput, ConversationStoreReport } from './continuation';
import type { Json, JsonObject } from './json';
import type { ModelCallInput, ModelSettleInput, ModelSettleReport, ModelTurn } from './model';
import type { ResolveInput, ResolveReport, ToolCallInput, ToolCallReport, UndoInput } from './tool';

export interface EngineActivities {
  'model.call'(input: ModelCallInput): Promise<ModelTurn>;
  'model.settle'(input: ModelSettleInput): Promise<ModelSettleReport>;
  'conversation.store'(input: ConversationStoreInput): Promise<ConversationStoreReport>;
  'conversation.close'(input: ConversationCloseInput): Promise<void>;
  'tool.resolve'(input: ResolveInput): Promise<ResolveReport>;
  'tool.undo'(input: UndoInput): Promise<ToolCallReport>;
  'approval.check'(input: ApprovalCheckInput): Promise<ApprovalCheckReport>;
  'person.notify'(input: NotifyInput): Promise<void>;
  'state.check'(input: StateCheckInput): Promise<StateCheckReport>;
  'result.check'(input: ResultCheckInput): Promise<ResultCheckReport>;
}

/** Input of the activity `state.check`. */
export interface StateCheckInput {
  readonly agent: string;
  readonly sessionId: string;
  /** The agent's part of the state as it is, and a merge patch of it. */
  readonly own: JsonObject;
  readonly patch: JsonObject;
  /** True: members that the agent's schema does not know are left out, and what does not fit is no error (what another agent hands back). */
  readonly lenient?: true;
}

export type StateCheckReport =
  /** `patch` is what may be applied. */
  { readonly kind: 'accepted'; readonly patch: JsonObject } | { readonly kind: 'refused'; readonly problem: string };

/** Input of the activity `result.check`, which runs where the agent that delegated has its workers. */
export interface ResultCheckInput {
  readonly agent: string;
  readonly delegate: string;
  readonly sessionId: string;
  readonly callId: string;
  readonly value: Json;
}

export type ResultCheckReport =
  { readonly kind: 'accepted'; readonly value: Json } | { readonly kind: 'refused'; readonly problem: string };

export type ToolActivity = (input: ToolCallInput) => Promise<ToolCallReport>;
