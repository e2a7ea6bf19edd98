/**
 * The model of this bench: it answers at once and by content, says when each request came and when its answer was given, and keeps the requests,
 * so that the floor makes the same ones as Holdfast.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answer, closeServer, listen, readBody } from '../../cli/workload/journal';
import { ANSWER, CALLS, CLERK, INSTRUCTIONS, MESSAGES, type Kind, type Part } from './cast';

/** Times of a request, ms since the epoch with fractions. */
export interface Mark {
  readonly arrivedAt: number;
  /** When the last byte of the answer was handed to the operating system. */
  readonly answeredAt: number;
}

export interface HandoffStub {
  /** For OPENAI_BASE_URL. */
  readonly modelUrl: string;
  /** Times of the requests since this was last asked. @throws Error where one was made twice. */
  takeMarks(): ReadonlyMap<Part, Mark>;
  close(): Promise<void>;
}

/** Path at which the requests seen so far are served, the first of each kind and part: `<kind> <part>` to body. */
export const REQUESTS_PATH = '/requests';

interface Asked {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
}

export const clock = (): number => performance.timeOrigin + performance.now();

export async function startHandoffStub(): Promise<HandoffStub> {
  const requests = new Map<string, Asked>();
  let marks: (Mark & { readonly part: Part })[] = [];

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrivedAt = clock();
    if (request.url === REQUESTS_PATH) return answer(response, 200, Object.fromEntries(requests));
    const asked = JSON.parse(await readBody(request)) as Asked;
    const kind = kindOf(asked);
    const part = partOf(asked);
    if (!requests.has(`${kind} ${part}`)) requests.set(`${kind} ${part}`, asked);
    response.once('finish', () => marks.push({ part, arrivedAt, answeredAt: clock() }));
    answer(response, 200, completion(asked.model, kind, part));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => answer(response, 400, { error: { message: String(error) } }));
  });
  const url = await listen(server);
  return {
    modelUrl: `${url}/v1`,
    takeMarks: () => {
      const taken = new Map(marks.map(({ part, ...mark }) => [part, mark]));
      if (taken.size < marks.length)
        throw new Error(`a request was made twice: ${marks.map(({ part }) => part).join(', ')}`);
      marks = [];
      return taken;
    },
    close: () => closeServer(server),
  };
}

function kindOf({ messages }: Asked): Kind {
  const said = messages.map(({ content }) => (typeof content === 'string' ? content : '')).join('\n');
  if (said.includes(MESSAGES.transfer)) return 'transfer';
  if (said.includes(MESSAGES.delegation)) return 'delegation';
  throw new Error(`the stub does not know the conversation ${JSON.stringify(messages)}`);
}

function partOf({ messages }: Asked): Part {
  if (messages[0]?.content === INSTRUCTIONS[CLERK]) return 'clerk';
  return messages.some(({ role }) => role === 'tool') ? 'desk again' : 'desk';
}

function completion(model: string, kind: Kind, part: Part): unknown {
  const { tool: name, args } = CALLS[kind];
  const call = { id: 'call_1', type: 'function', function: { name, arguments: JSON.stringify(args) } };
  const message =
    part === 'desk' ? { role: 'assistant', content: null, tool_calls: [call] } : { role: 'assistant', content: ANSWER };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, message, finish_reason: part === 'desk' ? 'tool_calls' : 'stop', logprobs: null }],
    usage: { prompt_tokens: 600, completion_tokens: 30, total_tokens: 630 },
  };
}
