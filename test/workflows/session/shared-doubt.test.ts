/** Calls in doubt about one effect: what a person says of one is said of all. */
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import type { ResolveEnd } from '../../../workflows/session/unresolved';
import { callsInDoubt } from '../../../workflows/session/waiting-call';
import { A, applied, B, decision, DOUBT, finish, inDoubt, outcomes, ROW } from './in-doubt';
import type { Scripted } from './scripted-session';

const C = 't1.s1.c3-c';
const about = (businessKey: string): ToolCallReport => ({ ...DOUBT, unresolved: { ...ROW, businessKey } });
const SAME: ToolCallReport = {
  outcome: { kind: 'succeeded', result: 'found', sameAsCall: A },
  attempt: 1,
  ledger: 'replayed',
};
const CANCELLED: ToolCallReport = { outcome: { kind: 'cancelled', message: 'closed' }, attempt: 1, ledger: 'none' };

/** A and B are about one effect, C about another. */
async function three(options: {
  readonly reports?: ToolCallReport[];
  readonly resolve?: () => ResolveEnd | Promise<ResolveEnd>;
}): Promise<Scripted> {
  const session = inDoubt([A, B, C], {
    parallelCalls: 3,
    reports: [about('k'), about('k'), about('other'), ...(options.reports ?? [])],
    resolve: options.resolve,
  });
  void session.send('m1');
  while (callsInDoubt(session.state).length < 3) await new Promise(setImmediate);
  return session;
}

const waiting = ({ state }: Scripted) => [...state.unresolved.keys()];

it('the others ask the ledger, and those about something else wait on', async () => {
  const session = await three({ resolve: () => applied, reports: [SAME] });
  await session.unresolved.resolve(decision(A, { as: 'applied', result: 'found' }));
  await new Promise(setImmediate);
  expect(waiting(session)).toEqual([C]);
  expect(session.activityIds.slice(3)).toEqual([`${B}.again1`]);
  await finish(session);
  expect(outcomes(session)).toMatchObject([
    [A, { kind: 'succeeded' }],
    [B, { kind: 'succeeded', sameAsCall: A }],
    [C, { kind: 'unknown' }],
  ]);
});

it('a call that the ledger still has in doubt waits again', async () => {
  const session = await three({ resolve: () => applied, reports: [about('k')] });
  await session.unresolved.resolve(decision(A, { as: 'applied', result: 'found' }));
  await new Promise(setImmediate);
  expect(waiting(session).sort()).toEqual([B, C]);
  await finish(session);
});

it('giving up is said of one call alone', async () => {
  const session = await three({ resolve: () => ({ kind: 'resolved', as: 'give_up', outcome: DOUBT.outcome }) });
  await session.unresolved.resolve(decision(A, { as: 'give_up' }));
  await new Promise(setImmediate);
  expect(waiting(session)).toEqual([B, C]);
  await finish(session);
});

describe('a turn that is stopped while a person says what became of one', () => {
  it.each<[string, ResolveEnd, ToolCallReport[], readonly string[], readonly string[]]>([
    [
      'absent: the ledger closes both',
      { kind: 'absent' },
      [CANCELLED, CANCELLED],
      ['cancelled', 'cancelled', 'unknown'],
      [`${A}.again1`, `${B}.again1`],
    ],
    ['applied: the other has it too', applied, [SAME], ['succeeded', 'succeeded', 'unknown'], [`${B}.again1`]],
    ['not recorded: both stand', { kind: 'failed', message: 'away' }, [], ['unknown', 'unknown', 'unknown'], []],
    [
      'given up: the other stands',
      { kind: 'resolved', as: 'give_up', outcome: DOUBT.outcome },
      [],
      ['unknown', 'unknown', 'unknown'],
      [],
    ],
  ])('%s', async (_what, end, reports, kinds, ids) => {
    let go: (end: ResolveEnd) => void = () => undefined;
    const session = await three({ reports, resolve: () => new Promise((tell) => (go = tell)) });
    const resolving = session.unresolved.resolve(decision(A, { as: end.kind === 'absent' ? 'absent' : 'give_up' }));
    expect(session.interventions.intervene({ actId: 's', act: 'stop' })).toMatchObject({ kind: 'done' });
    expect(waiting(session)).toEqual([A, B]);
    go(end);
    await resolving;
    expect(await session.send('m1')).toMatchObject({ kind: 'stopped' });
    expect(outcomes(session).map(([, outcome]) => (outcome as ToolCallReport['outcome']).kind)).toEqual(kinds);
    expect(session.activityIds.slice(3)).toEqual(ids);
    expect(session.toolInputs.slice(3).every(({ settleOnly }) => settleOnly)).toBe(true);
    await finish(session);
  });
});
