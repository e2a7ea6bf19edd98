import type { SendResult } from '../../../workflows/contracts/messages';
import { apply } from '../../../workflows/session/session-state';
import { allPending } from '../../../workflows/session/held-up';
import { statusView } from '../../../workflows/session/views';
import { finish } from './in-doubt';
import { answer, callOf, calls, extend, notes, purposes, repair, settled, startLimited } from './limited';
import type { Scripted } from './scripted-session';

const ASK = { onLimit: 'ask' } as const;

/** A session whose first turn waits for more steps than one. */
async function waiting(askMs?: number): Promise<Scripted> {
  const session = startLimited(
    [callOf('a'), answer('done'), answer('done again')],
    { ...ASK, ...(askMs === undefined ? {} : { askMs }) },
    { policy: { steps: 1 } },
  );
  await session.send('m1');
  return session;
}

async function answerOf(session: Scripted, messageId = 'm1'): Promise<SendResult | undefined> {
  await settled();
  const found = session.mailbox.answer(messageId);
  return found.kind === 'answered' ? found.answer : undefined;
}

describe('a bound with `ask`', () => {
  it('has the turn wait for a person, and says for what everywhere', async () => {
    const session = await waiting(60_000);
    const limit = { bound: 'turn.steps', limit: 1, used: 1 };
    const [item] = allPending(session.state);
    expect(item).toMatchObject({ kind: 'limit', id: 'turn.steps', unblockedBy: 'intervene', limit });
    expect(item!.until! - item!.since).toBe(60_000);
    expect(session.mailbox.answer('m1')).toMatchObject({ kind: 'in_progress', pending: [{ kind: 'limit', limit }] });
    const status = statusView(session.state);
    expect(status).toMatchObject({ status: 'waiting_for_human', limits: expect.arrayContaining([limit]) });
    expect(status.reason).toMatch(
      /once a person extends turn\.steps: 1 of 1 step used; after .* the turn ends without it/,
    );
    expect(session.page()).toContain(
      '`{"actId": "new-id", "act": "extend", "bound": "turn.steps", "amount": 1, "by": "who"}`',
    );
    expect(session.page()).toContain('`holdfast extend session-1 turn.steps 1`');
    expect(notes(session.state, 'record', 'limit')).toEqual(['turn.steps: 1 of 1 step used; a person is asked']);
    await finish(session);
  });

  it('tells those who send meanwhile at once', async () => {
    const session = await waiting();
    expect(await session.send('m1', 'text of m1')).toMatchObject({
      kind: 'waiting_for_human',
      pending: [{ id: 'turn.steps' }],
    });
    expect(await session.send('m2')).toEqual({ kind: 'queued', messageId: 'm2', ahead: 1 });
    await finish(session);
  });

  it('goes on once it is extended, as if nothing had been', async () => {
    const session = await waiting();
    expect(extend(session, 'turn.steps', 5)).toEqual({
      kind: 'done',
      actId: 'extend-turn.steps-5',
      status: 'running',
      limit: { bound: 'turn.steps', limit: 6, used: 1 },
    });
    expect(await answerOf(session)).toEqual({ kind: 'reply', messageId: 'm1', turn: 1, text: 'done' });
    expect(purposes(session)).toEqual(['step', 'step']);
    expect(session.modelInputs[1]!.items).toContainEqual(
      expect.objectContaining({ kind: 'note', reason: 'extended', text: 'turn.steps was extended by 5 by nurse' }),
    );
    expect(session.state.bounding.asking).toBeUndefined();
    await finish(session);
  });

  it('waits on where what was added is not enough, and says so', async () => {
    const session = startLimited(
      [callOf('a'), { kind: 'limit', bound: 'microUsd', needed: 900, left: 500 }, answer('done')],
      { ...ASK, turn: { microUsd: 1_500 } },
    );
    expect(await session.send('m1')).toMatchObject({
      pending: [{ limit: { bound: 'turn.microUsd', limit: 1_500, used: 1_000, needed: 900 } }],
    });
    expect(extend(session, 'turn.microUsd', 399)).toMatchObject({
      status: 'waiting_for_human',
      limit: { limit: 1_899, used: 1_000, needed: 900 },
    });
    expect(await answerOf(session)).toBeUndefined();
    expect(extend(session, 'turn.microUsd', 1)).toMatchObject({ status: 'running', limit: { limit: 1_900 } });
    expect(await answerOf(session)).toMatchObject({ kind: 'reply', text: 'done' });
    await finish(session);
  });

  it('is extended ahead of time too', async () => {
    const session = startLimited([...calls(2), answer('done')], ASK, {
      policy: { steps: 1 },
      tool: () => {
        if (session.toolInputs.length === 1) extend(session, 'turn.steps', 2);
        return { outcome: { kind: 'succeeded', result: null }, attempt: 1, ledger: 'none' };
      },
    });
    expect(await session.send('m1')).toMatchObject({ kind: 'reply', text: 'done' });
    await finish(session);
  });

  it('that nobody extends in time ends with a last answer that says so', async () => {
    const session = await waiting(60_000);
    expect(session.timers.map(({ ms }) => ms)).toEqual([expect.any(Number)]);
    session.timers[0]!.fire();
    expect(await answerOf(session)).toMatchObject({
      kind: 'reply',
      text: 'done',
      partial: 'turn.steps: 1 of 1 step used; nobody extended it in time',
    });
    expect(purposes(session)).toEqual(['step', 'final']);
    await finish(session);
  });

  it('sets its timer off once a person has decided', async () => {
    const session = await waiting(60_000);
    extend(session, 'turn.steps', 1);
    expect(session.timers[0]!.stopped).toBe(true);
    expect(await answerOf(session)).toMatchObject({ text: 'done' });
    await finish(session);
  });

  it('is over when the turn is stopped, and when the session ends', async () => {
    const stopped = await waiting();
    void stopped.interventions.intervene({ actId: 's', act: 'stop', by: 'nurse' });
    expect(await answerOf(stopped)).toMatchObject({ kind: 'stopped', message: 'the turn was stopped by nurse' });
    expect(await stopped.send('m2')).toMatchObject({ kind: 'reply', text: 'done' });
    await finish(stopped);

    const ended = await waiting(60_000);
    ended.end();
    await ended.finished;
    expect(ended.mailbox.answer('m1')).toMatchObject({ kind: 'answered', answer: { kind: 'ended' } });
    expect(ended.timers[0]!.stopped).toBe(true);
  });

  it('is asked on by the next run, with the same deadline', async () => {
    const session = await waiting(60_000);
    const before = session.state.bounding.asking;
    apply(session.state, { kind: 'continuing' }, 100);
    session.limitGate.park();
    await settled();
    // The scripted session goes on in the same run, as one that could not continue as new.
    expect(session.state.bounding.asking).toEqual(before);
    expect(session.timers).toHaveLength(2);
    expect(session.timers[1]!.ms).toBeLessThan(session.timers[0]!.ms);
    expect(notes(session.state, 'record', 'limit')).toHaveLength(1);
    extend(session, 'turn.steps', 1);
    expect(await answerOf(session)).toMatchObject({ text: 'done' });
    expect(session.state.turn).toBe(1);
    await finish(session);
  });

  it('that was extended between two runs is not asked again', async () => {
    const session = await waiting();
    apply(session.state, { kind: 'continuing' }, 100);
    session.limitGate.park();
    extend(session, 'turn.steps', 1);
    expect(await answerOf(session)).toMatchObject({ kind: 'reply', text: 'done' });
    await finish(session);
  });

  it('on repairs sends the answer back once one more is allowed', async () => {
    const session = startLimited([repair('cut'), repair('cut again'), answer('whole')], ASK, {
      policy: { repairs: 1 },
    });
    expect(await session.send('m1')).toMatchObject({
      pending: [{ limit: { bound: 'turn.repairs', limit: 1, used: 1 } }],
    });
    extend(session, 'turn.repairs', 1);
    expect(await answerOf(session)).toMatchObject({ kind: 'reply', text: 'whole' });
    expect(session.state.bounding.turn.repairs).toBe(2);
    expect(session.modelInputs.at(-1)!.items).toContainEqual(
      expect.objectContaining({ text: 'please mend: cut again' }),
    );
    await finish(session);
  });

  it('takes no time while it waits', async () => {
    const session = startLimited(
      [callOf('a'), answer('done')],
      { ...ASK, turn: { wallClockMs: 10_000 } },
      { policy: { steps: 1 } },
    );
    await session.send('m1');
    session.pass(3_600_000);
    extend(session, 'turn.steps', 1);
    expect(await answerOf(session)).toMatchObject({ kind: 'reply', text: 'done' });
    expect(session.state.bounding.turn.wallClockMs).toBeLessThan(200);
    await finish(session);
  });
});

