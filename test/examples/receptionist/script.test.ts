/** The scripted conversation: complete, as careless as it says it is, and honest about what the tools told it. */
import { openCalendar } from '../../../examples/receptionist/calendar';
import { receptionist } from '../../../examples/receptionist/agent';
import { CONVERSATION, script } from '../../../examples/receptionist/script';
import { chooseAnswer } from '../../../testing/choose-answer';
import { readRequest, type ChatRequest } from '../../../testing/read-request';

type Messages = ChatRequest['messages'];

const agent = receptionist(openCalendar(':memory:'), 'http://127.0.0.1:9');
const tools = [...agent.tools.keys()].map((name) => ({ function: { name } }));
const ask = (messages: Messages) => chooseAnswer(script, readRequest({ messages, tools }));

/** The messages of a turn in which the script's calls were answered with these results, in order. */
function turn(user: string, ...steps: readonly (readonly [tool: string, result: unknown])[]): Messages {
  return [
    { role: 'user', content: user },
    ...steps.flatMap(([name, result], index) => [
      { role: 'assistant', content: null, tool_calls: [{ id: `call_${index}`, function: { name } }] },
      {
        role: 'tool',
        tool_call_id: `call_${index}`,
        content: typeof result === 'string' ? result : JSON.stringify(result),
      },
    ]),
  ];
}

const said = (index: number) => CONVERSATION[index] ?? '';
const BOOKED = { appointment_id: 4006, when: 'Tuesday 2 March 2027, 09:00', with: 'Dr Okafor' };

test('ten turns, each beginning with tools', () => {
  expect(CONVERSATION).toHaveLength(10);
  for (const user of CONVERSATION) expect(ask(turn(user))).toMatchObject({ kind: 'calls' });
});

test('the model is careless: a misspelt tool, numbers as text, a slot that is gone', () => {
  const misspelt = ask(turn(said(1)));
  expect(misspelt).toMatchObject({ kind: 'calls', calls: [{ tool: 'book_apointment' }] });
  expect(agent.tools.has('book_apointment')).toBe(false);
  expect(ask(turn(said(1), ['book_apointment', 'There is no such tool.']))).toMatchObject({
    calls: [{ tool: 'book_appointment', arguments: { patient_id: '1007', slot_id: '2027-03-02T09:00/okafor' } }],
  });
  expect(ask(turn(said(0)))).toMatchObject({ calls: [{}, { tool: 'list_free_slots', arguments: { limit: '4' } }] });
  expect(ask(turn(said(2), ['find_patient', { found: true }]))).toMatchObject({
    calls: [{ tool: 'book_appointment', arguments: { slot_id: '2027-03-02T09:30/okafor' } }],
  });
});

test('every tool it names but the misspelt one exists', () => {
  const asked = [
    ask(turn(said(0))),
    ask(turn(said(2), ['find_patient', {}], ['book_appointment', 'taken'])),
    ask(turn(said(3))),
    ask(turn(said(4))),
    ask(turn(said(5))),
    ...[6, 7, 8, 9].map((index) => ask(turn(said(index)))),
  ];
  const names = asked.flatMap((answer) =>
    answer.kind === 'calls' ? answer.calls.map((call) => call.tool) : ['(none)'],
  );
  expect(names.filter((name) => !agent.tools.has(name))).toEqual([]);
});

test('the appointment number comes from the booking that the conversation holds', () => {
  const before = turn(said(1), ['book_apointment', 'no'], ['book_appointment', { ...BOOKED, appointment_id: 77 }]);
  expect(ask([...before, { role: 'assistant', content: 'Booked.' }, ...turn(said(4))])).toMatchObject({
    calls: [{ tool: 'cancel_appointment', arguments: { patient_id: 1007, appointment_id: 77 } }],
  });
});

