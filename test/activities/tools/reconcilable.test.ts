/** Tools whose destination can be asked: what a call in doubt does before anything is sent a second time. */
import { NotApplied, ToolError, type Tool } from '../../../agents';
import type { Ledger } from '../../../activities/ledger/port';
import { temporaryLedger } from '../ledger/temporary-ledger';
import {
  callKey,
  charging,
  Destination,
  died,
  LEASE_MS,
  policy,
  second,
  SETTLE_MS,
  stage,
  timesOut,
  type Body,
} from './charging';
import { desk } from './tool-harness';

describe('a call that nothing is known against', () => {
  it('is run without a question', async () => {
    const { tool, call, destination } = await stage();
    expect(await call(tool, { policy })).toMatchObject({ outcome: { kind: 'succeeded', result: { id: callKey } } });
    expect(await call(tool, second)).toMatchObject({ ledger: 'replayed' });
    expect(destination).toMatchObject({ applied: [callKey], asked: [] });
  });

  it.each<[string, Body, object]>([
    [
      'ToolError',
      () => {
        throw new ToolError('no such card');
      },
      { kind: 'failed', reason: 'tool_error' },
    ],
    [
      'NotApplied',
      () => {
        throw new NotApplied('busy');
      },
      { kind: 'failed', reason: 'attempts_exhausted' },
    ],
  ])('and says that nothing was applied (%s) fails without a question', async (_what, body, outcome) => {
    const { tool, callUntilReported, destination } = await stage(body);
    expect((await callUntilReported(tool, { policy })).report).toMatchObject({ outcome });
    expect(destination.asked).toEqual([]);
  });
});

describe('an attempt that died', () => {
  it('after the effect: the destination says so at once, and nothing is sent', async () => {
    const { tool, call, destination, ledger } = await stage();
    await died(ledger, destination);
    const before = performance.now();
    const end = await call(tool, second);
    expect(end).toMatchObject({ ledger: 'ran', outcome: { kind: 'succeeded', result: { id: callKey } } });
    expect(performance.now() - before).toBeLessThan(LEASE_MS + SETTLE_MS);
    expect(destination).toMatchObject({ applied: [callKey], asked: [callKey] });
    expect(await ledger.readCall(callKey)).toMatchObject({ state: 'succeeded', bodyFailures: 0 });
  });

  it('before the effect: absent counts after a lease and settleWithin, twice, and then it is run', async () => {
    const { tool, call, destination, ledger } = await stage();
    await died(ledger);
    const times: number[] = [];
    const began = performance.now();
    const told = destination.reconcile;
    const timed: Tool = {
      ...tool,
      reconcile: (args, ctx) => {
        times.push(performance.now() - began);
        return told(args, ctx);
      },
      run: (_args, ctx) => {
        times.push(performance.now() - began);
        return destination.apply(ctx.idempotencyKey);
      },
    };
    expect(await desk([timed], [ledger]).call(timed, second)).toMatchObject({ outcome: { kind: 'succeeded' } });
    const [first = 0, once = 0, twice = 0, ran = 0, ...more] = times;
    expect(more).toEqual([]);
    expect(first).toBeLessThan(LEASE_MS + SETTLE_MS);
    expect(once).toBeGreaterThanOrEqual(LEASE_MS + SETTLE_MS);
    expect(twice - once).toBeGreaterThanOrEqual(SETTLE_MS - 1);
    expect(ran).toBeGreaterThanOrEqual(twice);
    expect(destination.applied).toEqual([callKey]);
    // What the destination knows now, it also says to a later attempt.
    expect(await call(tool, { policy, info: { attempt: 3 } })).toMatchObject({ ledger: 'replayed' });
  });

  it('whose request arrives late: it is found by the second look, and nothing is sent again', async () => {
    const { tool, call, destination, ledger } = await stage();
    await died(ledger);
    destination.trouble.push(
      async () => ({ kind: 'absent' }),
      async () => {
        destination.apply(callKey);
        return { kind: 'absent' };
      },
    );
    expect(await call(tool, second)).toMatchObject({ outcome: { kind: 'succeeded', result: { id: callKey } } });
    expect(destination).toMatchObject({ applied: [callKey], asked: [callKey, callKey, callKey] });
  });

  it('and a destination that does not know either: a person is asked', async () => {
    const { tool, call, destination, ledger } = await stage();
    await died(ledger);
    destination.trouble.push(async () => ({ kind: 'unknown' }));
    const unresolved = {
      ledger: 'default',
      callKey,
      idempotencyKey: callKey,
      effect: 'reconcilable',
      attempts: 2,
      bodyFailures: 0,
    };
    expect(await call(tool, second)).toMatchObject({
      outcome: { kind: 'unknown', message: expect.stringMatching(/does not know what became of it/) },
      unresolved,
    });
    expect(await call(tool, { policy, info: { attempt: 3 } })).toMatchObject({ ledger: 'replayed', unresolved });
    expect(destination.applied).toEqual([]);
  });

  it('and settleWithin is longer than an attempt: it is left and asked again when the time has come', async () => {
    const { tool, call, destination, ledger } = await stage(undefined, 1_500);
    await died(ledger);
    const short = { ...policy, startToCloseMs: 500 };
    const left = await call(tool, { policy: short, info: { attempt: 2 } });
    expect(left).toMatchObject({ thrown: 'ToolFailed', nonRetryable: false });
    const delayMs = 'delayMs' in left ? (left.delayMs ?? 0) : 0;
    expect(delayMs).toBeGreaterThan(1_000);
    expect(delayMs).toBeLessThanOrEqual(1_500 + LEASE_MS);
    expect(await ledger.readCall(callKey)).toMatchObject({ state: 'started', heldForMs: 0, bodyFailures: 0 });
    // Too early: the wait goes on from where it was, and does not begin anew.
    const again = await call(tool, { policy: short, info: { attempt: 3 } });
    expect('delayMs' in again ? again.delayMs : delayMs).toBeLessThan(delayMs);
    expect(destination.applied).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    expect(await call(tool, { policy, info: { attempt: 4 } })).toMatchObject({ outcome: { kind: 'succeeded' } });
    expect(destination.applied).toEqual([callKey]);
  });
});

