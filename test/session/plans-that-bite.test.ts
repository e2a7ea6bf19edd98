/** Plans with values at which Temporal, or a display, would balk: the session carries them out or says why not, and never hangs on them. */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { failedTasks, fetchHistory } from './history';
import { PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';

const input = z.object({ text: z.string() });
const odd = defineAgent({
  name: 'odd',
  instructions: 'You echo.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({ name: 'echo', description: 'Echoes.', effect: 'read', input, run: ({ text }) => text.length }),
    defineTool({
      name: 'patient',
      description: 'Echoes, and waits long before it tries again.',
      effect: 'read',
      input,
      retry: { initialInterval: '30s' },
      run: ({ text }) => text.length,
    }),
  ],
});

let model: ScriptedServer;
let stage: Stage;

beforeAll(async () => {
  model = await startScriptedServer();
  stage = await startStage({ agents: [odd], modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.close();
});

test.each([
  ['a summary of characters of three bytes', 'echo', '約'.repeat(300)],
  ['a summary of characters of four bytes', 'echo', '😀'.repeat(300)],
  ['a summary of characters that are shown escaped', 'echo', '\u202e\u0007'.repeat(300)],
  ['a first wait that is longer than the longest by default', 'patient', 'x'],
])('%s', async (_what, tool, text) => {
  model.script(
    { body: chatBody({ calls: [{ name: tool, arguments: JSON.stringify({ text }) }] }) },
    { body: chatBody({ text: 'done' }) },
  );
  const sessionId = uniqueName('odd');
  const answer = await within(
    PATIENCE_MS,
    'the answer',
    stage.client.send(
      { sessionId, agent: 'odd', text: 'go', user: '約'.repeat(150), tenant: '約'.repeat(150) },
      { timeoutMs: 8_000 },
    ),
  );
  expect(answer).toMatchObject({ kind: 'reply', text: 'done' });
  expect(failedTasks(await fetchHistory(stage.temporal, sessionId))).toEqual([]);
});
