/** What becomes of a call in doubt, by the class it was claimed under and today's; and when the destination's `absent` counts. */
import type { Ledger, ToolCallClaimRequest } from '../../../activities/ledger/port';
import type { EffectClass, ToolOutcome } from '../../../workflows/contracts/tool';
import { claimOf, granted, temporaryLedger } from './temporary-ledger';

const KEY = { businessKey: 'p7:tue-9', sameAs: '{"slot":"tue-9"}' };
const DONE: ToolOutcome = { kind: 'succeeded', result: 'booked' };
/** Over as soon as it is given: its holder died. */
const DIED = { leaseMs: -1 };
const SETTLES = { effect: 'reconcilable', leaseMs: 10_000, settleWithinMs: 30_000 } as const;

const failed = (ledger: Ledger, fence: number, applied: 'no' | 'maybe', call = 'c1') =>
  ledger.bodyFailed({ callKey: `session-1/${call}`, fence, message: 'reset', applied, allowed: 5 });

describe('a call whose attempt died', () => {
  type Claimed = 'idempotent' | 'reconcilable' | 'at-most-once';
  const cases: readonly (readonly [earlier: Claimed, today: EffectClass, kind: 'run' | 'unknown'])[] = [
    ['idempotent', 'idempotent', 'run'],
    ['idempotent', 'reconcilable', 'run'],
    ['idempotent', 'at-most-once', 'unknown'],
    ['reconcilable', 'idempotent', 'unknown'],
    ['reconcilable', 'reconcilable', 'run'],
    ['reconcilable', 'at-most-once', 'unknown'],
    ['at-most-once', 'idempotent', 'unknown'],
    ['at-most-once', 'reconcilable', 'unknown'],
    ['at-most-once', 'at-most-once', 'unknown'],
  ];
  it.each(cases)('%s, claimed as %s: %s', async (earlier, today, kind) => {
    const ledger = await temporaryLedger();
    for (const [call, taker] of [
      ['c1', 'c1'],
      ['c2', 'c3'],
    ] as const) {
      const key = { businessKey: call };
      granted(await ledger.claimToolCall(claimOf(call, { ...key, ...DIED, effect: earlier })));
      const claim = await ledger.claimToolCall(claimOf(taker, { ...key, effect: today }));
      expect(claim).toMatchObject({ kind, ...(kind === 'run' ? { mayHaveApplied: true } : {}) });
    }
  });

  it.each<Claimed>(['idempotent', 'reconcilable', 'at-most-once'])(
    '%s, run as transactional: unknown',
    async (effect) => {
      const ledger = await temporaryLedger();
      granted(await ledger.claimToolCall(claimOf('c1', { ...DIED, effect })));
      const body = jest.fn();
      const end = await ledger.runTransactional(claimOf('c1', { effect: 'transactional' }), 1_000, body);
      expect(end).toMatchObject({ kind: 'settled', outcome: { kind: 'unknown' } });
      expect(body).not.toHaveBeenCalled();
    },
  );

  it('is unknown again where whoever was to settle it as unknown died', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall(claimOf('c1', { ...DIED, effect: 'at-most-once' })));
    const first = await ledger.claimToolCall(claimOf('c1', { ...DIED, effect: 'at-most-once' }));
    expect(first).toMatchObject({ kind: 'unknown', fence: 2, message: expect.stringMatching(/neither .* nor/) });
    expect(await ledger.claimToolCall(claimOf('c1', { effect: 'at-most-once' }))).toMatchObject({ kind: 'unknown' });
  });

  it('keeps the stricter class, also where the tool is claimed under a weaker one in between', async () => {
    const ledger = await temporaryLedger();
    const first = granted(await ledger.claimToolCall(claimOf('c1', { effect: 'at-most-once' })));
    await failed(ledger, first.fence, 'no');
    granted(await ledger.claimToolCall(claimOf('c1', { ...DIED, effect: 'reconcilable' })));
    expect(await ledger.claimToolCall(claimOf('c1', { effect: 'reconcilable' }))).toMatchObject({ kind: 'unknown' });
  });
});

describe('a call whose attempts promised that nothing was applied', () => {
  it.each<EffectClass>(['reconcilable', 'at-most-once'])('is run again (%s)', async (effect) => {
    const ledger = await temporaryLedger();
    const first = granted(await ledger.claimToolCall(claimOf('c1', { effect })));
    await failed(ledger, first.fence, 'no');
    const second = granted(await ledger.claimToolCall(claimOf('c1', { effect })));
    expect(second).toMatchObject({ mayHaveApplied: false, absentCountsInMs: 0, bodyFailures: 1 });
  });

  it('can be taken over and given back without becoming a doubt', async () => {
    const ledger = await temporaryLedger();
    const once = { ...KEY, effect: 'at-most-once' } as const;
    for (const call of ['c1', 'c2', 'c1', 'c2']) {
      const claim = granted(await ledger.claimToolCall(claimOf(call, once)));
      expect(claim.mayHaveApplied).toBe(false);
      await failed(ledger, claim.fence, 'no', call);
    }
    granted(await ledger.claimToolCall(claimOf('c1', { ...once, ...DIED })));
    expect(await ledger.claimToolCall(claimOf('c2', once))).toMatchObject({ kind: 'unknown' });
  });

  it('is in doubt once the call that took it over is, whatever its own key is by now', async () => {
    const ledger = await temporaryLedger();
    const once = { ...KEY, effect: 'at-most-once' } as const;
    const first = granted(await ledger.claimToolCall(claimOf('c1', once)));
    await failed(ledger, first.fence, 'no');
    const second = granted(await ledger.claimToolCall(claimOf('c2', once)));
    const changed: ToolCallClaimRequest = claimOf('c1', { ...once, businessKey: 'p7 at tue-9' });
    expect(await ledger.claimToolCall(changed)).toMatchObject({ kind: 'held' });
    await ledger.renewLease('session-1/c2', second.fence, -1);
    expect(await ledger.claimToolCall(changed)).toMatchObject({ kind: 'unknown' });
  });
});

