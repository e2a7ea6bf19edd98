/**
 * Ending and cancelling a session while something is in flight: the effect finishes and is recorded, each call gets one outcome,
 * whoever waits is answered, and the workflow closes as what it is.
 */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { SessionCancelled, SessionClosed, type ConversationItem, type SendResult, type Session } from '../../client';
import { INTERVENE_UPDATE } from '../../workflows/contracts';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { Gate } from './gate';
import { activities, failedTasks, fetchHistory } from './history';
import { caught, eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';

let model: ScriptedServer;
let stage: Stage;
/** In front of the tools' work, new for each test. */
let gate: Gate;
let done: string[];
let aborted: string[];

const door = defineAgent({
  name: 'door',
  instructions: 'You open doors.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'open_door',
      description: 'Opens a door.',
      effect: 'idempotent',
      input: z.object({ door: z.string() }),
      run: async ({ door: name }, ctx) => {
        await gate.pass();
        if (ctx.signal.aborted) aborted.push(name);
        done.push(name);
        return { opened: name };
      },
    }),
    defineTool({
      name: 'look_at_door',
      description: 'Looks at a door.',
      effect: 'read',
      input: z.object({ door: z.string() }),
      run: async ({ door: name }, ctx) => {
        await Promise.race([gate.pass(), new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))]);
        return { seen: name };
      },
    }),
  ],
});

beforeAll(async () => {
  model = await startScriptedServer();
  stage = await startStage({ agents: [door], modelUrl: model.url });
});

beforeEach(() => {
  gate = new Gate();
  done = [];
  aborted = [];
});

// A test that failed must not leave a tool waiting: the worker could not drain.
afterEach(() => gate.open());

afterAll(async () => {
  await stage?.stop();
  await model?.close();
});

interface Running {
  readonly session: Session;
  readonly waiting: Promise<SendResult>;
}

/** A session in the middle of its first turn. */
function begin(): Running {
  const session = stage.client.session(uniqueName('ending'));
  const waiting = within(
    PATIENCE_MS,
    'the answer',
    stage.client.send(
      { sessionId: session.id, agent: 'door', text: 'please', messageId: 'm-1' },
      { timeoutMs: PATIENCE_MS },
    ),
  );
  // Read later; a failure is told then.
  waiting.catch(() => undefined);
  return { session, waiting };
}

/** The model asks for tools once. */
function modelCalls(...calls: readonly { readonly name: string; readonly door: string }[]): void {
  model.script({
    body: chatBody({
      calls: calls.map(({ name, door: which }) => ({ name, arguments: JSON.stringify({ door: which }) })),
    }),
  });
}

/** Waits until so many messages wait behind the turn that runs. */
async function waitForQueue(session: Session, count: number): Promise<void> {
  await eventually(`${count} messages to wait`, async () => (await session.status()).queued === count || undefined);
}

/** The outcomes of each call that the model asked for: exactly one each, if all is well. */
function outcomesByCall(items: readonly ConversationItem[]): readonly (readonly string[])[] {
  return items.flatMap((item) =>
    item.kind === 'assistant'
      ? (item.calls ?? []).map(({ id }) =>
          items.flatMap((each) => (each.kind === 'outcome' && each.callId === id ? [each.outcome.kind] : [])),
        )
      : [],
  );
}

describe('in the middle of a model call', () => {
  /** Holds the model's answer until the gate opens, and notes whether the request was broken off. */
  function holdModel(): { readonly closed: Promise<void> } {
    let tell: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (tell = resolve));
    model.script((response) => {
      response.on('close', tell);
      void gate.pass().then(() => response.end(JSON.stringify(chatBody({ text: 'too late' }))));
    });
    return { closed };
  }

  test('end: the request is broken off, and everyone is answered', async () => {
    const held = holdModel();
    const { session, waiting } = begin();
    await gate.reached();
    expect(await session.end({ actId: 'end-1', by: 'ada', reason: 'enough' })).toEqual({
      kind: 'done',
      actId: 'end-1',
      status: 'completed',
    });
    expect(await waiting).toEqual({
      kind: 'ended',
      messageId: 'm-1',
      status: 'completed',
      reason: 'the session was ended by ada: enough',
    });
    expect(await session.result({ timeoutMs: PATIENCE_MS })).toMatchObject({
      status: 'completed',
      reason: 'ended',
      turns: 1,
    });
    await within(PATIENCE_MS, 'the request to be broken off', held.closed);
    gate.open();
    // The answer is the same for whoever asks again, and later.
    expect(await session.send({ text: 'please', messageId: 'm-1', agent: 'door' })).toMatchObject({ kind: 'ended' });
    expect(failedTasks(await fetchHistory(stage.temporal, session.id))).toEqual([]);
  });

  test('cancel: the same, and the workflow closes as Canceled', async () => {
    holdModel();
    const { session, waiting } = begin();
    await gate.reached();
    await session.cancel();
    expect(await waiting).toMatchObject({ kind: 'ended', status: 'cancelled', reason: 'the session was cancelled' });
    expect(await caught(session.result({ timeoutMs: PATIENCE_MS }))).toBeInstanceOf(SessionCancelled);
    expect((await stage.temporal.workflow.getHandle(session.id).describe()).status.name).toBe('CANCELLED');
    expect(await session.status()).toMatchObject({ status: 'cancelled' });
    gate.open();
    expect(failedTasks(await fetchHistory(stage.temporal, session.id))).toEqual([]);
  });
});

