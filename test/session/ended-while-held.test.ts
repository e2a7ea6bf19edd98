/**
 * A session that is ended while its call waits for another session's call of the same business key: Temporal does not try such a call
 * again, so the ledger is asked what became of it, and it never runs afterwards.
 */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { Gate } from './gate';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';

const gate = new Gate();
const stamped: string[] = [];
let model: ScriptedServer;
let stage: Stage;

const clerk = defineAgent({
  name: 'clerk',
  instructions: 'You stamp passports.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'stamp',
      description: 'Stamps a passport.',
      effect: 'idempotent',
      input: z.object({ passport: z.string() }),
      key: ({ passport }) => passport,
      run: async ({ passport }, ctx) => {
        await gate.pass();
        stamped.push(`${passport} ${ctx.session.id}`);
        return { stamped: passport };
      },
    }),
  ],
});

beforeAll(async () => {
  model = await startScriptedServer();
  stage = await startStage({ agents: [clerk], modelUrl: model.url });
});
afterEach(() => gate.open());
afterAll(async () => {
  await stage?.stop();
  await model?.close();
});

function begin(name: string) {
  model.script({ body: chatBody({ calls: [{ name: 'stamp', arguments: '{"passport":"p-1"}' }] }) });
  const session = stage.client.session(uniqueName(name));
  const request = { sessionId: session.id, agent: 'clerk', text: 'please' };
  const waiting = within(PATIENCE_MS, 'the answer', stage.client.send(request, { timeoutMs: PATIENCE_MS }));
  waiting.catch(() => undefined);
  return { session, waiting };
}

test('it is cancelled, and the other call is the only one that ran', async () => {
  const first = begin('first');
  await gate.reached();
  const second = begin('second');
  await eventually('the second call to wait for the first', async () => {
    const { raw } = await stage.temporal.workflow.getHandle(second.session.id).describe();
    return (
      raw.pendingActivities?.some((each) => each.activityType?.name === 'stamp' && each.lastStartedTime) || undefined
    );
  });
  await second.session.end();
  expect(await second.waiting).toMatchObject({ kind: 'ended' });
  const items = await second.session.wholeTranscript();
  expect(items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome.kind] : []))).toEqual(['cancelled']);

  model.script({ body: chatBody({ text: 'done' }) });
  gate.open();
  expect(await first.waiting).toMatchObject({ kind: 'reply' });
  expect(stamped).toEqual([`p-1 ${first.session.id}`]);
});
