/**
 * Calls that nobody knows the end of, on a real server with real ledgers: the session waits for a person, who decides on it once, whatever
 * else comes in meanwhile; and calls that are undone.
 */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { Refused, type ConversationItem, type PendingItem, type SendResult, type Session } from '../../client';
import { STATUS_SEARCH_ATTRIBUTE } from '../../workflows/contracts';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { Gate } from './gate';
import { activities, failedTasks, fetchHistory } from './history';
import { replayAll } from '../replay/replay';
import {
  caught,
  eventually,
  PATIENCE_MS,
  startStage,
  uniqueName,
  within,
  type RunningWorker,
  type Stage,
} from './stage';

let model: ScriptedServer;
let stage: Stage;
let worker: RunningWorker;
/** What was done and undone at the destination, in order. */
let done: string[];
/** Names whose payment fails in a way that says nothing. */
let shaky: Set<string>;
let gate: Gate;

const input = z.object({ name: z.string() });
const till = defineAgent({
  name: 'till',
  instructions: 'You take money.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'pay',
      description: 'Takes a payment that cannot be asked about.',
      effect: 'at-most-once',
      input,
      output: z.object({ receipt: z.number() }),
      run: ({ name }) => {
        if (shaky.delete(name)) throw new Error('the connection broke');
        done.push(`pay ${name}`);
        return { receipt: 1 };
      },
      compensate: {
        effect: 'at-most-once',
        run: ({ name }) => {
          if (shaky.delete(`refund ${name}`)) throw new Error('the connection broke');
          done.push(`refund ${name}`);
          return { refunded: name };
        },
      },
    }),
    defineTool({
      name: 'wait',
      description: 'Takes its time.',
      effect: 'idempotent',
      input,
      run: async ({ name }) => {
        await gate.pass();
        done.push(`wait ${name}`);
        return {};
      },
    }),
  ],
});

beforeAll(async () => {
  model = await startScriptedServer();
  stage = await startStage({ agents: [till], modelUrl: model.url });
  worker = stage.worker;
});

beforeEach(() => {
  done = [];
  shaky = new Set();
  gate = new Gate();
});

afterEach(() => gate.open());

afterAll(async () => {
  await stage?.stop();
  await model?.close();
});

type Call = readonly [tool: string, name: string];

/** Scripts one answer of the model that calls tools, and then texts. */
function modelSays(calls: readonly Call[], ...texts: readonly string[]): void {
  model.script(
    {
      body: chatBody({ calls: calls.map(([name, who]) => ({ name, arguments: JSON.stringify({ name: who }) })) }),
    },
    ...texts.map((text) => ({ body: chatBody({ text }) })),
  );
}

interface Waiting {
  readonly session: Session;
  readonly first: SendResult;
  readonly pending: readonly PendingItem[];
}

/** A session that waits for a person on each of the payments `names`. */
async function waitingFor(names: readonly string[], ...texts: readonly string[]): Promise<Waiting> {
  for (const name of names) shaky.add(name);
  modelSays(
    names.map((name) => ['pay', name]),
    ...texts,
  );
  const session = stage.client.session(uniqueName('waiting'));
  const first = await send(session, 'm-1', 'pay, please');
  const pending = await eventually('all to wait', async () => {
    const found = await session.pending();
    return found.length === names.length ? found : undefined;
  });
  return { session, first, pending };
}

function send(session: Session, messageId: string, text: string): Promise<SendResult> {
  const message = { sessionId: session.id, agent: 'till', text, messageId };
  return within(PATIENCE_MS, `the answer to ${messageId}`, stage.client.send(message, { timeoutMs: PATIENCE_MS }));
}

const outcomes = (items: readonly ConversationItem[]) =>
  items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : []));
const idOf = (pending: readonly PendingItem[], index = 0) => pending[index]?.call?.callId ?? '';

/** Ends the session where it is open, and looks for what no session may have: a failed workflow task, or a history that does not replay. */
async function inspect(session: Session): Promise<ReturnType<typeof activities>> {
  if (!(await session.ended())) await session.end();
  await session.result({ timeoutMs: PATIENCE_MS }).catch(() => undefined);
  const history = await fetchHistory(stage.temporal, session.id);
  expect(failedTasks(history)).toEqual([]);
  expect(await replayAll([{ workflowId: session.id, history }])).toEqual({});
  return activities(history);
}

