/** One call of the model: what it is sent, what it may use, and how its end is booked. Plain code with injected dependencies. */
import { printOf, type ConversationItem, type ReportedItem } from '../contracts/conversation';
import { utf8Length } from '../contracts/json';
import type { LimitState } from '../contracts/limits';
import type { Cost, CutOffRequest, ModelCallInput, ModelCallPurpose, ModelTurn, Usage } from '../contracts/model';
import { MAX_DELTA_BYTES, MAX_REPEATED_OUTCOME } from './activity-options';
import { allowance, limitOf, limitState, outOfTime, timeLeft } from './limits';
import { apply, type SessionState } from './session-state';
import { modelSummary } from './summaries';
import { onBehalfOf } from './on-behalf-of';

/** What a model call cost that brought no answer. */
export interface LostCost {
  /** Requests that may have been billed without an answer. */
  readonly cutOff?: readonly CutOffRequest[];
  /** Set where an answer was recorded that nobody was told of. */
  readonly answered?: { readonly usage: Usage; readonly cost: Cost };
}

/** How a model call came back. */
export type ModelResult =
  | { readonly kind: 'answered'; readonly turn: ModelTurn }
  | ({
      readonly kind: 'failed';
      readonly type: string;
      readonly message: string;
      readonly names?: readonly string[];
      /** True where it had the time that it was given, and no more was left for another attempt. */
      readonly outOfTime?: true;
    } & LostCost)
  | ({ readonly kind: 'cancelled' } & LostCost);

/** `limit`: it was not made, or not finished, since a bound was met. */
export type Asked = ModelResult | { readonly kind: 'limit'; readonly limit: LimitState };

export interface ModelCallOptions {
  /** The call with all its attempts, ms; absent: no bound. */
  readonly wallClockMs?: number;
}

export interface AskModelDeps {
  readonly now: () => number;
  /** Never throws but for bugs. */
  readonly callModel: (input: ModelCallInput, summary: string, options: ModelCallOptions) => Promise<ModelResult>;
  /** Called between steps, for displays. */
  readonly progress: () => void;
}

export async function askModel(state: SessionState, purpose: ModelCallPurpose, deps: AskModelDeps): Promise<Asked> {
  apply(state, { kind: 'step_started' }, deps.now());
  const summary = modelSummary(state);
  const input = modelInput(state, purpose);
  const { callId: id } = input;
  const { turn, step } = state;
  const { agent: name } = state.input;
  const record = { turn, step, kind: 'model', id, name, summary, startedAt: deps.now() } as const;
  apply(state, { kind: 'call_started', record }, deps.now());
  deps.progress();
  const time = timeLeft(state);
  const result = await deps.callModel(input, summary, time ? { wallClockMs: Math.max(1, time.left) } : {});
  if (result.kind === 'answered') {
    apply(state, { kind: 'model_answered', id, turn: result.turn, purpose }, deps.now());
    const { decision } = result.turn;
    return decision.kind === 'limit' ? { kind: 'limit', limit: limitOf(state, decision) } : result;
  }
  const { type, message } = result.kind === 'failed' ? result : { type: 'cancelled', message: 'the turn was stopped' };
  const { cutOff, answered } = result;
  apply(state, { kind: 'model_failed', id, type, message, cutOff, answered, purpose }, deps.now());
  if (result.kind === 'failed' && result.outOfTime && time) {
    return { kind: 'limit', limit: outOfTime(limitState(state, time.limit.bound) ?? time.limit) };
  }
  return result;
}

function modelInput(state: SessionState, purpose: ModelCallPurpose): ModelCallInput {
  const { agent } = state.input;
  const { base, itemsFrom } = state;
  // What a former run stored is not here to be sent.
  const fresh = state.items.slice(Math.max(0, base.length - itemsFrom));
  const isHere = base.length >= itemsFrom;
  const outline = isHere ? fresh.map(outlined) : [];
  const withoutReports = isHere && outline.every(({ kind }) => kind !== 'reported');
  const isSent = withoutReports && bytesOf(fresh) <= MAX_DELTA_BYTES;
  const isOutlined = isHere && !withoutReports && bytesOf(outline) <= MAX_DELTA_BYTES;
  const may = allowance(state);
  return {
    agent,
    sessionId: state.sessionId,
    keyNamespace: state.keyNamespace,
    ...onBehalfOf(state),
    turn: state.turn,
    step: state.step,
    callId: `t${state.turn}.s${state.step}.m`,
    purpose,
    base,
    items: isSent ? fresh : [],
    ...(isSent ? {} : { readBackTo: itemsFrom + state.items.length }),
    ...(isOutlined ? { outline } : {}),
    ...(state.definitionHash === undefined ? {} : { definitionHash: state.definitionHash }),
    ...(Object.keys(state.ledgers).length === 0 ? {} : { ledgers: state.ledgers }),
    ...(may ? { allowance: may } : {}),
    ...ownLimits(state),
    ...(state.bounding.stronger ? { stronger: true } : {}),
    ...childTerms(state),
  };
}

function bytesOf(items: readonly unknown[]): number {
  return items.reduce<number>((bytes, item) => bytes + utf8Length(JSON.stringify(item)), 0);
}

/** What a tool reported is in history once, in its activity's result; shorter outcomes are not worth a second look-up. */
function outlined(item: ConversationItem): ConversationItem | ReportedItem {
  if (item.kind !== 'outcome' || item.outcome.kind !== 'succeeded') return item;
  const { print, length } = printOf(item.outcome);
  if (length <= MAX_REPEATED_OUTCOME) return item;
  const { turn, step, callId, tool } = item;
  return { kind: 'reported', turn, step, callId, tool, print };
}

function ownLimits({ input }: SessionState): Pick<ModelCallInput, 'ownLimits'> {
  const { call, turn, session } = input.limits ?? {};
  if (!call && !turn && !session) return {};
  return { ownLimits: { ...(call ? { call } : {}), ...(turn ? { turn } : {}), ...(session ? { session } : {}) } };
}

/** In a child: what its contract makes of the agent's tools. */
function childTerms({ input: { child } }: SessionState): Pick<ModelCallInput, 'child' | 'depth'> {
  if (!child) return {};
  const { role, root, from, back, grants, result, depth } = child;
  return {
    child: {
      role,
      root,
      from: back ?? from,
      ...(grants ? { grants } : {}),
      ...(result ? { result: result.schema } : {}),
    },
    ...(depth === 0 ? {} : { depth }),
  };
}
