/** The scripted conversation: complete, told apart by agent, as careless as it says it is, and honest about what it was told. */
import { supportDesk } from '../../../examples/support-desk/agents';
import { CONVERSATION, SAYS, SHORT_CONVERSATION } from '../../../examples/support-desk/conversation';
import { script } from '../../../examples/support-desk/script';
import { openShop } from '../../../examples/support-desk/shop';
import { chooseAnswer } from '../../../testing/choose-answer';
import { readRequest, type ChatRequest } from '../../../testing/read-request';

type Messages = ChatRequest['messages'];

const agents = new Map(supportDesk(openShop(':memory:'), 'http://127.0.0.1:9').map((agent) => [agent.name, agent]));
const ENGINE = ['update_state', 'hand_back', 'give_result'];

function toolsOf(name: string): readonly string[] {
  const agent = agents.get(name);
  if (!agent) throw new Error(`there is no agent ${name}`);
  return [...agent.tools.keys(), ...agent.handoffs.keys(), ...agent.delegates.keys(), ...ENGINE];
}

/** What is asked of the model of an agent. */
function ask(agent: string, messages: Messages, state?: string) {
  const system = { role: 'system', content: String(agents.get(agent)?.instructions) };
  const end =
    state === undefined
      ? []
      : [{ role: 'system', content: `The state of this session, kept by the engine: …\n${state}` }];
  const tools = toolsOf(agent).map((name) => ({ function: { name } }));
  return chooseAnswer(script, readRequest({ messages: [system, ...messages, ...end], tools }));
}

/** The messages of a turn in which the script's calls were answered with these results, in order. */
function turn(user: string, ...steps: readonly (readonly [tool: string, result: unknown])[]): Messages {
  return [
    { role: 'user', content: user },
    ...steps.flatMap(([name, result], index) => [
      { role: 'assistant', content: null, tool_calls: [{ id: `call_${user.length}_${index}`, function: { name } }] },
      {
        role: 'tool',
        tool_call_id: `call_${user.length}_${index}`,
        content: typeof result === 'string' ? result : JSON.stringify(result),
      },
    ]),
  ];
}

test('thirteen turns, of which the sweep plays six', () => {
  expect(CONVERSATION).toHaveLength(13);
  expect(SHORT_CONVERSATION.filter((text) => CONVERSATION.includes(text))).toHaveLength(6);
});

test.each([
  ['triage', SAYS.hello, ['update_state']],
  ['triage', SAYS.who, ['chek_identity']],
  ['triage', SAYS.rights, ['ask_researcher', 'ask_writer']],
  ['triage', SAYS.shipped, ['transfer_to_orders']],
  ['orders', SAYS.shipped, ['look_up_order']],
  ['orders', SAYS.address, ['change_address']],
  ['orders', SAYS.mugs, ['cancel_item']],
  ['orders', SAYS.lamp, ['transfer_to_refunds']],
  ['refunds', SAYS.lamp, ['look_up_order']],
  ['refunds', SAYS.agreed, ['refund_payment']],
  ['refunds', SAYS.again, ['refund_payment']],
  ['refunds', SAYS.onItsWay, ['hand_back']],
  ['orders', SAYS.onItsWay, ['look_up_order']],
  ['orders', SAYS.letter, ['transfer_to_triage']],
  ['triage', SAYS.letter, ['send_letter']],
  ['researcher', 'What is it?\nIt is about order 70002.', ['find_articles', 'order_history']],
  ['writer', 'Write a letter. It says so.\n- It is so.', ['give_result']],
])('%s, told %j, begins with %j', (agent, user, expected) => {
  const answer = ask(agent, turn(user));
  const called = answer.kind === 'calls' ? answer.calls.map(({ tool }) => tool) : [answer.kind];
  expect(called).toEqual(expected);
  // All but the misspelt one exist.
  expect(called.filter((name) => !toolsOf(agent).includes(name))).toEqual(
    called.includes('chek_identity') ? called : [],
  );
});

test('what tools did not do is not said to be done', () => {
  const failed = JSON.stringify({ error: 'failed', message: 'No such luck.' });
  const sorry = { kind: 'text', text: 'I am sorry, that did not work. No such luck.' };
  expect(ask('triage', turn(SAYS.who, ['chek_identity', 'no'], ['check_identity', failed]))).toEqual(sorry);
  expect(ask('triage', turn(SAYS.shipped, ['transfer_to_orders', failed]))).toEqual(sorry);
  expect(ask('orders', turn(SAYS.address, ['change_address', failed]))).toEqual(sorry);
  expect(ask('orders', turn(SAYS.mugs, ['cancel_item', failed]))).toEqual(sorry);
  expect(ask('refunds', turn(SAYS.agreed, ['refund_payment', failed]))).toEqual(sorry);
});

