import type { Detectors, Rung } from '../../../workflows/contracts/limits';
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import { finish } from './in-doubt';
import { answer, calls, extend, ladderOf, notes, purposes, repair, settled, startLimited } from './limited';
import type { Move } from './scripted-session';

const ALL: readonly Rung[] = ['note', 'stronger_model', 'ask', 'stop'];
const same = (count: number) => calls(count, () => 'a');
const start = (moves: readonly Move[], detectors: Detectors, more: Parameters<typeof startLimited>[2] = {}) =>
  startLimited(moves, { onLimit: 'ask' }, { ...more, policy: { steps: 50, repairs: 20, detectors, ...more.policy } });

describe('the ladder', () => {
  it('goes from a note to a stronger model, a person and a partial answer, each after as many more', async () => {
    const session = start([...same(6 + 3), answer('what there is')], ladderOf('sameCall', 2, ALL), {
      policy: { strongerModel: true },
    });
    expect(await session.send('m1')).toMatchObject({
      kind: 'waiting_for_human',
      pending: [{ id: 'detector.sameCall' }],
    });
    expect(session.modelInputs.map(({ stronger }) => stronger ?? false)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(notes(session.state, 'model', 'detector')).toEqual([
      expect.stringMatching(/^Noticed: the same tool call .*\(2 times\)/),
    ]);
    expect(notes(session.state, 'record', 'detector')).toEqual([
      expect.stringContaining('the stronger model is asked for the rest of the turn'),
      expect.stringContaining('a person is asked'),
    ]);
    extend(session, 'detector.sameCall', 1);
    await settled();
    expect(session.mailbox.answer('m1')).toMatchObject({
      answer: { kind: 'reply', text: 'what there is', partial: 'detector.sameCall: 3 of 3 noticed' },
    });
    expect(purposes(session).at(-1)).toBe('final');
    await finish(session);
  });

  it('lets it pass as often as a person says, and then takes the next rung', async () => {
    const session = start([...same(2 + 2 + 3), answer('what there is')], ladderOf('sameCall', 2, ['ask', 'stop']));
    await session.send('m1');
    expect(extend(session, 'detector.sameCall', 3)).toMatchObject({ limit: { bound: 'detector.sameCall', limit: 5 } });
    await settled();
    expect(session.mailbox.answer('m1')).toMatchObject({
      answer: { kind: 'reply', text: 'what there is', partial: 'detector.sameCall: 5 of 5 noticed' },
    });
    expect(purposes(session).filter((purpose) => purpose === 'step')).toHaveLength(7);
    await finish(session);
  });

  it('passes over what is not possible', async () => {
    const session = startLimited(
      [...same(4), answer('what there is')],
      { onLimit: 'stop' },
      { policy: { steps: 50, detectors: ladderOf('sameCall', 2, ALL) } },
    );
    expect(await session.send('m1')).toMatchObject({
      kind: 'reply',
      text: 'what there is',
      partial: expect.stringMatching(/^detector\.sameCall/),
    });
    expect(session.modelInputs.some(({ stronger }) => stronger)).toBe(false);
    expect(notes(session.state, 'record', 'detector')).toEqual([expect.stringContaining('the turn is ended')]);
    await finish(session);
  });

  it('is at its end when all rungs were taken: the bounds are left', async () => {
    const session = start([...same(9), answer('in the end')], ladderOf('sameCall', 2, ['note']));
    expect(await session.send('m1')).toEqual({ kind: 'reply', messageId: 'm1', turn: 1, text: 'in the end' });
    expect(notes(session.state, 'model', 'detector')).toHaveLength(1);
    await finish(session);
  });

  it('begins anew with each turn', async () => {
    const session = start(
      [...same(2), answer('one'), ...same(2), answer('two')],
      ladderOf('sameCall', 2, ['note', 'stop']),
    );
    for (const id of ['m1', 'm2']) expect(await session.send(id)).not.toHaveProperty('partial');
    expect(notes(session.state, 'model', 'detector')).toHaveLength(2);
    await finish(session);
  });

  it('takes nobody for granted: a detector that is off does nothing', async () => {
    const session = start([...same(9), answer('done')], {});
    expect(await session.send('m1')).not.toHaveProperty('partial');
    expect(notes(session.state, 'model', 'detector')).toEqual([]);
    await finish(session);
  });

  it.each<[string, keyof Detectors, readonly Move[]]>([
    ['two calls by turns', 'alternatingCalls', calls(4, (index) => 'ab'[index % 2]!)],
    ['unusable answers', 'repairStorm', [repair('cut'), repair('cut')]],
    ['empty answers', 'emptyAnswers', [repair('empty', 'empty'), repair('empty', 'empty')]],
  ])('ends %s', async (_, name, moves) => {
    const session = start([...moves, answer('what there is')], ladderOf(name, 2, ['stop']));
    expect(await session.send('m1')).toMatchObject({
      text: 'what there is',
      partial: `detector.${name}: 2 of 2 noticed`,
    });
    await finish(session);
  });

  it('ends calls that fail one after the other', async () => {
    const failed: ToolCallReport = {
      outcome: { kind: 'failed', reason: 'tool_error', message: 'no slot' },
      attempt: 1,
      ledger: 'none',
    };
    const session = start([...calls(3), answer('no slot anywhere')], ladderOf('toolFailures', 3, ['stop']), {
      tool: () => failed,
    });
    expect(await session.send('m1')).toMatchObject({ partial: 'detector.toolFailures: 3 of 3 noticed' });
    await finish(session);
  });
});
