/**
 * The Responses API, stateless: nothing is stored at the provider and the whole input is sent each time.
 * Source: https://platform.openai.com/docs/api-reference/responses
 */
import { isPlainObject, type JsonObject } from '../../workflows/contracts/json';
import { wordsOf, type Words } from './conversation-order';
import { checkCredentials, sendJson } from './openai-client';
import type { AskedCall, BuildRequest, Provider, ProviderAnswer } from './provider';
import { providerCallId } from './provider-call-id';
import { argumentsText, openBody } from './read-body';
import { buildRequest, type Protocol } from './request';

export const RESPONSES: Protocol = {
  name: 'responses',
  list: 'input',
  frame: (definition, instructions, purpose) => {
    const tools = definition.tools.map(({ name, description, parameters, strict }) => ({
      type: 'function',
      name,
      description,
      parameters,
      strict,
    }));
    return {
      ...definition.parameters,
      model: definition.model,
      instructions,
      input: [],
      ...(tools.length > 0 ? { tools } : {}),
      ...(tools.length > 0 && purpose === 'final' ? { tool_choice: 'none' } : {}),
      store: false,
    };
  },
  messagesOf: (spoken) => {
    if (spoken.kind !== 'assistant') return [messageOf(wordsOf(spoken))];
    const { text, calls = [] } = spoken.item;
    return [
      ...(text === null ? [] : [{ role: 'assistant', content: text }]),
      ...calls.map((call) => ({
        type: 'function_call',
        call_id: providerCallId(call.id),
        name: call.tool,
        arguments: call.arguments,
      })),
    ];
  },
};

function messageOf(words: Words): JsonObject {
  switch (words.kind) {
    case 'user':
      return { role: 'user', content: words.text };
    case 'note':
      return { role: 'developer', content: words.text };
    case 'outcome':
      return { type: 'function_call_output', call_id: providerCallId(words.callId), output: words.text };
  }
}

/** The body of `POST /responses`. Pure. */
export const buildResponsesRequest: BuildRequest = (...parts) => buildRequest(RESPONSES, ...parts);

/** Reads the body of a response. Never throws. */
export function readResponsesAnswer(body: string): ProviderAnswer {
  const opened = openBody(body, 'input', 'output');
  if (opened.kind !== 'open') return opened;
  const { answer, known } = opened;
  if (answer.status === 'failed' || answer.status === 'cancelled') {
    return { kind: 'error', message: `the provider ended the response as ${answer.status}` };
  }
  if (!Array.isArray(answer.output)) return { kind: 'unreadable', problem: 'the answer has no output', ...known };
  const repairs: string[] = [];
  const texts: string[] = [];
  const calls: AskedCall[] = [];
  for (const [index, item] of (answer.output as unknown[]).entries()) {
    if (!isPlainObject(item)) return { kind: 'unreadable', problem: `output[${index}] is not an object`, ...known };
    if (item.type === 'message') texts.push(messageText(item));
    if (item.type !== 'function_call') continue;
    if (typeof item.name !== 'string')
      return { kind: 'unreadable', problem: `output[${index}] has no function name`, ...known };
    const text = argumentsText(item.arguments);
    if (text.repaired) repairs.push(`output[${index}]: ${text.repaired}`);
    calls.push({ tool: item.name, arguments: text.text });
  }
  const incomplete = answer.status === 'incomplete';
  const reason = isPlainObject(answer.incomplete_details) ? answer.incomplete_details.reason : undefined;
  const finishReason = incomplete && typeof reason === 'string' ? reason : answer.status;
  return {
    kind: 'said',
    ...known,
    ...(typeof finishReason === 'string' ? { finishReason } : {}),
    ended: !incomplete ? 'complete' : reason === 'content_filter' ? 'filtered' : 'cut',
    text: texts.length > 0 ? texts.join('\n') : null,
    calls,
    repairs,
  };
}

function messageText(item: Record<string, unknown>): string {
  if (typeof item.content === 'string') return item.content;
  const parts = Array.isArray(item.content) ? (item.content as unknown[]) : [];
  return parts
    .map((part) => (isPlainObject(part) ? (part.text ?? part.refusal) : undefined))
    .filter((text) => typeof text === 'string')
    .join('');
}

export const responsesProvider: Provider = {
  name: 'openai.responses',
  protocol: RESPONSES,
  checkReady: checkCredentials,
  send: (body, options) => sendJson('/responses', body, options),
  readAnswer: readResponsesAnswer,
};
