/** Calls in doubt: the turn waits, everybody is told, and a person decides, once. */
import { utf8Length } from '../../../workflows/contracts/json';
import { callsInDoubt, pendingItems } from '../../../workflows/session/waiting-call';
import type { ResolveEnd } from '../../../workflows/session/unresolved';
import { A, applied, B, decision, DOUBT, finish, inDoubt, outcomes, ROW } from './in-doubt';
import { SUCCEEDED } from './scripted-session';

describe('a call in doubt', () => {
  it('answers who waits with what a person must decide, and records no answer', async () => {
    const session = inDoubt([A]);
    const answer = await session.send('m1');
    expect(answer).toMatchObject({
      kind: 'waiting_for_human',
      messageId: 'm1',
      turn: 1,
      pending: [
        {
          kind: 'unresolved',
          id: A,
          summary: 'charge()',
          unblockedBy: 'resolve',
          call: { callId: A, tool: 'charge', turn: 1, step: 1, args: { cents: 7 }, row: ROW },
        },
      ],
    });
    expect(session.state).toMatchObject({
      status: 'waiting_for_human',
      reason: 'a person must say whether charge() happened',
    });
    expect(session.mailbox.answer('m1')).toMatchObject({ kind: 'in_progress', pending: [{ id: A }] });
    expect(session.state.recent.at(-1)).toMatchObject({ id: A, outcome: 'unresolved', attempt: 2 });
    expect(session.state.recent.at(-1)?.endedAt).toBeUndefined();
    await finish(session);
  });

  it('queues other messages meanwhile, and they are answered after it', async () => {
    const session = inDoubt([A], { resolve: () => applied });
    await session.send('m1');
    expect(await session.send('m2')).toEqual({ kind: 'queued', messageId: 'm2', ahead: 1 });
    expect(await session.send('m3')).toEqual({ kind: 'queued', messageId: 'm3', ahead: 2 });
    expect(session.mailbox.answer('m3')).toMatchObject({ kind: 'in_progress', ahead: 2, pending: [{ id: A }] });
    expect(await session.send('m1')).toMatchObject({ kind: 'waiting_for_human' });
    await session.unresolved.resolve(decision(A, { as: 'applied', result: 'found' }));
    expect(await session.send('m1')).toMatchObject({ kind: 'reply', text: 'done' });
    await finish(session);
  });

  it.each([
    ['applied', applied, { kind: 'succeeded', result: 'found' }, [A]],
    ['absent', { kind: 'absent' }, SUCCEEDED.outcome, [A, `${A}.again1`]],
    [
      'give_up',
      { kind: 'resolved', as: 'give_up', outcome: { kind: 'unknown', message: 'nobody knows' } },
      { kind: 'unknown', message: 'nobody knows' },
      [A],
    ],
  ] as const)('resolved as %s, the turn goes on', async (as, end, outcome, ids) => {
    const session = inDoubt([A], { reports: [DOUBT, SUCCEEDED], resolve: () => end });
    await session.send('m1');
    const resolved = await session.unresolved.resolve(decision(A, { as }));
    expect(resolved).toEqual({ kind: 'done', actId: `act-${A}`, callId: A, as, status: 'running' });
    expect(await session.send('m1')).toMatchObject({ kind: 'reply', text: 'done' });
    expect(outcomes(session)).toEqual([[A, outcome]]);
    expect(session.activityIds).toEqual(ids);
    expect(session.published).toEqual(['running', 'waiting_for_human', 'running', 'waiting_for_user']);
    expect(session.state.usage.toolCalls).toBe(1);
    await finish(session);
  });

  it('may be in doubt again after it was run again', async () => {
    const session = inDoubt([A], { reports: [DOUBT, DOUBT, SUCCEEDED] });
    await session.send('m1');
    await session.unresolved.resolve(decision(A));
    await new Promise(setImmediate);
    expect(callsInDoubt(session.state)).toHaveLength(1);
    await session.unresolved.resolve(decision(A, { actId: 'second' }));
    expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
    expect(session.activityIds).toEqual([A, `${A}.again1`, `${A}.again2`]);
    await finish(session);
  });

  it('leaves the others alone, and each is decided in any order', async () => {
    const session = inDoubt([A, 't1.s1.c3-x', B], {
      reports: [DOUBT, SUCCEEDED, DOUBT],
      resolve: () => applied,
    });
    await session.send('m1');
    await new Promise(setImmediate);
    expect([...session.state.unresolved.keys()]).toEqual([A, B]);
    expect(session.state.reason).toBe('a person must say whether charge() happened (and 1 more)');
    await session.unresolved.resolve(decision(B));
    expect(session.state.status).toBe('waiting_for_human');
    await session.unresolved.resolve(decision(A));
    expect(session.state.status).toBe('running');
    expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
    expect(outcomes(session).map(([id]) => id)).toEqual([A, 't1.s1.c3-x', B]);
    await finish(session);
  });

  it('of which no person can be asked stands as unknown at once', async () => {
    const { unresolved: _row, ...old } = DOUBT;
    const session = inDoubt([A], { reports: [old] });
    expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
    expect(outcomes(session)).toEqual([[A, DOUBT.outcome]]);
    await finish(session);
  });
});