describe('the act extend', () => {
  it('done twice under one id adds once; the id is refused for another amount', async () => {
    const session = await waiting();
    extend(session, 'turn.steps', 5, 'x');
    expect(extend(session, 'turn.steps', 5, 'x')).toMatchObject({
      kind: 'already_done',
      limit: { bound: 'turn.steps', limit: 6 },
    });
    expect(() => extend(session, 'turn.steps', 6, 'x')).toThrow(/the act id x was used for another act/);
    await finish(session);
  });

  it('is refused for what is not declared, with the names of what is', async () => {
    const session = await waiting();
    expect(() => extend(session, 'turn.tokens', 5)).toThrow(
      'the bound turn.tokens is not declared in this session, so it cannot be extended; those that are: turn.steps, turn.repairs',
    );
    expect(() => extend(session, 'detector.sameCall', 5)).toThrow(/not declared/);
    await finish(session);
  });

  it.each([0, -1, 1.5, NaN, Number.MAX_SAFE_INTEGER + 1])('is refused for the amount %p', async (amount) => {
    const session = await waiting();
    expect(() => extend(session, 'turn.steps', amount)).toThrow(/a whole number above 0/);
    await finish(session);
  });

  it('is refused where the sum could not be counted exactly', async () => {
    const session = await waiting();
    expect(() => extend(session, 'turn.steps', Number.MAX_SAFE_INTEGER)).toThrow(/could not be counted exactly/);
    await finish(session);
  });

  it('of a turn is refused between turns, and forgotten with the turn; of the session it stays', async () => {
    const session = startLimited(
      [answer('one'), callOf('a'), answer('three'), answer('four')],
      { session: { modelCalls: 3 }, ...ASK },
      { policy: { steps: 1 } },
    );
    await session.send('m1');
    expect(() => extend(session, 'turn.steps', 1)).toThrow(
      'no turn is running, and turn.steps begins anew with each turn',
    );
    extend(session, 'session.modelCalls', 7);
    await session.send('m2');
    extend(session, 'turn.steps', 1);
    expect(await answerOf(session, 'm2')).toMatchObject({ text: 'three' });
    expect(session.state.bounding.extended).toEqual({ 'session.modelCalls': 7, 'turn.steps': 1 });
    await session.send('m3');
    expect(session.state.bounding.extended).toEqual({ 'session.modelCalls': 7 });
    await finish(session);
  });
});
