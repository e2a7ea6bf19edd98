/** From an answer to the result of `model.call`: the decision, what it cost, and what history needs to rebuild the request. */
import type { ConversationBase } from '../../workflows/contracts/conversation';
import { inertLine } from '../../workflows/contracts/display';
import type {
  Cost,
  CutOffRequest,
  ModelCallInput,
  ModelDecision,
  ModelTurn,
  Usage,
} from '../../workflows/contracts/model';
import { nextDigest } from './conversation-cache';
import { decide, repair, type Decided } from './decide';
import { outputBound, type Definition } from './definition';
import type { PlanContext } from './plan';
import { costText, priceOf, priceSource } from './price';
import type { ProviderAnswer } from './provider';
import type { RenderedRequest } from './request';
import { estimateUsage, isPlausible, tokensText } from './usage';

/** Longest decision and item together, bytes of JSON: what is over it could not be reported (Temporal's payload limit is 2 MB). */
export const MAX_DECISION_BYTES = 1_000_000;

export interface TurnParts {
  readonly input: ModelCallInput;
  readonly answer: Exclude<ProviderAnswer, { kind: 'error' }>;
  /** The answer's body. */
  readonly answerText: string;
  readonly request: RenderedRequest;
  /** Where less output was asked for than the definition says. */
  readonly outputCap?: number;
  /** Said before the request; used where the answer itself is not there to be counted. */
  readonly expected: Usage;
  /** True: `expected` was counted, and more input than that was never sent. */
  readonly reserved: boolean;
  readonly asked: ConversationBase;
  readonly attempt: number;
  readonly providerName: string;
  readonly definition: Definition;
  readonly instructions: { readonly text: string; readonly perCall: boolean };
  readonly ledgerIds: Readonly<Record<string, string>>;
  readonly cutOff: readonly CutOffRequest[];
  readonly plan: PlanContext;
}

/** @throws ApplicationFailure where the content filter stopped the answer. */
export async function makeTurn(parts: TurnParts): Promise<ModelTurn> {
  const { input, answer, definition, instructions, asked, outputCap } = parts;
  const { decision, item } = reportable(await decide(answer, input.purpose, parts.plan));
  const { price } = definition.model;
  const size = { bytes: parts.request.bytes, outputCap: outputCap ?? outputBound(definition.record) };
  const usage = answer.usage && isPlausible(answer.usage, size) ? answer.usage : await estimated(parts);
  const models = [...(answer.model === undefined ? [] : [answer.model]), definition.record.model];
  const billed = priceOf(usage, models, price);
  const repairs = answer.kind === 'said' ? answer.repairs : [];
  return {
    model: inertLine(answer.model ?? definition.record.model, 200),
    tokens: tokensText(usage),
    cost: costText(billed),
    decision,
    ...(item ? { item } : {}),
    base: item ? { length: asked.length + 1, digest: nextDigest(asked.digest, item) } : asked,
    usage,
    billed,
    ...(parts.cutOff.length > 0 ? { cutOff: parts.cutOff } : {}),
    definitionHash: definition.hash,
    ...(definition.hash === input.definitionHash ? {} : { definition: definition.record }),
    ...(instructions.perCall ? { instructions: instructions.text } : {}),
    ...(outputCap === undefined ? {} : { outputCap }),
    ledgers: parts.ledgerIds,
    provider: {
      name: parts.providerName,
      ...(answer.responseId === undefined ? {} : { responseId: inertLine(answer.responseId, 200) }),
      ...(answer.kind === 'said' && answer.finishReason !== undefined
        ? { finishReason: inertLine(answer.finishReason, 100) }
        : {}),
      attempt: parts.attempt,
      ...(repairs.length > 0 ? { repairs: repairs.slice(0, 20) } : {}),
      ...(billed.kind === 'priced' ? { prices: priceSource(price) } : {}),
    },
  };
}

/** An answer too large to be reported is sent back to the model, once per repair, instead of failing each attempt for ever. */
function reportable(decided: Decided): Decided {
  const bytes = Buffer.byteLength(JSON.stringify(decided));
  if (bytes <= MAX_DECISION_BYTES) return decided;
  return {
    decision: repair(
      `it is ${bytes} bytes long, at most ${MAX_DECISION_BYTES} are taken, and nothing of it ran`,
      'Answer again, and shorter.',
    ),
  };
}

async function estimated({ answer, answerText, request, expected, reserved }: TurnParts): Promise<Usage> {
  if (answerText === '') return expected;
  const said =
    answer.kind === 'said'
      ? [answer.text ?? '', ...answer.calls.map((call) => call.tool + call.arguments)].join('\n')
      : answerText;
  const usage = await estimateUsage(request.text(), said);
  return reserved ? { ...usage, inputTokens: Math.min(usage.inputTokens, expected.inputTokens) } : usage;
}

/** The result of a call for which nothing was sent, since what is left does not suffice. */
export function limitTurn(
  parts: Pick<TurnParts, 'input' | 'asked' | 'attempt' | 'providerName' | 'definition' | 'ledgerIds' | 'cutOff'>,
  decision: ModelDecision,
): ModelTurn {
  const { input, asked, definition, cutOff } = parts;
  const usage: Usage = { inputTokens: 0, outputTokens: 0 };
  const billed: Cost = { kind: 'priced', microUsd: 0 };
  return {
    model: inertLine(definition.record.model, 200),
    tokens: tokensText(usage),
    cost: costText(billed),
    decision,
    base: asked,
    usage,
    billed,
    ...(cutOff.length > 0 ? { cutOff } : {}),
    definitionHash: definition.hash,
    ...(definition.hash === input.definitionHash ? {} : { definition: definition.record }),
    ledgers: parts.ledgerIds,
    provider: { name: parts.providerName, attempt: parts.attempt },
  };
}
