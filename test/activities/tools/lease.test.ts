/** Leases lost, ledgers away: what an attempt does when it is no longer the one, and when it cannot write down what it did. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineTool, type Tool, type ToolContext } from '../../../agents';
import { LedgerUnavailable, type Ledger } from '../../../activities/ledger/port';
import { claimOf, granted, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

const callKey = 'ns-1/t1.s1.c1-00000000';
const work = (run: (ctx: ToolContext) => unknown): Tool =>
  defineTool({
    name: 'work',
    description: 'works',
    effect: 'idempotent',
    input: z.object({}),
    run: (_args, ctx) => run(ctx),
  });
const claimed = (leaseMs: number) => ({ ...claimOf('x', { args: {}, tool: 'work', leaseMs }), callKey });

/** The ledger with some methods failing. */
function withOutage(ledger: Ledger, methods: Partial<Ledger>): Ledger {
  return { ...ledger, ...methods };
}

const away = () => Promise.reject(new LedgerUnavailable('the database does not answer'));

describe('a lease', () => {
  it('that an earlier attempt left behind is waited for, then the same key is used again', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall(claimed(250)));
    const keys: string[] = [];
    const started = performance.now();
    const end = await desk([work((ctx) => keys.push(ctx.idempotencyKey))], [ledger]).call(
      work(() => 0),
      { info: { attempt: 2 } },
    );
    expect(end).toMatchObject({ outcome: { kind: 'succeeded' }, attempt: 2 });
    expect(performance.now() - started).toBeGreaterThan(200);
    expect(keys).toEqual([callKey]);
  });

  it('that lasts longer is left to a later attempt', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall(claimed(60_000)));
    const body = jest.fn();
    const end = await desk([work(body)], [ledger]).call(
      work(() => 0),
      { info: { attempt: 2 } },
    );
    expect(end).toMatchObject({ thrown: 'LeaseHeld', nonRetryable: false });
    expect('delayMs' in end ? end.delayMs : 0).toBeGreaterThan(50_000);
    expect(body).not.toHaveBeenCalled();
  });

  it('that another attempt took over stops the body, refuses its requests and its outcome', async () => {
    const ledger = await temporaryLedger();
    let fetchError: unknown;
    const tool = work(async (ctx) => {
      // As if this process had been paused for longer than its lease: another attempt has the call by now.
      const row = await ledger.readCall(callKey);
      if (row?.state !== 'started') throw new Error('expected a started call');
      // Its own renewals go on meanwhile.
      for (let taken = false; !taken;) {
        await ledger.renewLease(callKey, row.fence, 1);
        await sleep(5);
        taken = (await ledger.claimToolCall({ ...claimed(60_000), attempt: 2 })).kind === 'run';
      }
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
      fetchError = await ctx.fetch('http://127.0.0.1:1/').catch((error: unknown) => error);
      return 'too late';
    });
    const end = await desk([tool], [ledger]).call(tool, { policy: { heartbeatMs: 150 } });
    expect(end).toMatchObject({ thrown: 'LeaseHeld', nonRetryable: false });
    expect(String(fetchError)).toMatch(/LeaseLost: this attempt must stop/);
    const [row] = await ledger.calls({ sessionNamespace: 'ns-1' });
    expect(row).toMatchObject({
      state: 'started',
      fence: 2,
      lateEvidence: [{ fence: 1, outcome: { kind: 'succeeded', result: 'too late' } }],
    });
  });

  it('that cannot be renewed ends by the monotonic clock, and the body is told', async () => {
    const ledger = withOutage(await temporaryLedger(), { renewLease: away });
    const tool = work(async (ctx) => {
      const started = performance.now();
      await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
      expect(performance.now() - started).toBeLessThan(8_000);
      return 'done all the same';
    });
    // Nobody took the call over, so what happened is still recorded.
    expect(await desk([tool], [ledger]).call(tool, { policy: { heartbeatMs: 200 } })).toMatchObject({
      outcome: { kind: 'succeeded', result: 'done all the same' },
    });
  });
});

describe('a ledger that is away', () => {
  it('before the effect: nothing runs and the attempt is repeated', async () => {
    const body = jest.fn();
    const ledger = withOutage(await temporaryLedger(), { claimToolCall: away });
    const tool = work(body);
    expect(await desk([tool], [ledger]).call(tool)).toMatchObject({ thrown: 'LedgerUnavailable', nonRetryable: false });
    expect(body).not.toHaveBeenCalled();
  });

  it('after the effect: is asked again until it answers', async () => {
    const real = await temporaryLedger();
    let outages = 2;
    const ledger = withOutage(real, {
      settleToolCall: (request) => (outages-- > 0 ? away() : real.settleToolCall(request)),
    });
    const body = jest.fn(() => 'done');
    const tool = work(body);
    expect(await desk([tool], [ledger]).call(tool)).toMatchObject({ outcome: { kind: 'succeeded', result: 'done' } });
    expect(body).toHaveBeenCalledTimes(1);
    expect(await real.readCall(callKey)).toMatchObject({ state: 'succeeded' });
  });

  it('after the effect, and for longer than the attempt: the next one runs with the same key', async () => {
    const real = await temporaryLedger();
    const keys: string[] = [];
    const tool = work((ctx) => keys.push(ctx.idempotencyKey));
    const ledger = withOutage(real, { settleToolCall: away });
    const first = await desk([tool], [ledger]).call(tool, {
      info: { startToCloseTimeoutMs: 400 },
      policy: { heartbeatMs: 150 },
    });
    expect(first).toMatchObject({ thrown: 'LedgerUnavailable', nonRetryable: false });
    expect(await desk([tool], [real]).call(tool, { info: { attempt: 2 } })).toMatchObject({
      outcome: { kind: 'succeeded' },
      ledger: 'ran',
    });
    expect(keys).toEqual([callKey, callKey]);
  });
});
