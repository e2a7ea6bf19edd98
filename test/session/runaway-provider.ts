/**
 * A provider whose model never comes to an end by itself, in the way that the user's first message names. Answers by content, keeps what it
 * billed, and honours the request's bound on the answer. Where no tool may be called it says what it has.
 */
import { createServer } from 'node:http';
import { answer, closeServer, listen, readBody } from '../../cli/workload/journal';

export type Way =
  /** The same call, in step after step. */
  | 'loops'
  /** Two calls, by turns. */
  | 'alternates'
  /** Answers that end in the middle. */
  | 'is cut short'
  /** Nothing, also at the end. */
  | 'says nothing'
  /** Another call in each step. */
  | 'goes on'
  /** Twelve other calls in each step. */
  | 'goes on twelvefold'
  /** Takes the request and never answers. */
  | 'hangs'
  /** The same, after the first step. */
  | 'hangs later';

/** What it says it used: the truth, or what no bill can hold. */
export const BILLS = {
  honest: (usage: Usage): unknown => usage,
  negative: () => ({ prompt_tokens: -1_000_000, completion_tokens: -5, total_tokens: -1_000_005 }),
  absent: () => undefined,
  huge: () => ({ prompt_tokens: 1e15, completion_tokens: 1e15, total_tokens: 2e15 }),
  nonsense: () => ({ prompt_tokens: 'many', completion_tokens: 0.5, total_tokens: null }),
} as const;

export type Bill = keyof typeof BILLS;

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export const LAST_WORDS = 'This is what I have so far.';

/** The user's message that makes it go on in this way. */
export const runAway = (way: Way, bill: Bill = 'honest'): string => `It ${way}; its bill is ${bill}.`;

export interface RunawayProvider {
  readonly url: string;
  /** What it truly used for the requests of the session whose system prompt names this, in order. */
  billed(session: string): readonly Usage[];
  /** How many requests of that session came in, those that are never answered included. */
  taken(session: string): number;
  close(): Promise<void>;
}

interface Request {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content?: string | null }[];
  readonly tools?: readonly unknown[];
  readonly tool_choice?: unknown;
  readonly max_completion_tokens?: number;
  readonly max_tokens?: number;
}

interface Call {
  readonly name: string;
  readonly arguments: string;
}

const look = (at: string): Call => ({ name: 'look', arguments: JSON.stringify({ at }) });
/** What one call of a tool takes in the answer. */
const TOKENS_PER_CALL = 30;

export async function startRunawayProvider(): Promise<RunawayProvider> {
  const billed = new Map<string, Usage[]>();
  const taken = new Map<string, number>();
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const asked = JSON.parse(text) as Request;
      const contentOf = (role: string) => asked.messages.find((message) => message.role === role)?.content ?? '';
      const [, way = '', bill = ''] = /^It (.+); its bill is (\w+)\.$/.exec(contentOf('user')) ?? [];
      const step = asked.messages.filter(({ role }) => role === 'assistant').length + 1;
      const session = contentOf('system');
      taken.set(session, (taken.get(session) ?? 0) + 1);
      if (way === 'hangs' || (way === 'hangs later' && step > 1)) return;
      const mayCall = asked.tool_choice !== 'none' && (asked.tools ?? []).length > 0;
      const calls = mayCall ? callsOf(way as Way, step) : [];
      const cap = asked.max_completion_tokens ?? asked.max_tokens ?? Infinity;
      const usage = usageOf(text.length, Math.min(cap, Math.max(1, calls.length) * TOKENS_PER_CALL));
      billed.set(session, [...(billed.get(session) ?? []), usage]);
      const content = calls.length > 0 ? null : way === 'says nothing' ? '' : LAST_WORDS;
      const cut = way === 'is cut short' && mayCall;
      answer(response, 200, completion(asked.model, { content, calls, cut }, BILLS[bill as Bill](usage)));
    });
  });
  return {
    url: `${await listen(server)}/v1`,
    billed: (session) => billed.get(session) ?? [],
    taken: (session) => taken.get(session) ?? 0,
    close: () => closeServer(server),
  };
}

function callsOf(way: Way, step: number): readonly Call[] {
  switch (way) {
    case 'loops':
      return [look('the same')];
    case 'alternates':
      return [look(step % 2 === 0 ? 'the one' : 'the other')];
    case 'goes on':
    case 'hangs later':
      return [look(`place ${step}`)];
    case 'goes on twelvefold':
      return Array.from({ length: 12 }, (_, index) => look(`place ${step}.${index + 1}`));
    case 'is cut short':
    case 'says nothing':
    case 'hangs':
      return [];
  }
}

/** A little less than anybody's estimate of such a text. */
function usageOf(requestChars: number, completion: number): Usage {
  const prompt = Math.ceil(requestChars / 8);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

interface Said {
  readonly content: string | null;
  readonly calls: readonly Call[];
  readonly cut: boolean;
}

function completion(model: string, { content, calls, cut }: Said, usage: unknown): object {
  const tool_calls = calls.map((call, index) => ({ id: `call_${index}`, type: 'function', function: call }));
  const message = { role: 'assistant', content, ...(tool_calls.length > 0 ? { tool_calls } : {}) };
  const finish_reason = cut ? 'length' : tool_calls.length > 0 ? 'tool_calls' : 'stop';
  const choices = [{ index: 0, message, finish_reason, logprobs: null }];
  return { id: 'chatcmpl-runaway', object: 'chat.completion', created: 0, model, choices, usage };
}