describe('a call that nobody knows the end of', () => {
  it('is shown with all that a person needs, in the answer, the query and the list', async () => {
    const { session, first, pending } = await waitingFor(['a']);
    const id = idOf(pending);
    expect(first).toMatchObject({ kind: 'waiting_for_human', messageId: 'm-1', turn: 1, pending: [{ id }] });
    expect(pending).toMatchObject([
      {
        kind: 'unresolved',
        unblockedBy: 'resolve',
        summary: 'pay(name=a)',
        call: { tool: 'pay', args: { name: 'a' }, row: { ledger: 'default', effect: 'at-most-once', attempts: 1 } },
      },
    ]);
    expect(await session.status()).toMatchObject({ status: 'waiting_for_human' });
    expect(await session.answer('m-1')).toMatchObject({ kind: 'in_progress', pending: [{ id }] });
    const described = await stage.temporal.workflow.getHandle(session.id).describe();
    expect(
      described.typedSearchAttributes.getAll().find(({ key }) => key.name === STATUS_SEARCH_ATTRIBUTE)?.value,
    ).toBe('waiting_for_human');
    await inspect(session);
  });

  it.each([
    ['applied', { receipt: 7 }, { kind: 'succeeded', result: { receipt: 7 } }, []],
    ['absent', undefined, { kind: 'succeeded', result: { receipt: 1 } }, ['pay a']],
    ['give_up', undefined, { kind: 'unknown' }, []],
  ] as const)('goes on when it is resolved as %s, and a second time is told so', async (as, result, outcome, world) => {
    const { session, pending } = await waitingFor(['a'], 'paid');
    const callId = idOf(pending);
    const decision = { as, ...(result ? { result } : {}), actId: 'act-1', by: 'ada', reason: 'asked' };
    expect(await session.resolve(callId, decision)).toMatchObject({ kind: 'done', callId, as });
    expect(await send(session, 'm-1', 'pay, please')).toMatchObject({ kind: 'reply', text: 'paid' });
    expect(await session.resolve(callId, decision)).toMatchObject({ kind: 'already_done', as });
    expect(await caught(session.resolve(callId, { ...decision, actId: 'act-2' }))).toBeInstanceOf(Refused);
    expect(outcomes(await session.wholeTranscript())).toMatchObject([outcome]);
    expect(done).toEqual(world);
    expect(await session.pending()).toEqual([]);
    const ids = (await inspect(session)).map(({ id }) => id);
    expect(ids.filter((id) => id.includes('.again'))).toEqual(as === 'absent' ? [`${callId}.again1`] : []);
  });

  it('stays as it was after a result that the tool does not take, a wrong call and nonsense', async () => {
    const { session, pending } = await waitingFor(['a'], 'paid');
    const callId = idOf(pending);
    const before = await session.status();
    const wrong = await caught(
      session.resolve(callId, { as: 'applied', result: { receipt: 'seven' }, actId: 'act-1' }),
    );
    expect(wrong).toBeInstanceOf(Refused);
    expect(wrong.message).toMatch(/receipt/);
    expect((await caught(session.resolve('t9.s9.c9-0', { as: 'absent' }))).message).toMatch(
      /does not wait.*those that do/,
    );
    const handle = stage.temporal.workflow.getHandle(session.id);
    for (const request of [7, { actId: 'x', callId, as: 'perhaps' }, { actId: 'x', callId, as: 'absent', result: 1 }]) {
      await expect(handle.executeUpdate('resolve', { args: [request] })).rejects.toThrow();
    }
    expect(await session.status()).toEqual(before);
    expect(await session.pending()).toEqual(pending);
    // The act that was refused may be made again, with what was meant.
    await session.resolve(callId, { as: 'applied', result: { receipt: 7 }, actId: 'act-1' });
    expect(await send(session, 'm-1', 'pay, please')).toMatchObject({ kind: 'reply' });
    await inspect(session);
  });

  it('is decided once where ten people decide at once', async () => {
    const { session, pending } = await waitingFor(['a'], 'paid');
    const callId = idOf(pending);
    const acts = Array.from({ length: 10 }, (_, index) =>
      session.resolve(callId, { as: 'absent', actId: `act-${index}` }),
    );
    const ends = await Promise.allSettled(acts);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await send(session, 'm-1', 'pay, please')).toMatchObject({ kind: 'reply' });
    expect(done).toEqual(['pay a']);
    await inspect(session);
  });

  it('and another, decided in either order', async () => {
    const { session, pending } = await waitingFor(['a', 'b'], 'paid');
    await session.resolve(idOf(pending, 1), { as: 'absent' });
    expect((await session.status()).status).toBe('waiting_for_human');
    expect(await send(session, 'm-1', 'pay, please')).toMatchObject({ kind: 'waiting_for_human' });
    await session.resolve(idOf(pending, 0), { as: 'give_up' });
    expect(await send(session, 'm-1', 'pay, please')).toMatchObject({ kind: 'reply' });
    const given = await session.wholeTranscript();
    expect(
      outcomes(given)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['succeeded', 'unknown']);
    await inspect(session);
  });

  it('holds other messages back, and they are answered after it', async () => {
    const { session, pending } = await waitingFor(['a'], 'paid', 'second', 'third');
    expect(await send(session, 'm-2', 'and then')).toEqual({ kind: 'queued', messageId: 'm-2', ahead: 1 });
    expect(await send(session, 'm-3', 'and so on')).toEqual({ kind: 'queued', messageId: 'm-3', ahead: 2 });
    await session.resolve(idOf(pending), { as: 'applied', result: { receipt: 1 } });
    expect(await send(session, 'm-3', 'and so on')).toMatchObject({ kind: 'reply', text: 'third' });
    expect(await send(session, 'm-2', 'and then')).toMatchObject({ kind: 'reply', text: 'second' });
    await inspect(session);
  });

  it.each([
    ['ended', (session: Session) => session.end({ by: 'ada' }), { kind: 'ended' }],
    ['cancelled', (session: Session) => session.cancel(), { kind: 'ended', status: 'cancelled' }],
    ['stopped', (session: Session) => session.stop({ by: 'ada' }), { kind: 'stopped', reason: 'stopped_by_person' }],
  ] as const)('stands as unknown where it is %s', async (_, act, answer) => {
    const { session } = await waitingFor(['a']);
    await act(session);
    await eventually('the answer', async () => {
      const found = await session.answer('m-1');
      if (found.kind !== 'answered') return undefined;
      expect(found.answer).toMatchObject(answer);
      return true;
    });
    expect(outcomes(await session.wholeTranscript())).toMatchObject([{ kind: 'unknown' }]);
    await inspect(session);
  });

  it('waits on when the worker is started again', async () => {
    const { session, pending } = await waitingFor(['a'], 'paid');
    await worker.stop();
    worker = await stage.startWorker({ agents: [till] });
    expect(await session.pending({ timeoutMs: PATIENCE_MS })).toEqual(pending);
    await session.resolve(idOf(pending), { as: 'absent' });
    expect(await send(session, 'm-1', 'pay, please')).toMatchObject({ kind: 'reply', text: 'paid' });
    expect(done).toEqual(['pay a']);
    await inspect(session);
  });
});

