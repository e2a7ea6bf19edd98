/** An HTTP server on loopback that answers each request with the next of a script, byte for byte, and keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The body's bytes as text. */
  readonly body: string;
}

export type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body: string | object }
  | ((response: ServerResponse, request: SeenRequest) => void);

export interface ScriptedServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Adds answers; a request beyond the script gets 500. */
  script(...replies: Reply[]): void;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  let replies: Reply[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const got = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
      seen.push(got);
      const reply: Reply = replies.shift() ?? { status: 500, body: { error: { message: 'the script is over' } } };
      if (typeof reply === 'function') return reply(response, got);
      const body = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    script: (...more) => {
      replies = [...replies, ...more];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ChatParts {
  readonly text?: string | null;
  readonly calls?: readonly { readonly name: unknown; readonly arguments: unknown }[];
  readonly finish?: string;
  readonly usage?: unknown;
  readonly model?: string;
}

/** The body of a chat completion. */
export function chatBody({
  text = null,
  calls,
  finish,
  usage = { prompt_tokens: 812, completion_tokens: 64 },
  model = 'gpt-5-mini-2025-08-07',
}: ChatParts): object {
  const tool_calls = calls?.map((call) => ({
    id: 'call_0',
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, ...(tool_calls ? { tool_calls } : {}) },
        finish_reason: finish ?? (calls ? 'tool_calls' : 'stop'),
      },
    ],
    usage,
  };
}
