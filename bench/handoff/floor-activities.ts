/** The floor's one activity: a request that a Holdfast session made, as it made it. */
import { heartbeat } from '@temporalio/activity';
import OpenAI from 'openai';
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import type { Kind, Part } from './cast';

export interface FloorActivities {
  /** Tells the answer's text; empty for a call of a tool. */
  ask(input: { readonly kind: Kind; readonly part: Part }): Promise<string>;
}

/** Bodies by `<kind> <part>`. */
export type Requests = Readonly<Record<string, ChatCompletionCreateParamsNonStreaming>>;

export function floorActivities(requests: Requests): FloorActivities {
  const openai = new OpenAI({ maxRetries: 0 });
  return {
    ask: ({ kind, part }) =>
      beating(async () => {
        const body = requests[`${kind} ${part}`];
        if (!body) throw new Error(`no request was kept for the ${part} of a ${kind}`);
        const completion: ChatCompletion = await openai.chat.completions.create(body);
        return completion.choices[0]?.message.content ?? '';
      }),
  };
}

/** As the Holdfast side does: without, a dead worker is noticed only by start-to-close. */
async function beating<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), 1_000);
  return work().finally(() => clearInterval(timer));
}
