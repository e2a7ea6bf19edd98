/** Tools whose destination neither recognises a repeat nor can be asked: they are sent once, and where that is in doubt a person decides. */
import { z } from 'zod';
import { defineTool, NotApplied, ToolError, type Tool, type ToolContext } from '../../../agents';
import { LedgerUnavailable, type Ledger } from '../../../activities/ledger/port';
import { claimOf, granted, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

const callKey = 'ns-1/t1.s1.c1-00000000';
const policy = { heartbeatMs: 600, initialIntervalMs: 1, maxIntervalMs: 1 };
type Body = (ctx: ToolContext, run: number) => unknown;

async function stage(body: Body) {
  const runs: number[] = [];
  const tool: Tool = defineTool({
    name: 'send_text',
    description: 'sends',
    effect: 'at-most-once',
    input: z.object({}),
    run: (_args, ctx) => {
      runs.push(ctx.attempt);
      return body(ctx, runs.length);
    },
  });
  const ledger = await temporaryLedger();
  return { tool, ledger, runs, ...desk([tool], [ledger]) };
}

const sent: Body = () => 'sent';
const throws: Body = () => {
  throw new Error('connection reset');
};
const deaf: Body = () => new Promise(() => undefined);
const away = () => Promise.reject(new LedgerUnavailable('the database does not answer'));

async function died(ledger: Ledger) {
  granted(
    await ledger.claimToolCall({
      ...claimOf('x', { args: {}, tool: 'send_text', effect: 'at-most-once', leaseMs: 1 }),
      callKey,
    }),
  );
}

it('is run once, and a later attempt is answered from the record', async () => {
  const { tool, call, runs } = await stage(sent);
  expect(await call(tool, { policy })).toMatchObject({ outcome: { kind: 'succeeded', result: 'sent' }, ledger: 'ran' });
  expect(await call(tool, { policy, info: { attempt: 2 } })).toMatchObject({ ledger: 'replayed' });
  expect(runs).toEqual([1]);
});

it('that an attempt died inside of is not run again: a person is asked, with what the ledger has of it', async () => {
  const { tool, call, ledger, runs } = await stage(sent);
  await died(ledger);
  const told = {
    outcome: { kind: 'unknown', message: expect.stringMatching(/was cut off/) as string },
    unresolved: {
      ledger: 'default',
      callKey,
      idempotencyKey: callKey,
      effect: 'at-most-once',
      attempts: 2,
      bodyFailures: 0,
    },
  };
  expect(await call(tool, { policy, info: { attempt: 2 } })).toMatchObject({ ...told, ledger: 'ran' });
  expect(await call(tool, { policy, info: { attempt: 3 } })).toMatchObject({ ...told, ledger: 'replayed' });
  expect(runs).toEqual([]);
});

it('that is in doubt is told as unknown and no more to a session that cannot wait: its history would not replay where sessions do', async () => {
  const { tool, call, ledger } = await stage(sent);
  await died(ledger);
  for (const attempt of [2, 3]) {
    const end = await call(tool, { policy, info: { attempt }, input: { asksPerson: undefined } });
    expect(end).toMatchObject({ outcome: { kind: 'unknown' } });
    expect(end).not.toHaveProperty('unresolved');
  }
});

it.each<[string, Body, object, RegExp]>([
  ['threw', throws, {}, /broke off: connection reset/],
  ['ran out of time', deaf, { startToCloseMs: 100 }, /did not end within its time/],
])('whose body %s is unknown at once', async (_what, body, more, words) => {
  const { tool, call, ledger, runs } = await stage(body);
  const end = await call(tool, { policy: { ...policy, ...more } });
  expect(end).toMatchObject({
    attempt: 1,
    outcome: { kind: 'unknown', message: expect.stringMatching(words) },
    unresolved: { attempts: 1, bodyFailures: 1, lastError: expect.any(String) },
  });
  expect(await ledger.readCall(callKey)).toMatchObject({ state: 'unresolved' });
  expect(runs).toEqual([1]);
});

it('that promises that nothing was applied is run again under its policy', async () => {
  const busy: Body = (_ctx, run) => {
    if (run < 3) throw new NotApplied('busy');
    return 'sent';
  };
  const { tool, callUntilReported, runs } = await stage(busy);
  const { report, thrown } = await callUntilReported(tool, { policy });
  expect(thrown).toMatchObject([{ thrown: 'ToolFailed' }, { thrown: 'ToolFailed' }]);
  expect(report).toMatchObject({ outcome: { kind: 'succeeded' } });
  expect(runs).toEqual([1, 2, 3]);
});

it.each<[string, () => never, object]>([
  [
    'NotApplied each time',
    () => {
      throw new NotApplied('busy');
    },
    { kind: 'failed', reason: 'attempts_exhausted' },
  ],
  [
    'ToolError',
    () => {
      throw new ToolError('no such number');
    },
    { kind: 'failed', reason: 'tool_error' },
  ],
])('that says %s has failed, and nobody is asked', async (_what, body, outcome) => {
  const { tool, callUntilReported } = await stage(body);
  const { report } = await callUntilReported(tool, { policy });
  expect(report).toMatchObject({ outcome });
  expect(report.unresolved).toBeUndefined();
});

it.each<[string, Body, string]>([
  ['is done all the same', sent, 'succeeded'],
  ['throws', throws, 'unknown'],
  [
    'says that nothing was applied',
    () => {
      throw new NotApplied('stopped');
    },
    'cancelled',
  ],
])('that is cancelled while it runs and %s: %s', async (_what, then, kind) => {
  let cancel = (): void => undefined;
  const { tool, call } = await stage((ctx, run) => {
    cancel();
    return then(ctx, run);
  });
  const end = await call(tool, { policy, prepare: (made) => void (cancel = () => made.cancel('CANCELLED')) });
  expect(end).toMatchObject({ outcome: { kind } });
});

describe('with a ledger that goes away', () => {
  it('before the effect: nothing is run', async () => {
    const { tool, ledger, runs } = await stage(sent);
    const { call } = desk([tool], [{ ...ledger, claimToolCall: away }]);
    expect(await call(tool, { policy })).toMatchObject({ thrown: 'LedgerUnavailable', nonRetryable: false });
    expect(runs).toEqual([]);
  });

  it.each(['settleToolCall', 'bodyFailed'] as const)(
    'at %s, for longer than the attempt: the next one asks a person and runs nothing',
    async (method) => {
      const { tool, ledger, call, runs } = await stage(method === 'settleToolCall' ? sent : throws);
      const cut = desk([tool], [{ ...ledger, [method]: away }]);
      const first = await cut.call(tool, { policy, info: { startToCloseTimeoutMs: 300 } });
      expect(first).toMatchObject({ thrown: 'LedgerUnavailable' });
      expect(await call(tool, { policy, info: { attempt: 2 } })).toMatchObject({
        outcome: { kind: 'unknown' },
        unresolved: { effect: 'at-most-once' },
      });
      expect(runs).toEqual([1]);
    },
  );

  it('right after the record of an unknown outcome: the next attempt tells who is to be asked', async () => {
    const { tool, ledger, call } = await stage(throws);
    const cut = desk([tool], [{ ...ledger, readCall: away }]);
    expect(await cut.call(tool, { policy })).toMatchObject({ thrown: 'LedgerUnavailable' });
    expect(await call(tool, { policy, info: { attempt: 2 } })).toMatchObject({
      ledger: 'replayed',
      unresolved: { bodyFailures: 1 },
    });
  });
});

it('that was cancelled between two attempts is told as unknown, to be resolved', async () => {
  const { tool, call, ledger } = await stage(sent);
  await died(ledger);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await call(tool, { policy, input: { settleOnly: true } })).toMatchObject({
    outcome: { kind: 'unknown' },
    unresolved: { callKey },
  });
});
