/** The floor's two activities: the same request to the model that a session makes at this step, and a tool that does next to nothing. */
import { activityInfo, heartbeat } from '@temporalio/activity';
import OpenAI from 'openai';
import { benchRequest, benchResult } from '../stub/conversation';

export interface FloorActivities {
  /** `call` is the argument of the tool call that the model asked for; null for an answer. */
  model(input: { readonly step: number; readonly steps: number }): Promise<{ readonly call: number | null }>;
  note(input: { readonly n: number }): Promise<{ readonly written: number }>;
}

/** @param effectUrl where the tool has its effect; absent: it has none. */
export function floorActivities(effectUrl: string | undefined): FloorActivities {
  const openai = new OpenAI({ maxRetries: 0 });
  return {
    model: ({ step, steps }) =>
      beating(async () => {
        const completion = await openai.chat.completions.create(benchRequest(step, steps));
        const call = completion.choices[0]?.message.tool_calls?.[0];
        return { call: call?.type === 'function' ? (JSON.parse(call.function.arguments) as { n: number }).n : null };
      }),
    note: ({ n }) =>
      beating(async () => {
        if (effectUrl !== undefined) await postEffect(effectUrl, n);
        return benchResult(n);
      }),
  };
}

async function postEffect(url: string, n: number): Promise<void> {
  const session = activityInfo().workflowExecution?.workflowId ?? '';
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ key: `${session}/${n}`, session }) });
  if (!response.ok) throw new Error(`the destination answered ${response.status}`);
}

/** Heartbeats once a second while `work` runs, as the Holdfast side does: without, a dead worker is noticed only by start-to-close. */
async function beating<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), 1_000);
  return work().finally(() => clearInterval(timer));
}
