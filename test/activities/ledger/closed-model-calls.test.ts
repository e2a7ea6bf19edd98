/** A model call that nobody waits for any more: what it cost is known, and no attempt of it asks again. */
import { branchKeyOf } from '../../../activities/ledger/call-identity';
import { ModelCallClosed } from '../../../activities/ledger/port';
import { temporaryLedger } from './temporary-ledger';

const callKey = 'session-1/t1.s1.m';
const owner = 'test:1';
const begin = (attempt: number, run = 'run-1') => ({ callKey, owner, attempt, run, estimate: attempt });
const close = (run = 'run-1') => ({ callKey, run, owner });

describe('a model call that is closed', () => {
  it('says what its requests may have cost, however often it is asked', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall(begin(1));
    await ledger.beginModelCall(begin(2));
    const cutOff = [
      { attempt: 1, estimate: 1 },
      { attempt: 2, estimate: 2 },
    ];
    expect(await ledger.closeModelCall(close())).toEqual({ cutOff });
    expect(await ledger.closeModelCall(close())).toEqual({ cutOff });
  });

  it('lets no further attempt begin, whether or not one had', async () => {
    const ledger = await temporaryLedger();
    expect(await ledger.closeModelCall(close())).toEqual({ cutOff: [] });
    await expect(ledger.beginModelCall(begin(1))).rejects.toThrow(ModelCallClosed);
    const branch = branchKeyOf(callKey, 'f'.repeat(64));
    await expect(ledger.beginModelCall({ ...begin(1), callKey: branch })).rejects.toThrow(ModelCallClosed);
    expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([{ state: 'failed', kind: 'model' }]);
  });

  it('gives the answer that was recorded, and the other requests', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall(begin(1));
    await ledger.beginModelCall(begin(2));
    await ledger.recordModelCall({ callKey, attempt: 2, answer: { text: 'hello' } });
    expect(await ledger.closeModelCall(close())).toEqual({
      cutOff: [{ attempt: 1, estimate: 1 }],
      answer: { text: 'hello' },
    });
    await expect(ledger.beginModelCall(begin(3))).rejects.toThrow(ModelCallClosed);
  });

  it('keeps an answer that comes late, for a session that is reset to before it', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall(begin(1));
    await ledger.closeModelCall(close());
    await ledger.recordModelCall({ callKey, attempt: 1, answer: 'late' });
    expect(await ledger.beginModelCall(begin(1, 'run-2'))).toMatchObject({ kind: 'recorded', answer: 'late' });
  });

  it('may be asked again by another run of the session, and not by the one it was closed for', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall(begin(1));
    await ledger.closeModelCall(close());
    expect(await ledger.beginModelCall(begin(1, 'run-2'))).toMatchObject({ kind: 'run', cutOff: [{ attempt: 1 }] });
    await expect(ledger.beginModelCall(begin(2))).rejects.toThrow(ModelCallClosed);
    await ledger.recordModelCall({ callKey, attempt: 1, answer: 'again' });
    expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([{ state: 'succeeded' }]);
  });

  it('counts a branch only where the run that closes it asked there', async () => {
    const ledger = await temporaryLedger();
    const [ours, theirs] = ['a', 'b'].map((digit) => branchKeyOf(callKey, digit.repeat(64))) as [string, string];
    await ledger.beginModelCall(begin(1, 'run-0'));
    await ledger.recordModelCall({ callKey, attempt: 1, answer: 'to another conversation' });
    await ledger.beginModelCall({ ...begin(4), callKey: ours });
    await ledger.beginModelCall({ ...begin(5, 'run-0'), callKey: theirs });
    expect(await ledger.closeModelCall(close())).toEqual({ cutOff: [{ attempt: 4, estimate: 4 }] });
    await expect(ledger.beginModelCall({ ...begin(6), callKey: ours })).rejects.toThrow(ModelCallClosed);
  });
});

describe('a model call that is begun after so many requests', () => {
  it('is not begun where others are listed, and then nothing is written', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall({ ...begin(1), after: 0 });
    const listed = { kind: 'listed', cutOff: [{ attempt: 1, estimate: 1 }] };
    expect(await ledger.beginModelCall({ ...begin(2), after: 0 })).toEqual(listed);
    expect(await ledger.beginModelCall({ ...begin(2), after: -1 })).toEqual(listed);
    expect(await ledger.beginModelCall({ ...begin(2), after: 1 })).toMatchObject({ kind: 'run' });
  });

  it('is answered from the record all the same', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall(begin(1));
    await ledger.recordModelCall({ callKey, attempt: 1, answer: 'hello' });
    expect(await ledger.beginModelCall({ ...begin(2), after: -1 })).toMatchObject({ kind: 'recorded' });
  });
});
