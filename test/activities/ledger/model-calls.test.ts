/** Model calls: paid once, and what may have been paid without an answer is known. */
import { ModelCallClosed } from '../../../activities/ledger/port';
import { temporaryLedger } from './temporary-ledger';

const call = { callKey: 'session-1/t1.s1.m', owner: 'test:1' };

describe('a model call', () => {
  it('is answered from the record once there is an answer', async () => {
    const ledger = await temporaryLedger();
    expect(await ledger.beginModelCall({ ...call, attempt: 1, estimate: { microUsd: 10 } })).toEqual({
      kind: 'run',
      cutOff: [],
    });
    expect(await ledger.recordModelCall({ ...call, attempt: 1, answer: { text: 'hello' } })).toEqual({ text: 'hello' });
    expect(await ledger.beginModelCall({ ...call, attempt: 2, estimate: null })).toEqual({
      kind: 'recorded',
      answer: { text: 'hello' },
      attempt: 1,
      cutOff: [],
    });
  });

  it('keeps the first answer', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall({ ...call, attempt: 1, estimate: null });
    await ledger.beginModelCall({ ...call, attempt: 2, estimate: null });
    await ledger.recordModelCall({ ...call, attempt: 2, answer: 'second attempt' });
    expect(await ledger.recordModelCall({ ...call, attempt: 1, answer: 'first attempt, late' })).toBe('second attempt');
  });

  it('lists requests that were cut off, but not those the provider refused', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall({ ...call, attempt: 1, estimate: 1 });
    await ledger.beginModelCall({ ...call, attempt: 2, estimate: 2 });
    await ledger.dropModelCall({ ...call, attempt: 2 });
    expect(await ledger.beginModelCall({ ...call, attempt: 3, estimate: 3 })).toEqual({
      kind: 'run',
      cutOff: [{ attempt: 1, estimate: 1 }],
    });
  });

  it('lists with a recorded answer what was asked in vain beside it, but not what the provider refused', async () => {
    const ledger = await temporaryLedger();
    for (const attempt of [1, 2, 3]) await ledger.beginModelCall({ ...call, attempt, estimate: attempt });
    await ledger.recordModelCall({ ...call, attempt: 2, answer: 'second attempt' });
    await ledger.dropModelCall({ ...call, attempt: 3 });
    expect(await ledger.beginModelCall({ ...call, attempt: 4, estimate: 4 })).toEqual({
      kind: 'recorded',
      answer: 'second attempt',
      attempt: 2,
      cutOff: [{ attempt: 1, estimate: 1 }],
    });
  });

  it('is not begun by an attempt that a later one of its run has overtaken', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall({ ...call, attempt: 2, estimate: 2, run: 'run-1' });
    const late = { ...call, attempt: 1, estimate: 1 };
    await expect(ledger.beginModelCall({ ...late, run: 'run-1' })).rejects.toThrow(ModelCallClosed);
    // A session that was reset begins to count anew.
    expect(await ledger.beginModelCall({ ...late, run: 'run-2' })).toMatchObject({ kind: 'run' });
  });

  it('lists the cut off request of an attempt with the same number, as after a reset', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall({ ...call, attempt: 1, estimate: 1 });
    expect(await ledger.beginModelCall({ ...call, attempt: 1, estimate: 1 })).toMatchObject({
      cutOff: [{ attempt: 1 }],
    });
  });

  it('cannot be recorded before it was begun', async () => {
    const ledger = await temporaryLedger();
    await expect(ledger.recordModelCall({ ...call, attempt: 1, answer: 'x' })).rejects.toThrow(/was never begun/);
  });

  it('stands among the calls of its session', async () => {
    const ledger = await temporaryLedger();
    await ledger.beginModelCall({ ...call, attempt: 1, estimate: null });
    await ledger.recordModelCall({ ...call, attempt: 1, answer: { text: 'hello' } });
    expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([
      { callId: 't1.s1.m', kind: 'model', state: 'succeeded', answer: { text: 'hello' } },
    ]);
  });
});
