/** What a script answers is decided by the request's content alone. */
import { chooseAnswer } from '../../testing/choose-answer';
import { readRequest, type ChatRequest } from '../../testing/read-request';
import { callsTool, lastResult, says, type Script } from '../../testing/script';

const SCRIPT: Script = {
  name: 'greeter',
  turns: [
    {
      user: 'Hello there',
      answers: [
        callsTool('greet', { name: 'Ada' }),
        (request) => says(`the tool said ${lastResult(request, 'greet')?.text ?? 'nothing'}`),
      ],
    },
    { user: /^bye/i, answers: [says('Goodbye.')] },
  ],
};

const user = (content: string) => ({ role: 'user', content });
const asked = (id: string) => ({ role: 'assistant', content: null, tool_calls: [{ id, function: { name: 'greet' } }] });
const outcome = (id: string, content: string) => ({ role: 'tool', tool_call_id: id, content });
const answerTo = (...messages: ChatRequest['messages']) => chooseAnswer(SCRIPT, readRequest({ messages }));

test('the answers of a turn follow each other by what the request holds', () => {
  expect(answerTo(user('Hello there'))).toEqual(callsTool('greet', { name: 'Ada' }));
  expect(answerTo(user('Hello there'), asked('a'), outcome('a', 'hi'))).toEqual(says('the tool said hi'));
});

test('the same request gets the same answer however often it is sent', () => {
  const answers = [1, 2, 3].map(() => answerTo(user('Hello there')));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
});

test('earlier turns do not count, and their outcomes can still be read', () => {
  const first = [user('Hello there'), asked('a'), outcome('a', '{"n":1}'), { role: 'assistant', content: 'done' }];
  expect(answerTo(...first, user('Hello there'))).toEqual(callsTool('greet', { name: 'Ada' }));
  const request = readRequest({ messages: [...first, user('bye')] });
  expect(request.position).toBe(0);
  expect(request.results).toEqual([]);
  expect(lastResult(request, 'greet')).toEqual({ tool: 'greet', callId: 'a', text: '{"n":1}', json: { n: 1 } });
});

test('white space and case of a text do not matter, and an expression may match a part', () => {
  expect(answerTo(user('  hello   THERE '))).toEqual(callsTool('greet', { name: 'Ada' }));
  expect(answerTo(user('Bye for now'))).toEqual(says('Goodbye.'));
});

test('what no turn covers is refused with the turns that exist', () => {
  expect(answerTo(user('What time is it?'))).toEqual({
    kind: 'error',
    status: 400,
    message: 'The script "greeter" has no answer to "What time is it?"; it answers: "Hello there", /^bye/i.',
  });
});

test('a turn that is asked for more answers than it holds says so', () => {
  const answer = answerTo(user('bye'), { role: 'assistant', content: 'Goodbye.' });
  expect(answer.kind === 'error' && answer.message).toContain('holds 1 answers for /^bye/i');
});

test('a fallback answers instead of the refusal', () => {
  const script = { ...SCRIPT, fallback: () => says('I am scripted.') };
  expect(chooseAnswer(script, readRequest({ messages: [user('What time is it?')] }))).toEqual(says('I am scripted.'));
});

test('agents whose users say the same are told apart by their instructions', () => {
  const script: Script = {
    name: 'two desks',
    turns: [
      { system: /^You are the front desk/, user: 'Hello there', answers: [says('Front desk.')] },
      { system: /^You are the back office/, user: 'Hello there', answers: [says('Back office.')] },
    ],
  };
  const ask = (instructions: string) =>
    chooseAnswer(
      script,
      // A later note may speak of another agent.
      readRequest({
        messages: [
          { role: 'system', content: instructions },
          user('Hello there'),
          { role: 'system', content: 'You are the front desk’s.' },
        ],
      }),
    );
  expect(ask('You are the back office.')).toEqual(says('Back office.'));
  expect(ask('You are the front desk.')).toEqual(says('Front desk.'));
  expect(ask('You are a third one.')).toMatchObject({
    kind: 'error',
    status: 400,
    message: expect.stringContaining('"Hello there" under /^You are the front desk/'),
  });
});
