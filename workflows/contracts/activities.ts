/**
 * The activities the interpreter calls. Tools are not listed: each is an Activity Type of its own name with the same shape.
 */
import type { ModelCallInput, ModelTurn } from './model';
import type { ToolCallInput, ToolCallReport } from './tool';

export interface EngineActivities {
  'model.call'(input: ModelCallInput): Promise<ModelTurn>;
}

export type ToolActivity = (input: ToolCallInput) => Promise<ToolCallReport>;
