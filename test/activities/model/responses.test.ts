/** The Responses API through the real client: the same decisions from the other protocol. */
import { defineAgent } from '../../../agents';
import { buildResponsesRequest } from '../../../activities/model/responses';
import type { DefinitionRecord } from '../../../workflows/contracts/model';
import { failureOf, hello, receptionist, startFixture, type Fixture } from './model-fixture';

const agent = defineAgent({
  name: 'receptionist',
  instructions: 'You book appointments.',
  model: { name: 'gpt-5-mini', api: 'responses', timeout: '2s' },
  tools: [...receptionist.tools.values()],
});

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

const body = (output: readonly object[], over: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-5-mini-2025-08-07',
  output,
  usage: {
    input_tokens: 812,
    output_tokens: 64,
    input_tokens_details: { cached_tokens: 12 },
    output_tokens_details: { reasoning_tokens: 4 },
  },
  ...over,
});
const message = (text: string) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] });
const call = (args: string) => ({ type: 'function_call', call_id: 'call_0', name: 'find_patient', arguments: args });
const run = (input = {}) => fixture.run(input, { agents: [agent] });

test('words', async () => {
  fixture.server.script({ body: body([{ type: 'reasoning', summary: [] }, message('Hello.')]) });
  const turn = await run();
  expect(turn).toMatchObject({
    decision: { kind: 'answer', text: 'Hello.' },
    usage: { inputTokens: 812, outputTokens: 64, cachedInputTokens: 12, reasoningTokens: 4 },
    provider: { name: 'openai.responses', responseId: 'resp_1' },
  });
  const [request] = fixture.server.seen;
  expect(request?.path).toBe('/v1/responses');
  const kept = JSON.parse(JSON.stringify(turn.definition)) as DefinitionRecord;
  expect(JSON.stringify(buildResponsesRequest(kept, kept.instructions ?? '', [hello], 'step'))).toBe(request?.body);
});

test('calls', async () => {
  fixture.server.script({ body: body([message('Looking.'), call('{"name":"Ann"}')]) });
  const turn = await run();
  expect(turn.decision).toMatchObject({
    kind: 'calls',
    calls: [{ kind: 'run', tool: 'find_patient', args: { name: 'Ann' } }],
  });
  expect(turn.item).toMatchObject({ text: 'Looking.', calls: [{ arguments: '{"name":"Ann"}' }] });
});

test.each<[string, object, string]>([
  ['no output', { id: 'r', status: 'completed' }, 'the answer has no output'],
  ['nothing in it', body([]), 'it is empty'],
  [
    'cut within a call',
    body([call('{"name":"A')], { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
    'none of them ran',
  ],
])('sent back: %s', async (_name, answer, problem) => {
  fixture.server.script({ body: answer });
  expect((await run()).decision).toMatchObject({ kind: 'repair', problem: expect.stringContaining(problem) as string });
});

test.each<[string, object, string, boolean]>([
  [
    'a failed response',
    body([], { status: 'failed', error: { code: 'server_error', message: 'oops' } }),
    'ModelUnavailable',
    false,
  ],
  [
    'a rate limit inside',
    body([], { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow' } }),
    'ModelRateLimited',
    false,
  ],
  [
    'the content filter',
    body([], { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }),
    'ContentFiltered',
    true,
  ],
  [
    'a prompt it cannot take',
    body([], { status: 'failed', error: { code: 'invalid_prompt', message: 'no' } }),
    'ModelBadRequest',
    true,
  ],
])('failed: %s', async (_name, answer, type, nonRetryable) => {
  fixture.server.script({ body: answer });
  expect(await failureOf(run())).toMatchObject({ type, nonRetryable });
});
