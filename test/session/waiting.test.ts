/**
 * Calls that nobody knows the end of, on a real server with real ledgers: the session waits for a person, who decides on it once, whatever
 * else comes in meanwhile.
 */
import { Refused, type Session } from '../../client';
import { STATUS_SEARCH_ATTRIBUTE } from '../../workflows/contracts';
import { caught, eventually, PATIENCE_MS } from './stage';
import { done, idOf, inspect, outcomes, send, stage, till, useTill, waitingFor } from './till';

useTill();

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
    await stage.worker.stop();
    await stage.startWorker({ agents: [till] });
    expect(await session.pending({ timeoutMs: PATIENCE_MS })).toEqual(pending);
    await session.resolve(idOf(pending), { as: 'absent' });
    expect(await send(session, 'm-1', 'pay, please')).toMatchObject({ kind: 'reply', text: 'paid' });
    expect(done).toEqual(['pay a']);
    await inspect(session);
  });
});
