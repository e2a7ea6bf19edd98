/**
 * Garbage sent past every client, straight to the server: a session refuses it and goes on, and no workflow task ever fails of it.
 */
import { randomUUID } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import { defineAgent } from '../../agents';
import { says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { failedTasks, fetchHistory } from './history';
import { bytes, json, payload, sendRawUpdate, startRawSession } from './raw-payloads';
import { caught, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';

let model: ScriptedOpenAI;
let stage: Stage;

beforeAll(async () => {
  model = await startScriptedOpenAI({
    script: { name: 'echo', turns: [], fallback: (request) => says(`heard: ${request.user}`) },
  });
  const echo = defineAgent({ name: 'echo', instructions: 'You repeat.', model: 'gpt-5-mini' });
  stage = await startStage({ agents: [echo], modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

/** Name, arguments as they go over the wire. */
const GARBAGE: readonly (readonly [name: string, args: readonly Payload[]])[] = [
  ['bytes that are no JSON', [payload('json/plain', Buffer.from([0xff, 0xfe, 0x00, 0x7b]))]],
  ['an encoding nobody knows', [payload('binary/martian', Buffer.from([1, 2, 3]))]],
  ['no encoding at all', [{ metadata: {}, data: bytes('{}') }]],
  ['null', [payload('binary/null', Buffer.alloc(0))]],
  ['JSON null', [json('null')]],
  ['a list where an object is expected', [json('[{"messageId":"m","text":"hi"}]')]],
  ['a number', [json('42')]],
  ['fields of wrong types', [json('{"messageId":7,"text":{"a":1},"actId":[],"act":{}}')]],
  ['a poisoned object', [json('{"messageId":"m","text":"hi","actId":"a","act":"end","__proto__":{"isAdmin":true}}')]],
  ['no argument', []],
  ['three arguments of the wrong kind', [json('1'), json('"two"'), json('[3]')]],
  [
    'sealed with a key nobody has',
    [payload('binary/encrypted', Buffer.alloc(64, 7), { 'encryption-key-id': bytes('lost') })],
  ],
];

async function newSession(): Promise<string> {
  const sessionId = uniqueName('raw');
  await stage.client.send({ sessionId, agent: 'echo', text: 'hello' }, { timeoutMs: PATIENCE_MS });
  return sessionId;
}

const sendUpdate = (workflowId: string, name: string, args: readonly Payload[]) =>
  sendRawUpdate(stage, workflowId, name, args);

async function sendSignal(workflowId: string, signalName: string, args: readonly Payload[]): Promise<void> {
  await stage.temporal.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    signalName,
    input: { payloads: [...args] },
    requestId: randomUUID(),
    identity: 'test',
  });
}

/** The session answers, and no workflow task of it has failed. */
async function expectAlive(sessionId: string, text = 'still there?'): Promise<void> {
  const answer = await stage.client.session(sessionId).send(text, { timeoutMs: PATIENCE_MS });
  expect(answer).toMatchObject({ kind: 'reply', text: `heard: ${text}` });
  expect(failedTasks(await fetchHistory(stage.temporal, sessionId))).toEqual([]);
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
}

describe('updates', () => {
  test.each(GARBAGE)('%s', async (_name, args) => {
    const sessionId = await newSession();
    expect(await sendUpdate(sessionId, 'send', args)).toMatch(/^Refused: (send expects|send: |send does not know)/);
    expect(await sendUpdate(sessionId, 'intervene', args)).toMatch(
      /^Refused: (intervene expects|intervene: |intervene does not know|actId must)/,
    );
    await expectAlive(sessionId);
    expect(await stage.client.session(sessionId).status()).toMatchObject({ status: 'waiting_for_user', turn: 2 });
  });

  test('a name that no handler has', async () => {
    const sessionId = await newSession();
    expect(await sendUpdate(sessionId, 'explode', [json('{}')])).toContain('explode');
    expect(await sendUpdate(sessionId, '__proto__', [json('{}')])).not.toBe('succeeded');
    expect(await sendUpdate(sessionId, '__temporal_explode', [json('{}')])).toContain('__temporal_explode');
    await expectAlive(sessionId);
  });

  test('that a session got before its first message leave it waiting for one', async () => {
    const session = await stage.client.startSession({ agent: 'echo', sessionId: uniqueName('raw') });
    for (const [, args] of GARBAGE) expect(await sendUpdate(session.id, 'send', args)).toMatch(/^Refused: /);
    await expectAlive(session.id);
    expect(await session.status()).toMatchObject({ turn: 1 });
  });
});

test('signals: refused ones are counted, and the session goes on', async () => {
  const sessionId = await newSession();
  for (const [, args] of GARBAGE) await sendSignal(sessionId, 'intervention', args);
  await sendSignal(sessionId, 'explode', [json('{}')]);
  // The SDK keeps such names for itself, and fails the task that one comes in.
  await sendSignal(sessionId, '__temporal_explode', [json('{}')]);
  await sendSignal(sessionId, 'relay', [payload('binary/martian', Buffer.from([1]))]);
  await expectAlive(sessionId);
  expect(await stage.client.session(sessionId).status()).toMatchObject({
    status: 'waiting_for_user',
    turn: 2,
    refused: GARBAGE.length + 3,
  });
});

test('signals that came before the first message', async () => {
  const session = await stage.client.startSession({ agent: 'echo', sessionId: uniqueName('raw') });
  for (const [, args] of GARBAGE) await sendSignal(session.id, 'intervention', args);
  await expectAlive(session.id);
  expect(await session.status()).toMatchObject({ turn: 1, refused: GARBAGE.length });
});

test('queries are answered or refused, and harm nothing', async () => {
  const sessionId = await newSession();
  for (const [, args] of GARBAGE) {
    for (const queryType of ['status', 'transcript', 'answer', 'pending', 'usage']) {
      // Answered where the argument is not looked at; what matters is that it ends.
      await within(
        PATIENCE_MS,
        `the query ${queryType}`,
        stage.temporal.workflowService
          .queryWorkflow({
            namespace: 'default',
            execution: { workflowId: sessionId },
            query: { queryType, queryArgs: { payloads: [...args] } },
          })
          .catch((error: unknown) => expect(String(error)).toMatch(/expects|unable to query/i)),
      );
    }
  }
  await expectAlive(sessionId);
});

test('an input that no version can read is the one way to fail, at once and in words', async () => {
  const outcomes = await Promise.all(
    GARBAGE.map(async ([name, args]) => {
      const workflowId = uniqueName('raw-input');
      await startRawSession(stage, workflowId, args);
      const error = await caught(stage.client.session(workflowId).result({ timeoutMs: PATIENCE_MS }));
      const history = await fetchHistory(stage.temporal, workflowId);
      return { name, error, failedTasks: failedTasks(history) };
    }),
  );
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ error: { code: 'SESSION_FAILED' }, failedTasks: [] });
    expect(outcome.error.message).toMatch(/a session expects|session input/);
  }
});
