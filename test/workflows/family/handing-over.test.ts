/** Who gets the user, with what, and who is asked where control goes back. */
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { plannedCall } from '../session/scripted-moves';
import { calls, idIn, says, transfer, within } from './casting';
import { ticks } from './family-node';
import { FamilyWorld } from './family-world';

let world: FamilyWorld;
afterEach(() => world.stop());

const ACCEPT = { acceptMs: 1_000 };

function handBack(input: ModelCallInput): ModelResult {
  return calls(input, transfer(input, input.child?.from ?? '', { tool: 'hand_back' }));
}

/** The children, in one line each. */
function children(): readonly string[] {
  return [...world.root.state.family.records.values()].map(({ agent, taskQueue = 'own', phase, reason, contract }) =>
    [agent, taskQueue, phase, ...(reason ? [reason] : []), ...(contract.grants?.only ?? [])].join(' '),
  );
}

test('control goes back to where it came from: the same queue, the same tools, and from there to whoever was before', async () => {
  const model = (input: ModelCallInput): ModelResult => {
    const { agent, child, turn } = input;
    if (turn > 1) return agent === 'front' ? says(input) : handBack(input);
    if (agent === 'front') return calls(input, transfer(input, 'far', { taskQueue: 'Q', ...ACCEPT }));
    if (agent === 'near') return handBack(input);
    // The first time it goes on to a colleague, who may do less than it may itself; the second time it answers.
    const isFirst = world.root.state.family.records.size === 1;
    const less = { taskQueue: 'queue', ...ACCEPT, grants: { only: ['look'] } };
    return isFirst ? calls(input, transfer(input, 'near', less)) : says(input, `far, for ${child?.from}`);
  };
  world = new FamilyWorld({ model }, { agent: 'front' });
  expect(await within(world, world.say('m-1', 'hello'))).toMatchObject({ kind: 'reply', text: 'far, for front' });
  expect(children()).toEqual(['far Q closed handed_over', 'near own closed handed_over look', 'far Q open']);
  expect(await within(world, world.say('m-2', 'go on'))).toMatchObject({ kind: 'reply', text: 'front answers' });
  expect(children()).toEqual([
    'far Q closed handed_over',
    'near own closed handed_over look',
    'far Q closed handed_back',
  ]);
});

test('an agent on another task queue hands over to a colleague there', async () => {
  const model = (input: ModelCallInput): ModelResult => {
    if (input.agent === 'front' && !input.child)
      return calls(input, transfer(input, 'far', { taskQueue: 'Q', ...ACCEPT }));
    // By name it is the first session's agent, and another one all the same.
    if (input.agent === 'far') return calls(input, transfer(input, 'front'));
    return says(input, `${input.agent} over there`);
  };
  world = new FamilyWorld({ model }, { agent: 'front' });
  expect(await within(world, world.say('m-1', 'hello'))).toMatchObject({ kind: 'reply', text: 'front over there' });
  expect(children()).toEqual(['far Q closed handed_over', 'front Q open']);
});

test('what the user wrote meanwhile and that joined the turn reaches the agent that takes it over', async () => {
  const heard: string[] = [];
  const model = (input: ModelCallInput): ModelResult => {
    if (input.agent === 'desk') {
      heard.push(...input.items.flatMap((item) => (item.kind === 'user' ? [item.text] : [])));
      return says(input);
    }
    return calls(input, input.step === 1 ? plannedCall(idIn(input)) : transfer(input, 'desk'));
  };
  world = new FamilyWorld({ model }, { agent: 'front', messages: 'steer' });
  const first = world.say('m-1', 'cancel my order');
  await ticks(3);
  const second = world.say('m-2', 'no wait, order 7 and not 5');
  expect(await within(world, first)).toMatchObject({ kind: 'reply', text: 'desk answers' });
  expect(await within(world, second)).toMatchObject({ kind: 'reply', text: 'desk answers' });
  expect(heard).toEqual(['cancel my order\n\nno wait, order 7 and not 5']);
});

const toDesk = (input: ModelCallInput): ModelResult => {
  if (input.agent === 'front') return input.turn === 1 ? calls(input, transfer(input, 'desk')) : says(input);
  return input.turn === 2 ? handBack(input) : says(input);
};

test('a message that the agent which has the user does not take ends its turn, in words', async () => {
  const model = (input: ModelCallInput) => (input.agent === 'desk' ? says(input) : toDesk(input));
  world = new FamilyWorld({ model }, { agent: 'front' });
  expect(await within(world, world.say('m-1', 'hello'))).toMatchObject({ kind: 'reply' });
  const request = { messageId: 'm-2', text: 'what somebody else sent to it' };
  world.nodes.get('root/h1')?.parts.relays?.take({ relayId: 'send:m-2', act: 'send', payload: { request } });
  await ticks(40);
  expect(await within(world, world.say('m-2', 'my text'))).toMatchObject({
    kind: 'stopped',
    reason: 'refused',
    message: expect.stringContaining('desk did not take the message') as string,
  });
});

test('an act that was done is answered without acting again, whoever has the user by then', async () => {
  world = new FamilyWorld({ model: toDesk }, { agent: 'front' });
  await within(world, world.say('m-1', 'hello'));
  const act = { actId: 'p', act: 'patch_state', patch: { opened: ['call back'] }, by: 'ada' } as const;
  expect(await within(world, world.intervene(act))).toMatchObject({ kind: 'done' });
  expect(await within(world, world.say('m-2', 'go on'))).toMatchObject({ kind: 'reply', text: 'front answers' });
  expect(await within(world, world.intervene(act))).toMatchObject({ kind: 'already_done' });
  const other = { ...act, patch: { opened: ['something else'] } };
  expect(await within(world, world.intervene(other))).toMatchObject({ type: 'Refused' });
  expect(world.root.state.doc.owed.map(({ text }) => text)).toEqual(['call back']);
});
