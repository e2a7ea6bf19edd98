/** The scripted server, asked by the real `openai` client over HTTP. */
import OpenAI from 'openai';
import { callsTools, failsWith, says, startScriptedOpenAI, type Script, type ScriptedOpenAI } from '../../testing';

const SCRIPT: Script = {
  name: 'weather',
  turns: [
    {
      user: 'How is the weather in Oslo and Bergen?',
      answers: [
        callsTools({ tool: 'weather', arguments: { city: 'Oslo' } }, { tool: 'weather', arguments: '{"city": "Ber' }),
        (request) => says(request.results.map((result) => result.text).join(' and ')),
      ],
    },
    { user: 'count', answers: [{ kind: 'text', text: 'one', usage: { inputTokens: 120, outputTokens: 7 } }] },
    { user: 'slow down', answers: [failsWith(429, 'Too many requests', 7)] },
  ],
};

let server: ScriptedOpenAI;
let client: OpenAI;
beforeEach(async () => {
  server = await startScriptedOpenAI({ script: SCRIPT });
  client = new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
});
afterEach(() => server.stop());

const question = { role: 'user', content: 'How is the weather in Oslo and Bergen?' } as const;

test('Chat Completions: parallel calls, then an answer made of their outcomes', async () => {
  const first = await client.chat.completions.create({ model: 'gpt-5-mini', messages: [question] });
  const message = first.choices[0]?.message;
  const calls = (message?.tool_calls ?? []).filter((call) => call.type === 'function');
  expect(first.choices[0]?.finish_reason).toBe('tool_calls');
  expect(calls.map((call) => call.function)).toEqual([
    { name: 'weather', arguments: '{"city":"Oslo"}' },
    { name: 'weather', arguments: '{"city": "Ber' },
  ]);
  const second = await client.chat.completions.create({
    model: 'gpt-5-mini',
    messages: [
      question,
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: calls[0]?.id ?? '', content: 'rain' },
      { role: 'tool', tool_call_id: calls[1]?.id ?? '', content: 'more rain' },
    ],
  });
  expect(second.choices[0]?.message.content).toBe('rain and more rain');
  expect(second.model).toBe('gpt-5-mini');
});

test('a request sent twice is answered with the same bytes', async () => {
  const send = () => client.chat.completions.create({ model: 'gpt-5-mini', messages: [question] });
  expect(JSON.stringify(await send())).toBe(JSON.stringify(await send()));
});

test('the Responses API is answered from the same script', async () => {
  const first = await client.responses.create({ model: 'gpt-5-mini', instructions: 'Be brief.', input: [question] });
  const calls = first.output.filter((item) => item.type === 'function_call');
  expect(calls.map((call) => call.arguments)).toEqual(['{"city":"Oslo"}', '{"city": "Ber']);
  const second = await client.responses.create({
    model: 'gpt-5-mini',
    input: [
      question,
      ...calls,
      ...calls.map((call, index) => ({
        type: 'function_call_output' as const,
        call_id: call.call_id,
        output: `outcome ${index}`,
      })),
    ],
  });
  expect(second.output_text).toBe('outcome 0 and outcome 1');
});

test('streamed answers say the same', async () => {
  const stream = await client.chat.completions.create({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'count' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
  }
  expect(text).toBe('one');
  expect(usage).toMatchObject({ prompt_tokens: 120, completion_tokens: 7 });
});

test('usage is the declared one, else an estimate that grows with the request', async () => {
  const ask = async (messages: OpenAI.ChatCompletionMessageParam[]) =>
    (await client.chat.completions.create({ model: 'gpt-5-mini', messages })).usage;
  expect(await ask([{ role: 'user', content: 'count' }])).toMatchObject({ prompt_tokens: 120, completion_tokens: 7 });
  const short = await ask([question]);
  const long = await ask([{ role: 'system', content: 'x'.repeat(4000) }, question]);
  expect((long?.prompt_tokens ?? 0) - (short?.prompt_tokens ?? 0)).toBeGreaterThan(999);
});

test('a scripted failure arrives as that status, with the wait it asks for', async () => {
  const failure = client.chat.completions.create({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'slow down' }],
  });
  await expect(failure).rejects.toMatchObject({ status: 429 });
  await failure.catch((error: InstanceType<typeof OpenAI.APIError>) =>
    expect(error.headers?.get('retry-after')).toBe('7'),
  );
});

test('what the script does not cover is a 400 that says what it covers', async () => {
  const failure = client.chat.completions.create({
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content: 'Who are you?' }],
  });
  await expect(failure).rejects.toMatchObject({ status: 400 });
  await expect(failure).rejects.toThrow('The script "weather" has no answer to "Who are you?"');
});

test('every request is kept with the bytes of its body', async () => {
  const body = '{ "model":"gpt-5-mini",\n"messages":[{"role":"user","content":"count ✓"}] }';
  const response = await fetch(`${server.url}/chat/completions`, { method: 'POST', body });
  expect(response.status).toBe(400);
  await client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'count' }] });
  const [first, second] = server.requests();
  expect(first).toMatchObject({ method: 'POST', path: '/v1/chat/completions', status: 400 });
  expect(first?.body.toString('utf8')).toBe(body);
  expect(second?.status).toBe(200);
  expect(server.requests()).toHaveLength(2);
});

test('a port that is taken is named', async () => {
  await expect(startScriptedOpenAI({ script: SCRIPT, port: server.port })).rejects.toThrow(
    `Port ${server.port} is taken`,
  );
});
