/**
 * The activity `model.call`: from a session's new items to a decision. It looks the agent up, renders the prompt, asks the provider,
 * turns the answer into a plan, records it and reports it. What it imports decides; this file wires.
 */
import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { InstructionsContext } from '../../agents/define-agent';
import type { ToolLogger } from '../../agents/define-tool';
import { toMs } from '../../agents/duration';
import type { Profile } from '../../agents/policies';
import type { Registry } from '../../agents/registry';
import type { EngineActivities } from '../../workflows/contracts/activities';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { CutOffRequest, ModelCallInput, ModelTurn } from '../../workflows/contracts/model';
import type { Asking } from '../approvals/approval-terms';
import { crashPoint } from '../crash-points';
import { callKeyOf, DEFAULT_LEDGER } from '../ledger/call-identity';
import type { Ledger } from '../ledger/port';
import { ask } from './ask';
import { chatProvider } from './chat-completions';
import { checkInput } from './check-input';
import { append, baseOf, ConversationCache } from './conversation-cache';
import { outputBound, withOutputCap, type Definition } from './definition';
import { failureOf, toFailure } from './failure-classes';
import { findAgent } from './find-agent';
import { startHeartbeat } from './heartbeat';
import { refusalOf } from './first-state';
import { renderInstructions } from './instructions';
import { firstDeadline } from './first-deadline';
import { keptBack } from './kept-back';
import { agentLedgers } from './ledger-pins';
import type { ReportedOutcomes } from '../reported-outcomes';
import { loadConversation } from './load-conversation';
import { limitTurn, makeTurn } from './make-turn';
import { priceOf } from './price';
import type { Provider } from './provider';
import { readByQuery, type ReadTranscript } from './read-back';
import { claimModelCall, dropRequest, recordTurn } from './recorded-answer';
import { stateOf } from './render-state';
import { renderRequest, type RenderedRequest } from './request';
import {
  allowanceOf,
  boundedInput,
  definitionFor,
  reserver,
  unknownLimits,
  type Allowance,
  type Reservation,
} from './reservation';
import { responsesProvider } from './responses';
import { sentRequest, withSentRequest } from './sent-request';
import { usageBeforeRequest } from './usage';

export interface ModelActivityOptions {
  readonly registry: Registry;
  /** By name; must hold `default`. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly profile: Profile;
  /** Asked instead of OpenAI's API, whatever the agent's `model.api` says. */
  readonly provider?: Provider;
  readonly logger?: ToolLogger;
  /** How a conversation is read back; by query of the workflow where absent. */
  readonly readTranscript?: ReadTranscript;
  /** What the tool activities of this worker reported lately; absent: it is read back. */
  readonly reported?: ReportedOutcomes;
  /** How people are asked for approval; absent: unsigned, and nobody is notified. */
  readonly asking?: Asking;
  /** Memory for conversations, bytes; default 64 MB. */
  readonly cacheBytes?: number;
}

/** One request's own timeout where the agent sets none, ms. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** Longest definition with the system prompt, bytes of JSON: it is a part of the result, which Temporal bounds at 2 MB. */
const MAX_DEFINITION_BYTES = 512 * 1024;

/**
 * Makes the function registered as `model.call`. Its failures are `ApplicationFailure`s of the registered types, or a cancellation.
 * @throws TypeError where there is no default ledger.
 */
export function createModelActivity(options: ModelActivityOptions): EngineActivities['model.call'] {
  if (!options.ledgers.has(DEFAULT_LEDGER))
    throw new TypeError('createModelActivity: ledgers must hold one named "default"');
  const cache = new ConversationCache(options.cacheBytes);
  return async (input) => {
    const context = Context.current();
    const stopHeartbeat = startHeartbeat(context);
    try {
      return await callModel(input, options, cache, context);
    } catch (error) {
      // Whatever broke because of the cancellation is the cancellation.
      if (context.cancellationSignal.aborted) await context.cancelled;
      const failure = toFailure(error);
      const type = failure instanceof ApplicationFailure ? failure.type : undefined;
      (options.logger ?? context.log).warn('model call failed', {
        type,
        reason: failure.message,
        callId: String(input?.callId),
      });
      throw failure;
    } finally {
      stopHeartbeat();
    }
  };
}

