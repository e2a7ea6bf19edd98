/** What a session with stored parts tells of its conversation: to readers, and to the activity that needs it again. */
import type { SegmentRef } from '../../../workflows/contracts/continuation';
import { EMPTY_BASE } from '../../../workflows/contracts/conversation';
import { transcriptView } from '../../../workflows/session/views';
import { startScripted } from './scripted-session';

const ref = (from: number, length: number): SegmentRef => {
  const ledger = { name: 'default', id: 'l-1' };
  return { hash: `hash-${from}`, ledger, from, length, bytes: 9, runId: 'r1' };
};

/** As a run begins of which earlier ones stored the items 0 to 6. */
function secondRun(moves: Parameters<typeof startScripted>[0]) {
  const session = startScripted(moves);
  session.state.segments.push(ref(0, 4), ref(4, 3));
  session.state.itemsFrom = 7;
  session.state.base = { length: 7, digest: 'digest-7' };
  return session;
}

it('a conversation that could not be read back is read from its beginning, stored parts and all, at the next call', async () => {
  const session = secondRun([
    { kind: 'failed', type: 'ConversationUnavailable', message: 'what was read back is another' },
    { kind: 'answer', text: 'there you are' },
  ]);
  expect(await session.send('m1')).toMatchObject({ kind: 'stopped', session: 'open' });
  expect(await session.send('m2')).toMatchObject({ kind: 'reply', text: 'there you are' });
  const [first, second] = session.modelInputs;
  expect(first).toMatchObject({ base: { length: 7 }, items: [{ kind: 'user' }] });
  expect(first).not.toHaveProperty('readBackTo');
  // Its items, the note of the failure and the second message.
  expect(second).toMatchObject({ base: EMPTY_BASE, items: [], readBackTo: 10 });
  session.end();
  await session.finished;
});

it('answers with a reference for what is stored, and with items from there on', async () => {
  const session = secondRun([{ kind: 'answer', text: 'yes' }]);
  await session.send('m1');
  const page = (from: number) => transcriptView(session.state, { from });
  expect(page(0)).toMatchObject({ from: 0, items: [], stored: ref(0, 4), next: 4, total: 9 });
  expect(page(5)).toMatchObject({ from: 5, items: [], stored: ref(4, 3), next: 7, total: 9 });
  expect(page(7)).toMatchObject({ from: 7, items: [{ kind: 'user' }, { kind: 'assistant' }], total: 9 });
  expect(page(7)).not.toHaveProperty('stored');
  expect(page(7)).not.toHaveProperty('next');
  session.end();
  await session.finished;
});
