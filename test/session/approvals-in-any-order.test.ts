/**
 * Five calls of one step wait for approval, and are decided in the orders of a seeded sample while two people race on each, one of them approving and the
 * other rejecting: one decision each, the other is told by whom and when, and what ran is what was approved. HOLDFAST_TEST_SEED chooses other orders.
 */
import { AlreadyDecided, type PendingApproval, type Session } from '../../client';
import { hashOfArguments } from '../../activities/tools/check-input';
import { seededRandom } from '../../testing/random';
import { FULL, SEED } from '../support/payments/scale';
import { decisionsIn, unapproved } from './decisions';
import { inspect, newSession, ranIn, untilAsked, useTeller } from './teller';

const CALLS = 5;
/** Of the 120 there are. */
const ORDERS = FULL ? 60 : 8;
const random = seededRandom(SEED);

useTeller();

function shuffled<T>(some: readonly T[]): readonly T[] {
  return some
    .map((one) => ({ one, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ one }) => one);
}

interface Race {
  readonly approval: PendingApproval;
  readonly winner: 'ada' | 'bob';
  readonly loser: unknown;
}

/** Ada approves and bob rejects, both at once. */
async function race(session: Session, approval: PendingApproval): Promise<Race> {
  const { callId, argsHash } = approval;
  const decide = {
    ada: () => session.approve(callId, { argsHash, by: 'ada' }),
    bob: () => session.reject(callId, { argsHash, by: 'bob', reason: 'not today' }),
  };
  const names = shuffled(['ada', 'bob'] as const);
  const ends = await Promise.allSettled(names.map((name) => decide[name]()));
  const winners = names.filter((_, index) => ends[index]?.status === 'fulfilled');
  expect(winners).toHaveLength(1);
  const [winner = 'ada'] = winners;
  const lost = ends.find(({ status }) => status === 'rejected');
  return { approval, winner, loser: lost?.status === 'rejected' ? lost.reason : undefined };
}

/** @param apart true: one call after the other; else all ten people at once. */
async function decideInOrder(apart: boolean): Promise<void> {
  const session = newSession();
  const text = `${Array.from({ length: CALLS }, (_, index) => `pay p${index}:${index + 1}`).join(', ')}, look around`;
  expect(await session.say(text, 'm-1')).toMatchObject({ kind: 'waiting_for_human' });
  const order = shuffled(await untilAsked(session, CALLS));
  const races: Race[] = [];
  if (apart) for (const approval of order) races.push(await race(session, approval));
  else races.push(...(await Promise.all(order.map((approval) => race(session, approval)))));
  expect(await session.say(text, 'm-1')).toMatchObject({ kind: 'reply' });

  for (const { loser, winner, approval } of races) {
    expect(loser).toBeInstanceOf(AlreadyDecided);
    expect((loser as Error).message).toMatch(
      new RegExp(`already ${winner === 'ada' ? 'approved' : 'rejected'} by ${winner} at \\d{4}-\\d\\d-\\d\\dT`),
    );
    // Whoever asks later is told the same.
    const late = session.reject(approval.callId, { argsHash: approval.argsHash, by: 'cleo' });
    await expect(late).rejects.toThrow(AlreadyDecided);
  }
  const approved = races.filter(({ winner }) => winner === 'ada').map(({ approval }) => approval);
  const hashes = (calls: readonly { readonly callId: string; readonly argsHash: string }[]) =>
    calls.map(({ callId, argsHash }) => `${callId} ${argsHash}`).sort();
  const done = ranIn(session);
  expect(hashes(done.map(({ callId, args }) => ({ callId, argsHash: hashOfArguments(args) })))).toEqual(
    hashes(approved),
  );
  const outcomes = (await session.wholeTranscript()).flatMap((item) => (item.kind === 'outcome' ? [item] : []));
  expect(outcomes.filter(({ outcome }) => outcome.kind === 'rejected')).toHaveLength(CALLS - approved.length);
  const decisions = decisionsIn(await inspect(session));
  expect(decisions.filter(({ result }) => result?.kind === 'done')).toHaveLength(CALLS);
  expect(new Set(decisions.flatMap(({ refusedAs = 'none' }) => refusedAs))).toEqual(
    new Set(['none', 'AlreadyDecided']),
  );
  expect(unapproved(done, decisions, () => 1)).toEqual([]);
}

test('one after the other, in every order of the sample', async () => {
  await Promise.all(Array.from({ length: ORDERS }, () => decideInOrder(true)));
}, 120_000);

test('all at once', async () => {
  await Promise.all(Array.from({ length: ORDERS / 2 }, () => decideInOrder(false)));
}, 120_000);

test('a decision that is made again is answered with what was decided, and a second one by the same person is refused', async () => {
  const session = newSession();
  await session.say('pay_two a:5', 'm-1');
  const [first] = await untilAsked(session, 1);
  if (!first) throw new Error('nothing waits');
  const { callId, argsHash } = first;
  const adas = { argsHash, by: 'ada', actId: 'act-1' };
  expect(await session.approve(callId, adas)).toMatchObject({ kind: 'done', call: 'waiting', approvals: 2 });
  expect(await session.approve(callId, adas)).toMatchObject({ kind: 'already_done', call: 'waiting' });
  await expect(session.approve(callId, { argsHash, by: ' ADA ' })).rejects.toMatchObject({ code: 'NOT_AUTHORIZED' });
  expect(ranIn(session)).toEqual([]);
  expect(await session.approve(callId, { argsHash, by: 'bob' })).toMatchObject({ kind: 'done', call: 'approved' });
  expect(await session.say('pay_two a:5', 'm-1')).toMatchObject({ kind: 'reply' });
  expect(ranIn(session)).toMatchObject([{ approvedBy: ['ada', 'bob'] }]);
  await inspect(session);
});
