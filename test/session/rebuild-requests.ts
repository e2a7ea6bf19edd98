/**
 * Every request that a session sent to its model, made again from the session's history and nothing else: no registry, no agent, no
 * ledger, no clock.
 */
import {
  append,
  baseOf,
  buildChatRequest,
  buildResponsesRequest,
  EMPTY_CONVERSATION,
  withOutputCap,
} from '../../activities/model';
import {
  isPlainObject,
  MODEL_CALL_ACTIVITY,
  printOf,
  type ConversationItem,
  type DefinitionRecord,
  type ModelCallInput,
  type ModelTurn,
  type OutcomeItem,
  type ReportedItem,
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

/** @param history of a session's first run, and of those that follow it. @throws Error where they do not hold what a request was made of. */
export function rebuildRequests(...history: readonly History[]): readonly RebuiltRequest[] {
  const recorded = history.flatMap(activities);
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
    before = turn;
    // Nothing was sent either where what was left of a limit did not suffice.
    if (turn?.decision.kind === 'limit' || turn?.decision.kind === 'refuse') continue;
    const build = definition.api === 'chat' ? buildChatRequest : buildResponsesRequest;
    rebuilt.push({
      callId: input.callId,
      path: definition.api === 'chat' ? '/chat/completions' : '/responses',
      body: JSON.stringify(build(withOutputCap(definition, sent.outputCap), instructions, items, input.purpose)),
    });
    if (turn?.item) items = [...items, turn.item];
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
  if (input.outline) return input.outline.map((item) => (item.kind === 'reported' ? outcomeItem(item, tools) : item));
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

function outcomeItem(
  { turn, step, callId, tool, print }: ReportedItem,
  tools: ReadonlyMap<string, RecordedActivity>,
): OutcomeItem {
  const { outcome } = (tools.get(callId)?.result as ToolCallReport | undefined) ?? {};
  if (!outcome || printOf(outcome).print !== print) throw new Error(`history has no outcome of ${callId}`);
  return { kind: 'outcome', turn, step, callId, tool, outcome };
}

function assertDigest(items: readonly ConversationItem[], digest: string, callId: string): void {
  const found = baseOf(append(EMPTY_CONVERSATION, items)).digest;
  if (found !== digest)
    throw new Error(`the conversation before ${callId} has the digest ${found}, expected ${digest}`);
}
