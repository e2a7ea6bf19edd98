/** A model for the project that has the package installed: a few lines, so that nothing of ours answers. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface ChatMessage {
  readonly role: string;
  readonly content?: string;
}

/** Asks for the tool once, then repeats what the tool said. */
function answerOf(messages: readonly ChatMessage[]): object {
  const result = messages.findLast(({ role }) => role === 'tool');
  if (result) return { role: 'assistant', content: `Shipped: ${result.content}` };
  const call = { name: 'ship_parcel', arguments: JSON.stringify({ order: 'A7', copies: '2' }) };
  return { role: 'assistant', content: null, tool_calls: [{ id: 'call_0', type: 'function', function: call }] };
}

async function completion(request: IncomingMessage): Promise<string> {
  const { messages, model } = JSON.parse(await text(request)) as { messages: ChatMessage[]; model: string };
  const message = answerOf(messages);
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_800_000_000,
    model,
    choices: [{ index: 0, message, finish_reason: 'tool_calls' in message ? 'tool_calls' : 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  });
}

export interface ConsumerModel {
  /** With `/v1`. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startConsumerModel(): Promise<ConsumerModel> {
  const server: Server = createServer((request, response) => {
    completion(request).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(body),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
