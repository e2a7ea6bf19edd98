/**
 * Calls that a person must allow before they run, across the boundary: what a plan says of them, who decided, and the two activities that have a part in
 * it. A decision is bound to the arguments that were seen, by their hash.
 */
import type { FailureType } from './failures';
import type { JsonObject } from './json';
import type { PendingItem } from './messages';

/** What happens where nobody decided in time: `escalate` asks the next stage. */
export type AtDeadline = 'reject' | 'approve' | 'escalate';

/** Who is asked, and for how long. */
export interface ApprovalStage {
  /** Any of these roles may decide; only with `ApprovalTerms.signed`, since a role that somebody claims is none. Absent: anybody but the session's user. */
  readonly roles?: readonly string[];
  /** ms from when the stage began. Absent: for ever. */
  readonly deadlineMs?: number;
  /** With `deadlineMs`. `escalate` where there is a further stage, and only there. */
  readonly atDeadline?: AtDeadline;
  /** When people are reminded, ms from when the stage began; ascending, all before the deadline. */
  readonly remindMs?: readonly number[];
}

/** Part of a planned call that waits for people. Recorded with the plan, so that it holds whatever is deployed meanwhile. */
export interface ApprovalTerms {
  /** Why a person is asked, in words for people. */
  readonly reason: string;
  /** sha256, hex, of the tool as it was planned with (name, effect, description, parameters): one that changed since does not run on this approval. */
  readonly toolHash: string;
  /** How many different people must approve, from 1. One is enough to reject. */
  readonly approvals: number;
  /** At least one; the others are reached by `escalate`. */
  readonly stages: readonly ApprovalStage[];
  /** True: a decision must carry a signature by a key that the worker knows. */
  readonly signed?: true;
  /** How much the call is about: what standing decisions with a bound compare. */
  readonly amount?: { readonly value: number; readonly unit?: string };
  /** True: the worker has somebody to notify, by the activity `person.notify`. */
  readonly notify?: true;
}

/** `edit`: approved with other arguments than the model's. */
export type Decision = 'approve' | 'reject' | 'edit';

/** A decision that also holds for later calls of the same tool in this session. */
export interface StandingScope {
  /** Only for calls about no more than this. Absent: whatever the arguments. */
  readonly upTo?: number;
}

/** Input of the activity `approval.check`: may this person decide so, and do edited arguments pass the tool's schema? */
export interface ApprovalCheckInput {
  readonly agent: string;
  readonly tool: string;
  readonly callId: string;
  readonly turn: number;
  readonly step: number;
  readonly sessionId: string;
  readonly keyNamespace: string;
  /** Set in a child: session id of the first session, which is what rules are told. */
  readonly root?: string;
  readonly tenant?: string;
  readonly user?: string;
  readonly actId: string;
  readonly decision: Decision;
  /** Of the arguments that wait, which the decision names. */
  readonly argsHash: string;
  /** With `edit`: as the person gave them. */
  readonly args?: JsonObject;
  readonly standing?: StandingScope;
  /** Who says to decide. */
  readonly by: string;
  /** As the person gave it; a signature covers it. */
  readonly reason?: string;
  /** Compact JWS. */
  readonly signature?: string;
  readonly terms: ApprovalTerms;
  /** Index in `terms.stages`. */
  readonly stage: number;
  /** Since when the call waits, ms since the epoch: an older signature was not made for it. */
  readonly since: number;
}

/** Result of `approval.check`. Nothing has taken effect by it. */
export type ApprovalCheckReport =
  | {
      readonly kind: 'accepted';
      /** As the key says; else as was claimed. */
      readonly by: string;
      /** Of the key. */
      readonly roles?: readonly string[];
      /** True: by a valid signature. */
      readonly verified?: true;
      /** With `edit`: what would run. */
      readonly edited?: EditedCall;
    }
  | { readonly kind: 'refused'; readonly type: FailureType; readonly problem: string };

/** Arguments that a person gave in place of the model's, as they passed the tool's schema. */
export interface EditedCall {
  readonly args: JsonObject;
  readonly argsHash: string;
  readonly summary: string;
  /** What the tool's rule says of them; absent: what it said of the model's holds on. */
  readonly terms?: ApprovalTerms;
}

/** Somebody who approved. */
export interface Approver {
  readonly by: string;
  readonly actId: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly verified?: true;
  readonly roles?: readonly string[];
}

/** What a tool activity is told of the approval that its call runs on. */
export interface ApprovedBy {
  /** As in the terms: the activity refuses where its tool differs. */
  readonly toolHash: string;
  /** Names; `policy` where nobody decided in time and the tool says to go on then. */
  readonly by: readonly string[];
  /** ms since the epoch. */
  readonly at: number;
}

/** Input of the activity `person.notify`. Its result is empty; nothing waits for it. */
export interface NotifyInput {
  readonly agent: string;
  readonly sessionId: string;
  readonly tenant?: string;
  readonly user?: string;
  /** `escalated`: another stage is asked from now on. */
  readonly kind: 'asked' | 'reminder' | 'escalated';
  readonly item: PendingItem;
}
