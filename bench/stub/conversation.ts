/**
 * The one conversation that both sides of a bench have with the stub: `steps` calls of the tool `note`, one a step, then an
 * answer. Written once, so that the floor's requests are as long as a Holdfast session's and the stub knows both.
 */
import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';

export const BENCH_MODEL = 'gpt-5-mini';
export const BENCH_TOOL = 'note';
export const BENCH_TOOL_DESCRIPTION = 'Writes a note down.';
export const BENCH_INSTRUCTIONS =
  'You write down as many notes as you are told to, one at a time, and then say that you are done.';
export const BENCH_ANSWER = 'All notes are written down.';

/** The first message: tells the stub how long the conversation is to be. */
export const benchMessage = (steps: number): string => `Write down ${steps} notes.`;

/** @returns the number of steps that a first message asks for; undefined for any other text. */
export function stepsOf(message: string): number | undefined {
  const match = /^Write down (\d+) notes\.$/.exec(message);
  return match ? Number(match[1]) : undefined;
}

export const benchArguments = (step: number): { readonly n: number } => ({ n: step });
export const benchResult = (step: number): { readonly written: number } => ({ written: step });

/** The request of a step (from 1) as a session makes it: everything said so far, ids as long as a session's own. */
export function benchRequest(step: number, steps: number): ChatCompletionCreateParamsNonStreaming {
  const said = Array.from({ length: step - 1 }, (_, index): ChatCompletionMessageParam[] => {
    const id = `t1.s${index + 1}.c1-0a1b2c3d`;
    const call = { name: BENCH_TOOL, arguments: JSON.stringify(benchArguments(index + 1)) };
    return [
      { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: call }] },
      { role: 'tool', tool_call_id: id, content: JSON.stringify(benchResult(index + 1)) },
    ];
  });
  return {
    model: BENCH_MODEL,
    messages: [
      { role: 'system', content: BENCH_INSTRUCTIONS },
      { role: 'user', content: benchMessage(steps) },
      ...said.flat(),
    ],
    tools: [
      {
        type: 'function',
        function: {
          name: BENCH_TOOL,
          description: BENCH_TOOL_DESCRIPTION,
          parameters: {
            type: 'object',
            properties: { n: { type: 'integer' } },
            required: ['n'],
            additionalProperties: false,
          },
        },
      },
    ],
  };
}
