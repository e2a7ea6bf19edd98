/**
 * The activities the interpreter calls. Tools are not listed: each is an Activity Type of its own name with the same shape.
 */
import type { ModelCallInput, ModelTurn } from './model';
import type { ResolveInput, ResolveReport, ToolCallInput, ToolCallReport, UndoInput } from './tool';

export interface EngineActivities {
  'model.call'(input: ModelCallInput): Promise<ModelTurn>;
  'tool.resolve'(input: ResolveInput): Promise<ResolveReport>;
  'tool.undo'(input: UndoInput): Promise<ToolCallReport>;
}

export type ToolActivity = (input: ToolCallInput) => Promise<ToolCallReport>;
