/** A model over HTTP that plays several agents at once: it tells them apart by their instructions, and each has a script of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chatBody } from '../activities/model/scripted-server';
import type { Gate } from '../session/gate';

interface Beside {
  /** Where the answer waits. */
  readonly after?: Gate;
  /** Tokens; absent: 812 in, 64 out. */
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

/** One answer of a model: words, calls, or an error. */
export type Line =
  | ({ readonly says: string } & Beside)
  | ({ readonly calls: readonly (readonly [tool: string, args: object])[] } & Beside)
  | { readonly status: number; readonly message: string };

export interface Message {
  readonly role: string;
  readonly content: string | null;
  readonly tool_calls?: readonly { readonly id: string }[];
  readonly tool_call_id?: string;
}

/** A request, as it came. */
export interface Asked {
  readonly agent: string;
  readonly messages: readonly Message[];
  /** Names of the tools that were offered. */
  readonly tools: readonly string[];
}

export interface CastModel {
  /** With `/v1`. */
  readonly url: string;
  readonly asked: Asked[];
  /** Answers in place of scripts, until `clear`. */
  improvise(answer: (asked: Asked) => Line): void;
  /** Adds to what an agent answers, in this order. */
  script(agent: string, ...lines: readonly Line[]): void;
  /** Names of the agents that nobody came for, once for each line. */
  left(): readonly string[];
  /** Forgets requests and scripts. */
  clear(): void;
  close(): Promise<void>;
}

/** Told to those whose script is over: a request that no test expected. */
const OVER = 'the script is over';

/** Agents must have instructions that begin with `You are <name>.` */
export async function startCastModel(): Promise<CastModel> {
  const asked: Asked[] = [];
  const scripts = new Map<string, Line[]>();
  let improvised: ((asked: Asked) => Line) | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        readonly messages: readonly Message[];
        readonly tools?: readonly { readonly function: { readonly name: string } }[];
      };
      const agent = /^You are ([a-z]+)\./.exec(body.messages[0]?.content ?? '')?.[1] ?? 'nobody';
      const tools = (body.tools ?? []).map((tool) => tool.function.name);
      const request: Asked = { agent, messages: body.messages, tools };
      asked.push(request);
      const line: Line = improvised?.(request) ??
        scripts.get(agent)?.shift() ?? { status: 400, message: `${agent}: ${OVER}` };
      const send = (status: number, answer: object) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      };
      if ('status' in line) return send(line.status, { error: { message: line.message } });
      const { usage, after } = line;
      const said =
        'says' in line
          ? { text: line.says }
          : { calls: line.calls.map(([name, args]) => ({ name, arguments: JSON.stringify(args) })) };
      const answer = chatBody({ ...said, ...(usage ? { usage } : {}) });
      void (after?.pass() ?? Promise.resolve()).then(() => send(200, answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    improvise: (answer) => (improvised = answer),
    script: (agent, ...more) => void scripts.set(agent, [...(scripts.get(agent) ?? []), ...more]),
    left: () => [...scripts].flatMap(([agent, rest]) => rest.map(() => agent)),
    clear: () => {
      asked.length = 0;
      scripts.clear();
      improvised = undefined;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function says(text: string, beside: Beside = {}): Line {
  return { says: text, ...beside };
}

export function calls(
  ...wanted: readonly (readonly [tool: string, args: object])[]
): Extract<Line, { calls: unknown }> {
  return { calls: wanted };
}

/** Gives the user back to whoever handed them over. */
export function handsBack(): Extract<Line, { calls: unknown }> {
  return calls(['hand_back', { reason: 'it is done', request: 'go on' }]);
}

/** Calls of tools that no outcome follows, or the other way round: most providers refuse such a request. */
export function orphans(asked: readonly Asked[]): readonly string[] {
  return asked.flatMap(({ agent, messages }) => {
    const open = new Set<string>();
    const wrong: string[] = [];
    for (const { role, tool_calls: made = [], tool_call_id: id = '' } of messages) {
      if (role === 'tool') {
        if (!open.delete(id)) wrong.push(`${agent}: an outcome of ${id} out of its place`);
        continue;
      }
      for (const missing of open) wrong.push(`${agent}: no outcome of ${missing}`);
      open.clear();
      for (const call of made) open.add(call.id);
    }
    return [...wrong, ...[...open].map((missing) => `${agent}: no outcome of ${missing}`)];
  });
}
