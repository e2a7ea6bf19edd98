/** A call that was cancelled where no attempt could say what it had done: the ledger is asked, and nothing runs. */
import { z } from 'zod';
import { defineTool } from '../../../agents';
import { claimOf, granted, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

const callKey = 'ns-1/t1.s1.c1-00000000';
const body = jest.fn(() => 'done');
const work = defineTool({ name: 'work', description: 'works', effect: 'idempotent', input: z.object({}), run: body });
const settleOnly = { input: { settleOnly: true } };
const claimed = (leaseMs: number) => ({ ...claimOf('x', { args: {}, tool: 'work', leaseMs }), callKey });

beforeEach(() => body.mockClear());

describe('what became of a cancelled call', () => {
  it('that never began: it was cancelled', async () => {
    const { call } = desk([work], [await temporaryLedger()]);
    expect(await call(work, settleOnly)).toMatchObject({ outcome: { kind: 'cancelled' } });
    expect(body).not.toHaveBeenCalled();
  });

  it('that was done and recorded: its outcome', async () => {
    const { call } = desk([work], [await temporaryLedger()]);
    await call(work);
    expect(await call(work, settleOnly)).toMatchObject({
      outcome: { kind: 'succeeded', result: 'done' },
      ledger: 'replayed',
    });
    expect(body).toHaveBeenCalledTimes(1);
  });

  it('that an attempt died inside of: unknown, and recorded as that', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall(claimed(1)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { call } = desk([work], [ledger]);
    const outcome = { kind: 'unknown', message: expect.stringContaining('was cut off') as string };
    expect(await call(work, settleOnly)).toMatchObject({ outcome });
    expect(await ledger.readCall(callKey)).toMatchObject({ state: 'unresolved', outcome });
    expect(body).not.toHaveBeenCalled();
  });

  it('that an attempt may still be running: asked again when its lease is over', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall(claimed(60_000)));
    const { call } = desk([work], [ledger]);
    expect(await call(work, settleOnly)).toMatchObject({ thrown: 'LeaseHeld', nonRetryable: false });
  });
});
