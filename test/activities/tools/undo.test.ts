/** Undoing a call that succeeded: an effect of its own, run by the same rules, that gives the call's business key back. */
import path from 'node:path';
import { z } from 'zod';
import { defineTool, ledgerNamed, NotApplied, ToolError, type Tool, type ToolContext } from '../../../agents';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import type { Ledger } from '../../../activities/ledger/port';
import { claimOf, granted, temporaryFolder, temporaryLedger } from '../ledger/temporary-ledger';
import { desk, type CallOptions } from './tool-harness';

const callId = 't1.s1.c1-00000000';
const callKey = `ns-1/${callId}`;
const undoKey = `${callKey}.undo`;
const args = { slot: 'tue-9' };
const options: CallOptions = { args, policy: { heartbeatMs: 600, initialIntervalMs: 1, maxIntervalMs: 1 } };

type Undoing = (args: { slot: string }, result: unknown, ctx: ToolContext) => unknown;

/** `as` is how the tool says that it is undone: a function alone, or with a class. */
function booking(
  effect: 'idempotent' | 'at-most-once',
  as: 'alone' | 'idempotent' | 'at-most-once',
  run: Undoing,
): Tool {
  return defineTool({
    name: 'book',
    description: 'books',
    effect,
    input: z.object({ slot: z.string().min(3) }),
    key: ({ slot }) => slot,
    run: ({ slot }) => ({ booked: slot }),
    compensate: as === 'alone' ? run : { effect: as, run },
  });
}

async function stage(
  run: Undoing,
  effect: 'idempotent' | 'at-most-once' = 'idempotent',
  as: 'alone' | 'idempotent' | 'at-most-once' = 'alone',
) {
  const tool = booking(effect, as, run);
  const ledger = await temporaryLedger();
  return { tool, ledger, ...desk([tool], [ledger]) };
}

async function diedUndoing(ledger: Ledger, effect: Tool['effect'], settleWithinMs?: number) {
  const claim = { ...claimOf('x', { args, tool: 'book.undo', effect, leaseMs: 1 }), callKey: undoKey, settleWithinMs };
  granted(await ledger.claimToolCall(claim));
  await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a call that succeeded', () => {
  it('is undone with its arguments and its result, under a key of its own, once, and its business key is free again', async () => {
    const seen: unknown[] = [];
    const { tool, ledger, call, undo } = await stage((given, result, ctx) => {
      seen.push([given, result, ctx.idempotencyKey, ctx.callId, 'tx' in ctx]);
      return { freed: given.slot };
    });
    await call(tool, options);
    expect(await undo(tool, options)).toMatchObject({
      ledger: 'ran',
      outcome: { kind: 'succeeded', result: { freed: 'tue-9' } },
    });
    expect(await undo(tool, { ...options, info: { attempt: 2 } })).toMatchObject({
      ledger: 'replayed',
      outcome: { kind: 'succeeded' },
    });
    expect(seen).toEqual([[args, { booked: 'tue-9' }, undoKey, `${callId}.undo`, false]]);
    expect(await ledger.readCall(callKey)).toMatchObject({ state: 'succeeded', effectState: 'reversed' });
    expect(await ledger.readCall(undoKey)).toMatchObject({
      state: 'succeeded',
      tool: 'book.undo',
      effect: 'idempotent',
    });
    expect(await call(tool, { ...options, callId: 'c2' })).toMatchObject({ ledger: 'ran', generation: 2 });
  });

  it('and whose key was booked again by another call: only its own effect is given back', async () => {
    const { tool, ledger, call, undo } = await stage(() => 'freed');
    await call(tool, options);
    await undo(tool, options);
    await call(tool, { ...options, callId: 'c2' });
    const third = { ...options, callId: 'c3' };
    expect(await call(tool, third)).toMatchObject({ ledger: 'deduplicated' });
    expect(await undo(tool, third)).toMatchObject({
      ledger: 'none',
      outcome: { kind: 'rejected', message: expect.stringMatching(/answered with the result of the call c2/) },
    });
    expect(await ledger.readCall('ns-1/c2')).toMatchObject({ effectState: 'succeeded' });
  });

  it.each<[string, Undoing, string]>([
    [
      'a ToolError',
      () => {
        throw new ToolError('too late');
      },
      'failed',
    ],
    [
      'NotApplied each time',
      () => {
        throw new NotApplied('busy');
      },
      'failed',
    ],
    ['a result that is not JSON', () => NaN, 'succeeded'],
    ['nothing', () => undefined, 'succeeded'],
  ])('and whose compensation gives %s', async (_what, run, kind) => {
    const { tool, ledger, call, undo } = await stage(run);
    await call(tool, options);
    let end = await undo(tool, options);
    for (let attempt = 2; 'thrown' in end && attempt < 9; attempt += 1)
      end = await undo(tool, { ...options, info: { attempt } });
    expect(end).toMatchObject({ outcome: { kind } });
    expect(await ledger.readCall(callKey)).toMatchObject({ effectState: kind === 'failed' ? 'succeeded' : 'reversed' });
  });
});