test('what is owed is met by its id, as the state says it', () => {
  const state =
    'Still owed:\n- h3.o2: "pay back £24.00 for MUGS-4 of order 70001" (by orders, now)\n- o1: "send the letter" (by triage, now)\nDone:\n- c1: "x"';
  const paid = { refund_id: 'rf_0001', amount: 2_400, item: 'MUGS-4' };
  const messages = turn(SAYS.mugs, ['cancel_item', { to_pay_back: 2_400 }], ['refund_payment', paid]);
  expect(ask('orders', messages, state)).toMatchObject({
    calls: [{ tool: 'update_state', arguments: { met: ['h3.o2'] } }],
  });
  const letter = turn(SAYS.rights, ['ask_writer', { subject: 'S', body: 'Dear N' }]);
  const established = `${state}\nEstablished:\n- h3.f2: "Order 70001 goes to Leeds LS1 4DT." (from "order 70001", now)`;
  expect(ask('triage', [...letter, ...turn(SAYS.letter)], established)).toMatchObject({
    calls: [{ arguments: { subject: 'S', body: 'Dear N\nOrder 70001 goes to Leeds LS1 4DT.', meets: ['o1'] } }],
  });
  expect(ask('triage', turn(SAYS.goodbye), state)).toMatchObject({ text: expect.stringContaining('We still owe you') });
  expect(ask('triage', turn(SAYS.goodbye))).toMatchObject({ text: 'Nothing is left open. Goodbye, Ms Berger!' });
});

test('the amount of a refund is what the order says, as a text', () => {
  const order = { stands: 'delivered', items: [{ sku: 'LAMP-2', name: 'Floor lamp', paid: 14_900 }] };
  const looked = turn(SAYS.lamp, ['look_up_order', order], ['update_state', {}]);
  expect(ask('refunds', looked)).toMatchObject({ text: expect.stringContaining('That is £149.00 for the floor lamp') });
  expect(ask('refunds', [...looked, ...turn(SAYS.agreed)])).toMatchObject({
    calls: [{ arguments: { sku: 'LAMP-2', amount: '14900' } }],
  });
});

test('the researcher leaves its sources out at first; what it comes back with is what it read', () => {
  const found = { articles: [{ article: 'P-1', title: 'T', text: 'Paid back in full.' }] };
  const question = 'What is it?';
  expect(ask('researcher', turn(question, ['find_articles', found]))).toMatchObject({
    calls: [{ tool: 'give_result', arguments: { findings: [{ text: 'Paid back in full.' }] } }],
  });
  expect(ask('researcher', turn(question, ['find_articles', found], ['give_result', 'refused']))).toMatchObject({
    calls: [{ arguments: { answer: 'Paid back in full.', findings: [{ text: 'Paid back in full.', source: 'P-1' }] } }],
  });
});

test('off the script it says that it is one, turns commands into calls, and greets who is handed over by one', () => {
  expect(ask('triage', turn('Do you like jazz?'))).toMatchObject({
    text: expect.stringContaining('scripted stand-in'),
  });
  expect(ask('triage', turn('orders'))).toMatchObject({ calls: [{ tool: 'transfer_to_orders' }] });
  expect(ask('orders', turn('orders'))).toMatchObject({ text: 'This is the orders desk now.' });
  expect(ask('orders', [...turn('look 70001', ['look_up_order', {}]), ...turn('back')])).toMatchObject({
    calls: [{ tool: 'hand_back' }],
  });
  expect(ask('orders', turn('back'))).toMatchObject({ text: 'This is the orders desk now.' });
  expect(ask('refunds', turn('refund 70002 LAMP-2 149.00'))).toMatchObject({
    calls: [{ tool: 'refund_payment', arguments: { order_number: 70002, sku: 'LAMP-2', amount: 14_900 } }],
  });
  // Of another desk.
  expect(ask('triage', turn('refund 70002 LAMP-2 149.00'))).toMatchObject({
    text: expect.stringContaining('stand-in'),
  });
});