describe('a key whose call ended under another key, since the tool changed', () => {
  it('is answered with that outcome', async () => {
    const ledger = await temporaryLedger();
    const once = { ...KEY, effect: 'at-most-once' } as const;
    const first = granted(await ledger.claimToolCall(claimOf('c1', once)));
    await failed(ledger, first.fence, 'no');
    const again = granted(await ledger.claimToolCall(claimOf('c1', { ...once, businessKey: 'p7 at tue-9' })));
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: again.fence, outcome: DONE });
    expect(await ledger.claimToolCall(claimOf('c2', once))).toMatchObject({ kind: 'deduplicated', byCall: 'c1' });
  });
});

describe('the time until absent counts', () => {
  const claimSettling = async (ledger: Ledger, overrides: Partial<ToolCallClaimRequest> = {}) =>
    granted(await ledger.claimToolCall(claimOf('c1', { ...SETTLES, ...overrides, args: { slot: 'tue-9' } })));

  it('is one lease and settleWithin after an attempt that died', async () => {
    const ledger = await temporaryLedger();
    expect((await claimSettling(ledger, DIED)).absentCountsInMs).toBe(0);
    expect((await claimSettling(ledger)).absentCountsInMs).toBe(40_000);
  });

  it('is what is left of settleWithin after one that failed', async () => {
    const ledger = await temporaryLedger();
    const first = await claimSettling(ledger);
    await failed(ledger, first.fence, 'maybe');
    const { absentCountsInMs } = await claimSettling(ledger);
    expect(absentCountsInMs).toBeGreaterThan(25_000);
    expect(absentCountsInMs).toBeLessThanOrEqual(30_000);
    const over = await temporaryLedger();
    await failed(over, (await claimSettling(over)).fence, 'maybe');
    expect((await claimSettling(over, { settleWithinMs: 0 })).absentCountsInMs).toBe(0);
  });

  it('is not forgotten by an attempt that only asked and gave its lease back', async () => {
    const ledger = await temporaryLedger();
    await claimSettling(ledger, DIED);
    const asked = await claimSettling(ledger);
    const callKey = 'session-1/c1';
    expect(await ledger.giveBack({ callKey, fence: asked.fence, mayRunForMs: 8_000 })).toBe(true);
    expect(await ledger.giveBack({ callKey, fence: asked.fence - 1, mayRunForMs: 0 })).toBe(false);
    const { absentCountsInMs, mayHaveApplied, bodyFailures } = await claimSettling(ledger);
    expect({ mayHaveApplied, bodyFailures }).toEqual({ mayHaveApplied: true, bodyFailures: 0 });
    expect(absentCountsInMs).toBeGreaterThan(33_000);
    expect(absentCountsInMs).toBeLessThanOrEqual(38_000);
  });

  it('is counted anew for each attempt that dies, and handed on with the effect', async () => {
    const ledger = await temporaryLedger();
    await claimSettling(ledger, { ...KEY, ...DIED });
    await claimSettling(ledger, { ...KEY, ...DIED });
    const taken = granted(await ledger.claimToolCall(claimOf('c2', { ...SETTLES, ...KEY })));
    expect(taken).toMatchObject({ mayHaveApplied: true, absentCountsInMs: 40_000, idempotencyKey: 'session-1/c1' });
  });

  it('gives a lease back that nobody is in doubt about without a doubt', async () => {
    const ledger = await temporaryLedger();
    const { fence } = await claimSettling(ledger);
    await ledger.giveBack({ callKey: 'session-1/c1', fence, mayRunForMs: 5_000 });
    expect(await claimSettling(ledger)).toMatchObject({ mayHaveApplied: false, absentCountsInMs: 0 });
  });
});

describe('what a call undoes', () => {
  it('is only what a named call owns, where it names one', async () => {
    const ledger = await temporaryLedger();
    const booked = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: booked.fence, outcome: DONE });
    const undo = async (call: string, ownedBy: string) => {
      const { fence } = granted(await ledger.claimToolCall(claimOf(call, { tool: 'book.undo' })));
      const releases = { tenant: 'clinic', tool: 'book', keys: [KEY.businessKey], ownedBy };
      await ledger.settleToolCall({ callKey: `session-1/${call}`, fence, outcome: DONE, releases });
      return (await ledger.readCall('session-1/c1'))?.effectState;
    };
    expect(await undo('c2.undo', 'session-1/c2')).toBe('succeeded');
    expect(await undo('c1.undo', 'session-1/c1')).toBe('reversed');
  });
});