describe('a call that is undone', () => {
  async function paid(): Promise<{ readonly session: Session; readonly callId: string }> {
    modelSays([['pay', 'a']], 'paid', 'so be it');
    const session = stage.client.session(uniqueName('undone'));
    await send(session, 'm-1', 'pay, please');
    const callId = (await session.wholeTranscript()).find((item) => item.kind === 'outcome')?.callId ?? '';
    return { session, callId };
  }

  it('is undone once, and the model is told', async () => {
    const { session, callId } = await paid();
    const [first, again] = await Promise.all(['act-1', 'act-1'].map((actId) => session.undo(callId, { actId })));
    expect([first?.kind, again?.kind].sort()).toEqual(['already_done', 'done']);
    expect(first?.outcome).toMatchObject({ kind: 'succeeded' });
    expect((await caught(session.undo(callId))).message).toMatch(/was undone already/);
    expect(done).toEqual(['pay a', 'refund a']);
    await send(session, 'm-2', 'and now?');
    expect((await session.wholeTranscript()).map(({ kind }) => kind).slice(-3)).toEqual(['note', 'user', 'assistant']);
    await inspect(session);
  });

  it('by signal too', async () => {
    const { session, callId } = await paid();
    await stage.temporal.workflow.getHandle(session.id).signal('intervention', { actId: 's-1', act: 'undo', callId });
    await eventually('the refund', () => done.includes('refund a') || undefined);
    await inspect(session);
    expect(done).toEqual(['pay a', 'refund a']);
  });

  it('in doubt waits for a person, and runs again where it had not happened', async () => {
    const { session, callId } = await paid();
    shaky.add('refund a');
    expect((await session.undo(callId)).outcome).toMatchObject({ kind: 'unknown' });
    const undoId = `${callId}.undo`;
    expect(await session.pending()).toMatchObject([{ id: undoId, call: { tool: 'pay.undo', args: { callId } } }]);
    expect(await session.status()).toMatchObject({ status: 'waiting_for_human' });
    await session.resolve(undoId, { as: 'absent' });
    await eventually('the refund', () => done.includes('refund a') || undefined);
    await eventually('rest', async () => (await session.status()).status === 'waiting_for_user' || undefined);
    expect((await caught(session.undo(callId))).message).toMatch(/was undone already/);
    const ids = (await inspect(session)).map(({ id }) => id);
    expect(ids.slice(-3)).toEqual([undoId, `${undoId}.resolve`, `${undoId}.again1`]);
  });

  it('with its turn, the last call first, when that is stopped', async () => {
    modelSays([
      ['pay', 'a'],
      ['pay', 'b'],
    ]);
    modelSays([['wait', 'w']]);
    const session = stage.client.session(uniqueName('stopped'));
    const first = send(session, 'm-1', 'pay, please');
    await gate.reached();
    await session.stop({ onStop: 'compensate', by: 'ada', reason: 'wrong customer' });
    gate.open();
    expect(await first).toMatchObject({
      kind: 'stopped',
      reason: 'stopped_by_person',
      message: 'the turn was stopped by ada: wrong customer; undone: pay(name=b), pay(name=a)',
    });
    expect(done.filter((what) => what.startsWith('refund'))).toEqual(['refund b', 'refund a']);
    expect(done).toContain('wait w');
    model.script({ body: chatBody({ text: 'hello again' }) });
    expect(await send(session, 'm-2', 'hello')).toMatchObject({ kind: 'reply', text: 'hello again', turn: 2 });
    expect((await caught(session.stop())).message).toMatch(/no turn is running/);
    await inspect(session);
  });
});
