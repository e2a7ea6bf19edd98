/** Both protocols against a server that nobody here wrote. */
import { LLMock } from '@copilotkit/aimock';
import { defineAgent } from '../../../agents';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import { findPatient, hello, startFixture, type Fixture } from './model-fixture';

let mock: LLMock;
let fixture: Fixture;
beforeEach(async () => {
  mock = new LLMock({ port: 0 });
  await mock.start();
  fixture = await startFixture();
  process.env.OPENAI_BASE_URL = `${mock.url}/v1`;
});
afterEach(async () => {
  await fixture.close();
  await mock.stop();
});

test.each(['chat', 'responses'] as const)('%s: a call, its result, the answer', async (api) => {
  mock.on(
    { userMessage: 'Hello', hasToolResult: false },
    { toolCalls: [{ name: 'find_patient', arguments: '{"name":"Ann"}' }] },
  );
  mock.on({ userMessage: 'Hello', hasToolResult: true }, { content: 'Ann is p-1.' });
  const agent = defineAgent({
    name: 'receptionist',
    instructions: 'x',
    model: { name: 'gpt-5-mini', api },
    tools: [findPatient],
  });
  const activity = fixture.activity({
    registry: { agent: () => agent, tool: () => findPatient, agentNames: ['receptionist'], ledgerNames: [] },
  });

  const first = await fixture.run({ items: [hello] }, { activity });
  expect(first.decision).toMatchObject({
    kind: 'calls',
    calls: [{ kind: 'run', tool: 'find_patient', args: { name: 'Ann' } }],
  });
  const callId = first.item?.calls?.[0]?.id ?? '';
  const outcome: ConversationItem = {
    kind: 'outcome',
    turn: 1,
    step: 1,
    callId,
    tool: 'find_patient',
    outcome: { kind: 'succeeded', result: 'p-1' },
  };
  const second = await fixture.run({ step: 2, callId: 't1.s2.m', base: first.base, items: [outcome] }, { activity });
  expect(second.decision).toEqual({ kind: 'answer', text: 'Ann is p-1.' });
});
