/** What a user writes to name a model, checked. */
import { amountProblem, unknownField, wordsFor } from '../workflows/contracts/check-limits';
import { isPlainObject, type JsonObject } from '../workflows/contracts/json';
import { toMs, type Duration } from './duration';
import { MAX_MODEL_TIMEOUT_MS } from './policies';

export interface ModelSpec {
  /** As the provider knows it, e.g. `gpt-5-mini`. */
  readonly name: string;
  /** `chat`: Chat Completions (default, what compatible servers speak); `responses`: the Responses API. */
  readonly api?: 'chat' | 'responses';
  readonly temperature?: number;
  /** Most tokens of one answer. Needed where tokens or money are bounded: a call is reserved with the most it may cost. */
  readonly maxOutputTokens?: number;
  /** What its tokens cost; used instead of the price table. Needed where money is bounded and the table does not know the model. */
  readonly price?: ModelPrice;
  /** Further request fields, passed on as they are, e.g. `{ reasoning_effort: 'low' }`. */
  readonly parameters?: JsonObject;
  /** How long one request may take. Default 60 s, at most 9 minutes. */
  readonly timeout?: Duration;
}

/** Micro-dollars per million tokens: $0.25 is 250_000. */
export interface ModelPrice {
  readonly inputMicroUsdPerMillionTokens: number;
  readonly outputMicroUsdPerMillionTokens: number;
  /** Of input that the provider had in its cache. Absent: as other input. */
  readonly cachedInputMicroUsdPerMillionTokens?: number;
}

/** Names that providers have for the most tokens of one answer. */
export const OUTPUT_CAP_FIELDS = ['max_completion_tokens', 'max_output_tokens', 'max_tokens'] as const;

const OUTPUT_TOKENS = { unit: 'whole number of tokens', from: 1, to: 100_000_000 } as const;

const PRICE_FIELDS = [
  'inputMicroUsdPerMillionTokens',
  'outputMicroUsdPerMillionTokens',
  'cachedInputMicroUsdPerMillionTokens',
] as const;

/**
 * @param place of the model: `agent "x": model`.
 * @throws TypeError with the place and the reason.
 */
export function modelSpecOf(given: string | ModelSpec, place: string): ModelSpec {
  const model = typeof given === 'string' ? { name: given } : given;
  if (!model || typeof model.name !== 'string' || !model.name) throw new TypeError(`${place} has no name`);
  if (model.timeout !== undefined && toMs(model.timeout, `${place}.timeout`) > MAX_MODEL_TIMEOUT_MS) {
    throw new TypeError(`${place}.timeout must be at most ${MAX_MODEL_TIMEOUT_MS / 60_000} minutes`);
  }
  const problem =
    amountProblem(model.maxOutputTokens, `${place}.maxOutputTokens`, OUTPUT_TOKENS) ??
    priceProblem(model.price, `${place}.price`);
  if (problem !== null) throw new TypeError(problem);
  return model;
}

/** What is wrong with request parameters that are to bound an answer: some servers take -1 for "no bound". */
export function outputCapProblem({ parameters = {} }: ModelSpec, place: string): string | null {
  for (const field of OUTPUT_CAP_FIELDS) {
    const problem = amountProblem(parameters[field] ?? undefined, `${place}.parameters.${field}`, OUTPUT_TOKENS);
    if (problem !== null) return problem;
  }
  return null;
}

function priceProblem(price: unknown, place: string): string | null {
  if (price === undefined) return null;
  if (!isPlainObject(price)) return `${place} must be { ${PRICE_FIELDS.join(', ')}? }, got ${wordsFor(price)}`;
  const unknown = unknownField(price, place, PRICE_FIELDS);
  if (unknown !== null) return unknown;
  const rule = { unit: 'whole number of micro-dollars', from: 0, to: 1_000_000_000_000 };
  for (const field of PRICE_FIELDS) {
    if (field !== 'cachedInputMicroUsdPerMillionTokens' && price[field] === undefined)
      return `${place}.${field} is missing`;
    const problem = amountProblem(price[field], `${place}.${field}`, rule);
    if (problem !== null) return problem;
  }
  return null;
}

/** The most output tokens a request asks for: what `maxOutputTokens` says, or the request's own parameter; the last one the provider is sent counts. */
export function outputBoundOf({ maxOutputTokens, parameters = {} }: ModelSpec): number | undefined {
  return greatestCap(parameters, maxOutputTokens);
}

/** The most output tokens that request parameters allow; undefined where none is given, or one of them is no bound. */
export function greatestCap(parameters: JsonObject, declared?: number): number | undefined {
  const caps: readonly unknown[] = [declared, ...OUTPUT_CAP_FIELDS.map((field) => parameters[field])];
  const given = caps.filter((cap) => cap !== undefined && cap !== null);
  const isBound = (cap: unknown): cap is number => Number.isInteger(cap) && (cap as number) > 0;
  return given.length > 0 && given.every(isBound) ? Math.max(...given) : undefined;
}
