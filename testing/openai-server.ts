/**
 * A local server that speaks OpenAI's API (Chat Completions and Responses, streamed or not) and answers from a script, so
 * that the real `openai` client, HTTP included, is what a test runs. HTTP and response shapes are @copilotkit/aimock's.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson } from '../workflows/contracts/json';
import { chooseAnswer } from './choose-answer';
import { readRequest, type ChatRequest } from './read-request';
import type { Script, ScriptedAnswer, ScriptedUsage } from './script';

export interface ScriptedOpenAIOptions {
  readonly script: Script;
  /** Default: one that is free. */
  readonly port?: number;
  /** How long the model thinks, ms. Default 0. */
  readonly latencyMs?: number;
  /** True: the server alone does not keep the process alive. */
  readonly background?: boolean;
}

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  /** The bytes of the body, as they were sent. */
  readonly body: Buffer;
  /** ms since the epoch. */
  readonly receivedAt: number;
  /** HTTP status of the answer; absent while it is being made, or where the client went away before it. */
  readonly status?: number;
}

export interface ScriptedOpenAI {
  /** For `OPENAI_BASE_URL`, with `/v1`. */
  readonly url: string;
  readonly port: number;
  /** All requests so far, in order of arrival. */
  requests(): readonly ReceivedRequest[];
  /** Ends open connections too. */
  stop(): Promise<void>;
}

/** Fixed, so that a repeated request is answered with the same bytes: 2027-01-01 in seconds. */
const CREATED = 1_798_761_600;

/**
 * Starts the server on 127.0.0.1.
 * @throws Error where @copilotkit/aimock is not installed or the port is taken, with what to do.
 */
export async function startScriptedOpenAI(options: ScriptedOpenAIOptions): Promise<ScriptedOpenAI> {
  const { createServer } = await loadAimock();
  const { script, latencyMs = 0 } = options;
  const respond = async (request: ChatRequest) => {
    if (latencyMs > 0) await sleep(latencyMs);
    const read = readRequest(request);
    return responseOf(request, chooseAnswer(script, read));
  };
  let instance: Awaited<ReturnType<typeof createServer>>;
  try {
    instance = await createServer([{ match: {}, response: respond }], {
      port: options.port ?? 0,
      host: '127.0.0.1',
      // Our own journal below holds the bytes; aimock's would hold every body a second time.
      journalMaxEntries: 1,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `Port ${options.port} is taken: give the scripted model another port, or none to let it pick one.`,
      {
        cause: error,
      },
    );
  }
  const { server } = instance;
  if (options.background) server.unref();
  const requests = recordRequests(server);
  const { port } = new URL(instance.url);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port: Number(port),
    requests: () => [...requests],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function loadAimock() {
  try {
    return await import('@copilotkit/aimock');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(
      'The scripted model needs the package @copilotkit/aimock, which is not installed: npm install --save-dev @copilotkit/aimock@1.43.0',
      { cause: error },
    );
  }
}

/** Keeps what arrives, without taking it from the server's own handler. */
function recordRequests(server: Server): readonly ReceivedRequest[] {
  const received: ReceivedRequest[] = [];
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    const listenAlong = (event: string | symbol): void => {
      if (event !== 'data') return;
      // The body begins to flow with its first listener; listening just before the handler does, neither misses a byte.
      request.off('newListener', listenAlong);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
    };
    request.on('newListener', listenAlong);
    request.on('end', () => {
      const index = received.length;
      const entry = {
        method: request.method ?? '',
        path: request.url ?? '',
        body: Buffer.concat(chunks),
        receivedAt: Date.now(),
      };
      received.push(entry);
      response.on('finish', () => {
        received[index] = { ...entry, status: response.statusCode };
      });
    });
  });
  return received;
}

/** An answer in aimock's terms. Ids come from the request's content, so that a repeat gets the same ones. */
function responseOf(request: ChatRequest, answer: ScriptedAnswer) {
  if (answer.kind === 'error') {
    const { status, message, code, retryAfter } = answer;
    return { status, retryAfter, error: { message, type: errorType(status), code } };
  }
  const hash = createHash('sha256').update(canonicalJson(request.messages)).digest('hex');
  const toolCalls =
    answer.kind === 'calls'
      ? answer.calls.map((call, index) => ({
          id: `call_${hash.slice(0, 20)}${index}`,
          name: call.tool,
          arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
        }))
      : [];
  const usage = answer.usage ?? estimateUsage(request, `${answer.text ?? ''}${canonicalJson(toolCalls)}`);
  const envelope = {
    id: `chatcmpl-${hash.slice(0, 24)}`,
    created: CREATED,
    usage: { prompt_tokens: usage.inputTokens, completion_tokens: usage.outputTokens },
  };
  if (answer.kind === 'calls') {
    return answer.text === undefined ? { ...envelope, toolCalls } : { ...envelope, content: answer.text, toolCalls };
  }
  return { ...envelope, content: answer.text, ...(answer.finishReason ? { finishReason: answer.finishReason } : {}) };
}

function errorType(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function estimateUsage(request: ChatRequest, answer: string): ScriptedUsage {
  const sent = canonicalJson(request.messages).length + canonicalJson(request.tools ?? []).length;
  return { inputTokens: Math.ceil(sent / 4), outputTokens: Math.max(1, Math.ceil(answer.length / 4)) };
}
