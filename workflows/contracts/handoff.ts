/**
 * Between a session and its children: what a child is given, what it hands back, and the two signals in between. A child is a session of its own, a child workflow
 * `<parent>/h<n>`; the first session stays the one address for the user, for people and for the trace.
 */
import type { Carry } from './continuation';
import type { JsonObject, Json } from './json';
import type {
  DecideRequest,
  DecideResult,
  InterveneRequest,
  InterveneResult,
  PendingItem,
  ResolveRequest,
  ResolveResult,
  SendRequest,
  SendResult,
} from './messages';
import type { SessionStatusName, StandingDecision, UsageTotals } from './session';
import type { StateChange, StateDoc } from './state';
import type { ToolOutcome } from './tool';

/** `transfer`: the user talks with the child from now on. `delegate`: its answer is the outcome of a call. */
export type ChildRole = 'transfer' | 'delegate';

/** Tools that may be used, by name. They only shrink from parent to child. */
export interface Grants {
  /** Only these; absent: all of the agent's. */
  readonly only?: readonly string[];
  /** None of these. */
  readonly without?: readonly string[];
}

/** Resources that are split among a family. */
export type SliceKind = 'tokens' | 'microUsd' | 'modelCalls' | 'wallClockMs';

/**
 * An amount of each kind; absent kinds have no bound. Whole numbers. What a parent gives a child crosses as the most that the child may have used in all, as `Spent`
 * counts it: what it uses while that is under way is in it. Of time, which passes for both at once, it is what may pass from when the child takes it in.
 */
export type Slice = Readonly<Partial<Record<SliceKind, number>>>;

/** What a delegate is to come back with. */
export interface ResultContract {
  /** JSON Schema, as the delegate's model is sent it. */
  readonly schema: JsonObject;
  /** Who checks it: the agent that delegated, the name of the delegation, and where its workers are. */
  readonly agent: string;
  readonly delegate: string;
  readonly taskQueue: string;
}

/** What a child is given, in its input. Absent in a first session. */
export interface ChildContract {
  readonly role: ChildRole;
  /** Below the first session: `h2`, `h2/h1`. */
  readonly path: string;
  /** Session id of the first session: what tools and rules are told the session is. */
  readonly root: string;
  /** Agent that handed over, and its call. */
  readonly from: string;
  /** With `transfer`: agent that control goes back to, where that is another one: whoever is handed the user back hands back to whom it had them from. */
  readonly back?: string;
  readonly callId: string;
  /** How many delegations are above it. */
  readonly depth: number;
  readonly brief: JsonObject;
  readonly state: StateDoc;
  readonly grants?: Grants;
  readonly slice?: Slice;
  /** With a carry: how often it was begun, from 2. Its `slice` is given anew then, and not in runs that it goes on in by itself. */
  readonly begun?: number;
  /** With `delegate`, where a result of a shape is wanted; absent: words. */
  readonly result?: ResultContract;
  /** True: it reports at once that somebody works on its task queue. */
  readonly announce?: true;
  /** With a carry: what became of the call by which it had wanted to hand over. */
  readonly refused?: { readonly callId: string; readonly outcome: ToolOutcome };
}

/** The handoff of a child, for the first session to carry out. */
export interface TransferProposal {
  readonly callId: string;
  readonly tool: string;
  readonly summary: string;
  readonly to: string;
  readonly taskQueue?: string;
  readonly brief: JsonObject;
  readonly own?: JsonObject;
  readonly grants?: Grants;
  readonly acceptMs?: number;
}

/** Parent to child: something for it to do. Permanent. */
export type Relay = { readonly relayId: string } & (
  | { readonly act: 'send'; readonly payload: { readonly request: SendRequest; readonly slice?: Slice } }
  | { readonly act: 'decide'; readonly payload: DecideRequest }
  | { readonly act: 'resolve'; readonly payload: ResolveRequest }
  | { readonly act: 'intervene'; readonly payload: InterveneRequest }
  /** What it may use was given anew; `granted` false: it is not, and nobody is to be waited for. */
  | { readonly act: 'slice'; readonly payload: { readonly slice: Slice; readonly granted: boolean } }
  /** Finish the step, and come back with all there is in at most so many bytes. */
  | { readonly act: 'park'; readonly payload: { readonly maxBytes: number } }
);

/** What a relay came to. */
export type RelayResult =
  | { readonly kind: 'answered'; readonly answer: SendResult }
  | { readonly kind: 'done'; readonly answer: DecideResult | ResolveResult | InterveneResult }
  | { readonly kind: 'refused'; readonly type: string; readonly message: string; readonly details?: JsonObject };

/** What a session has used of the kinds that a family shares, since its beginning. */
export interface Spent {
  readonly tokens: number;
  readonly microUsd: number;
  readonly modelCalls: number;
}

/** Child to parent: the answer to a relay, or news without one. Permanent. */
export interface Report {
  /** The last part of the child's path: a parent may have several children at once, and a signal does not say who sent it. */
  readonly child: string;
  /** Counts the child's reports from 1: one that comes late must not put an older status over a newer one. */
  readonly seq: number;
  readonly relayId?: string;
  readonly result?: RelayResult;
  /** True from when the child has taken over what it was given. */
  readonly accepted: boolean;
  /** All that waits for a person in the child, and below it. */
  readonly pending: readonly PendingItem[];
  /** True where its turn goes on only once a person acts. */
  readonly waits: boolean;
  /** Set where its turn goes on only once its parent gives more of this kind. */
  readonly wants?: SliceKind;
  /** With `wants`: how much the next call was estimated to need, where that is known. */
  readonly needs?: number;
  readonly status: SessionStatusName;
  /** Decisions that hold for later calls in it, and below it; absent: none. */
  readonly standing?: readonly StandingDecision[];
  readonly usage: UsageTotals;
  readonly spent: Spent;
  /** Changes of the state since the last report, without its agent's own part. */
  readonly changes: readonly StateChange[];
  /** With the last one of a session that was cancelled, which has no result to say it in: its calls that can be undone. */
  readonly undoable?: readonly Json[];
}

/** How a child came back, in its result. */
export type ChildEnd = {
  /** Number of its last report: a report of an earlier one that comes later says nothing new. */
  readonly seq: number;
  readonly changes: readonly StateChange[];
  readonly usage: UsageTotals;
  readonly spent: Spent;
  /** Calls of it that can be undone, as the session keeps them: the newest, as many as fit. */
  readonly undoable: readonly Json[];
} & (
  | { readonly kind: 'done'; readonly value?: Json }
  /** It wants to hand over, and goes on where that is refused. */
  | { readonly kind: 'transfer'; readonly proposal: TransferProposal; readonly carry: Carry }
  /** It did not take over what it was given. */
  | { readonly kind: 'refused'; readonly problem: string; readonly names?: readonly string[] }
  | { readonly kind: 'parked'; readonly carry: Carry }
  /** It was ended, or could not go on. */
  | { readonly kind: 'over' }
);
