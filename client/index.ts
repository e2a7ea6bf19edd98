/** Entry point `holdfast/client`: what services start sessions and talk to them with. */
export { connect, type ConnectOptions } from './connect';
export type { AddressOptions } from './connection-config';
export { holdfastDataConverter } from './data-converter';
export {
  AgentMismatch,
  BadConfig,
  ClientClosed,
  DeadlineExceeded,
  HoldfastError,
  InvalidRequest,
  MessageIdReused,
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
  TranscriptUnavailable,
  type HoldfastErrorCode,
} from './errors';
export {
  SessionClient,
  type ListOptions,
  type SendToSession,
  type SessionSummary,
  type StartSessionOptions,
} from './session-client';
export type { SessionEnd } from './session-end';
export type { ActOptions, EndOptions, ResolveOptions, StopOptions } from './session-acts';
export { Session, type CallOptions, type OutgoingMessage, type SendOptions } from './session-handle';
export type { SessionOptions } from './start-options';
export type { ReadStoredPart, StoredPart } from './transcript';
export type {
  AnswerResult,
  Bounds,
  CallBounds,
  ContinueAfter,
  ConversationItem,
  InterveneResult,
  LimitName,
  LimitState,
  OnLimit,
  OnStop,
  PendingItem,
  Resolution,
  ResolveResult,
  SendRequest,
  SegmentRef,
  SendResult,
  SessionLimits,
  SessionMode,
  SessionResult,
  SessionStatus,
  SessionStatusName,
  StepRecord,
  ToolOutcome,
  TranscriptPage,
  UnresolvedCall,
  UsageTotals,
} from '../workflows/contracts';
