/** The scripted conversation: complete, as careless as it says it is, and honest about what the tools told it. */
import { openCalendar } from '../../../examples/receptionist/calendar';
import { receptionist } from '../../../examples/receptionist/agent';
import { CONVERSATION, script } from '../../../examples/receptionist/script';
import { chooseAnswer } from '../../../testing/choose-answer';
import { readRequest, type ChatRequest } from '../../../testing/read-request';

type Messages = ChatRequest['messages'];

const agent = receptionist(openCalendar(':memory:'));
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

test('seven turns, each beginning with tools', () => {
  expect(CONVERSATION).toHaveLength(7);
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
    ask(turn(said(6))),
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
  expect(ask(turn('slots 2027-03-03', ['list_free_slots', { slots: [] }]))).toEqual({
    kind: 'text',
    text: 'list_free_slots: {"slots":[]}',
  });
});
