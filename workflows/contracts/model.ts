/**
 * Model calls across the boundary: what `model.call` takes and the decision it returns.
 */
import type { AssistantItem, ConversationBase, ConversationItem, ReportedItem } from './conversation';
import type { ChildRole, Grants } from './handoff';
import type { Json, JsonObject } from './json';
import type { Detectors, Limits } from './limits';
import type { PlannedCall } from './tool';

/** Why the model is asked: `step` may call tools; `final` may not (a bound was hit: give what you have). */
export type ModelCallPurpose = 'step' | 'final';

export interface ModelCallInput {
  readonly agent: string;
  readonly sessionId: string;
  readonly keyNamespace: string;
  readonly tenant?: string;
  readonly user?: string;
  readonly turn: number;
  readonly step: number;
  /** `t3.s2.m`. */
  readonly callId: string;
  readonly purpose: ModelCallPurpose;
  /** What the last model call of this session left behind; the worker has these items in memory or reads them back by query. */
  readonly base: ConversationBase;
  /** Everything since `base`, never the whole conversation. */
  readonly items: readonly ConversationItem[];
  /**
   * Set where the new items are too large to be sent: `items` is then empty, and items [base.length, readBackTo) are read from the
   * workflow by query.
   */
  readonly readBackTo?: number;
  /**
   * With `readBackTo`: the new items, outcomes of some size only as what they are recognised by. A worker that has all of those in memory need not
   * read back.
   */
  readonly outline?: readonly (ConversationItem | ReportedItem)[];
  /** Hash of the definition last recorded in this session; absent on the first call. */
  readonly definitionHash?: string;
  /** Ledger ids this session is bound to, by the worker's name for the ledger. Absent before the first plan. */
  readonly ledgers?: Readonly<Record<string, string>>;
  /**
   * What this call may use at most, requests of earlier attempts included; the tightest of all bounds. Where its estimate is above that, nothing is sent and
   * the decision is `limit`. Absent: no bound.
   */
  readonly allowance?: { readonly tokens?: number; readonly microUsd?: number };
  /** Bounds that the session was given itself: of what they name the agent's do not count, also where the session does not know those yet. */
  readonly ownLimits?: Pick<Limits, 'call' | 'turn' | 'session'>;
  /** True: the agent's stronger model is asked. */
  readonly stronger?: true;
  /** Set in a child: what that makes of the agent's tools. */
  readonly child?: ChildTerms;
  /** How many delegations are above it; absent: none. */
  readonly depth?: number;
}

/** What of a child's contract its model calls are told. */
export interface ChildTerms {
  readonly role: ChildRole;
  /** Session id of the first session. */
  readonly root: string;
  /** Agent that handed over. */
  readonly from: string;
  readonly grants?: Grants;
  /** With `delegate`: JSON Schema of the result that is wanted. */
  readonly result?: JsonObject;
}

/** Input of the activity `model.settle`: a model call was broken off, or its attempts ended in timeouts; what did it cost? */
export interface ModelSettleInput {
  readonly agent: string;
  readonly sessionId: string;
  readonly keyNamespace: string;
  readonly callId: string;
  readonly ledgers?: Readonly<Record<string, string>>;
}

/** Result of `model.settle`. After it no attempt of that call makes a request, not even one that was on its way. */
export interface ModelSettleReport {
  /** Requests without a recorded answer, at their estimates. */
  readonly cutOff: readonly CutOffRequest[];
  /** Set where an answer was recorded that nobody was told of: what it cost. */
  readonly answered?: { readonly usage: Usage; readonly cost: Cost };
}

/** Token counts as the provider billed them; integers. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Part of `inputTokens` read from the provider's cache. */
  readonly cachedInputTokens?: number;
  /** Part of `outputTokens` spent on reasoning. */
  readonly reasoningTokens?: number;
  /** True where the provider gave no usage and the counts are our estimate. */
  readonly estimated?: boolean;
}

/** Micro-dollars (10^-6 USD), integer; `unpriced` where no price is known, which is never the same as 0. */
export type Cost = { readonly kind: 'priced'; readonly microUsd: number } | { readonly kind: 'unpriced' };

/** A request of an earlier attempt whose answer was lost (worker died, cancelled): booked at its estimate. */
export interface CutOffRequest {
  readonly attempt: number;
  readonly usage: Usage;
  readonly cost: Cost;
}

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, as the provider is sent it. */
  readonly parameters: JsonObject;
  readonly strict: boolean;
}

/** What the agent's definition says of the session itself; the interpreter obeys the last one recorded. */
export interface SessionPolicy {
  /** Model calls with tools a turn may make before it is asked for a final answer. */
  readonly steps: number;
  /** Answers that had to be sent back because they could not be read, per turn. */
  readonly repairs: number;
  /** Tool calls of one step that may run at once. */
  readonly parallelCalls: number;
  /** What becomes of what a turn did when it is stopped. Absent: `keep`. */
  readonly onStop?: OnStop;
  /**
   * Further limits. Absent in what was recorded by versions that had none: then the bound on repairs stops a turn without a last answer, as it did.
   * `turn.steps` and `turn.repairs` are `steps` and `repairs` above, and never here.
   */
  readonly limits?: Limits;
  readonly detectors?: Detectors;
  /** What becomes of a user's message that comes while a turn runs. Absent: `queue`. */
  readonly messages?: MessagePolicy;
  /** What becomes of calls that wait for approval when the user writes. Absent: the message waits behind them. */
  readonly whileWaiting?: 'withdraw';
  /** True where the agent declares a stronger model. */
  readonly strongerModel?: true;
  /** Set where the session keeps a state. Absent in what was recorded by versions that had none. */
  readonly state?: StatePolicy;
  /** Set where the agent has children. */
  readonly children?: ChildrenPolicy;
}

