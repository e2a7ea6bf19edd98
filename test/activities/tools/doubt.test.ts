/** Calls of which an earlier attempt may have had its effect, or may still have it: no later attempt may tell that it did not happen. */
import type { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { defineTool, ToolError, type Tool } from '../../../agents';
import { claimOf, granted, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

const callKey = 'ns-1/t1.s1.c1-00000000';
const args = { slot: 'tue-9' };
const input = z.object({ slot: z.string(), note: z.string().optional() });

function booking(run: () => unknown, more: Partial<Parameters<typeof defineTool>[0]> = {}): Tool {
  return defineTool({ name: 'book', description: 'books', effect: 'idempotent', input, run, ...more } as never);
}

it('a refusal by the tool does not undo an attempt that was cut off: its own booking may be what is in the way', async () => {
  const ledger = await temporaryLedger();
  granted(await ledger.claimToolCall({ ...claimOf('x', { args, leaseMs: 1 }), callKey }));
  const book = booking(() => {
    throw new ToolError('tue-9 is taken');
  });
  const { call } = desk([book], [ledger]);
  expect(await call(book, { args, info: { attempt: 2 } })).toMatchObject({
    outcome: { kind: 'unknown', message: expect.stringMatching(/was cut off.*tue-9 is taken/) },
  });
  expect(await ledger.calls({ sessionNamespace: 'ns-1' })).toMatchObject([{ state: 'unresolved' }]);
});

it('a call that was told to be cancelled before it ran is not run by an attempt that comes late', async () => {
  const body = jest.fn(() => 'booked');
  const book = booking(body);
  const { call } = desk([book], [await temporaryLedger()]);
  expect(await call(book, { args, input: { settleOnly: true } })).toMatchObject({
    outcome: { kind: 'cancelled' },
    ledger: 'none',
  });
  expect(await call(book, { args })).toMatchObject({ outcome: { kind: 'cancelled' }, ledger: 'replayed' });
  expect(body).not.toHaveBeenCalled();
});

it('a call that was told to be in conflict is not run by an attempt that comes after the key was released', async () => {
  const body = jest.fn(() => 'booked');
  const book = booking(body, { key: () => 'tue-9' });
  const cancel = defineTool({
    name: 'cancel',
    description: 'cancels',
    effect: 'idempotent',
    input: z.object({}),
    releases: { tool: 'book', keys: () => ['tue-9'] },
    run: () => 'cancelled',
  });
  const { call } = desk([book, cancel], [await temporaryLedger()]);
  await call(book, { args, callId: 'c1' });
  const other = { args: { ...args, note: 'x' }, callId: 'c2' };
  const conflict = { outcome: { kind: 'rejected', reason: 'conflict' } };
  expect(await call(book, other)).toMatchObject({ ...conflict, ledger: 'none', generation: 1 });
  await call(cancel, { callId: 'c3' });
  expect(await call(book, other)).toMatchObject({ ...conflict, ledger: 'replayed' });
  expect(body).toHaveBeenCalledTimes(1);
});

it.each(['NOT_FOUND', 'TIMED_OUT'])(
  'an attempt that the server gave up (%s) counts as no failure of the body',
  async (reason) => {
    const ledger = await temporaryLedger();
    let environment: MockActivityEnvironment | undefined;
    let runs = 0;
    const book = booking(() => {
      runs += 1;
      if (runs > 1) return 'booked';
      environment?.cancel(reason as never);
      throw new Error('aborted');
    });
    const { call } = desk([book], [ledger]);
    const policy = { attempts: 1 };
    expect(await call(book, { args, policy, prepare: (made) => (environment = made) })).toMatchObject({
      thrown: 'LeaseHeld',
    });
    expect(await ledger.calls({ sessionNamespace: 'ns-1' })).toMatchObject([{ state: 'started', bodyFailures: 0 }]);
    expect(await call(book, { args, policy, info: { attempt: 2 } })).toMatchObject({ outcome: { kind: 'succeeded' } });
  },
);

it.each([[undefined], ['tue-9'], [['']], [[7]]])(
  'keys to release that are none (%j) do not stop an effect from being recorded',
  async (keys) => {
    const cancel = defineTool({
      name: 'cancel',
      description: 'cancels',
      effect: 'idempotent',
      input: z.object({}),
      releases: { tool: 'book', keys: () => keys as never },
      run: () => 'cancelled',
    });
    const { call } = desk([booking(() => 'booked', { key: () => 'tue-9' }), cancel], [await temporaryLedger()]);
    expect(await call(cancel)).toMatchObject({ outcome: { kind: 'succeeded' }, ledger: 'ran' });
  },
);