/** The messages of a conversation in which the appointment is booked. */
const AFTER_BOOKING = [
  ...turn(said(1), ['book_apointment', 'no'], ['book_appointment', BOOKED]),
  { role: 'assistant', content: 'Booked.' },
];
const DEPOSIT = { patient_id: 1007, appointment_id: 4006, currency: 'GBP' };

test('the deposit is for the appointment that was booked, and is asked for again by arguments that mean the same', () => {
  const tool = agent.tools.get('take_deposit');
  const first = ask([...AFTER_BOOKING, ...turn(said(6))]);
  const second = ask([...AFTER_BOOKING, ...turn(said(8))]);
  expect(first).toMatchObject({ calls: [{ tool: 'take_deposit', arguments: { ...DEPOSIT, amount: '2000' } }] });
  expect(second).toMatchObject({ calls: [{ tool: 'take_deposit', arguments: { ...DEPOSIT, amount: 2000 } }] });
  expect(tool?.input.safeParse({ ...DEPOSIT, amount: 2000 }).success).toBe(true);
});

test('the text message says what the booking said, and fits the tool', () => {
  const answer = ask([...AFTER_BOOKING, ...turn(said(7))]);
  const words = 'Linden Street Clinic: Tuesday 2 March 2027, 09:00, Dr Okafor. Appointment 4006.';
  expect(answer).toEqual({
    kind: 'calls',
    calls: [{ tool: 'send_text_message', arguments: { patient_id: 1007, text: words } }],
  });
});

test('of a payment and a message it tells what the tools said', () => {
  const charged = { charge_id: 'ch_0001', amount: 2000, currency: 'GBP' };
  expect(ask(turn(said(6), ['take_deposit', charged]))).toMatchObject({
    text: 'I have taken the deposit of £20.00 from your card. The reference of the payment is ch_0001.',
  });
  expect(ask(turn(said(8), ['take_deposit', charged]))).toMatchObject({
    text: expect.stringContaining('£20.00 has been paid, with the reference ch_0001'),
  });
  expect(ask(turn(said(7), ['send_text_message', { message_id: 'sms_0001' }]))).toMatchObject({
    text: expect.stringContaining('on its way to the number that we have of you (message sms_0001)'),
  });
  expect(ask(turn(said(7), ['send_text_message', 'Nobody knows.']))).toMatchObject({
    text: 'I am sorry, that did not work. Nobody knows.',
  });
});

test('what it tells the user is what the tool said, also where the tool failed', () => {
  expect(ask(turn(said(1), ['book_apointment', 'no'], ['book_appointment', BOOKED]))).toEqual({
    kind: 'text',
    text: 'You are booked for Tuesday 2 March 2027, 09:00 with Dr Okafor. Your appointment number is 4006.',
  });
  expect(ask(turn(said(1), ['book_apointment', 'no'], ['book_appointment', 'That slot is taken.']))).toEqual({
    kind: 'text',
    text: 'I am sorry, that did not work. That slot is taken.',
  });
});

test('off the script it says that it is one, and turns commands into calls', () => {
  const answer = ask(turn('Do you like jazz?'));
  expect(answer.kind === 'text' && answer.text).toContain('scripted stand-in');
  expect(ask(turn('book 1001 2027-03-03T09:00/lind Sore throat'))).toMatchObject({
    calls: [
      {
        tool: 'book_appointment',
        arguments: { patient_id: 1001, slot_id: '2027-03-03T09:00/lind', reason: 'Sore throat' },
      },
    ],
  });
  expect(ask(turn('deposit 1007 4006 20.50'))).toMatchObject({
    calls: [{ tool: 'take_deposit', arguments: { ...DEPOSIT, amount: 2050 } }],
  });
  expect(ask(turn('text 1007 See you soon.'))).toMatchObject({
    calls: [{ tool: 'send_text_message', arguments: { patient_id: 1007, text: 'See you soon.' } }],
  });
  expect(ask(turn('slots 2027-03-03', ['list_free_slots', { slots: [] }]))).toEqual({
    kind: 'text',
    text: 'list_free_slots: {"slots":[]}',
  });
});
