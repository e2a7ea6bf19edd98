/**
 * A session as others see it: what starts it, where it stands and how it ends.
 */
import type { Carry, SegmentRef } from './continuation';
import type { Approver } from './approval';
import type { ConversationBase, ConversationItem } from './conversation';
import type { ChildContract, ChildEnd } from './handoff';
import type { Limits, LimitState } from './limits';
import type { RefusedAct, SendRequest } from './messages';
import type { MessagePolicy } from './model';
import type { StateCause, StateChange, StateDoc } from './state';

/** `conversation` stays open for further messages; `task` ends after its first turn with the answer as the result. */
export type SessionMode = 'conversation' | 'task';

/** Limits of this session; an absent one is taken from the agent's definition. */
export interface SessionLimits extends Limits {
  /** Model calls with tools per turn, 1 to 1,000; another name of `turn.steps`. */
  readonly steps?: number;
}

/** Earlier than the server suggests it. Whole numbers; for tests and for servers with tighter limits than the default. */
export interface ContinueAfter {
  /** Events in the run's history. */
  readonly events?: number;
  /** Bytes of the run's history. */
  readonly bytes?: number;
  /** Updates that the run has taken in. */
  readonly updates?: number;
}

/** Input of the workflow `agentSession`. New fields are optional, for ever. */
export interface SessionInput {
  readonly v: 1;
  readonly agent: string;
  readonly mode?: SessionMode;
  readonly tenant?: string;
  readonly user?: string;
  /** First message, where it does not come by update-with-start. */
  readonly message?: SendRequest;
  readonly limits?: SessionLimits;
  /**
   * First part of every idempotency key. Absent in a first session, which uses its `firstExecutionRunId`; handed to children
   * as input. Stable over retries, continue-as-new and resets.
   */
  readonly keyNamespace?: string;
  /** What becomes of a message that comes while a turn runs; absent: as the agent's definition says, once it is known. */
  readonly messages?: MessagePolicy;
  /** Search attributes that are registered where this session runs; absent: those that the first version had. */
  readonly searchAttributes?: readonly string[];
  /** Heartbeat timeout of model calls, ms; absent: 10,000 (a dev profile sets 3,000). */
  readonly heartbeatMs?: number;
  /** Absent: as the server suggests, and before it would refuse further updates. */
  readonly continueAfter?: ContinueAfter;
  /** Set by continue-as-new. */
  readonly carry?: Carry;
  /** Set by a parent: what this child is given. */
  readonly child?: ChildContract;
}

export type OpenStatus = 'running' | 'waiting_for_user' | 'waiting_for_human';
export type EndStatus = 'completed' | 'stopped' | 'cancelled' | 'failed';
export type SessionStatusName = OpenStatus | EndStatus;

/** What a session spent; integers. */
export interface UsageTotals {
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly microUsd: number;
  /** Model calls whose price is unknown; their cost is not in `microUsd`. */
  readonly unpricedCalls: number;
  /** Of `microUsd`: requests whose answer was lost and which were booked at their estimate. */
  readonly cutOffMicroUsd: number;
}

/** One model or tool call, for progress displays. */
export interface StepRecord {
  readonly turn: number;
  readonly step: number;
  readonly kind: 'model' | 'tool';
  /** Call id. */
  readonly id: string;
  /** Agent or tool. */
  readonly name: string;
  readonly summary: string;
  /** ms since the epoch, workflow time. */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Attempt that reported, from 1. */
  readonly attempt?: number;
  /** `answer`, `calls`, `repair` or a failure type for a model call; the outcome's kind for a tool call, `unresolved` or `awaiting_approval` while it waits for a person. */
  readonly outcome?: string;
  readonly model?: string;
  readonly tokens?: string;
  readonly cost?: string;
  /** For a tool call that was not `succeeded`: its message. */
  readonly message?: string;
  /** How the ledger took part, for a tool call. */
  readonly ledger?: string;
  /** Set where a person put a result in the place of the outcome: who. */
  readonly replacedBy?: string;
}

