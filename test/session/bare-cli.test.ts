/** Every act of a person by Temporal's own command line alone: what an operator has who knows nothing of the product but the page that the session shows. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { findTemporalBinary } from '../../worker/dev-server';
import { copied, everyAct, script, support, type Hands } from './acts-by-hand';
import { caught, eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

const run = promisify(execFile);

let model: ScriptedOpenAI;
let stage: Stage;
let temporal: (...args: readonly string[]) => Promise<string>;

beforeAll(async () => {
  const { path: command } = await findTemporalBinary();
  model = await startScriptedOpenAI({ script });
  stage = await startStage({ agents: [support], modelUrl: model.url });
  temporal = async (...args) => {
    try {
      const options = { timeout: PATIENCE_MS, maxBuffer: 10_000_000 };
      return (await run(command, [...args, '--address', stage.address], options)).stdout;
    } catch (error) {
      throw new Error(String((error as { readonly stderr?: unknown }).stderr), { cause: error });
    }
  };
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

const hands: Hands = {
  update: async (sessionId, name, request) => {
    await temporal('workflow', 'update', 'execute', '-w', sessionId, '--name', name, '-i', JSON.stringify(request));
  },
  signal: async (sessionId, name, request) => {
    await temporal('workflow', 'signal', '-w', sessionId, '--name', name, '-i', JSON.stringify(request));
  },
  page: async (sessionId, pattern) =>
    eventually(`${String(pattern)} on the page`, async () => {
      const shown = JSON.parse(await temporal('workflow', 'metadata', '-w', sessionId, '-o', 'json')) as {
        readonly queryResult: readonly [{ readonly currentDetails: string }];
      };
      // As it is read: without the marks of markdown.
      const text = shown.queryResult[0].currentDetails.replaceAll('**', '');
      return pattern.test(text) ? text : undefined;
    }),
};

describe('by `temporal workflow update execute` and `temporal workflow signal`', () => {
  it.each(
    everyAct(
      () => stage,
      () => hands,
    ).map((act) => [act.name, act.run] as const),
  )('%s', async (_name, act) => act());

  it('a refused decision is told in words, and the call waits on', async () => {
    const sessionId = uniqueName('refused');
    await stage.client.send({ sessionId, agent: 'support', user: 'carol', text: 'three refunds' });
    const page = await hands.page(sessionId, /3 calls wait for approval/);
    const approve = copied(page, 'approve');
    const refusal = async (change: object) =>
      (await caught(hands.update(sessionId, 'decide', { ...approve, actId: uniqueName('act'), by: 'ada', ...change })))
        .message;
    expect(await refusal({ argsHash: 'ab'.repeat(32) })).toMatch(/argument/);
    expect(await refusal({ by: 'Carol' })).toMatch(/carol/i);
    expect(await refusal({ callId: 'nobody' })).toMatch(/nobody/);
    expect(await refusal({ extra: 1 })).toMatch(/extra/);
    expect(await stage.client.session(sessionId).pending()).toHaveLength(3);
    await stage.client.session(sessionId).end();
  });
});
