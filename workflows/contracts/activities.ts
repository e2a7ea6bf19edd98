/**
 * The activities the interpreter calls. Tools are not listed: each is an Activity Type of its own name with the same shape.
 */
import type { ApprovalCheckInput, ApprovalCheckReport, NotifyInput } from './approval';
import type { ConversationCloseInput, ConversationStoreInput, ConversationStoreReport } from './continuation';
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
}

export type ToolActivity = (input: ToolCallInput) => Promise<ToolCallReport>;
