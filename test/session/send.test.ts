/** What `send` promises: one answer per message, whoever asks, however often, and words instead of hangs for the rest. */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import {
  AgentMismatch,
  InvalidRequest,
  MessageIdReused,
  SessionClosed,
  type SendResult,
  type SessionClient,
} from '../../client';
import { callsTool, failsWith, says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { MAX_MESSAGE_BYTES } from '../../workflows/contracts';
import { activities, failedTasks, fetchHistory } from './history';
import { caught, eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

const written: string[] = [];

const notes = defineAgent({
  name: 'notes',
  instructions: 'You keep notes.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'write_note',
      description: 'Writes a note down.',
      effect: 'idempotent',
      input: z.object({ text: z.string() }),
      run: ({ text }) => {
        written.push(text);
        return { written: true };
      },
    }),
  ],
});

let model: ScriptedOpenAI;
let stage: Stage;
let client: SessionClient;

beforeAll(async () => {
  model = await startScriptedOpenAI({
    latencyMs: 60,
    script: {
      name: 'notes',
      turns: [
        {
          user: /^note /,
          answers: [
            (request) => callsTool('write_note', { text: request.user }),
            (request) => says(`noted: ${request.user}`),
          ],
        },
        { user: 'refuse me', answers: [failsWith(400, 'no such parameter')] },
      ],
      fallback: (request) => says(`heard: ${request.user}`),
    },
  });
  stage = await startStage({ agents: [notes], modelUrl: model.url });
  client = stage.client;
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

const sending = { timeoutMs: PATIENCE_MS };
/** How often the model was asked about a text as the user's last words. */
const asked = (text: string): number =>
  model.requests().filter(({ body }) => lastUserMessage(body) === text && !body.includes('"role":"tool"')).length;

function lastUserMessage(body: Buffer): unknown {
  const { messages } = JSON.parse(body.toString('utf8')) as { messages: { role: string; content: unknown }[] };
  return messages.findLast((message) => message.role === 'user')?.content;
}

async function newSession(first = 'hello'): Promise<string> {
  const sessionId = uniqueName('send');
  await client.send({ sessionId, agent: 'notes', text: first }, sending);
  return sessionId;
}

test('one call starts the session and gets the first answer', async () => {
  const sessionId = uniqueName('send');
  const answer = await client.send({ sessionId, agent: 'notes', text: 'note milk' }, sending);
  expect(answer).toMatchObject({ kind: 'reply', turn: 1, text: 'noted: note milk' });
  expect(await client.session(sessionId).status()).toMatchObject({
    status: 'waiting_for_user',
    turn: 1,
    usage: { modelCalls: 2, toolCalls: 1 },
  });
});

test('the same message id gets the same answer, and no second turn', async () => {
  const sessionId = uniqueName('send');
  const message = { sessionId, agent: 'notes', text: 'note bread', messageId: 'm-1' };
  const first = await client.send(message, sending);
  const other = await stage.connect();
  expect(await client.send(message, sending)).toEqual(first);
  expect(await other.send(message, sending)).toEqual(first);
  expect(await other.session(sessionId).send({ text: 'note bread', messageId: 'm-1', agent: 'notes' })).toEqual(first);
  await client.session(sessionId).send('something else', sending);
  expect(await client.send(message, sending)).toEqual(first);
  expect(written.filter((text) => text === 'note bread')).toHaveLength(1);
  expect(asked('note bread')).toBe(1);
});

test('a repeat while the turn runs waits for the one answer', async () => {
  const sessionId = uniqueName('send');
  const message = { sessionId, agent: 'notes', text: 'note tea', messageId: 'm-1' };
  const answers = await Promise.all([1, 2, 3].map(() => client.send(message, sending)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toHaveProperty('size', 1);
  expect(answers[0]).toMatchObject({ kind: 'reply', turn: 1, text: 'noted: note tea' });
  expect(written.filter((text) => text === 'note tea')).toHaveLength(1);
});

test('the same message id with other content is refused, and touches nothing', async () => {
  const sessionId = await newSession();
  const session = client.session(sessionId);
  await session.send({ text: 'one', messageId: 'm-1' }, sending);
  const before = await session.status();
  const error = await caught(session.send({ text: 'two', messageId: 'm-1' }, sending));
  expect(error).toBeInstanceOf(MessageIdReused);
  expect(error.message).toContain('m-1');
  expect(asked('two')).toBe(0);
  expect(await session.status()).toEqual(before);
});

test('another agent than the session has is refused by name', async () => {
  const sessionId = await newSession();
  const error = await caught(client.session(sessionId).send({ text: 'hello', agent: 'billing' }, sending));
  expect(error).toBeInstanceOf(AgentMismatch);
  expect(error.message).toContain('is with the agent notes, not billing');
  expect(await client.session(sessionId).status()).toMatchObject({ turn: 1, refused: 0 });
});

test('a malformed or too large message is refused before it is sent, and by the session too', async () => {
  const sessionId = await newSession();
  const session = client.session(sessionId);
  const long = 'x'.repeat(MAX_MESSAGE_BYTES + 1);
  for (const [text, words] of [
    ['', 'text is empty'],
    [long, `at most ${MAX_MESSAGE_BYTES} are taken`],
    ['half \ud83d', 'half of a surrogate pair'],
  ] as const) {
    const error = await caught(session.send(text, sending));
    expect(error).toBeInstanceOf(InvalidRequest);
    expect(error.message).toContain(words);
  }
  expect(await caught(session.send({ text: 'hi', messageId: 'with space' }))).toBeInstanceOf(InvalidRequest);
  // Past the client's own check: the session refuses the same with the same words.
  const handle = stage.temporal.workflow.getHandle(sessionId);
  const raw = await caught(handle.executeUpdate('send', { args: [{ messageId: 'm-9', text: long }] }));
  expect(String(raw.cause)).toContain(`at most ${MAX_MESSAGE_BYTES} are taken`);
  expect(await session.send('still there?', sending)).toMatchObject({ kind: 'reply', turn: 2 });
  // The longest that is taken gets its answer.
  const longest = 'y'.repeat(MAX_MESSAGE_BYTES);
  expect(await session.send(longest, sending)).toMatchObject({ kind: 'reply', turn: 3, text: `heard: ${longest}` });
});

test('ten clients at once: each is answered, nothing hangs, nothing is lost or done twice', async () => {
  const sessionId = uniqueName('send');
  const clients = await Promise.all(Array.from({ length: 10 }, () => stage.connect()));
  const answers = await Promise.all(
    clients.map((each, index) =>
      each.send({ sessionId, agent: 'notes', text: `note crowd ${index}`, messageId: `m-${index}` }, sending),
    ),
  );
  expect(answers.map((answer) => (answer.kind === 'reply' ? answer.text : answer.kind))).toEqual(
    clients.map((_, index) => `noted: note crowd ${index}`),
  );
  expect(new Set(answers.map((answer) => ('turn' in answer ? answer.turn : 0)))).toHaveProperty('size', 10);
  expect(written.filter((text) => text.startsWith('note crowd')).sort()).toEqual(
    clients.map((_, index) => `note crowd ${index}`),
  );
  expect(failedTasks(await fetchHistory(stage.temporal, sessionId))).toEqual([]);
});

test('at most four wait; the others are told at once that they are queued, and find their answer by query', async () => {
  const sessionId = await newSession();
  const session = client.session(sessionId);
  const texts = Array.from({ length: 10 }, (_, index) => `queue ${index}`);
  const answers = await Promise.all(
    texts.map((text, index) => session.send({ text, messageId: `q-${index}` }, { ...sending, follow: false })),
  );
  const kinds = answers.map((answer) => answer.kind);
  expect(kinds.filter((kind) => kind !== 'reply' && kind !== 'queued')).toEqual([]);
  expect(kinds).toContain('queued');
  expect(kinds.filter((kind) => kind === 'reply').length).toBeGreaterThanOrEqual(4);
  for (const [index, text] of texts.entries()) {
    const found = await eventually<SendResult>(`the answer to ${text}`, async () => {
      const answer = await session.answer(`q-${index}`);
      return answer.kind === 'answered' ? answer.answer : undefined;
    });
    expect(found).toMatchObject({ kind: 'reply', text: `heard: ${text}` });
    expect(asked(text)).toBe(1);
  }
  expect(await session.status()).toMatchObject({ turn: 11, queued: 0 });
});

test('a client that is gone before its answer gets it when it asks again', async () => {
  const sessionId = uniqueName('send');
  const message = { sessionId, agent: 'notes', text: 'note gone', messageId: 'm-1' };
  await caught(client.send(message, { timeoutMs: 40 }));
  expect(await client.send(message, sending)).toMatchObject({ kind: 'reply', turn: 1, text: 'noted: note gone' });
  expect(written.filter((text) => text === 'note gone')).toHaveLength(1);
});

test('a task ends with its answer as the result, and takes no second message', async () => {
  const sessionId = uniqueName('task');
  const message = { sessionId, agent: 'notes', mode: 'task', text: 'note task', messageId: 'm-1' } as const;
  const answer = await client.send(message, sending);
  expect(answer).toMatchObject({ kind: 'reply', text: 'noted: note task' });
  const session = client.session(sessionId);
  expect(await session.result()).toMatchObject({
    status: 'completed',
    reason: 'task_done',
    answer: 'noted: note task',
    turns: 1,
  });
  expect(await client.send(message, sending)).toEqual(answer);
  expect(await caught(session.send('more', sending))).toBeInstanceOf(SessionClosed);
});

test('a task whose turn was stopped ends as stopped, with the reason', async () => {
  const sessionId = uniqueName('task');
  const answer = await client.send({ sessionId, agent: 'notes', mode: 'task', text: 'refuse me' }, sending);
  expect(answer).toMatchObject({ kind: 'stopped', reason: 'ModelBadRequest', session: 'ended' });
  expect(await client.session(sessionId).result()).toMatchObject({ status: 'stopped', reason: 'ModelBadRequest' });
});

test('a closed session still gives the answers it gave; a new message is told how it ended', async () => {
  const sessionId = await newSession();
  const session = client.session(sessionId);
  const answer = await session.send({ text: 'note before', messageId: 'm-1' }, sending);
  await session.end({ by: 'ada', reason: 'all done' });
  await session.result(sending);
  expect(await session.send({ text: 'note before', messageId: 'm-1' }, sending)).toEqual(answer);
  expect(await client.send({ sessionId, agent: 'notes', text: 'note before', messageId: 'm-1' }, sending)).toEqual(
    answer,
  );
  const error = await caught(session.send('note after', sending));
  expect(error).toBeInstanceOf(SessionClosed);
  expect(error.message).toContain('the session was ended by ada: all done');
  expect(asked('note after')).toBe(0);
  expect(written.filter((text) => text === 'note before')).toHaveLength(1);
});

test('an unknown agent: the names that exist, session stopped, no model call, no effect', async () => {
  const sessionId = uniqueName('unknown');
  const requests = model.requests().length;
  const answer = await client.send({ sessionId, agent: 'notess', text: 'note nothing' }, sending);
  expect(answer).toMatchObject({ kind: 'stopped', reason: 'unknown_agent', names: ['notes'], session: 'ended' });
  expect(answer).toHaveProperty('message', expect.stringContaining('notess'));
  const session = client.session(sessionId);
  expect(await session.result(sending)).toMatchObject({ status: 'stopped', reason: 'unknown_agent' });
  expect(await session.usage()).toMatchObject({ modelCalls: 0, toolCalls: 0, microUsd: 0 });
  expect(model.requests()).toHaveLength(requests);
  expect(written).not.toContain('note nothing');
  const history = await fetchHistory(stage.temporal, sessionId);
  expect(activities(history).map(({ type, end }) => `${type} ${end}`)).toEqual(['model.call failed']);
});

test('a stopped turn leaves a conversation open', async () => {
  const sessionId = await newSession();
  const session = client.session(sessionId);
  expect(await session.send('refuse me', sending)).toMatchObject({
    kind: 'stopped',
    reason: 'ModelBadRequest',
    session: 'open',
  });
  expect(await session.send('and now?', sending)).toMatchObject({ kind: 'reply', turn: 3, text: 'heard: and now?' });
});

test('an act that no version knows is refused by the session in words', async () => {
  const sessionId = await newSession();
  const handle = stage.temporal.workflow.getHandle(sessionId);
  const error = await caught(handle.executeUpdate('intervene', { args: [{ actId: 'a-1', act: 'explode' }] }));
  expect(String(error.cause)).toContain('the acts are: end');
  expect(await client.session(sessionId).send('fine?', sending)).toMatchObject({ kind: 'reply' });
});
