/** What users write agents and tools with: the entry point `holdfast`. */
export type {
  ApprovalContext,
  ApprovalOption,
  ApprovalPolicy,
  ApprovalRule,
  EscalationStage,
  ToolApproval,
} from './approval';
export { defineAgent, type Agent, type AgentSpec, type InstructionsContext } from './define-agent';
export {
  defineTool,
  ledgerNamed,
  NotApplied,
  ToolError,
  type Compensate,
  type Compensation,
  type LedgerName,
  type Reconciliation,
  type RetryOptions,
  type SessionIdentity,
  type StateTaken,
  type Tool,
  type ToolContext,
  type ToolLogger,
  type ToolSpec,
  type ToolState,
  type TransactionalContext,
} from './define-tool';
export type { AgentDetectors, DetectorOptions } from './detectors';
export type { Duration } from './duration';
export type { AgentFamily } from './family';
export {
  delegateTo,
  handoffTo,
  type AgentRef,
  type Delegation,
  type DelegationOptions,
  type Handoff,
  type HandoffOptions,
} from './handoffs';
export type { AgentLimits } from './limits';
export type { ModelPrice, ModelSpec } from './model-spec';
export type { Profile } from './policies';
export { createRegistry, type Registry } from './registry';
export type { DetectorName, OnLimit, Rung } from '../workflows/contracts/limits';
export type { AtDeadline } from '../workflows/contracts/approval';
export type { MessagePolicy, OnStop } from '../workflows/contracts/model';
export type { EffectClass } from '../workflows/contracts/tool';
