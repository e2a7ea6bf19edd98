/** How much a session takes in, and hands out at once. */
import { FAILURE_TYPES } from '../../../workflows/contracts/failures';
import { Mailbox } from '../../../workflows/session/mailbox';
import { newSession } from '../../../workflows/session/session-state';

const open = () => {
  const state = newSession('session-1', { v: 1, agent: 'clerk' }, 'ns', 0);
  return { state, mailbox: new Mailbox(state, () => 0) };
};

it('takes 512 KB of waiting messages, and one of any length where none waits', () => {
  const { mailbox } = open();
  const half = { text: 'é'.repeat(128 * 1024) };
  for (const messageId of ['m1', 'm2']) {
    expect(mailbox.refusal({ messageId, ...half })).toBeNull();
    void mailbox.send({ messageId, ...half });
  }
  expect(mailbox.refusal({ messageId: 'm1', ...half })).toBeNull();
  const refusal = mailbox.refusal({ messageId: 'm3', text: 'x' });
  expect(refusal).toMatchObject({ type: FAILURE_TYPES.queueFull });
  expect(refusal?.message).toContain('524288 bytes of messages waiting');
});

it('hands out 1 MB of an answer at once; who is left is told to ask for it', async () => {
  const { mailbox } = open();
  const waiting = [1, 2, 3, 4].map(async () => mailbox.send({ messageId: 'm1', text: 'hi' }));
  const answer = { kind: 'reply', messageId: 'm1', turn: 1, text: 'x'.repeat(400_000) } as const;
  mailbox.settle('m1', answer);
  const queued = { kind: 'queued', messageId: 'm1', ahead: 0 };
  expect(await Promise.all(waiting)).toEqual([answer, answer, queued, queued]);
  expect(mailbox.answer('m1')).toEqual({ kind: 'answered', answer });
});

it('gives an answer of any length to one', async () => {
  const { mailbox } = open();
  const waiting = [1, 2].map(async () => mailbox.send({ messageId: 'm1', text: 'hi' }));
  const answer = { kind: 'reply', messageId: 'm1', turn: 1, text: 'x'.repeat(1_200_000) } as const;
  mailbox.settle('m1', answer);
  expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(['reply', 'queued']);
});

it('parked, has everybody send again, but for what was answered before', async () => {
  const { state, mailbox } = open();
  const answered = mailbox.send({ messageId: 'm1', text: 'hi' });
  const answer = { kind: 'reply', messageId: 'm1', turn: 1, text: 'hello' } as const;
  mailbox.settle('m1', answer);
  expect(await answered).toEqual(answer);
  const waits = mailbox.send({ messageId: 'm2', text: 'hi' });
  mailbox.park();
  expect(await waits).toEqual({ kind: 'continued', messageId: 'm2', run: 1 });
  expect(mailbox.send({ messageId: 'm3', text: 'hi' })).toEqual({ kind: 'continued', messageId: 'm3', run: 1 });
  expect(mailbox.send({ messageId: 'm1', text: 'hi' })).toEqual(answer);
  expect(state.queue.map(({ messageId }) => messageId)).toEqual(['m1', 'm2', 'm3']);
  mailbox.unpark();
  const again = mailbox.send({ messageId: 'm3', text: 'hi' });
  mailbox.settle('m3', { ...answer, messageId: 'm3' });
  expect(await again).toMatchObject({ kind: 'reply', messageId: 'm3' });
});