export interface StatePolicy {
  /** Most tokens that the state may take in a request. */
  readonly maxTokens: number;
}

export interface ChildrenPolicy {
  /** How deep delegations may nest. */
  readonly depth: number;
  /** How many children may be open at once. */
  readonly atOnce: number;
  /** How many may be begun in one step. */
  readonly perStep: number;
}

/**
 * `queue`: it waits for its own turn. `steer`: the running turn sees it before its next model call, and answers it too. `interrupt`: the running model
 * call is broken off, calls of tools that run finish, and the message gets its own turn at once.
 */
export type MessagePolicy = 'queue' | 'steer' | 'interrupt';

/** `compensate`: the turn's calls that succeeded and declare `compensate` are undone, the last one first. */
export type OnStop = 'keep' | 'compensate';

/** An agent as it was sent to the provider; recorded once per change, so that each request can be rebuilt from history. */
export interface DefinitionRecord {
  readonly agent: string;
  /** `chat` (Chat Completions) or `responses` (Responses API). */
  readonly api: 'chat' | 'responses';
  readonly model: string;
  /** The system prompt; absent where it is rendered per step (then it is in `ModelTurn.instructions`). */
  readonly instructions?: string;
  readonly tools: readonly ToolDefinition[];
  /** Further request parameters, e.g. temperature. */
  readonly parameters: JsonObject;
  readonly policy: SessionPolicy;
}

/** What history needs to rebuild the request of a `model.call` that failed: in `details[0].sent` of its failure. */
export interface SentRequest {
  readonly definitionHash: string;
  /** Present when `definitionHash` differs from the input's. */
  readonly definition?: DefinitionRecord;
  /** The system prompt of this call where it is rendered per step. */
  readonly instructions?: string;
  /** As `ModelTurn.outputCap`. */
  readonly outputCap?: number;
}

/** What the session does next. */
export type ModelDecision =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'calls'; readonly calls: readonly PlannedCall[] }
  /** The answer could not be used: `problem` for people, `note` for the model. */
  | { readonly kind: 'repair'; readonly problem: string; readonly note: string; readonly cause?: 'empty' }
  /** Of a child's first call: what it was given does not fit this agent. Nothing was sent. */
  | { readonly kind: 'refuse'; readonly problem: string }
  /**
   * Nothing was sent: the request was estimated at `needed`, and `left` is what the input, or the agent's definition that comes with it, allowed.
   * With `wallClockMs`: it was sent, and given up after `left` ms, which the session did not know of yet.
   */
  | {
      readonly kind: 'limit';
      readonly bound: 'tokens' | 'microUsd' | 'wallClockMs';
      readonly needed: number;
      readonly left: number;
    };

/**
 * Result of `model.call`. The first three fields come first on purpose: they are what a person sees of it in the Web UI.
 */
export interface ModelTurn {
  /** As the provider named it in its answer. */
  readonly model: string;
  /** `812→64`, input and output; `~` before it where estimated. */
  readonly tokens: string;
  /** `$0.0012` or `unpriced`. */
  readonly cost: string;
  readonly decision: ModelDecision;
  /** To be appended to the conversation as it is; absent where the model said nothing that can be kept. */
  readonly item?: AssistantItem;
  /** Covers `input.base`, `input.items` and `item`. */
  readonly base: ConversationBase;
  readonly usage: Usage;
  readonly billed: Cost;
  /** Requests of earlier attempts that were paid for, or may have been, without an answer. */
  readonly cutOff?: readonly CutOffRequest[];
  readonly definitionHash: string;
  /** Present when `definitionHash` differs from the input's. */
  readonly definition?: DefinitionRecord;
  /** The system prompt of this call where it is rendered per step. */
  readonly instructions?: string;
  /** Set where the allowance left less room than the definition asks for: the most output tokens the request asked for. */
  readonly outputCap?: number;
  /** Ledger ids of the worker that planned, by name; the session pins the first it sees of each. */
  readonly ledgers: Readonly<Record<string, string>>;
  readonly provider: {
    readonly name: string;
    readonly responseId?: string;
    readonly finishReason?: string;
    /** Temporal's attempt that got the answer, from 1. */
    readonly attempt: number;
    /** True where a later attempt reported the answer an earlier one had recorded in the ledger. */
    readonly replayed?: boolean;
    /** Syntax repairs made to the answer, in words; nothing that loses information is ever repaired. */
    readonly repairs?: readonly string[];
    /** Where the prices came from, e.g. `genai-prices 0.1.8`. */
    readonly prices?: string;
    readonly raw?: Json;
  };
}
