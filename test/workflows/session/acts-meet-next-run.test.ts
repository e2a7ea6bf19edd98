/** What people do while a run is due to end, or ends for good: nothing of it is lost, and nobody has to wait for it who has no part in it. */
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { DOUBT } from './in-doubt';
import { Chain, tick, until } from './scripted-chain';
import { modelTurn, plannedCall, POLICY, SUCCEEDED } from './scripted-session';

const call = {
  ...plannedCall('t1.s1.c1-a'),
  ledger: { name: 'default', id: 'ledger-1' },
  policy: { ...POLICY, compensates: true },
};
const UNDO = `${call.id}.undo`;

/** Calls once in the first turn, and answers. */
const model = (input: ModelCallInput): ModelResult => ({
  kind: 'answered',
  turn: modelTurn(
    input,
    input.turn === 1 && input.step === 1
      ? { kind: 'calls', calls: [call] }
      : { kind: 'answer', text: `answer ${input.turn}` },
  ),
});

const some = async (): Promise<void> => {
  for (let count = 0; count < 10; count += 1) await tick();
};

async function end(chain: Chain): Promise<void> {
  await chain.intervene({ actId: 'end-of-test', act: 'end' });
  await chain.finished;
}

describe('a compensation that takes its time', () => {
  it.each(['before', 'while'])(
    'and was begun %s the next run is due keeps nobody from being answered',
    async (when) => {
      let undone = (_: ToolCallReport): void => undefined;
      const chain: Chain = new Chain({
        model,
        tool: () => SUCCEEDED,
        undo: () => new Promise((resolve) => (undone = resolve)),
      });
      await chain.say('m1');
      if (when === 'while') chain.suggest();
      const undo = chain.intervene({ actId: 'u', act: 'undo', callId: call.id });
      await some();
      chain.suggest();
      // Told to send again once, at most: not again and again for as long as it takes.
      const answers: unknown[] = [];
      for (const id of ['m2', 'm3']) {
        const answer = await Promise.race([
          chain.say(id),
          some()
            .then(some)
            .then(() => 'nothing yet'),
        ]);
        answers.push(answer);
      }
      expect(answers).toMatchObject([
        { kind: 'reply', turn: 2 },
        { kind: 'reply', turn: 3 },
      ]);
      expect(chain.state.run).toBe(1);
      undone(SUCCEEDED);
      expect(await undo).toMatchObject({ kind: 'done', outcome: { kind: 'succeeded' } });
      await until(() => chain.state.run === 2);
      expect(chain.state.acts.get('u')).toMatchObject({ act: 'undo', outcome: { kind: 'succeeded' } });
      await end(chain);
    },
  );
});

it('a call that later runs do not know is not said to have failed: it may be too long ago', async () => {
  const chain: Chain = new Chain({ model, tool: () => SUCCEEDED });
  await chain.say('m1');
  const undoOther = () => chain.intervene({ actId: 'u', act: 'undo', callId: 't0.s1.c1-a' });
  expect(await undoOther()).toMatchObject({ type: 'Refused', message: expect.not.stringContaining('too long ago') });
  chain.suggest();
  await until(() => chain.state.run === 2);
  expect(await undoOther()).toMatchObject({
    message: expect.stringContaining(
      'did not succeed in this session, its tool does not say how it is undone, or it is too long ago',
    ),
  });
  await end(chain);
});

describe('a compensation in doubt that was parked when its session ended by itself', () => {
  /** A task that answers while the next run is due, and whose compensation is in doubt by then. @param meanwhile before the answer. */
  async function task(meanwhile: (chain: Chain) => Promise<void>) {
    const chain: Chain = new Chain(
      {
        tool: () => SUCCEEDED,
        undo: () => DOUBT,
        resolve: () => ({ kind: 'resolved', as: 'applied', outcome: SUCCEEDED.outcome }),
        model: async (input) => {
          if (input.step > 1) {
            await chain.intervene({ actId: 'u', act: 'undo', callId: call.id });
            chain.suggest();
            await some();
            expect(chain.state.continuing).toBe(true);
            await meanwhile(chain);
          }
          return model(input);
        },
      },
      { mode: 'task' },
    );
    await chain.say('m1');
    expect(await chain.finished).toMatchObject({ reason: 'task_done' });
    await some();
    return chain.state;
  }

  it('has its outcome, which stays unknown', async () => {
    const state = await task(async () => undefined);
    expect(state.heldUndos.size).toBe(0);
    expect(state.undoable).toMatchObject([{ undo: undefined }]);
    expect(state.items.at(-1)).toMatchObject({ kind: 'note', text: expect.stringContaining('nobody knows') });
  });

  it('has the outcome that a person said', async () => {
    const state = await task(async (chain) => {
      await chain.resolve({ actId: 'r', callId: UNDO, as: 'applied' });
    });
    expect(state.heldUndos.size).toBe(0);
    expect(state.undoable).toMatchObject([{ undo: 'done' }]);
    expect(state.items.at(-1)).toMatchObject({ kind: 'note', text: expect.stringContaining('was undone') });
  });
});

it.each(['ask', 'stop'] as const)(
  'a bound that a model call met while the next run is due is not met once more (%s)',
  async (onLimit) => {
    const limits = { onLimit, askMs: 600_000, call: { wallClockMs: 1_000 } } as const;
    const steps: number[] = [];
    const chain: Chain = new Chain({
      tool: () => SUCCEEDED,
      model: async (input) => {
        steps.push(input.step);
        if (input.step === 1) {
          chain.suggest();
          await some();
        }
        const end = modelTurn(
          input,
          input.purpose === 'step'
            ? { kind: 'limit', bound: 'wallClockMs', needed: 1_000, left: 1_000 }
            : { kind: 'answer', text: 'as far as it got' },
        );
        const definition = end.definition && {
          ...end.definition,
          policy: { ...end.definition.policy, limits },
        };
        return { kind: 'answered', turn: { ...end, definition } };
      },
    });
    const answer = await chain.say('m1');
    expect(answer).toMatchObject(
      onLimit === 'ask'
        ? { kind: 'waiting_for_human', pending: [{ kind: 'limit', id: 'call.wallClockMs' }] }
        : { kind: 'reply', partial: expect.any(String) },
    );
    expect(steps).toEqual(onLimit === 'ask' ? [1] : [1, 2]);
    await until(() => chain.state.run === 2);
    await some();
    expect(steps).toHaveLength(onLimit === 'ask' ? 1 : 2);
    await end(chain);
  },
);
