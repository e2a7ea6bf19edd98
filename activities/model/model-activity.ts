/**
 * The activity `model.call`: from a session's new items to a decision. It looks the agent up, renders the prompt, asks the provider,
 * turns the answer into a plan, records it and reports it. What it imports decides; this file wires.
 */
import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ToolLogger } from '../../agents/define-tool';
import { toMs } from '../../agents/duration';
import type { Profile } from '../../agents/policies';
import type { Registry } from '../../agents/registry';
import type { EngineActivities } from '../../workflows/contracts/activities';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { JsonObject } from '../../workflows/contracts/json';
import type { ModelCallInput, ModelTurn } from '../../workflows/contracts/model';
import { crashPoint } from '../crash-points';
import { callKeyOf, DEFAULT_LEDGER } from '../ledger/call-identity';
import type { Ledger } from '../ledger/port';
import { chatProvider } from './chat-completions';
import { checkInput } from './check-input';
import { append, baseOf, ConversationCache } from './conversation-cache';
import { definitionOf, renderInstructions } from './definition';
import { classifyError, classifyProviderError, failureOf, toFailure } from './failure-classes';
import { findAgent } from './find-agent';
import { startHeartbeat } from './heartbeat';
import { agentLedgers } from './ledger-pins';
import { loadConversation } from './load-conversation';
import { makeTurn } from './make-turn';
import { AnswerTooLarge } from './openai-client';
import { priceOf } from './price';
import type { Provider, ProviderAnswer, SendOptions } from './provider';
import { readByQuery, type ReadTranscript } from './read-back';
import { claimModelCall, dropRequest, recordTurn } from './recorded-answer';
import { sentRequest, withSentRequest } from './sent-request';
import { responsesProvider } from './responses';
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
  const prompt = authored(() => {
    const session = { id: input.sessionId, agent: agent.name, tenant: input.tenant, user: input.user };
    return {
      definition: definitionOf(agent),
      instructions: renderInstructions(agent, scheduledTimestampMs, session, input.turn),
    };
  });
  const { definition, instructions } = prompt;
  checkSize(definition.bytes, instructions.perCall ? instructions.text : '');
  const conversation = await loadConversation(input, cache, options.readTranscript ?? readByQuery);
  const asked = baseOf(conversation);

  const provider = options.provider ?? (definition.record.api === 'chat' ? chatProvider : responsesProvider);
  provider.checkReady();
  const body = provider.buildRequest(definition.record, instructions.text, conversation.items, input.purpose);
  const requestText = JSON.stringify(body);
  const expected = usageBeforeRequest(Buffer.byteLength(requestText), agent.model.maxOutputTokens);
  const estimate = { usage: expected, cost: priceOf(expected, [definition.record.model]) };
  const callKey = callKeyOf(input);
  const claim = await claimModelCall(ledgers.main, callKey, attempt, estimate, asked);

  let turn: ModelTurn;
  if (claim.kind === 'recorded') turn = claim.turn;
  else {
    crashPoint('model.before-request', input.agent);
    const timeoutMs =
      agent.model.timeout === undefined ? DEFAULT_TIMEOUT_MS : toMs(agent.model.timeout, 'model.timeout');
    let cutOff = [...claim.cutOff, { attempt, ...estimate }];
    const notBilled = () => {
      cutOff = [...claim.cutOff];
      return dropRequest(ledgers.main, claim.callKey, attempt);
    };
    const { answer, answerText } = await ask(
      provider,
      body,
      { signal: context.cancellationSignal, timeoutMs },
      notBilled,
    ).catch((error: unknown) => {
      throw withSentRequest(error, sentRequest(definition, instructions, input.definitionHash), cutOff);
    });
    crashPoint('model.after-request', input.agent);
    const made = await makeTurn({
      input,
      answer,
      answerText,
      requestText,
      expected,
      asked,
      attempt,
      providerName: provider.name,
      definition,
      instructions,
      ledgerIds: ledgers.ids,
      cutOff: claim.cutOff,
      plan: {
        agent,
        schemas: definition.schemas,
        profile: options.profile,
        turn: input.turn,
        step: input.step,
        answer: createHash('sha256').update(answerText).digest('hex'),
        ledger: ledgers.ref,
      },
    });
    turn = await recordTurn(ledgers.main, claim.callKey, attempt, made, asked);
    crashPoint('model.after-record', input.agent);
  }
  cache.set(input.keyNamespace, turn.item ? append(conversation, [turn.item]) : conversation);
  return turn;
}

type Answered = { readonly answer: Exclude<ProviderAnswer, { kind: 'error' }>; readonly answerText: string };

/** @param notBilled says in the ledger that this attempt's request costs nothing: the provider refused it, or never got it. */
async function ask(
  provider: Provider,
  body: JsonObject,
  send: SendOptions,
  notBilled: () => Promise<void>,
): Promise<Answered> {
  let answerText: string;
  try {
    answerText = await provider.send(body, send);
  } catch (error) {
    // What the model can mend goes back to it.
    if (error instanceof AnswerTooLarge)
      return { answer: { kind: 'unreadable', problem: error.message }, answerText: '' };
    if (!classifyError(error).mayBeBilled) await notBilled();
    throw error;
  }
  const answer = provider.readAnswer(answerText);
  if (answer.kind !== 'error') return { answer, answerText };
  await notBilled();
  throw failureOf(classifyProviderError(answer));
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