it('an undoing that was refused stays refused, and another one is a call of its own', async () => {
  const body = jest.fn((_args: unknown, _result: unknown, ctx: ToolContext) => {
    if (body.mock.calls.length === 1) throw new ToolError('not on Sundays');
    return ctx.idempotencyKey;
  });
  const { tool, ledger, call, undo } = await stage(body);
  await call(tool, options);
  const refused = { outcome: { kind: 'failed', message: 'not on Sundays' } };
  expect(await undo(tool, options)).toMatchObject(refused);
  expect(await undo(tool, options)).toMatchObject({ ...refused, ledger: 'replayed' });
  expect(await ledger.readCall(callKey)).toMatchObject({ effectState: 'succeeded' });
  expect(await undo(tool, options, { undoId: `${callId}.undo2` })).toHaveProperty('outcome.result', `${undoKey}2`);
  expect(await ledger.readCall(callKey)).toMatchObject({ effectState: 'reversed' });
});

describe('an undoing that was cut off', () => {
  it('is run again with the same key where it is idempotent', async () => {
    const keys: string[] = [];
    const { tool, ledger, call, undo } = await stage((_args, _result, ctx) => keys.push(ctx.idempotencyKey));
    await call(tool, options);
    await diedUndoing(ledger, 'idempotent');
    expect(await undo(tool, options)).toMatchObject({ outcome: { kind: 'succeeded' } });
    expect(keys).toEqual([undoKey]);
  });

  it('is unknown where it is at most once, and a person can say what became of it', async () => {
    const body = jest.fn();
    const { tool, ledger, call, undo, resolve } = await stage(body, 'at-most-once');
    await call(tool, options);
    await diedUndoing(ledger, 'at-most-once');
    expect(await undo(tool, options)).toMatchObject({
      outcome: { kind: 'unknown' },
      unresolved: { callKey: undoKey, effect: 'at-most-once' },
    });
    expect(body).not.toHaveBeenCalled();
    const said = { callId: `${callId}.undo`, as: 'applied', result: 'refunded by hand' } as const;
    expect(await resolve(tool, said)).toMatchObject({ kind: 'resolved', outcome: { result: 'refunded by hand' } });
    expect(await ledger.readCall(callKey)).toMatchObject({ effectState: 'reversed' });
    expect(await undo(tool, options)).toMatchObject({ ledger: 'replayed', outcome: { kind: 'succeeded' } });
  });

  it('and did not happen, as a person says, is run', async () => {
    const body = jest.fn();
    const { tool, ledger, call, undo, resolve } = await stage(body, 'at-most-once');
    await call(tool, options);
    await diedUndoing(ledger, 'at-most-once');
    await undo(tool, options);
    expect(await resolve(tool, { callId: `${callId}.undo`, as: 'absent' })).toEqual({ kind: 'absent' });
    expect(await undo(tool, options)).toMatchObject({ ledger: 'ran', outcome: { kind: 'succeeded' } });
    expect(body).toHaveBeenCalledTimes(1);
  });

  it.each(['applied', 'absent'] as const)('asks its own probe where it has one (%s)', async (kind) => {
    const body = jest.fn(() => 'refunded');
    const probe = jest.fn(async () => ({ kind, result: 'found' }) as never);
    const tool = defineTool({
      name: 'book',
      description: 'books',
      effect: 'at-most-once',
      input: z.object({ slot: z.string() }),
      run: () => 'booked',
      compensate: { effect: 'reconcilable', run: body, reconcile: probe, settleWithin: 20 },
    });
    const ledger = await temporaryLedger();
    const { call, undo } = desk([tool], [ledger]);
    await call(tool, options);
    await diedUndoing(ledger, 'reconcilable', 20);
    const result = kind === 'applied' ? 'found' : 'refunded';
    expect(await undo(tool, options)).toMatchObject({ outcome: { kind: 'succeeded', result } });
    expect(body).toHaveBeenCalledTimes(kind === 'applied' ? 0 : 1);
    expect(probe).toHaveBeenCalledWith(args, 'booked', expect.objectContaining({ idempotencyKey: undoKey }));
  });

  it('is told as unknown where the session is told to settle it', async () => {
    const { tool, ledger, call, undo } = await stage(() => 'freed');
    await call(tool, options);
    expect(await undo(tool, { ...options, callId }, { settleOnly: true, undoId: 'other.undo' })).toMatchObject({
      outcome: { kind: 'cancelled' },
    });
    await diedUndoing(ledger, 'idempotent');
    expect(await undo(tool, options, { settleOnly: true })).toMatchObject({
      outcome: { kind: 'unknown' },
      unresolved: { callKey: undoKey },
    });
  });
});

