/** What can happen to a session: the events that its reducer takes. Plain data. */
import type { ConversationItem, StateItem } from '../contracts/conversation';
import type { Slice, Spent, TransferProposal } from '../contracts/handoff';
import type { Json } from '../contracts/json';
import type { RefusedAct, SendRequest, SendResult } from '../contracts/messages';
import type { Cost, CutOffRequest, ModelCallPurpose, ModelTurn, Usage } from '../contracts/model';
import type { Hold, SessionStatusName, StandingDecision, StepRecord, UsageTotals } from '../contracts/session';
import type { PlannedCall, ToolCallReport } from '../contracts/tool';
import type { Bounding } from './bounding';
import type { ChildRecord } from './children';
import type { Approved, Approving, AskedAgain, Held } from './running-step';
import type { Decided, DoneAct, Ending, ModelNote, TurnStop } from './session-state';
import type { UndoableCall } from './undoable-call';

export type SessionEvent =
  | { readonly kind: 'message_accepted'; readonly request: SendRequest }
  | { readonly kind: 'turn_started'; readonly request: SendRequest }
  | { readonly kind: 'step_started' }
  | { readonly kind: 'call_started'; readonly record: StepRecord }
  | {
      readonly kind: 'model_failed';
      readonly id: string;
      readonly type: string;
      readonly message: string;
      readonly cutOff?: readonly CutOffRequest[];
      readonly answered?: { readonly usage: Usage; readonly cost: Cost };
      readonly purpose: ModelCallPurpose;
    }
  | {
      readonly kind: 'model_answered';
      readonly id: string;
      readonly turn: ModelTurn;
      readonly purpose: ModelCallPurpose;
    }
  /** What was used, extended, noticed or asked, where it follows from no other event. */
  | { readonly kind: 'bounding_changed'; readonly bounding: Bounding }
  /** The calls of a step are about to run. */
  | { readonly kind: 'calls_planned'; readonly calls: readonly PlannedCall[] }
  /** All of them have their outcomes. */
  | { readonly kind: 'calls_done' }
  /** Those that have their outcomes are done; the others are left to the next run. */
  | { readonly kind: 'calls_parked' }
  | { readonly kind: 'tool_reported'; readonly id: string; readonly report: ToolCallReport }
  | { readonly kind: 'call_unresolved'; readonly held: Held }
  | { readonly kind: 'call_decided'; readonly callId: string }
  /** A person said that it did not happen, and it waits for whoever holds the session. */
  | { readonly kind: 'call_said'; readonly callId: string; readonly said: AskedAgain }
  | { readonly kind: 'call_undoable'; readonly call: UndoableCall }
  | { readonly kind: 'undo_changed'; readonly callId: string; readonly undo?: UndoableCall['undo'] | 'in vain' }
  /** Waits for approval, or other people, arguments, another stage or another reminder by now. */
  | { readonly kind: 'call_asked'; readonly callId: string; readonly approving: Approving }
  | { readonly kind: 'call_approved'; readonly callId: string; readonly approved: Approved }
  /** It was decided on for good: repeats and those who come later are told by it. */
  | { readonly kind: 'decision_kept'; readonly callId: string; readonly decided: Decided }
  | { readonly kind: 'standing_given'; readonly standing: StandingDecision }
  | { readonly kind: 'standing_revoked'; readonly actId: string }
  | { readonly kind: 'paused'; readonly hold: Hold }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'taken_over'; readonly hold: Hold }
  | { readonly kind: 'handed_back' }
  /** Queued messages join the running turn: it sees them with its next model call, and answers them too. */
  | { readonly kind: 'steered' }
  /** Queued messages join the conversation, for a person to answer. */
  | { readonly kind: 'messages_heard' }
  /** A person said what counts in place of a call's outcome. */
  | { readonly kind: 'outcome_replaced'; readonly callId: string; readonly by: string }
  | ({ readonly kind: 'note_added' } & ModelNote)
  /** The session's state changed. */
  | { readonly kind: 'state_changed'; readonly item: StateItem }
  /** A child came further, or is new. */
  | { readonly kind: 'child_changed'; readonly record: ChildRecord }
  /** Somebody else has the user: a child, or the session's own agent where there is none. */
  | { readonly kind: 'holder_changed'; readonly child?: string; readonly agent: string }
  /** A handoff is, or is not, one in a circle. */
  | { readonly kind: 'cycle_noticed'; readonly isCycle: boolean }
  /** A child reported what it used since the last time. */
  | { readonly kind: 'child_spent'; readonly spent: Spent; readonly usage: UsageTotals }
  /** In a child: what it may use was given anew. */
  | { readonly kind: 'slice_given'; readonly slice: Slice }
  /** In a child: it hands over, or goes on after all. */
  | { readonly kind: 'leaving'; readonly proposal?: TransferProposal }
  /** In a child: it is to come back, or stays after all. */
  | { readonly kind: 'park_asked'; readonly maxBytes?: number }
  /** In a delegate: what it comes back with is there. */
  | { readonly kind: 'result_given'; readonly value: Json }
  /** The turn is over, and its answer is about to be given. */
  | { readonly kind: 'turn_rests'; readonly reason: string; readonly outcome: string }
  | { readonly kind: 'turn_stopping'; readonly stop: TurnStop }
  | { readonly kind: 'items_appended'; readonly items: readonly ConversationItem[] }
  | { readonly kind: 'turn_ended'; readonly messageId: string; readonly answer: SendResult }
  | { readonly kind: 'status_changed'; readonly status: SessionStatusName; readonly reason?: string }
  | { readonly kind: 'ending'; readonly ending: Ending }
  | { readonly kind: 'act_done'; readonly actId: string; readonly done: DoneAct }
  /** The run is to continue as new. */
  | { readonly kind: 'continuing' }
  /** It goes on after all: it is to end, or it could not be continued now. */
  | { readonly kind: 'staying' }
  /** `act` is absent for what nobody could read. */
  | { readonly kind: 'refused'; readonly act?: RefusedAct };
