/**
 * A session that closes while messages come in. The server refuses a close that meets another event, has the workflow task done again and
 * drops the updates that were in it; every caller must get an answer all the same.
 */
import { defineAgent } from '../../agents';
import { SessionClosed } from '../../client';
import { says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { failedTasks, fetchHistory } from './history';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';

let model: ScriptedOpenAI;
let stage: Stage;

beforeAll(async () => {
  model = await startScriptedOpenAI({ script: { name: 'echo', turns: [], fallback: () => says('hello') } });
  const echo = defineAgent({ name: 'echo', instructions: 'You repeat.', model: 'gpt-5-mini' });
  stage = await startStage({ agents: [echo], modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

describe.each(['end', 'cancel'] as const)('twelve times %s in a race with messages', (how) => {
  const patient = { timeoutMs: PATIENCE_MS };
  /** What came of a call, as a word. */
  const wordOf = (call: Promise<{ readonly kind: string } | void>): Promise<string> =>
    call.then(
      (result) => result?.kind ?? 'done',
      (error: unknown) => (error instanceof SessionClosed ? 'closed' : String(error)),
    );

  async function race(): Promise<void> {
    const session = stage.client.session(uniqueName('race'));
    await stage.client.send({ sessionId: session.id, agent: 'echo', text: 'first' }, patient);
    const [ended, ...answers] = await within(
      PATIENCE_MS,
      'all of a race',
      Promise.all([
        wordOf(how === 'end' ? session.end() : session.cancel()),
        ...Array.from({ length: 4 }, (_, index) => wordOf(session.send({ text: `r ${index}` }, patient))),
      ]),
    );
    expect(ended).toBe('done');
    expect(answers.filter((kind) => !['reply', 'ended', 'closed'].includes(kind))).toEqual([]);
    const end = await eventually('the end', () => session.ended());
    expect(end).toMatchObject(how === 'end' ? { status: 'completed', reason: 'ended' } : { status: 'cancelled' });
    expect(failedTasks(await fetchHistory(stage.temporal, session.id))).toEqual([]);
  }

  test('every call comes back', async () => {
    await Promise.all(Array.from({ length: 12 }, race));
  });
});
