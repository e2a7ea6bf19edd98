/** The commands by which people decide: what waits is shown with the command that goes on, and that command works as it is shown. */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { Gate } from '../session/gate';
import { eventually, startStage, uniqueName, type Stage } from '../session/stage';
import { cli, FakeIo } from './fake-io';

let model: ScriptedServer;
let stage: Stage;
let at: readonly string[];
let shaky: boolean;
let gate: Gate;

const till = defineAgent({
  name: 'till',
  instructions: 'You take money.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'pay',
      description: 'Takes a payment that cannot be asked about.',
      effect: 'at-most-once',
      input: z.object({ name: z.string() }),
      output: z.object({ receipt: z.number() }),
      run: () => {
        if (shaky) {
          shaky = false;
          throw new Error('the connection broke');
        }
        return { receipt: 1 };
      },
      compensate: () => ({}),
    }),
    defineTool({
      name: 'wait',
      description: 'Takes its time.',
      effect: 'idempotent',
      input: z.object({}),
      run: async () => {
        await gate.pass();
        return {};
      },
    }),
  ],
});

beforeAll(async () => {
  model = await startScriptedServer();
  stage = await startStage({ agents: [till], modelUrl: model.url });
  at = ['--address', stage.address, '--task-queue', stage.taskQueue];
});

beforeEach(() => {
  shaky = true;
  gate = new Gate();
});

afterEach(() => gate.open());

afterAll(async () => {
  await stage?.stop();
  await model?.close();
});

const PAY = { name: 'pay', arguments: '{"name":"ada"}' };

/** A session whose payment waits for a person, brought about by the command `chat`. @returns the id of the call too. */
async function waiting(): Promise<{ readonly id: string; readonly callId: string; readonly shown: readonly string[] }> {
  const id = uniqueName('till');
  model.script({ body: chatBody({ calls: [PAY] }) });
  const run = await cli(['chat', 'till', '-s', id, '--say', 'pay', ...at]);
  expect(run.code).toBe(1);
  const [item] = await stage.client.session(id).pending();
  return { id, callId: item?.id ?? '', shown: run.out };
}

/** The shown command with this flag, as its words. */
function commandWith(flag: string, lines: readonly string[]): readonly string[] {
  const line = lines.find((each) => each.includes(flag)) ?? '';
  const words = line.slice(line.indexOf('holdfast resolve ') + 'holdfast '.length);
  return words.split(' ');
}

describe('a call that waits', () => {
  it('is shown by chat, pending and status with the commands that decide on it', async () => {
    const { id, callId, shown } = await waiting();
    const pending = await cli(['pending', id, ...at]);
    const status = await cli(['status', id, ...at]);
    for (const lines of [shown, pending.out, status.out]) {
      const text = lines.join('\n');
      expect(text).toContain(`unresolved ${callId} pay(name=ada)`);
      expect(text).toContain('arguments: {"name":"ada"}');
      expect(text).toContain(`holdfast resolve ${id} ${callId} --absent ${at.join(' ')}`);
    }
    expect(JSON.parse((await cli(['pending', id, '-o', 'json', ...at])).out.join(''))).toMatchObject([
      { kind: 'unresolved', id: callId, call: { args: { name: 'ada' } } },
    ]);
    await eventually('the list to say so', async () => {
      const listed = await cli(['list', '--status', 'waiting_for_human', ...at]);
      return listed.out.some((line) => line.includes(id)) || undefined;
    });
    model.script({ body: chatBody({ text: 'paid' }) });
    expect(await cli(commandWith('--absent', shown))).toMatchObject({
      code: 0,
      out: [`call ${callId} did not happen; it is run (again)`],
    });
    await eventually(
      'the answer',
      async () => (await stage.client.session(id).status()).status === 'waiting_for_user' || undefined,
    );
    expect(await cli(['pending', id, ...at])).toMatchObject({
      out: [],
      err: [`nothing waits for a person in session ${id}`],
    });
    expect(await cli(['undo', id, callId, '--reason', 'returned', ...at])).toMatchObject({
      code: 0,
      out: [`call ${callId} was undone`],
    });
    expect((await cli(['undo', id, callId, ...at])).err.join()).toMatch(/was undone already/);
    expect((await cli(['stop', id, ...at])).err.join()).toMatch(/no turn is running/);
  });

  it('takes a result that the tool takes, and says what is wrong with another', async () => {
    const { id, callId } = await waiting();
    const resolve = (...flags: readonly string[]) => cli(['resolve', id, callId, ...flags, ...at]);
    expect((await resolve()).err).toEqual(['holdfast: say one of: --applied <json>, --absent, --give-up']);
    expect((await resolve('--absent', '--give-up')).code).toBe(2);
    expect((await resolve('--applied', 'receipt 7')).err.join()).toMatch(/--applied takes JSON/);
    expect((await resolve('--applied', '{"receipt":"x"}')).err.join()).toMatch(/receipt/);
    model.script({ body: chatBody({ text: 'paid' }) });
    const done = await resolve('--applied', '{"receipt":7}', '--by', 'ada', '-o', 'json');
    expect(JSON.parse(done.out.join(''))).toMatchObject({ kind: 'done', callId, as: 'applied' });
  });

  it('lets somebody in a terminal ask for the answer again', async () => {
    const id = uniqueName('till');
    model.script({ body: chatBody({ calls: [PAY] }) }, { body: chatBody({ text: 'all paid' }) });
    const io = new FakeIo(true);
    io.type('pay\n');
    const run = cli(['chat', 'till', '-s', id, ...at], '', Object.assign(io, { type: typeOpen(io) }));
    await io.stdout.until('/again asks for its answer');
    const [item] = await stage.client.session(id).pending();
    await cli(['resolve', id, item?.id ?? '', '--give-up', ...at]);
    io.stdin.write('/again\n');
    await io.stdout.until('till> all paid');
    io.stdin.end();
    expect((await run).code).toBe(0);
  });
});

/** `cli` types its input and ends it; here more is typed later. */
function typeOpen(io: FakeIo): FakeIo['type'] {
  return (text) => void io.stdin.write(text);
}

test('holdfast stop --compensate stops the turn and undoes what it did', async () => {
  shaky = false;
  const id = uniqueName('till');
  model.script(
    { body: chatBody({ calls: [PAY] }) },
    { body: chatBody({ calls: [{ name: 'wait', arguments: '{}' }] }) },
  );
  const talking = cli(['chat', 'till', '-s', id, '--say', 'pay', ...at]);
  await gate.reached();
  expect((await cli(['stop', id, '--compensate', '--by', 'ada', ...at])).code).toBe(0);
  gate.open();
  expect((await talking).out.join('\n')).toContain(
    'stopped (stopped_by_person): the turn was stopped by ada; undone: pay(name=ada)',
  );
});
