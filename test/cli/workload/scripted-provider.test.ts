import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { finalAnswer, startScriptedProvider, type ScriptedProvider } from '../../../cli/workload/scripted-provider';
import { loadFixture } from './fixture';

describe('the scripted provider', () => {
  const workload = loadFixture();
  const [task] = workload.tasks;
  let provider: ScriptedProvider;
  let openai: OpenAI;
  beforeAll(async () => {
    provider = await startScriptedProvider({ workload, latencyMs: 0 });
    openai = new OpenAI({ baseURL: provider.url, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(() => provider.close());

  const ask = async (messages: ChatCompletionMessageParam[]) =>
    (await openai.chat.completions.create({ model: 'gpt-5-mini', messages })).choices[0]?.message;
  const begin = (): ChatCompletionMessageParam[] => [
    { role: 'system', content: workload.policy },
    { role: 'user', content: task?.instruction ?? '' },
  ];

  it('leads a task through its calls to the outputs, and gives the same answer to the same request', async () => {
    const messages = begin();
    for (const gold of task?.calls ?? []) {
      const message = await ask(messages);
      expect(await ask(messages)).toEqual(message);
      const call = message?.tool_calls?.[0];
      if (!message || call?.type !== 'function') throw new Error('expected a function call');
      expect(call.function.name).toBe(gold.tool);
      expect(JSON.parse(call.function.arguments)).toEqual(gold.args);
      messages.push(message, { role: 'tool', tool_call_id: call.id, content: gold.observation });
    }
    const last = await ask(messages);
    expect(last?.content).toBe('Your request has been taken care of. What you asked for: cancelled; 12.50.');
    expect(last?.tool_calls).toBeUndefined();
  });

  it('takes parts of text as text', async () => {
    const [system] = begin();
    const message = await ask([
      system as ChatCompletionMessageParam,
      { role: 'user', content: [{ type: 'text', text: 'Just saying hello.' }] },
    ]);
    expect(message?.content).toBe(finalAnswer(workload.tasks[2] as never));
  });

  it.each([
    ['a changed result', '{"order_id": "#W1"}', /shown another result of call 0/],
    [
      'a result with a changed blank',
      '{"order_id":"#W1", "status": "pending", "total": 12.50}',
      /shown another result of call 0/,
    ],
  ])('refuses %s', async (_what, content, expected) => {
    const messages = begin();
    const message = await ask(messages);
    const id = message?.tool_calls?.[0]?.id ?? '';
    await expect(ask([...messages, message as never, { role: 'tool', tool_call_id: id, content }])).rejects.toThrow(
      expected,
    );
  });

  it('refuses a conversation that is none of its tasks', async () => {
    await expect(ask([{ role: 'user', content: 'Something else' }])).rejects.toThrow(
      /no task of the workload has the instruction/,
    );
  });

  it('refuses a call that nobody answered', async () => {
    const messages = begin();
    await expect(ask([...messages, (await ask(messages)) as never])).rejects.toThrow(
      /1 calls were asked for and 0 are answered/,
    );
  });
});