async function callModel(
  input: ModelCallInput,
  options: ModelActivityOptions,
  cache: ConversationCache,
  context: Context,
): Promise<ModelTurn> {
  checkInput(input);
  const { attempt, scheduledTimestampMs } = context.info;
  const agent = findAgent(options.registry, input, attempt, Date.now() - scheduledTimestampMs);
  const ledgers = agentLedgers(agent, options.ledgers, input.ledgers);
  const session = {
    id: input.child?.root ?? input.sessionId,
    agent: agent.name,
    tenant: input.tenant,
    user: input.user,
  };
  const prompt = authored(() => ({
    definition: definitionFor(agent, input),
    instructions: renderInstructions(agent, scheduledTimestampMs, session, input.turn, handoffOf(input)),
  }));
  const { definition, instructions } = prompt;
  checkSize(definition.bytes, instructions.perCall ? instructions.text : '');
  const read = options.readTranscript ?? readByQuery;
  const conversation = await loadConversation(input, cache, read, options.ledgers, options.reported);
  const asked = baseOf(conversation);

  const provider = options.provider ?? (definition.record.api === 'chat' ? chatProvider : responsesProvider);
  const state = stateOf(conversation.items);
  const refusal = refusalOf(agent, input, state);
  if (refusal === undefined) provider.checkReady();
  const render = (outputCap?: number) =>
    renderRequest(
      provider.protocol,
      withOutputCap(definition.record, outputCap),
      instructions.text,
      conversation.items,
      input.purpose,
    );
  const whole = render();
  const allowance = allowanceOf(input, agent, definition);
  const deadline = firstDeadline(unknownLimits(input, agent, definition), scheduledTimestampMs);
  const inputTokens =
    allowance && !refusal ? boundedInput(await whole.countTokens(), whole, definition.record.model) : undefined;
  const reserve = refusal
    ? () => ({ kind: 'exceeds', decision: refusal }) as const
    : reserveBy(definition, allowance, whole, inputTokens);
  const call = { callKey: callKeyOf(input), attempt, run: context.info.workflowExecution?.runId, asked };
  const claim = await claimModelCall(ledgers.main, call, reserve, allowance !== undefined || refusal !== undefined);
  const common = {
    input,
    asked,
    attempt,
    providerName: provider.name,
    definition,
    ledgerIds: ledgers.ids,
  };

  let turn: ModelTurn;
  if (claim.kind === 'recorded') turn = claim.turn;
  else if (claim.kind === 'exceeds') turn = limitTurn({ ...common, cutOff: claim.cutOff }, claim.decision);
  else if (deadline?.isOver()) {
    await dropRequest(ledgers.main, claim.callKey, attempt);
    turn = limitTurn({ ...common, cutOff: claim.cutOff }, deadline.decision);
  } else {
    crashPoint('model.before-request', input.agent);
    const { outputCap, usage: expected, cost } = claim.reserved;
    const request = outputCap === undefined ? whole : render(outputCap);
    const timeoutMs =
      definition.model.timeout === undefined ? DEFAULT_TIMEOUT_MS : toMs(definition.model.timeout, 'model.timeout');
    let cutOff = [...claim.cutOff, { attempt, usage: expected, cost }];
    const notBilled = () => {
      cutOff = [...claim.cutOff];
      return dropRequest(ledgers.main, claim.callKey, attempt);
    };
    const signals = [context.cancellationSignal, ...(deadline ? [deadline.signal] : [])];
    const answered = await ask(
      provider,
      request.body,
      { signal: AbortSignal.any(signals), timeoutMs },
      notBilled,
    ).catch((error: unknown) => {
      if (deadline?.isOver() && !context.cancellationSignal.aborted) return deadline.decision;
      throw withSentRequest(error, sentRequest(definition, instructions, input.definitionHash, outputCap), cutOff);
    });
    if ('kind' in answered) return limitTurn({ ...common, cutOff }, answered);
    const { answer, answerText } = answered;
    crashPoint('model.after-request', input.agent);
    const made = await makeTurn({
      ...common,
      answer,
      answerText,
      request,
      outputCap,
      expected,
      reserved: allowance !== undefined,
      instructions,
      cutOff: claim.cutOff,
      plan: {
        agent,
        schemas: definition.schemas,
        engine: definition.engine,
        registry: options.registry,
        child: input.child,
        depth: input.depth,
        state,
        profile: options.profile,
        session,
        now: scheduledTimestampMs,
        asking: options.asking,
        turn: input.turn,
        step: input.step,
        keeps: (asked) => keptBack(definition, allowance, inputTokens, asked),
        answer: createHash('sha256').update(answerText).digest('hex'),
        ledger: ledgers.ref,
      },
    });
    turn = await recordTurn(ledgers.main, { ...call, callKey: claim.callKey }, made);
    crashPoint('model.after-record', input.agent);
  }
  cache.set(input.keyNamespace, turn.item ? append(conversation, [turn.item]) : conversation);
  return turn;
}

function handoffOf({ child }: ModelCallInput): InstructionsContext['handoff'] {
  return child && { from: child.from, role: child.role };
}

/** How the call is reserved: by its tokens where they are bounded, else by its length alone, which costs no time. */
function reserveBy(
  definition: Definition,
  allowance: Allowance | undefined,
  request: RenderedRequest,
  inputTokens: number | undefined,
): (cutOff: readonly CutOffRequest[]) => Reservation {
  if (allowance && inputTokens !== undefined) return reserver(definition, allowance, inputTokens);
  const usage = usageBeforeRequest(request.bytes, outputBound(definition.record));
  const cost = priceOf(usage, [definition.record.model], definition.model.price);
  return () => ({ kind: 'fits', usage, cost });
}

/** Runs code that the agent's author wrote; its errors are theirs to mend, and no retry does. */
function authored<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw failureOf({
      type: FAILURE_TYPES.modelBadRequest,
      retryable: false,
      message: error.message,
      mayBeBilled: false,
    });
  }
}

function checkSize(definitionBytes: number, instructions: string): void {
  const bytes = definitionBytes + Buffer.byteLength(JSON.stringify(instructions));
  if (bytes <= MAX_DEFINITION_BYTES) return;
  const message = `the agent's definition or instructions are ${bytes} bytes, at most ${MAX_DEFINITION_BYTES} are taken: shorten the instructions or the tools' schemas`;
  throw failureOf({ type: FAILURE_TYPES.requestTooLarge, retryable: false, message, mayBeBilled: false });
}
