/**
 * What a request may take of what is left, said before it is made: nothing is sent that could take more. Where the full answer does not fit, a
 * shorter one is asked for; where that would be too short to be of use, none is.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { Agent } from '../../agents/define-agent';
import type { Bounds, Limits } from '../../workflows/contracts/limits';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { Cost, CutOffRequest, ModelCallInput, ModelDecision, Usage } from '../../workflows/contracts/model';
import { definitionOf, outputBound, type Definition } from './definition';
import { hasPrice, priceOf } from './price';
import type { RenderedRequest } from './request';

export type Allowance = NonNullable<ModelCallInput['allowance']>;

export type Reservation =
  | {
      readonly kind: 'fits';
      readonly usage: Usage;
      readonly cost: Cost;
      /** Set where less output is asked for than the definition says. */
      readonly outputCap?: number;
    }
  /** Nothing is to be sent. */
  | { readonly kind: 'exceeds'; readonly decision: Extract<ModelDecision, { kind: 'limit' | 'refuse' }> };

/** Shortest answer worth asking for: a sentence or two. */
const LEAST_OUTPUT = 64;
/** Models whose tokenizer is the one we have. */
const SAME_TOKENIZER = /^(?:openai\/)?(?:gpt-5|gpt-4o|gpt-4\.1|gpt-4\.5|gpt-oss|chatgpt-4o|o[134])(?:[-.:]|$)/;
/** Providers add a few tokens of their own, and write tools otherwise than as JSON. */
const MARGIN = 1.1;
const MARGIN_TOKENS = 32;
/** Other tokenizers cut English and JSON up to a quarter finer, and scripts beyond Latin into single bytes. */
const OTHER_MARGIN = 1.3;
const OTHER_PER_EXTRA_BYTE = 0.6;

/**
 * What is booked for the input of a request: in practice never less than the provider counts.
 * @param counted tokens of the request by our count.
 */
export function boundedInput(
  counted: number,
  request: Pick<RenderedRequest, 'characters' | 'bytes'>,
  model: string,
): number {
  const tokens = SAME_TOKENIZER.test(model)
    ? counted * MARGIN
    : counted * OTHER_MARGIN + (request.bytes - request.characters) * OTHER_PER_EXTRA_BYTE;
  return Math.ceil(tokens) + MARGIN_TOKENS;
}

/** What is asked: a stronger model that cannot be reserved is passed over, since the session's own bounds are not known where agents are defined. */
export function definitionFor(agent: Agent, input: ModelCallInput): Definition {
  const { stronger, allowance } = input;
  const definition = definitionOf(agent, stronger, input);
  if (!stronger || !allowance) return definition;
  const hasBound = outputBound(definition.record) !== undefined;
  return hasBound && (allowance.microUsd === undefined || hasPrice(definition.model))
    ? definition
    : definitionOf(agent, false, input);
}

/**
 * What this call may use: what the session says, and where the session does not know the agent's bounds yet (its first call, or the first after
 * they changed), those too. Absent: no bound.
 */
export function allowanceOf(input: ModelCallInput, agent: Agent, definition: Definition): Allowance | undefined {
  const { allowance = {} } = input;
  const { call, turn, session }: Limits = unknownLimits(input, agent, definition);
  const least = (bound: keyof Allowance): number | undefined => {
    const bounds = [allowance, call, turn, session].flatMap((one) => one?.[bound] ?? []);
    return bounds.length === 0 ? undefined : Math.min(...bounds);
  };
  const tokens = least('tokens');
  const microUsd = least('microUsd');
  if (tokens === undefined && microUsd === undefined) return undefined;
  return { ...(tokens === undefined ? {} : { tokens }), ...(microUsd === undefined ? {} : { microUsd }) };
}

/**
 * The agent's bounds, where the session does not know them: it takes them from the definition that comes with the result. Those in whose place the session
 * has bounds of its own are none.
 */
export function unknownLimits(
  input: ModelCallInput,
  agent: Agent,
  definition: Definition,
): Pick<Limits, 'call' | 'turn' | 'session'> {
  const { definitionHash, ownLimits } = input;
  const known =
    definitionHash === definition.hash ||
    definitionHash === definitionOf(agent, false, input).hash ||
    isStronger(agent, input);
  if (known) return {};
  const { call, turn, session } = agent.policy.limits ?? {};
  return {
    call: without(call, ownLimits?.call),
    turn: without(turn, ownLimits?.turn),
    session: without(session, ownLimits?.session),
  };
}