describe('all that waits, as people are shown it', () => {
  it('fits a payload for each who waits for it, however many there are and however much they say', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `t1.s1.c${index}-a`);
    const words = '\u4e2d"'.repeat(2_000);
    const doubt = { ...DOUBT, outcome: { kind: 'unknown', message: words }, unresolved: { ...ROW, lastError: words } };
    const session = inDoubt(ids, {
      reports: ids.map(() => doubt as typeof DOUBT),
      parallelCalls: 100,
      args: { text: '\u4e2d"'.repeat(20_000) },
    });
    void session.send('m1');
    await new Promise(setImmediate);
    const answer = await session.send('m1');
    expect(answer).toMatchObject({ kind: 'waiting_for_human', pending: { length: 100 } });
    expect(utf8Length(JSON.stringify(answer))).toBeLessThan(750_000);
    await finish(session);
  });

  it('is cut only where it is long', async () => {
    const args = { text: 'x'.repeat(16_000) };
    const session = inDoubt([A, B], { args });
    void session.send('m1');
    await new Promise(setImmediate);
    expect(pendingItems(callsInDoubt(session.state)).map(({ call }) => call?.args)).toEqual([args, args]);
    await finish(session);
  });
});

describe('resolve', () => {
  it('refuses a call that does not wait, and says which do', async () => {
    const session = inDoubt([A]);
    await session.send('m1');
    expect(session.unresolved.refusal(decision(B))).toEqual({
      type: 'Refused',
      message: `the call ${B} does not wait for anybody; those that do: ${A}`,
    });
    await finish(session);
  });

  it('twice under one id acts once; under another id it is refused', async () => {
    const session = inDoubt([A], { resolve: () => applied });
    await session.send('m1');
    await session.unresolved.resolve(decision(A, { as: 'applied', result: 1 }));
    expect(session.unresolved.refusal(decision(A, { as: 'applied', result: 1 }))).toBeNull();
    expect(session.unresolved.resolve(decision(A, { as: 'applied', result: 1 }))).toMatchObject({
      kind: 'already_done',
      as: 'applied',
    });
    expect(session.unresolved.refusal(decision(A, { actId: 'other' }))?.message).toMatch(/does not wait for anybody/);
    expect(session.unresolved.refusal(decision(B, { actId: `act-${A}` }))?.message).toMatch(/used for another act/);
    expect(session.resolveInputs).toHaveLength(1);
    await finish(session);
  });

  it.each([
    ['another decision', decision(A, { as: 'give_up' })],
    ['another result', decision(A, { as: 'applied', result: 2 })],
  ])('under the id of an act that was done, or is being done, is refused where it says %s', async (_, other) => {
    const session = inDoubt([A], { reports: [DOUBT, DOUBT] });
    await session.send('m1');
    const first = session.unresolved.resolve(decision(A));
    expect(session.unresolved.refusal(other)?.message).toMatch(/being resolved by another act at this moment/);
    await first;
    await new Promise(setImmediate);
    // It was run again and is in doubt again: who is told that this was done already would take it for decided.
    expect(callsInDoubt(session.state)).toHaveLength(1);
    expect(session.unresolved.refusal(other)?.message).toMatch(/used for another act .*absent/);
    expect(session.unresolved.resolve(other)).toMatchObject({ type: 'Refused' });
    await finish(session);
  });

  it('at the same moment is refused to another act, and joined by the same', async () => {
    let go: (end: ResolveEnd) => void = () => undefined;
    const session = inDoubt([A], { resolve: () => new Promise((tell) => (go = tell)) });
    await session.send('m1');
    const first = session.unresolved.resolve(decision(A));
    expect(session.unresolved.refusal(decision(A, { actId: 'other' }))?.message).toMatch(
      /being resolved by another act at this moment/,
    );
    const same = session.unresolved.resolve(decision(A));
    go(applied);
    expect(await first).toMatchObject({ kind: 'done', as: 'applied' });
    expect(await same).toMatchObject({ kind: 'already_done', as: 'applied' });
    expect(session.resolveInputs).toHaveLength(1);
    await finish(session);
  });

  it.each([
    [{ kind: 'refused', problem: 'result.id: expected a number' }, /^result\.id: expected a number$/],
    [
      { kind: 'failed', message: 'the ledger is away' },
      /whether it was recorded is not known, and the call still waits: the ledger is away/,
    ],
  ] as const)('that ends as %j changes nothing, and may be tried again under the same id', async (end, words) => {
    const ends: ResolveEnd[] = [end, applied];
    const session = inDoubt([A], { resolve: () => ends.shift() ?? applied });
    await session.send('m1');
    const page = session.page();
    expect(await session.unresolved.resolve(decision(A))).toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(words) as unknown,
    });
    expect(session.state.status).toBe('waiting_for_human');
    expect(session.state.acts.size).toBe(0);
    expect(session.page()).toBe(page);
    expect(await session.unresolved.resolve(decision(A))).toMatchObject({ kind: 'done', as: 'applied' });
    expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
    await finish(session);
  });

  it('says what was decided where the ledger held an earlier decision', async () => {
    const session = inDoubt([A], { resolve: () => applied });
    await session.send('m1');
    expect(await session.unresolved.resolve(decision(A, { as: 'give_up' }))).toMatchObject({ as: 'applied' });
    await finish(session);
  });
});