describe('in the middle of a tool call', () => {
  test('end: the effect finishes and is recorded, the model is not asked again', async () => {
    modelCalls({ name: 'open_door', door: 'north' });
    const { session, waiting } = begin();
    await gate.reached();
    const requests = model.seen.length;
    const ended = session.end({ actId: 'end-1' });
    expect(await ended).toMatchObject({ kind: 'done' });
    gate.open();
    expect(await waiting).toMatchObject({ kind: 'ended', status: 'completed' });
    expect(await session.result({ timeoutMs: PATIENCE_MS })).toMatchObject({ status: 'completed', reason: 'ended' });
    expect(done).toEqual(['north']);
    expect(outcomesByCall(await session.wholeTranscript())).toEqual([['succeeded']]);
    expect(model.seen).toHaveLength(requests);
    const history = await fetchHistory(stage.temporal, session.id);
    expect(activities(history).map(({ type, end }) => [type, end])).toEqual([
      ['model.call', 'completed'],
      ['open_door', 'completed'],
    ]);
    expect(failedTasks(history)).toEqual([]);
  });

  test('cancel: the effect finishes and is recorded, and the workflow closes as Canceled', async () => {
    modelCalls({ name: 'open_door', door: 'south' });
    const { session, waiting } = begin();
    await gate.reached();
    await session.cancel();
    gate.open();
    expect(await waiting).toMatchObject({ kind: 'ended', status: 'cancelled' });
    expect(await caught(session.result({ timeoutMs: PATIENCE_MS }))).toBeInstanceOf(SessionCancelled);
    expect(done).toEqual(['south']);
    expect(outcomesByCall(await session.wholeTranscript())).toEqual([['succeeded']]);
    expect(failedTasks(await fetchHistory(stage.temporal, session.id))).toEqual([]);
  });

  test('end: a read is broken off at once; effects beside it finish; a call that had not begun never does', async () => {
    // Nine calls, eight at once.
    const reads = Array.from({ length: 7 }, (_, index) => ({ name: 'look_at_door', door: `${index}` }));
    modelCalls({ name: 'open_door', door: 'east' }, ...reads, { name: 'open_door', door: 'never' });
    const { session, waiting } = begin();
    await gate.reached();
    await session.end();
    gate.open();
    expect(await waiting).toMatchObject({ kind: 'ended' });
    await session.result({ timeoutMs: PATIENCE_MS });
    expect(done).toEqual(['east']);
    expect(outcomesByCall(await session.wholeTranscript())).toEqual([
      ['succeeded'],
      ...reads.map(() => ['cancelled']),
      ['cancelled'],
    ]);
    expect(failedTasks(await fetchHistory(stage.temporal, session.id))).toEqual([]);
  });

  test('messages that wait, and those that are queued, are answered `ended` as well', async () => {
    modelCalls({ name: 'open_door', door: 'west' });
    const { session, waiting } = begin();
    await gate.reached();
    const others = Array.from({ length: 8 }, (_, index) =>
      session.send({ text: `also ${index}`, messageId: `o-${index}` }, { timeoutMs: PATIENCE_MS }),
    );
    await waitForQueue(session, 8);
    await session.end({ reason: 'closing time' });
    gate.open();
    const answers = await within(PATIENCE_MS, 'all answers', Promise.all([waiting, ...others]));
    expect(answers.map(({ kind }) => kind)).toEqual(answers.map(() => 'ended'));
    expect(done).toEqual(['west']);
    expect(model.seen.map(({ body }) => body).filter((body) => body.includes('also '))).toEqual([]);
  });
});

test('an act that is repeated is answered and not done again', async () => {
  modelCalls({ name: 'open_door', door: 'twice' });
  const { session, waiting } = begin();
  await gate.reached();
  expect(await session.end({ actId: 'end-1', reason: 'first' })).toMatchObject({ kind: 'done' });
  // Under a Temporal id of its own, the session itself has to recognise it.
  const again = await stage.temporal.workflow
    .getHandle(session.id)
    .executeUpdate(INTERVENE_UPDATE, { args: [{ actId: 'end-1', act: 'end', reason: 'second' }] });
  expect(again).toMatchObject({ kind: 'already_done', actId: 'end-1' });
  const other = await caught(session.end({ actId: 'end-2' }));
  expect(other.message).toContain('closing');
  gate.open();
  expect(await waiting).toMatchObject({ kind: 'ended', reason: 'the session was ended: first' });
  await session.result({ timeoutMs: PATIENCE_MS });
  expect(done).toEqual(['twice']);
  expect(await caught(session.end({ actId: 'end-3' }))).toBeInstanceOf(SessionClosed);
});

test('the signal does what the update does', async () => {
  modelCalls({ name: 'open_door', door: 'signal' });
  const { session, waiting } = begin();
  await gate.reached();
  await stage.temporal.workflow.getHandle(session.id).signal('intervention', { actId: 's-1', act: 'end', by: 'ops' });
  gate.open();
  expect(await waiting).toMatchObject({ kind: 'ended', reason: 'the session was ended by ops' });
  expect(await session.result({ timeoutMs: PATIENCE_MS })).toMatchObject({ status: 'completed', reason: 'ended' });
  expect(done).toEqual(['signal']);
});