function without<B extends Bounds>(bounds: B | undefined, own: Bounds = {}): B | undefined {
  return bounds && (Object.fromEntries(Object.entries(bounds).filter(([kind]) => !(kind in own))) as B);
}

/** A turn in which the stronger model was asked left that one's definition as the last. */
function isStronger(agent: Agent, input: ModelCallInput): boolean {
  return agent.strongerModel !== undefined && input.definitionHash === definitionOf(agent, true, input).hash;
}

/**
 * How requests of a definition are reserved.
 * @param inputTokens what is booked for the input.
 * @returns from the requests that earlier attempts may have made, whether one more fits.
 * @throws ApplicationFailure `LimitNotEnforceable`, not retryable, where the definition leaves open what a request may cost.
 */
export function reserver(
  definition: Pick<Definition, 'record' | 'model'>,
  allowance: Allowance,
  inputTokens: number,
): (cutOff: readonly CutOffRequest[]) => Reservation {
  const { record } = definition;
  const full = outputBound(record);
  const microUsdOf = (outputTokens: number): number => {
    const cost = costOf(definition, inputTokens, outputTokens);
    if (cost.kind === 'priced') return cost.microUsd;
    throw notEnforceable(
      record.agent,
      `a bound on money needs a price for the model ${JSON.stringify(record.model)}: give it in model.price`,
    );
  };
  if (full === undefined) {
    throw notEnforceable(
      record.agent,
      'a bound on tokens or money needs model.maxOutputTokens: it is reserved before each call',
    );
  }
  if (allowance.microUsd !== undefined) microUsdOf(full);
  return (cutOff) => {
    const spent = sumOf(cutOff);
    const left = {
      tokens: allowance.tokens === undefined ? Infinity : allowance.tokens - spent.tokens,
      microUsd: allowance.microUsd === undefined ? Infinity : allowance.microUsd - spent.microUsd,
    };
    const fits = (outputTokens: number) => microUsdOf(outputTokens) <= left.microUsd;
    const least = Math.min(LEAST_OUTPUT, full);
    if (inputTokens + least > left.tokens) return exceeds('tokens', inputTokens + full, left.tokens);
    if (left.microUsd !== Infinity && !fits(least)) return exceeds('microUsd', microUsdOf(full), left.microUsd);
    const byTokens = Math.min(full, left.tokens - inputTokens);
    const output = left.microUsd === Infinity ? byTokens : greatest(least, byTokens, fits);
    return {
      kind: 'fits',
      usage: { inputTokens, outputTokens: output, estimated: true },
      cost: costOf(definition, inputTokens, output),
      ...(output === full ? {} : { outputCap: output }),
    };
  };
}

/** What a request costs at most. Nobody knows what of the input the provider has in its cache: that may be the dearer, too. */
export function costOf(
  { record, model }: Pick<Definition, 'record' | 'model'>,
  inputTokens: number,
  outputTokens: number,
): Cost {
  const [plain, cached] = [0, inputTokens].map((cachedInputTokens) =>
    priceOf({ inputTokens, outputTokens, cachedInputTokens }, [record.model], model.price),
  ) as [Cost, Cost];
  return plain.kind === 'priced' && cached.kind === 'priced' && cached.microUsd > plain.microUsd ? cached : plain;
}

function exceeds(bound: 'tokens' | 'microUsd', needed: number, left: number): Reservation {
  return { kind: 'exceeds', decision: { kind: 'limit', bound, needed, left: Math.max(0, left) } };
}

function sumOf(cutOff: readonly CutOffRequest[]): { readonly tokens: number; readonly microUsd: number } {
  let [tokens, microUsd] = [0, 0];
  for (const { usage, cost } of cutOff) {
    tokens += usage.inputTokens + usage.outputTokens;
    microUsd += cost.kind === 'priced' ? cost.microUsd : 0;
  }
  return { tokens, microUsd };
}

/** The greatest number from `low` to `high` for which `holds`; it holds for `low`, and for all below one for which it does. */
function greatest(low: number, high: number, holds: (value: number) => boolean): number {
  if (holds(high)) return high;
  let [yes, no] = [low, high];
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

function notEnforceable(agent: string, why: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: FAILURE_TYPES.limitNotEnforceable,
    message: `agent ${JSON.stringify(agent)}: ${why}; nothing was sent`,
    nonRetryable: true,
  });
}
