/**
 * The model of a workload: an OpenAI-compatible server (Chat Completions) that answers by content alone. The task is the one
 * whose instruction is the first user message; with k tool results in the request the answer is the task's call k, then a
 * sentence with the task's outputs. It holds no state, so a request that is repeated after a crash gets the same answer.
 * Wire form: https://platform.openai.com/docs/api-reference/chat
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { answer, answerLater, closeServer, listen, readBody } from './journal';
import { isGoldCall, type Workload, type WorkloadTask } from './workload-file';

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string() })).transform((parts) => parts.map((part) => part.text).join('')),
]);
const requestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(
    z.looseObject({
      role: z.string(),
      content: contentSchema.nullish(),
      tool_calls: z
        .array(z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string(), arguments: z.string() }) }))
        .optional(),
      tool_call_id: z.string().optional(),
    }),
  ),
});

type ChatRequest = z.output<typeof requestSchema>;

export interface ScriptedProvider {
  /** For OPENAI_BASE_URL. */
  readonly url: string;
  /** Requests answered or being answered. */
  readonly requests: number;
  /** Requests that are waiting for their answer now. */
  readonly open: number;
  close(): Promise<void>;
}

export interface ProviderOptions {
  readonly workload: Workload;
  /** How long an answer takes, ms. */
  readonly latencyMs: number;
}

export async function startScriptedProvider({ workload, latencyMs }: ProviderOptions): Promise<ScriptedProvider> {
  const tasks = new Map(workload.tasks.map((task) => [task.instruction, task]));
  const open = new Set<ServerResponse>();
  let requests = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests += 1;
    open.add(response);
    response.once('close', () => open.delete(response));
    const text = await readBody(request);
    const parsed = requestSchema.safeParse(JSON.parse(text));
    const reply = parsed.success ? replyTo(parsed.data, tasks) : { problem: z.prettifyError(parsed.error) };
    answerLater(response, latencyMs, () => {
      if ('problem' in reply)
        answer(response, 400, { error: { message: reply.problem, type: 'invalid_request_error' } });
      else answer(response, 200, completion(reply, (parsed.data as ChatRequest).model, text));
    });
  };

  const server = createServer((request, response) => {
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      answer(response, 404, {
        error: { message: 'the scripted model serves POST /v1/chat/completions', type: 'not_found' },
      });
      return;
    }
    serve(request, response).catch((error: unknown) =>
      answer(response, 400, { error: { message: String(error), type: 'invalid_request_error' } }),
    );
  });
  const address = await listen(server);
  return {
    url: `${address}/v1`,
    get requests() {
      return requests;
    },
    get open() {
      return open.size;
    },
    close: () => closeServer(server),
  };
}

type Reply =
  | { readonly call: { readonly id: string; readonly name: string; readonly arguments: string } }
  | { readonly text: string }
  | { readonly problem: string };

/** The answer to a request, or why it is not a request that this workload can lead to. */
export function replyTo(request: ChatRequest, tasks: ReadonlyMap<string, WorkloadTask>): Reply {
  const instruction = request.messages.find((message) => message.role === 'user')?.content ?? '';
  const task = tasks.get(instruction);
  if (!task)
    return { problem: `no task of the workload has the instruction ${JSON.stringify(instruction.slice(0, 80))}` };
  const results = request.messages.filter((message) => message.role === 'tool');
  const calls = request.messages.flatMap((message) => message.tool_calls ?? []);
  const problem = firstDifference(task, calls, results);
  if (problem !== undefined) return { problem };
  const next = task.calls[results.length];
  if (!next) return { text: finalAnswer(task) };
  return { call: { id: `call_${results.length}`, name: next.tool, arguments: JSON.stringify(next.args) } };
}

/** What the task ends with; the outputs are in it word for word. */
export function finalAnswer(task: WorkloadTask): string {
  if (task.outputs.length === 0) return 'Your request has been taken care of. Is there anything else?';
  return `Your request has been taken care of. What you asked for: ${task.outputs.join('; ')}.`;
}

/** The model must be shown what the tools answered, to the byte and in order: else the request is refused, and the session shows why. */
function firstDifference(
  task: WorkloadTask,
  calls: readonly { readonly id: string; readonly function: { readonly name: string; readonly arguments: string } }[],
  results: ChatRequest['messages'],
): string | undefined {
  if (calls.length !== results.length)
    return `task ${task.id}: ${calls.length} calls were asked for and ${results.length} are answered`;
  for (const [index, result] of results.entries()) {
    const gold = task.calls[index];
    const call = calls[index];
    if (
      !gold ||
      !call ||
      call.id !== result.tool_call_id ||
      !isGoldCall(gold, call.function.name, JSON.parse(call.function.arguments))
    ) {
      return `task ${task.id}: call ${index} in the conversation is not the one that was asked for`;
    }
    if (result.content !== gold.observation) {
      return `task ${task.id}: the model was shown another result of call ${index} than was recorded: ${JSON.stringify(result.content?.slice(0, 120))}`;
    }
  }
  return undefined;
}

/** About four characters a token: near enough for figures that must only be plausible and the same each time. */
const tokensOf = (text: string): number => Math.ceil(text.length / 4);

function completion(reply: Exclude<Reply, { problem: string }>, model: string, requestText: string): unknown {
  const message =
    'call' in reply
      ? {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: reply.call.id,
              type: 'function',
              function: { name: reply.call.name, arguments: reply.call.arguments },
            },
          ],
        }
      : { role: 'assistant', content: reply.text };
  const prompt = tokensOf(requestText);
  const output = tokensOf(JSON.stringify(message));
  return {
    id: `chatcmpl-${prompt}-${output}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, message, finish_reason: 'call' in reply ? 'tool_calls' : 'stop', logprobs: null }],
    usage: { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output },
  };
}
