/**
 * The outside world of the benches: a model that answers at once and by content, and a destination for effects that can be
 * told to hold its answers back, so that workers can be killed when an effect is done and nobody has recorded it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answer, closeServer, listen, readBody } from '../../cli/workload/journal';
import { BENCH_ANSWER, BENCH_TOOL, benchArguments, stepsOf } from './conversation';

/** One execution of an effect. */
export interface EffectRow {
  /** What the destination recognises a repeat by; the floor has none of its own and gives its session and step. */
  readonly key: string;
  readonly session: string;
}

export interface StubServer {
  readonly url: string;
  /** For OPENAI_BASE_URL. */
  readonly modelUrl: string;
  readonly effects: readonly EffectRow[];
  /** From now on effects are done and not answered. */
  hold(): void;
  /** Answers what is held (who is gone gets nothing), and all that comes. */
  release(): void;
  /** ms that the model took for each step since this was last asked, by step (from 1): from a request's first byte to the end of its answer. */
  takeModelTimes(): ReadonlyMap<number, number>;
  /** Resolves when so many effects are held. */
  untilHeld(count: number): Promise<void>;
  close(): Promise<void>;
}

interface StubRequest {
  readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
  readonly model: string;
}

export async function startStubServer(): Promise<StubServer> {
  const effects: EffectRow[] = [];
  let held: ServerResponse[] | undefined;
  let onHeld: () => void = () => undefined;

  let modelTimes = new Map<number, number>();
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const beganAt = performance.now();
    const body = JSON.parse(await readBody(request)) as unknown;
    if (request.url === '/v1/chat/completions') {
      const asked = body as StubRequest;
      const step = stepOf(asked);
      response.once('finish', () => {
        modelTimes.set(step, (modelTimes.get(step) ?? 0) + performance.now() - beganAt);
      });
      answer(response, 200, completion(asked, step));
      return;
    }
    effects.push(body as EffectRow);
    if (!held) answer(response, 200, {});
    else {
      held.push(response);
      onHeld();
    }
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => answer(response, 400, { error: { message: String(error) } }));
  });
  const url = await listen(server);
  return {
    url,
    modelUrl: `${url}/v1`,
    effects,
    hold: () => {
      held = [];
    },
    release: () => {
      for (const response of held ?? []) answer(response, 200, {});
      held = undefined;
    },
    takeModelTimes: () => {
      const taken = modelTimes;
      modelTimes = new Map();
      return taken;
    },
    untilHeld: (count) =>
      new Promise((resolve) => {
        onHeld = () => {
          if ((held?.length ?? 0) >= count) resolve();
        };
        onHeld();
      }),
    close: () => closeServer(server),
  };
}

/** Step that a request is for, from 1. */
function stepOf({ messages }: StubRequest): number {
  return messages.filter((message) => message.role === 'tool').length + 1;
}

function completion({ messages, model }: StubRequest, step: number): unknown {
  const first = messages.find((message) => message.role === 'user')?.content;
  const steps = typeof first === 'string' ? stepsOf(first) : undefined;
  if (steps === undefined) throw new Error(`the stub does not know the message ${JSON.stringify(first)}`);
  const call = { name: BENCH_TOOL, arguments: JSON.stringify(benchArguments(step)) };
  const message =
    step > steps
      ? { role: 'assistant', content: BENCH_ANSWER }
      : { role: 'assistant', content: null, tool_calls: [{ id: `call_${step}`, type: 'function', function: call }] };
  return {
    id: `chatcmpl-${step}`,
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, message, finish_reason: step > steps ? 'stop' : 'tool_calls', logprobs: null }],
    usage: { prompt_tokens: 100 + 30 * step, completion_tokens: 10, total_tokens: 110 + 30 * step },
  };
}
