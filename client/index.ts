/** Entry point `holdfast/client`: what services start sessions and talk to them with. */
export { connect, type ConnectOptions } from './connect';
export type { AddressOptions } from './connection-config';
export { holdfastDataConverter } from './data-converter';
export {
  AgentMismatch,
  AlreadyDecided,
  BadConfig,
  ClientClosed,
  DeadlineExceeded,
  HoldfastError,
  InvalidRequest,
  MessageIdReused,
  NotAuthorized,
  NoWorker,
  QueueFull,
  Refused,
  ServerRefused,
  ServerUnavailable,
  SessionCancelled,
  SessionClosed,
  SessionClosing,
  SessionExists,
  SessionFailed,
  SessionNotFound,
  StaleDecision,
  TranscriptUnavailable,
  type HoldfastErrorCode,
} from './errors';
export { SessionClient, type SendToSession, type StartSessionOptions } from './session-client';
export type { SessionEnd } from './session-end';
export type { ApproveOptions, DecideOptions, DecisionSigner, RejectOptions } from './decide';
export type { ListOptions, SessionFilter, SessionSummary } from './list-sessions';
export type {
  ActOptions,
  EndOptions,
  ExtendOptions,
  NamedActOptions,
  ResolveOptions,
  StopOptions,
} from './session-acts';
export { Session, type OutgoingMessage, type SendOptions } from './session-handle';
export type { CallOptions } from './session-people';
export { newApproverKey, signerFromJwk, type ApproverKeyPair, type SignerOptions } from './sign-decision';
export type { SessionOptions } from './start-options';
export type { ReadStoredPart, StoredPart } from './transcript';
export { rolesAsked, type WaitingItem, type WaitingOptions } from './waiting';
export type {
  AnswerResult,
  ApprovalStage,
  ApprovalTerms,
  Approver,
  Bounds,
  CallBounds,
  ChildStatus,
  ClaimedDecision,
  ContinueAfter,
  ConversationItem,
  DecideResult,
  Decision,
  Deed,
  Fact,
  Hold,
  InterveneResult,
  LimitName,
  LimitState,
  Obligation,
  OnLimit,
  OnStop,
  PendingApproval,
  PendingItem,
  RefusedAct,
  Resolution,
  ResolveResult,
  SendRequest,
  SegmentRef,
  SendResult,
  SessionLimits,
  SessionMode,
  SessionResult,
  SessionStateView,
  SessionStatus,
  SessionStatusName,
  StandingDecision,
  StandingScope,
  StateCause,
  StateChange,
  StateDoc,
  StateDraft,
  StepRecord,
  ToolOutcome,
  TranscriptPage,
  UnresolvedCall,
  UsageTotals,
} from '../workflows/contracts';
