/** Holds, and messages that joined a turn, where the session goes on in a new run: they go along, and nobody is left without an answer. */
import type { InterveneRequest } from '../../../workflows/contracts/messages';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { charge, DOUBT } from './in-doubt';
import { Chain, tick, until } from './scripted-chain';
import { modelTurn, plannedCall, SUCCEEDED } from './scripted-session';

/** Calls in the first two steps of each turn, and answers. */
const model = (input: ModelCallInput): ModelResult => ({
  kind: 'answered',
  turn: modelTurn(
    input,
    input.step < 3
      ? { kind: 'calls', calls: [plannedCall(`t${input.turn}.s${input.step}.c1-a`)] }
      : { kind: 'answer', text: `answer ${input.turn}` },
  ),
});
const some = async (): Promise<void> => {
  for (let count = 0; count < 10; count += 1) await tick();
};
const by = 'ada';
const act = (chain: Chain, name: InterveneRequest['act'], more: Partial<InterveneRequest> = {}) =>
  chain.intervene({ actId: name, act: name, by, ...more });
const replies = ({ state }: Chain) => [...state.messages].map(([id, { answer }]) => [id, answer?.kind]);

async function end(chain: Chain): Promise<void> {
  await chain.intervene({ actId: 'end-of-test', act: 'end' });
  await chain.finished;
}

/** A session whose first call runs until it is told to report. */
async function inMidStep(messages?: 'steer' | 'interrupt', atNextStep?: (chain: Chain) => void) {
  let report = (_: ToolCallReport): void => undefined;
  let begun = false;
  const chain: Chain = new Chain(
    {
      model,
      tool: ({ id }) => {
        if (id !== 't1.s1.c1-a') {
          atNextStep?.(chain);
          return some().then(() => SUCCEEDED);
        }
        return new Promise<ToolCallReport>((resolve) => {
          begun = true;
          report = resolve;
        });
      },
    },
    messages ? { messages } : {},
  );
  const first = chain.say('m1');
  await until(() => begun);
  return { chain, first, finish: () => report(SUCCEEDED) };
}

it('a pause in the middle of a turn goes along, and the turn goes on where it was once it is lifted', async () => {
  const { chain, first, finish } = await inMidStep();
  await act(chain, 'pause', { reason: 'lunch' });
  expect(await first).toMatchObject({ kind: 'waiting_for_human' });
  finish();
  await some();
  chain.suggest();
  await until(() => chain.state.run === 2);
  await some();
  expect(chain.state).toMatchObject({ paused: { by, reason: 'lunch' }, status: 'waiting_for_human', turn: 1, step: 1 });
  expect(await chain.say('m1')).toMatchObject({ kind: 'waiting_for_human', pending: [{ kind: 'paused' }] });
  await act(chain, 'resume');
  await until(() => chain.state.active === undefined);
  expect(chain.state.lastAnswer).toBe('answer 1');
  await end(chain);
});

it('a call that a person said had not happened does not run while the session is held, also where the next run is due', async () => {
  const ran: string[] = [];
  const chain: Chain = new Chain({
    model: (input) => ({
      kind: 'answered',
      turn: modelTurn(
        input,
        input.step === 1 ? { kind: 'calls', calls: [charge('t1.s1.c1-a')] } : { kind: 'answer', text: 'done' },
      ),
    }),
    tool: (_call, activityId) => {
      ran.push(activityId);
      return ran.length === 1 ? DOUBT : SUCCEEDED;
    },
  });
  const first = chain.say('m1');
  expect(await first).toMatchObject({ kind: 'waiting_for_human', pending: [{ kind: 'unresolved' }] });
  await act(chain, 'pause');
  expect(await chain.resolve({ actId: 'r1', callId: 't1.s1.c1-a', as: 'absent' })).toMatchObject({ kind: 'done' });
  await some();
  chain.suggest();
  await until(() => chain.state.run === 2);
  await some();
  expect(ran).toHaveLength(1);
  expect(await chain.say('m1')).toMatchObject({ pending: [{ kind: 'paused' }] });
  expect(await chain.resolve({ actId: 'r1', callId: 't1.s1.c1-a', as: 'absent' })).toMatchObject({
    kind: 'already_done',
  });
  await act(chain, 'resume');
  await until(() => chain.state.active === undefined);
  expect(ran).toEqual(['t1.s1.c1-a', 't1.s1.c1-a.again1']);
  expect(chain.state.lastAnswer).toBe('done');
  await end(chain);
});

it('who has taken over answers in the next run what was queued in the last', async () => {
  const { chain, finish } = await inMidStep();
  await act(chain, 'take_over');
  expect(await chain.say('m2')).toMatchObject({ kind: 'with_person', person: by });
  finish();
  await some();
  chain.suggest();
  await until(() => chain.state.run === 2);
  await act(chain, 'speak', { text: 'I am here' });
  await until(() => chain.state.active === undefined);
  for (const id of ['m1', 'm2']) expect(await chain.say(id)).toMatchObject({ kind: 'reply', text: 'I am here', by });
  expect(await act(chain, 'take_over')).toMatchObject({ kind: 'already_done' });
  await end(chain);
});

it('messages that joined a turn are answered with it in the next run', async () => {
  let joined: readonly string[] = [];
  const { chain, first, finish } = await inMidStep('steer', (session) => {
    joined = [...session.state.steered];
    session.suggest();
  });
  const second = chain.say('m2');
  await some();
  finish();
  expect(await first).toMatchObject({ kind: 'reply', text: 'answer 1' });
  expect(await second).toMatchObject({ kind: 'reply', text: 'answer 1', messageId: 'm2' });
  expect(joined).toEqual(['m2']);
  expect(chain.state).toMatchObject({ run: 2, turn: 1, steered: [] });
  await end(chain);
});

it('a message that breaks a turn off while the next run is due is answered, and so is the turn', async () => {
  const { chain, first, finish } = await inMidStep('interrupt');
  chain.suggest();
  await some();
  const second = chain.say('m2');
  await some();
  finish();
  expect(await first).toMatchObject({ kind: 'stopped', reason: 'interrupted' });
  expect(await second).toMatchObject({ kind: 'reply', text: 'answer 2', turn: 2 });
  expect(replies(chain)).toEqual([
    ['m1', 'stopped'],
    ['m2', 'reply'],
  ]);
  await end(chain);
});
