/** The state of one session as data, and what it begins with. Changed by the reducer in `session-state.ts` alone. */
import type { SegmentRef } from '../contracts/continuation';
import { EMPTY_BASE, type ConversationBase, type ConversationItem } from '../contracts/conversation';
import { EMPTY_STATE, type StateDoc } from '../contracts/state';
import type { Slice, TransferProposal } from '../contracts/handoff';
import type { Json } from '../contracts/json';
import type { RefusedAct, SendRequest, SendResult } from '../contracts/messages';
import type { SessionPolicy } from '../contracts/model';
import type {
  Hold,
  SessionInput,
  SessionStatusName,
  StandingDecision,
  StepRecord,
  UsageTotals,
} from '../contracts/session';
import type { Decided, DoneAct, Ending, ModelNote, TurnStop } from './session-decisions';
import { NO_BOUNDING, type Bounding } from './bounding';
import { NO_FAMILY, type FamilyState } from './children';
import type { Held, RunningStep } from './running-step';
import { NOTHING_SPENT } from './spending';
import type { WaitingCall } from './waiting-call';
import type { UndoableCall } from './undoable-call';

interface SeenMessage {
  readonly content: string;
  answer?: SendResult;
}

export interface SessionState {
  readonly sessionId: string;
  readonly input: SessionInput;
  readonly keyNamespace: string;
  status: SessionStatusName;
  since: number;
  reason?: string;
  ending?: Ending;
  turn: number;
  step: number;
  /** Parts of the conversation that earlier runs stored. */
  readonly segments: SegmentRef[];
  /** The rest of it; `items[0]` has the index `itemsFrom` in the whole. */
  readonly items: ConversationItem[];
  itemsFrom: number;
  base: ConversationBase;
  readonly queue: SendRequest[];
  /** The message whose turn runs. */
  active?: SendRequest;
  /** By message id, oldest first; the last 200. */
  readonly messages: Map<string, SeenMessage>;
  readonly acts: Map<string, DoneAct>;
  /** Calls of which a person must say whether they happened, by id, oldest first. */
  readonly unresolved: Map<string, WaitingCall>;
  /** Of those, the compensations, by their own ids: how they go on. */
  readonly heldUndos: Map<string, Held>;
  /** Oldest first. */
  readonly undoable: UndoableCall[];
  /** Set while the running turn is being stopped. */
  stop?: TurnStop;
  /** The step whose calls run, or wait. */
  runningStep?: RunningStep;
  bounding: Bounding;
  /** Number of this run, from 1. */
  readonly run: number;
  /** True from when the run is to continue as new: nothing new is begun in it. */
  continuing: boolean;
  /** For what it waits between turns. */
  restReason?: string;
  /** Notes to the model for its next call: in the middle of a step they would stand between calls and their outcomes. */
  readonly notes: ModelNote[];
  usage: UsageTotals;
  readonly recent: StepRecord[];
  definitionHash?: string;
  policy?: SessionPolicy;
  ledgers: Record<string, string>;
  refused: number;
  /** The last of them, oldest first. */
  readonly refusals: RefusedAct[];
  readonly standing: StandingDecision[];
  /** By call id, oldest first. */
  readonly decided: Map<string, Decided>;
  paused?: Hold;
  /** Who has taken over. */
  person?: Hold;
  /** Ids of messages that joined the running turn: its answer is theirs too. */
  readonly steered: string[];
  /** How the last turn came out, as the search attribute says it. */
  lastOutcome?: string;
  lastAnswer?: string;
  lastPartial?: string;
  /** What the session is about: the fold of the conversation's items of this kind, and what ids were minted for it. */
  doc: StateDoc;
  minted: { readonly facts: number; readonly obligations: number };
  family: FamilyState;
  /** In a child: the most that its parent lets it have used in all, as it counts that itself. */
  slice?: Slice;
  /** In a child: true from when it has taken over, and how often it has reported. */
  accepted: boolean;
  reports: number;
  /** In a child: up to which item of the whole conversation its parent was told of the state; exclusive. */
  toldTo?: number;
  /** In a child: set while it hands over, and while it comes back since it was told to; at most so many bytes. */
  leaving?: TransferProposal;
  parkFor?: number;
  /** In a delegate: what it comes back with. */
  result?: { readonly value: Json };
}

/** How a turn came out that a person answered. */
export const ANSWERED_BY_PERSON = 'person';

/** @param now ms since the epoch, workflow time. */
export function newSession(sessionId: string, input: SessionInput, keyNamespace: string, now: number): SessionState {
  return {
    sessionId,
    input,
    keyNamespace,
    status: 'running',
    since: now,
    turn: 0,
    step: 0,
    segments: [],
    items: [],
    itemsFrom: 0,
    base: EMPTY_BASE,
    queue: [],
    messages: new Map(),
    acts: new Map(),
    unresolved: new Map(),
    heldUndos: new Map(),
    undoable: [],
    notes: [],
    bounding: NO_BOUNDING,
    run: 1,
    continuing: false,
    usage: NOTHING_SPENT,
    recent: [],
    ledgers: {},
    refused: 0,
    refusals: [],
    standing: [],
    decided: new Map(),
    steered: [],
    doc: EMPTY_STATE,
    minted: { facts: 0, obligations: 0 },
    family: NO_FAMILY,
    slice: input.child?.slice,
    accepted: false,
    reports: 0,
  };
}
