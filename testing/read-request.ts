/** Reads a Chat Completions request (or a Responses request brought to that form) into what a script answers by. */
import type { ScriptedRequest, ToolResult } from './script';

/** The part of a request that is read; everything else is ignored. */
export interface ChatRequest {
  readonly model?: string;
  readonly messages: readonly ChatRequestMessage[];
  readonly tools?: readonly { readonly function?: { readonly name: string } }[];
  readonly tool_choice?: unknown;
}

interface ChatRequestMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string } }[];
}

export function readRequest(request: ChatRequest): ScriptedRequest {
  const { messages } = request;
  const lastUser = messages.findLastIndex((message) => message.role === 'user');
  const since = messages.slice(lastUser + 1);
  const names = toolNamesByCall(messages);
  return {
    model: request.model ?? '',
    system: messages.filter(isInstruction).map(textOf).join('\n'),
    user: lastUser < 0 ? '' : textOf(messages[lastUser] as ChatRequestMessage),
    position: countAnswers(since),
    results: resultsOf(since, names),
    history: resultsOf(messages, names),
    notes: since.filter(isInstruction).map(textOf),
    tools:
      request.tool_choice === 'none'
        ? []
        : (request.tools ?? []).flatMap((tool) => (tool.function ? [tool.function.name] : [])),
  };
}

function isInstruction(message: ChatRequestMessage): boolean {
  return message.role === 'system' || message.role === 'developer';
}

/** A Responses request spreads one answer over several assistant items in a row: they count once. */
function countAnswers(messages: readonly ChatRequestMessage[]): number {
  return messages.filter((message, index) => message.role === 'assistant' && messages[index - 1]?.role !== 'assistant')
    .length;
}

function toolNamesByCall(messages: readonly ChatRequestMessage[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const message of messages) {
    for (const call of message.tool_calls ?? []) names.set(call.id, call.function.name);
  }
  return names;
}

function resultsOf(messages: readonly ChatRequestMessage[], names: ReadonlyMap<string, string>): ToolResult[] {
  return messages
    .filter((message) => message.role === 'tool')
    .map((message) => {
      const callId = message.tool_call_id ?? '';
      const text = textOf(message);
      return { tool: names.get(callId) ?? '', callId, text, json: parseResult(text) };
    });
}

/** A note of the engine may follow the JSON on lines of its own. */
function parseResult(text: string): unknown {
  return parseOrUndefined(text) ?? parseOrUndefined(text.split('\n', 1)[0] ?? '');
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function textOf(message: ChatRequestMessage): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as readonly { text?: unknown }[])
    .map((part) => (typeof part.text === 'string' ? part.text : ''))
    .join('');
}
