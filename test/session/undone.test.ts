/** Calls that are undone, one by one and with their turn, on a real server with real ledgers. */
import type { Session } from '../../client';
import { chatBody } from '../activities/model/scripted-server';
import { caught, eventually, uniqueName } from './stage';
import { done, gate, inspect, model, modelSays, send, shaky, stage, useTill } from './till';

useTill();

describe('a call that is undone', () => {
  async function paid(...texts: readonly string[]): Promise<{ readonly session: Session; readonly callId: string }> {
    modelSays([['pay', 'a']], 'paid', ...texts);
    const session = stage.client.session(uniqueName('undone'));
    await send(session, 'm-1', 'pay, please');
    const callId = (await session.wholeTranscript()).find((item) => item.kind === 'outcome')?.callId ?? '';
    return { session, callId };
  }

  it('is undone once, and the model is told', async () => {
    const { session, callId } = await paid('so be it');
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
    await session.stop({ onStop: 'compensate', by: 'ada', reason: 'wrong customer', actId: 'act-1' });
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
    // The server would answer another act under the same update id with the result of the first.
    const stopped = { onStop: 'compensate', actId: 'act-1' } as const;
    expect(await session.stop(stopped)).toMatchObject({ actId: 'act-1' });
    expect((await caught(session.stop({ ...stopped, onStop: 'keep' }))).message).toMatch(/used for another act/);
    expect((await caught(session.end({ actId: 'act-1' }))).message).toMatch(/used for another act .*stop/);
    expect(await session.ended()).toBeUndefined();
    expect((await caught(session.stop())).message).toMatch(/no turn is running/);
    await inspect(session);
  });
});
