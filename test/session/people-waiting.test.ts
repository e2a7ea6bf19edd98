/** What waits for people, and what does not have to: a crowd of messages behind an approval, deadlines while no worker is up, and runs of a session that come and go. */
import { StaleDecision, type Session } from '../../client';
import { fetchHistory } from './history';
import { caught, eventually } from './stage';
import { approvalsOf, inspect, newSession, ranIn, stage, TELLER, tellerNamed, untilAsked, useTeller } from './teller';

const CROWD = 20;
/** Longest an act may take, however many messages wait. */
const PROMPT_MS = 2_000;

useTeller();

/** ms that `act` took. */
async function took(act: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act;
  return performance.now() - began;
}

describe(`${CROWD} messages queued behind an approval`, () => {
  async function crowd(): Promise<Session & { readonly argsHash: string; readonly callId: string }> {
    const session = newSession();
    expect(await session.say('pay a:5', 'm-0')).toMatchObject({ kind: 'waiting_for_human' });
    const [asked] = await untilAsked(session, 1);
    const queued = await Promise.all(
      Array.from({ length: CROWD }, (_, index) => session.say(`message ${index + 1}`, `m-${index + 1}`)),
    );
    expect(new Set(queued.map(({ kind }) => kind))).toEqual(new Set(['queued']));
    expect((await session.status()).queued).toBe(CROWD);
    return Object.assign(session, { argsHash: asked?.argsHash ?? '', callId: asked?.callId ?? '' });
  }

  async function untilAllAnswered(session: Session): Promise<void> {
    await eventually('all answers', async () => {
      const last = await session.answer(`m-${CROWD}`);
      return last.kind === 'answered' || undefined;
    });
    await inspect(session);
  }

  test('decide is answered promptly, and all messages after it', async () => {
    const session = await crowd();
    const ms = await took(session.approve(session.callId, { argsHash: session.argsHash, by: 'ada' }));
    expect(ms).toBeLessThan(PROMPT_MS);
    await untilAllAnswered(session);
    expect(ranIn(session)).toHaveLength(1);
    console.info(`decide behind ${CROWD} messages: ${ms.toFixed(0)} ms`);
  });

  test('stop is answered promptly, and the messages have their turns', async () => {
    const session = await crowd();
    const ms = await took(session.stop({ by: 'ada' }));
    expect(ms).toBeLessThan(PROMPT_MS);
    await untilAllAnswered(session);
    expect(ranIn(session)).toEqual([]);
    expect(await session.answer('m-0')).toMatchObject({ answer: { kind: 'stopped' } });
    console.info(`stop behind ${CROWD} messages: ${ms.toFixed(0)} ms`);
  });
});

test('a deadline that passes while no worker is up is acted on when one is', async () => {
  const session = newSession();
  await session.say('pay_soon a:5, pay_or_not b:6, pay c:7', 'm-1');
  const asked = await untilAsked(session, 3);
  await stage.worker.stop();
  // Nobody but the server looks at the time now.
  await eventually('both deadlines to pass', async () => {
    const { events = [] } = await fetchHistory(stage.temporal, session.id);
    return (events ?? []).filter((event) => event.timerFiredEventAttributes).length >= 2 || undefined;
  });
  expect(ranIn(session)).toEqual([]);
  await stage.startWorker({ agents: [tellerNamed(TELLER)] });
  const [left] = await untilAsked(session, 1);
  expect(left).toEqual(asked.find(({ tool }) => tool === 'pay'));
  await session.reject(left?.callId ?? '', { argsHash: left?.argsHash ?? '', by: 'ada' });
  expect(await session.say('pay_soon a:5, pay_or_not b:6, pay c:7', 'm-1')).toMatchObject({ kind: 'reply' });
  expect(ranIn(session)).toMatchObject([{ tool: 'pay_soon', approvedBy: ['policy'] }]);
  await inspect(session);
});

test('calls that wait are asked about anew in the next run, with all that was said so far', async () => {
  const session = newSession({ continueAfter: { updates: 4 } });
  const text = 'pay a:5, pay_two b:6, pay_two c:7';
  await session.say(text, 'm-1');
  const [one, two, three] = await untilAsked(session, 3);
  if (!one || !two || !three) throw new Error('three calls were to wait');
  const push = async (): Promise<void> => {
    const { run = 1 } = await session.status();
    await eventually('the next run', async () => {
      await session.say(text, 'm-1');
      return (await session.status()).run !== run || undefined;
    });
  };
  await session.approve(two.callId, { argsHash: two.argsHash, by: 'ada' });
  await session.edit(one.callId, { name: 'a', cents: 4 }, { argsHash: one.argsHash, by: 'ada' });
  await session.edit(three.callId, { name: 'c', cents: 1 }, { argsHash: three.argsHash, by: 'ada' });
  await push();
  await push();
  const again = await untilAsked(session, 2);
  expect(again).toEqual([
    expect.objectContaining({ callId: two.callId, argsHash: two.argsHash, stageSince: two.stageSince }),
    expect.objectContaining({ callId: three.callId, editedBy: 'ada' }),
  ]);
  // What was seen before the edit is no longer what waits, in whichever run.
  expect(await caught(session.approve(three.callId, { argsHash: three.argsHash, by: 'bob' }))).toBeInstanceOf(
    StaleDecision,
  );
  expect(await caught(session.reject(one.callId, { argsHash: one.argsHash, by: 'bob' }))).toMatchObject({
    code: 'ALREADY_DECIDED',
    message: expect.stringMatching(/by ada at \d{4}-/) as string,
  });
  await push();
  await session.approve(two.callId, { argsHash: two.argsHash, by: 'bob' });
  const [edited] = await untilAsked(session, 1);
  await session.approve(three.callId, { argsHash: edited?.argsHash ?? '', by: 'bob' });
  expect(await session.say(text, 'm-1')).toMatchObject({ kind: 'reply' });
  expect(
    ranIn(session)
      .map(({ args, approvedBy }) => ({ ...args, approvedBy }))
      .sort((left, right) => left.name.localeCompare(right.name)),
  ).toEqual([
    { name: 'a', cents: 4, approvedBy: ['ada'] },
    { name: 'b', cents: 6, approvedBy: ['ada', 'bob'] },
    { name: 'c', cents: 1, approvedBy: ['ada', 'bob'] },
  ]);
  expect(approvalsOf(await session.pending())).toEqual([]);
  expect((await inspect(session)).length).toBeGreaterThanOrEqual(4);
});
