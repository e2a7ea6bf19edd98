/** Limits from the command line: a turn that met one is shown with the command that lets it go on, and that command works as it is shown. */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { eventually, startStage, uniqueName, type Stage } from '../session/stage';
import { cli } from './fake-io';

let model: ScriptedServer;
let stage: Stage;
let at: readonly string[];

const searcher = defineAgent({
  name: 'searcher',
  instructions: 'You look for things.',
  model: 'gpt-5-mini',
  limits: { steps: 2 },
  tools: [
    defineTool({
      name: 'look',
      description: 'Looks somewhere.',
      effect: 'read',
      input: z.object({ where: z.string() }),
      run: () => ({ found: false }),
    }),
  ],
});

beforeAll(async () => {
  model = await startScriptedServer();
  stage = await startStage({ agents: [searcher], modelUrl: model.url });
  at = ['--address', stage.address, '--task-queue', stage.taskQueue];
});

afterAll(async () => {
  await stage?.stop();
  await model?.close();
});

const looksIn = (where: string) => ({
  body: chatBody({ calls: [{ name: 'look', arguments: JSON.stringify({ where }) }] }),
});

test('a turn that met a limit goes on by the command that chat, pending and status show', async () => {
  const id = uniqueName('search');
  model.script(looksIn('here'), looksIn('there'));
  const asked = await cli(['chat', 'searcher', '-s', id, '--say', 'find it', ...at]);
  expect(asked.code).toBe(1);
  const pending = await cli(['pending', id, ...at]);
  const status = await cli(['status', id, ...at]);
  const command = `holdfast extend ${id} turn.steps 2 ${at.join(' ')}`;
  for (const { out } of [asked, pending, status]) {
    const text = out.join('\n');
    expect(text).toContain('limit turn.steps 2 of 2 steps used');
    expect(text).toContain(command);
    expect(text).toContain(`holdfast stop ${id}`);
  }
  expect(status.out.join('\n')).toMatch(/^turn\.steps +2 of 2 steps used$/m);
  expect(status.out.join('\n')).toMatch(/^status +waiting_for_human/m);
  expect(JSON.parse((await cli(['pending', id, '--json', ...at])).out.join(''))).toMatchObject([
    { kind: 'limit', id: 'turn.steps', limit: { bound: 'turn.steps', limit: 2, used: 2 } },
  ]);

  model.script({ body: chatBody({ text: 'found it' }) });
  expect(await cli(command.split(' ').slice(1))).toMatchObject({ code: 0, out: ['turn.steps: 2 of 4 steps used'] });
  await eventually(
    'the answer',
    async () => (await stage.client.session(id).status()).status === 'waiting_for_user' || undefined,
  );
  expect((await cli(['transcript', id, ...at])).out.at(-1)).toBe('searcher> found it');
});

test('what cannot be extended is refused in words', async () => {
  const id = uniqueName('search');
  model.script({ body: chatBody({ text: 'found it' }) });
  expect((await cli(['chat', 'searcher', '-s', id, '--say', 'find it', ...at])).code).toBe(0);
  const extend = async (...words: readonly string[]) => (await cli(['extend', id, ...words, ...at])).err.join('\n');
  expect(await extend('session.tokens', '10')).toMatch(
    /session\.tokens is not declared .* those that are: turn\.steps/,
  );
  expect(await extend('turn.steps', '10')).toMatch(/no turn is running, and turn\.steps begins anew with each turn/);
  expect(await extend('steps', '10')).toMatch(/"steps" is no bound; the bounds are: call\.tokens/);
  expect(await extend('turn.steps', '-1')).toMatch(/whole number of steps from 1, got the text "-1"/);
});

test('a session may be given limits of its own, and end a turn with what there is', async () => {
  const id = uniqueName('search');
  model.script(looksIn('here'), { body: chatBody({ text: 'not here' }) });
  const limits = ['--limit', 'turn.steps=1', 'session.wallClockMs=1h', '--on-limit', 'stop'];
  const asked = await cli(['chat', 'searcher', '-s', id, ...limits, '--say', 'find it', ...at]);
  expect(asked).toMatchObject({ code: 0, out: ['searcher> not here', '  partial: turn.steps: 1 of 1 step used'] });
  expect((await cli(['status', id, ...at])).out.join('\n')).toMatch(/^session\.wallClockMs +\S+ ms of 1 h used$/m);
  expect((await cli(['chat', 'searcher', '--limit', 'turn.steps', '--say', 'x', ...at])).err.join()).toMatch(
    /--limit takes <bound>=<amount>/,
  );
});

test('a session that went on in another run is one session to the command line', async () => {
  const id = uniqueName('search');
  const texts = ['one', 'two', 'three', 'four', 'five'];
  model.script(...texts.map((text) => ({ body: chatBody({ text: `about ${text}` }) })));
  await stage.client.startSession({ sessionId: id, agent: 'searcher', continueAfter: { events: 20 } });
  const said = await cli(['chat', 'searcher', '-s', id, '--say', ...texts, ...at]);
  expect(said).toMatchObject({ code: 0, out: texts.map((text) => `searcher> about ${text}`) });
  expect((await cli(['status', id, ...at])).out.join('\n')).toMatch(
    /^run +[2-9] \(the earlier ones are under the same id/m,
  );
  expect((await cli(['transcript', id, ...at])).out).toEqual(
    texts.flatMap((text) => [`user> ${text}`, `searcher> about ${text}`]),
  );
});
