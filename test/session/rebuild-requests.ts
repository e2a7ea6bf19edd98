/**
 * Every request that a session sent to its model, made again from the session's history and nothing else: no registry, no agent, no
 * ledger, no clock.
 */
import { baseOf, append, buildChatRequest, buildResponsesRequest, EMPTY_CONVERSATION } from '../../activities/model';
import {
  isPlainObject,
  MODEL_CALL_ACTIVITY,
  type ConversationItem,
  type DefinitionRecord,
  type ModelCallInput,
  type ModelTurn,
  type OutcomeItem,
  type SentRequest,
  type ToolCallReport,
} from '../../workflows/contracts';
import { activities, type History, type RecordedActivity } from './history';

export interface RebuiltRequest {
  readonly callId: string;
  /** Under `/v1`. */
  readonly path: '/chat/completions' | '/responses';
  readonly body: string;
}

/** @throws Error where the history does not hold what a request was made of. */
export function rebuildRequests(history: History): readonly RebuiltRequest[] {
  const recorded = activities(history);
  const tools = new Map(recorded.filter(({ type }) => type !== MODEL_CALL_ACTIVITY).map((call) => [call.id, call]));
  const definitions = new Map<string, DefinitionRecord>();
  const rebuilt: RebuiltRequest[] = [];
  let items: readonly ConversationItem[] = [];
  let before: ModelTurn | undefined;
  for (const call of recorded.filter(({ type }) => type === MODEL_CALL_ACTIVITY)) {
    const input = call.input as ModelCallInput;
    const turn = call.result as ModelTurn | undefined;
    items = [...items.slice(0, input.base.length), ...newItems(input, before, tools)];
    assertDigest(items.slice(0, input.base.length), input.base.digest, input.callId);
    const sent: Partial<SentRequest> = turn ?? sentBy(call) ?? { definitionHash: input.definitionHash };
    // Nothing was sent where there is no such agent, no key or no ledger.
    if (call.end === 'failed' && !sentBy(call)) continue;
    if (sent.definition && sent.definitionHash) definitions.set(sent.definitionHash, sent.definition);
    const definition = definitions.get(sent.definitionHash ?? '');
    const instructions = sent.instructions ?? definition?.instructions;
    if (!definition || instructions === undefined) throw new Error(`history has no definition for ${input.callId}`);
    const build = definition.api === 'chat' ? buildChatRequest : buildResponsesRequest;
    rebuilt.push({
      callId: input.callId,
      path: definition.api === 'chat' ? '/chat/completions' : '/responses',
      body: JSON.stringify(build(definition, instructions, items, input.purpose)),
    });
    if (turn?.item) items = [...items, turn.item];
    before = turn;
  }
  return rebuilt;
}

function sentBy(call: RecordedActivity): Partial<SentRequest> | undefined {
  return isPlainObject(call.failure) ? (call.failure.sent as SentRequest | undefined) : undefined;
}

/** What came after `input.base`: sent along, or where that was too large the outcomes of the calls that were planned before. */
function newItems(
  input: ModelCallInput,
  before: ModelTurn | undefined,
  tools: ReadonlyMap<string, RecordedActivity>,
): readonly ConversationItem[] {
  if (input.readBackTo === undefined) return input.items;
  const { turn, step } = input;
  const planned = before?.decision.kind === 'calls' ? before.decision.calls : [];
  const outcomes = planned.map((call): OutcomeItem => {
    const outcome =
      call.kind === 'refused' ? call.outcome : (tools.get(call.id)?.result as ToolCallReport | undefined)?.outcome;
    if (!outcome) throw new Error(`history has no outcome of ${call.id}`);
    return { kind: 'outcome', turn, step: step - 1, callId: call.id, tool: call.tool, outcome };
  });
  if (input.base.length + outcomes.length !== input.readBackTo)
    throw new Error(`${input.callId} read back more than outcomes`);
  return outcomes;
}

function assertDigest(items: readonly ConversationItem[], digest: string, callId: string): void {
  const found = baseOf(append(EMPTY_CONVERSATION, items)).digest;
  if (found !== digest)
    throw new Error(`the conversation before ${callId} has the digest ${found}, expected ${digest}`);
}