describe('a body that failed and may have had its effect', () => {
  const applies =
    (destination: Destination, then: Body): Body =>
    (ctx, run) => {
      destination.apply(ctx.idempotencyKey);
      return then(ctx, run);
    };
  const throws: Body = () => {
    throw new Error('connection reset');
  };

  it.each<[string, Body, object]>([
    ['threw', throws, {}],
    ['ran out of time', timesOut, { startToCloseMs: 120 }],
  ])('%s after the effect: found by the next attempt', async (_what, then, more) => {
    const destination = new Destination();
    const ledger = await temporaryLedger();
    const tool = charging(destination, applies(destination, then));
    const { report, thrown } = await desk([tool], [ledger]).callUntilReported(tool, { policy: { ...policy, ...more } });
    expect(thrown).toMatchObject([{ thrown: 'ToolFailed' }]);
    expect(report).toMatchObject({ attempt: 2, outcome: { kind: 'succeeded', result: { id: callKey } } });
    expect(destination.applied).toEqual([callKey]);
  });

  it('threw before the effect each time: run as often as the policy allows, and then known not to have happened', async () => {
    const { tool, callUntilReported, destination, ledger } = await stage(throws);
    const { report, thrown } = await callUntilReported(tool, { policy });
    expect(thrown).toHaveLength(3);
    expect(report).toMatchObject({
      outcome: {
        kind: 'failed',
        reason: 'attempts_exhausted',
        message: 'charge failed 3 times; the last time: connection reset',
      },
    });
    // At least two questions after each failure.
    expect(destination.asked.length).toBeGreaterThanOrEqual(6);
    expect(await ledger.readCall(callKey)).toMatchObject({ state: 'failed', bodyFailures: 3 });
  });

  it('and a ledger that is slow to answer the next attempt: absent counts no sooner for it', async () => {
    const destination = new Destination();
    const ledger = await temporaryLedger();
    const asked: number[] = [];
    let failedAt = 0;
    const settleMs = 400;
    const tool: Tool = {
      ...charging(
        destination,
        (ctx, run) => {
          if (run > 1) return destination.apply(ctx.idempotencyKey);
          failedAt = performance.now();
          throw new Error('connection reset');
        },
        settleMs,
      ),
      reconcile: (args, ctx) => {
        asked.push(performance.now());
        return destination.reconcile(args, ctx);
      },
    };
    const slow: Ledger = {
      ...ledger,
      claimToolCall: async (request) => {
        if (failedAt > 0) await new Promise((resolve) => setTimeout(resolve, 300));
        return ledger.claimToolCall(request);
      },
    };
    expect((await desk([tool], [slow]).callUntilReported(tool, { policy })).report).toMatchObject({
      outcome: { kind: 'succeeded' },
    });
    expect(asked.filter((at) => at >= failedAt + settleMs)).toHaveLength(2);
  });

  it('and was cancelled: the destination is asked before the session is told', async () => {
    const destination = new Destination();
    const ledger = await temporaryLedger();
    let cancel = () => undefined as void;
    const tool = charging(
      destination,
      applies(destination, () => {
        cancel();
        throw new Error('aborted');
      }),
    );
    const prepared = {
      policy,
      prepare: (made: { cancel: (reason: 'CANCELLED') => void }) => (cancel = () => made.cancel('CANCELLED')),
    };
    expect(
      await desk([tool], [ledger]).call(tool, { ...prepared, prepare: (made) => void prepared.prepare(made) }),
    ).toMatchObject({
      outcome: { kind: 'succeeded', result: { id: callKey } },
    });
  });

  it('and was cancelled before the effect: it is known not to have happened', async () => {
    let cancel = () => undefined as void;
    const { tool, call, destination } = await stage(() => {
      cancel();
      throw new Error('aborted');
    });
    const end = await call(tool, { policy, prepare: (made) => void (cancel = () => made.cancel('CANCELLED')) });
    expect(end).toMatchObject({ outcome: { kind: 'cancelled' } });
    expect(destination.applied).toEqual([]);
    expect(destination.asked.length).toBeGreaterThanOrEqual(2);
  });
});