describe('a session that ends or a turn that is stopped while a call waits', () => {
  it('lets the unknown outcome stand at once', async () => {
    const session = inDoubt([A]);
    await session.send('m1');
    session.end();
    expect(await session.finished).toMatchObject({ reason: 'ended' });
    expect(outcomes(session)).toEqual([[A, DOUBT.outcome]]);
    expect(session.state.messages.get('m1')?.answer).toMatchObject({ kind: 'ended' });
    expect(session.state.unresolved.size).toBe(0);
  });

  it('counts a decision that is under way', async () => {
    let go: (end: ResolveEnd) => void = () => undefined;
    const session = inDoubt([A], { resolve: () => new Promise((tell) => (go = tell)) });
    await session.send('m1');
    const resolving = session.unresolved.resolve(decision(A));
    session.end();
    go(applied);
    expect(await resolving).toMatchObject({ kind: 'done' });
    await session.finished;
    expect(outcomes(session)).toEqual([[A, { kind: 'succeeded', result: 'found' }]]);
  });

  it.each([
    // Not run any more: the ledger, to which it is still to come, is told so.
    [{ kind: 'absent' }, { kind: 'cancelled' }, [A, `${A}.again1`]],
    [{ kind: 'failed', message: 'away' }, DOUBT.outcome, [A]],
  ] as const)('makes of %j under way %j', async (end, outcome, ids) => {
    let go: (end: ResolveEnd) => void = () => undefined;
    const session = inDoubt([A], { resolve: () => new Promise((tell) => (go = tell)) });
    await session.send('m1');
    const resolving = session.unresolved.resolve(decision(A));
    session.end();
    go(end);
    const answer = await resolving;
    await session.finished;
    if (end.kind === 'failed') {
      expect(answer).toMatchObject({ message: expect.stringMatching(/its outcome stays unknown: away/) as unknown });
    }
    expect(outcomes(session)).toMatchObject([[A, outcome]]);
    expect(session.activityIds).toEqual(ids);
    expect(session.toolInputs.map(({ settleOnly }) => settleOnly)).toEqual(
      ids.length > 1 ? [undefined, true] : [undefined],
    );
  });

  it('goes on after a stop', async () => {
    const session = inDoubt([A]);
    await session.send('m1');
    expect(await session.interventions.intervene({ actId: 's', act: 'stop', by: 'ada' })).toMatchObject({
      kind: 'done',
    });
    expect(await session.send('m1')).toMatchObject({
      kind: 'stopped',
      reason: 'stopped_by_person',
      message: 'the turn was stopped by ada',
      session: 'open',
    });
    expect(outcomes(session)).toEqual([[A, DOUBT.outcome]]);
    expect(await session.send('m2')).toMatchObject({ kind: 'reply', turn: 2 });
    await finish(session);
  });
});