/** Answer of the query `status`. */
export interface SessionStatus {
  readonly sessionId: string;
  readonly agent: string;
  readonly mode: SessionMode;
  /** Whose session it is; absent where the session was not told, and of sessions whose worker is of an earlier version. */
  readonly tenant?: string;
  readonly user?: string;
  readonly status: SessionStatusName;
  /** ms since the epoch at which `status` began. */
  readonly since: number;
  /** For what it waits, or why it ended, in words. */
  readonly reason?: string;
  readonly turn: number;
  readonly step: number;
  readonly queued: number;
  readonly usage: UsageTotals;
  /** The last 50, oldest first. */
  readonly recent: readonly StepRecord[];
  readonly keyNamespace: string;
  readonly ledgers: Readonly<Record<string, string>>;
  readonly definitionHash?: string;
  /** Refused signals and decisions. */
  readonly refused: number;
  /** The last 20 of them, oldest first. */
  readonly refusals?: readonly RefusedAct[];
  /** Set while the session is paused: by whom, since when (ms since the epoch) and why. */
  readonly paused?: Hold;
  /** Set while a person has taken over. */
  readonly person?: Hold;
  /** Decisions that hold for later calls too. */
  readonly standing?: readonly StandingDecision[];
  /** What becomes of a message that comes while a turn runs. */
  readonly messages?: MessagePolicy;
  readonly conversationLength: number;
  /** Bounds that are declared, and where they stand. */
  readonly limits?: readonly LimitState[];
  /** Which run of the session this is, from 1: continue-as-new begins another. */
  readonly run?: number;
  /** Set while another agent has the session: which, and the path of its child. */
  readonly active?: { readonly agent: string; readonly child: string };
  /** Children that are open, or were not long ago; the last 50, oldest first. */
  readonly children?: readonly ChildStatus[];
  /** Set in a child: the first session, the path below it, and who handed over. */
  readonly childOf?: { readonly root: string; readonly path: string; readonly from: string };
}

/** A child of a session, as its parent knows it. */
export interface ChildStatus {
  /** `h2`: its workflow id is that of its parent with `/h2`. */
  readonly child: string;
  readonly agent: string;
  readonly role: 'transfer' | 'delegate';
  /** The call that it was begun by. */
  readonly callId: string;
  /** `starting` until it has taken over; `parked` while it waits for its parent's next run; `closed` with `reason`. */
  readonly phase: 'starting' | 'open' | 'parked' | 'closed';
  /** ms since the epoch. */
  readonly since: number;
  readonly status?: SessionStatusName;
  readonly usage: UsageTotals;
  /** Why it closed: `answered`, `handed_over`, `refused`, `terminated`, … */
  readonly reason?: string;
}

/** Answer of the query `state`. */
export interface SessionStateView {
  readonly state: StateDoc;
  /** What changed it and why, oldest first: those that this run still has, the last 200. */
  readonly changes: readonly {
    readonly turn: number;
    readonly step: number;
    readonly at: number;
    readonly cause: StateCause;
    readonly change: StateChange;
  }[];
}

/** Somebody holds the session. */
export interface Hold {
  readonly by: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly reason?: string;
}

/** A decision that holds for later calls of a tool. */
export interface StandingDecision extends Approver {
  readonly tool: string;
  /** Set where it holds in a child: its path. It ends with that. */
  readonly child?: string;
  /** Of the tool as it was then: another one is asked about anew. */
  readonly toolHash: string;
  /** Only for calls about no more than this. */
  readonly upTo?: number;
  /** With `upTo`: of the amount it was given for. Calls in another unit are asked about. */
  readonly unit?: string;
}

/** Argument of the query `pending`. Absent: all that waits, long arguments cut. */
export interface PendingRequest {
  /** Only what waits of this call, with all of its arguments. */
  readonly callId?: string;
}

/** Argument of the query `transcript`. */
export interface TranscriptRequest {
  /** Index of the first item wanted; 0 where absent. */
  readonly from?: number;
  /** Most items wanted; absent: as many as fit. */
  readonly limit?: number;
}

/** One page of the conversation, cut at 1 MB. */
export interface TranscriptPage {
  readonly from: number;
  readonly items: readonly ConversationItem[];
  /** Set where the items from here on are stored and not in this run: `items` is then empty, and `next` is behind them. */
  readonly stored?: SegmentRef;
  /** Index to go on from; absent on the last page. */
  readonly next?: number;
  readonly total: number;
  /** The last base a model call returned: what a read-back is checked against. */
  readonly base: ConversationBase;
}

/** Result of the workflow. */
export interface SessionResult {
  readonly status: 'completed' | 'stopped';
  /** Why it ended: `task_done`, `ended`, `unknown_agent`, `no_message`, a failure type, … */
  readonly reason: string;
  readonly message?: string;
  /** The last answer given, if any. */
  readonly answer?: string;
  /** Set where the answer is not what was asked for but what could be had: why. */
  readonly partial?: string;
  readonly turns: number;
  readonly usage: UsageTotals;
  /** Of a child, for its parent. */
  readonly child?: ChildEnd;
}
