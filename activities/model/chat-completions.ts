/**
 * Chat Completions, as OpenAI and compatible servers speak it.
 * Source: https://platform.openai.com/docs/api-reference/chat
 */
import { isPlainObject, type Json, type JsonObject } from '../../workflows/contracts/json';
import { wordsOf, type Words } from './conversation-order';
import { checkCredentials, sendJson } from './openai-client';
import type { AskedCall, BuildRequest, Provider, ProviderAnswer } from './provider';
import { providerCallId } from './provider-call-id';
import { argumentsText, openBody } from './read-body';
import { buildRequest, type Protocol } from './request';

export const CHAT: Protocol = {
  name: 'chat',
  list: 'messages',
  frame: (definition, instructions, purpose) => {
    const tools = definition.tools.map(({ name, description, parameters, strict }) => ({
      type: 'function',
      function: { name, description, parameters, ...(strict ? { strict } : {}) },
    }));
    return {
      ...definition.parameters,
      model: definition.model,
      messages: [{ role: 'system', content: instructions }],
      ...(tools.length > 0 ? { tools } : {}),
      // The tools stay listed: the conversation refers to them, and the provider's prompt cache begins with them.
      ...(tools.length > 0 && purpose === 'final' ? { tool_choice: 'none' } : {}),
    };
  },
  messagesOf: (spoken) => {
    if (spoken.kind !== 'assistant') return [messageOf(wordsOf(spoken))];
    const calls = (spoken.item.calls ?? []).map((call) => ({
      id: providerCallId(call.id),
      type: 'function',
      function: { name: call.tool, arguments: call.arguments },
    }));
    return [{ role: 'assistant', content: spoken.item.text, ...(calls.length > 0 ? { tool_calls: calls } : {}) }];
  },
};

function messageOf(words: Words): JsonObject {
  switch (words.kind) {
    case 'user':
      return { role: 'user', content: words.text };
    case 'note':
      // `system` and not `developer`: OpenAI takes it as such, and compatible servers know no other.
      return { role: 'system', content: words.text };
    case 'outcome':
      return { role: 'tool', tool_call_id: providerCallId(words.callId), content: words.text };
  }
}

/** The body of `POST /chat/completions`. Pure. */
export const buildChatRequest: BuildRequest = (...parts) => buildRequest(CHAT, ...parts);

/** Reads the body of a chat completion. Never throws. */
export function readChatAnswer(body: string): ProviderAnswer {
  const opened = openBody(body, 'prompt', 'completion');
  if (opened.kind !== 'open') return opened;
  const { answer, known } = opened;
  const choice: unknown = Array.isArray(answer.choices) ? answer.choices[0] : undefined;
  if (!isPlainObject(choice)) return { kind: 'unreadable', problem: 'the answer has no choices', ...known };
  if (!isPlainObject(choice.message)) return { kind: 'unreadable', problem: 'the answer has no message', ...known };
  const repairs: string[] = [];
  const calls = readCalls(choice.message, repairs);
  if (typeof calls === 'string') return { kind: 'unreadable', problem: calls, ...known };
  const finishReason = typeof choice.finish_reason === 'string' ? choice.finish_reason : undefined;
  return {
    kind: 'said',
    ...known,
    ...(finishReason === undefined ? {} : { finishReason }),
    ended: finishReason === 'length' ? 'cut' : finishReason === 'content_filter' ? 'filtered' : 'complete',
    text: readText(choice.message),
    calls,
    repairs,
  };
}

function readText(message: Record<string, unknown>): string | null {
  if (typeof message.content === 'string') return message.content;
  if (Array.isArray(message.content)) {
    const parts = message.content.filter((part) => isPlainObject(part) && typeof part.text === 'string') as {
      text: string;
    }[];
    return parts.map((part) => part.text).join('');
  }
  return typeof message.refusal === 'string' ? message.refusal : null;
}

/** The calls, or what is wrong with them. */
function readCalls(message: Record<string, unknown>, repairs: string[]): readonly AskedCall[] | string {
  // `function_call` is the form before tools; some compatible servers still answer with it.
  const listed: unknown =
    message.tool_calls ?? (isPlainObject(message.function_call) ? [{ function: message.function_call }] : []);
  if (!Array.isArray(listed)) return 'tool_calls is not a list';
  const calls: AskedCall[] = [];
  for (const [index, call] of (listed as Json[]).entries()) {
    const asked = isPlainObject(call) && isPlainObject(call.function) ? call.function : undefined;
    if (typeof asked?.name !== 'string') return `tool_calls[${index}] has no function name`;
    const text = argumentsText(asked.arguments);
    if (text.repaired) repairs.push(`tool_calls[${index}]: ${text.repaired}`);
    calls.push({ tool: asked.name, arguments: text.text });
  }
  return calls;
}

export const chatProvider: Provider = {
  name: 'openai.chat',
  protocol: CHAT,
  checkReady: checkCredentials,
  send: (body, options) => sendJson('/chat/completions', body, options),
  readAnswer: readChatAnswer,
};