it('a transactional compensation writes with the record of it, or not at all', async () => {
  const url = path.join(temporaryFolder(), 'data.sqlite');
  const data = new (nodeSqlite().DatabaseSync)(url);
  data.exec('create table visits (slot text)');
  let fails = true;
  const tool = defineTool({
    name: 'book',
    description: 'books',
    effect: 'transactional',
    ledger: ledgerNamed<{ visits: { slot: string } }>('default'),
    input: z.object({ slot: z.string() }),
    key: ({ slot }) => slot,
    run: async ({ slot }, ctx) => void (await ctx.tx.insertInto('visits').values({ slot }).execute()),
    compensate: async ({ slot }, _result, ctx) => {
      await ctx.tx.deleteFrom('visits').where('slot', '=', slot).execute();
      if (fails) throw new Error('not now');
    },
  });
  const ledger = await temporaryLedger({ url });
  const { call, undo } = desk([tool], [ledger]);
  const visits = () => data.prepare('select slot from visits').all().length;
  await call(tool, options);
  expect(await undo(tool, options)).toMatchObject({ thrown: 'ToolFailed' });
  expect(visits()).toBe(1);
  fails = false;
  expect(await undo(tool, options)).toMatchObject({ outcome: { kind: 'succeeded' } });
  expect(visits()).toBe(0);
  expect(await ledger.readCall(callKey)).toMatchObject({ effectState: 'reversed' });
  data.close();
});

describe('what cannot be undone is refused in words, and nothing runs', () => {
  const body = jest.fn(() => 'freed');
  beforeEach(() => body.mockClear());
  afterEach(() => expect(body).not.toHaveBeenCalled());
  const refused = (words: RegExp) => ({
    outcome: { kind: 'rejected', reason: 'not_permitted', message: expect.stringMatching(words) as string },
  });

  it('a call that is not there, is being run, or is not known to have happened; and they can be undone later', async () => {
    const { tool, ledger, undo } = await stage(body);
    expect(await undo(tool, options)).toMatchObject(refused(/the ledger has no such call/));
    const claim = { ...claimOf('x', { args, tool: 'book', effect: 'at-most-once', leaseMs: 1 }), callKey };
    const { fence } = granted(await ledger.claimToolCall(claim));
    expect(await undo(tool, options)).toMatchObject(refused(/it is still being run/));
    await ledger.settleToolCall({ callKey, fence, outcome: { kind: 'unknown', message: 'cut off' } });
    expect(await undo(tool, options)).toMatchObject(refused(/is not known; resolve it first/));
    expect(await ledger.readCall(undoKey)).toBeUndefined();
  });

  it('a call that failed, or was undone by another', async () => {
    const { tool, ledger, call, undo } = await stage(body);
    const { fence } = granted(await ledger.claimToolCall({ ...claimOf('x', { args, tool: 'book' }), callKey }));
    await ledger.settleToolCall({
      callKey,
      fence,
      outcome: { kind: 'failed', reason: 'tool_error', message: 'taken' },
    });
    expect(await undo(tool, options)).toMatchObject(refused(/it did not happen/));
    await call(tool, { ...options, callId: 'c2' });
    const cancelling = granted(await ledger.claimToolCall(claimOf('cancel', { tool: 'cancel' })));
    const releases = { tenant: 'clinic', tool: 'book', keys: ['tue-9'] };
    await ledger.settleToolCall({
      callKey: 'session-1/cancel',
      fence: cancelling.fence,
      outcome: { kind: 'succeeded', result: null },
      releases,
    });
    expect(await undo(tool, { ...options, callId: 'c2' })).toMatchObject(
      refused(/another call has undone or replaced it already/),
    );
  });

  it('a call whose result was cut, since its compensation needs all of it', async () => {
    const { tool, ledger, undo } = await stage(body);
    const long: Tool = { ...tool, run: () => 'x'.repeat(2_000) };
    await desk([long], [ledger]).call(long, { ...options, policy: { ...options.policy, maxResultBytes: 500 } });
    expect(await undo(tool, options)).toMatchObject(refused(/only a part of its result was kept/));
  });

  it('a tool whose schema of today does not take the arguments, or that has no compensation any more', async () => {
    const { tool, ledger, call } = await stage(body);
    await call(tool, options);
    const strict: Tool = { ...tool, input: z.object({ slot: z.string().min(30) }) };
    const { compensation: _gone, ...without } = tool;
    const late = { ...options, now: () => Date.now() + 600_001 };
    expect(await desk([without], [ledger]).undo(without, options)).toMatchObject({ thrown: 'ToolMissing' });
    expect(await desk([without], [ledger]).undo(without, { ...late, callId }, { undoId: 'other.undo' })).toMatchObject({
      outcome: { kind: 'rejected', reason: 'tool_missing', message: expect.stringMatching(/declares no compensate/) },
    });
    expect(await desk([strict], [ledger]).undo(strict, options)).toMatchObject({
      outcome: { kind: 'rejected', reason: 'invalid_arguments' },
    });
  });
});
