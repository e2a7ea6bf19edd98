/** A table per effect class: what a body does, on which attempt, and what comes of it. DESIGN sections 5 and 6. */
import type { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { defineTool, ledgerNamed, NotApplied, ToolError, type Tool, type ToolContext } from '../../../agents';
import { hashOf, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

type Effect = 'read' | 'idempotent' | 'transactional';
type Body = (ctx: ToolContext, attempt: number) => unknown;

const input = z.object({});

function toolOf(effect: Effect, body: Body): Tool {
  let runs = 0;
  const run = (_args: object, ctx: ToolContext) => body(ctx, (runs += 1));
  const common = { name: 'work', description: 'works', input };
  if (effect === 'read') return defineTool({ ...common, effect, run });
  if (effect === 'idempotent') return defineTool({ ...common, effect, run });
  return defineTool({ ...common, effect, ledger: ledgerNamed('default'), run });
}

const plain = () => {
  throw new Error('boom');
};
const notApplied = () => {
  throw new NotApplied('refused at the door');
};
const toolError = () => {
  throw new ToolError('no such patient');
};
const good = () => ({ id: 7 });
const notJson = () => ({ price: NaN });

interface Case {
  readonly effect: Effect;
  /** What the body does on its 1st, 2nd, … run. */
  readonly runs: readonly Body[];
  /** Outcome of each attempt: a kind and reason, or the failure thrown. */
  readonly ends: readonly string[];
}

const CASES: readonly Case[] = [
  { effect: 'read', runs: [good], ends: ['succeeded'] },
  { effect: 'read', runs: [toolError], ends: ['failed tool_error'] },
  { effect: 'read', runs: [plain, good], ends: ['ToolFailed', 'succeeded'] },
  { effect: 'read', runs: [plain, notApplied, plain], ends: ['ToolFailed', 'ToolFailed', 'failed attempts_exhausted'] },
  { effect: 'read', runs: [notJson], ends: ['failed tool_error'] },
  { effect: 'idempotent', runs: [good], ends: ['succeeded', 'succeeded'] },
  { effect: 'idempotent', runs: [toolError], ends: ['failed tool_error', 'failed tool_error'] },
  { effect: 'idempotent', runs: [plain, good], ends: ['ToolFailed', 'succeeded'] },
  { effect: 'idempotent', runs: [plain, plain, plain], ends: ['ToolFailed', 'ToolFailed', 'unknown', 'unknown'] },
  {
    effect: 'idempotent',
    runs: [notApplied, notApplied, notApplied],
    ends: ['ToolFailed', 'ToolFailed', 'failed attempts_exhausted'],
  },
  // One attempt that may have applied is enough: what the others promise says nothing about it.
  { effect: 'idempotent', runs: [plain, notApplied, notApplied], ends: ['ToolFailed', 'ToolFailed', 'unknown'] },
  { effect: 'idempotent', runs: [notJson], ends: ['succeeded'] },
  { effect: 'transactional', runs: [good], ends: ['succeeded', 'succeeded'] },
  { effect: 'transactional', runs: [toolError], ends: ['failed tool_error', 'failed tool_error'] },
  { effect: 'transactional', runs: [plain, good], ends: ['ToolFailed', 'succeeded'] },
  {
    effect: 'transactional',
    runs: [plain, plain, plain],
    ends: ['ToolFailed', 'ToolFailed', 'failed attempts_exhausted', 'failed attempts_exhausted'],
  },
  { effect: 'transactional', runs: [notJson], ends: ['failed tool_error'] },
];

describe('a tool call', () => {
  it.each(
    CASES.map((one) => ({ ...one, does: one.runs.map((run) => run.name).join(', '), gives: one.ends.join(', ') })),
  )('$effect: $does gives $gives', async ({ effect, runs, ends }) => {
    let ran = 0;
    const tool = toolOf(effect, (ctx, run) => {
      ran = run;
      const body = runs[run - 1];
      if (!body) throw new Error('the body ran more often than the case says');
      return body(ctx, run);
    });
    const { call } = desk([tool], [await temporaryLedger()]);
    const seen: string[] = [];
    let details: unknown;
    for (let attempt = 1; attempt <= ends.length; attempt += 1) {
      const end = await call(tool, {
        info: { attempt, heartbeatDetails: details },
        prepare: (environment) => environment.on('heartbeat', (sent: unknown) => (details = sent)),
      });
      if ('thrown' in end) {
        expect(end.nonRetryable).toBe(false);
        expect(end.delayMs).toBeGreaterThan(0);
        seen.push(end.thrown);
      } else {
        seen.push('reason' in end.outcome ? `${end.outcome.kind} ${end.outcome.reason}` : end.outcome.kind);
      }
    }
    expect(seen).toEqual(ends);
    expect(ran).toBe(runs.length);
  });

  it('tells an effect that happened but returned no JSON as done', async () => {
    const tool = toolOf('idempotent', notJson);
    const { call } = desk([tool], [await temporaryLedger()]);
    expect(await call(tool)).toMatchObject({
      ledger: 'ran',
      outcome: {
        kind: 'succeeded',
        result: 'work is done, but what it returned cannot be shown: result.price is NaN, which JSON cannot hold',
      },
    });
  });

  it('has the same key on each attempt and its identity from the session', async () => {
    const seen: unknown[] = [];
    const tool = toolOf('idempotent', (ctx, run) => {
      seen.push([ctx.idempotencyKey, ctx.attempt, ctx.callId, ctx.session]);
      return run === 1 ? plain() : good();
    });
    const { call } = desk([tool], [await temporaryLedger()]);
    await call(tool, { info: { attempt: 1 } });
    expect(await call(tool, { info: { attempt: 2 } })).toMatchObject({ attempt: 2, ledger: 'ran' });
    expect(await call(tool, { info: { attempt: 3 } })).toMatchObject({ attempt: 3, ledger: 'replayed' });
    const session = { id: 'session-1', agent: 'desk', tenant: 'clinic', user: undefined };
    expect(seen).toEqual([1, 2].map((attempt) => ['ns-1/t1.s1.c1-00000000', attempt, 't1.s1.c1-00000000', session]));
  });

  it('waits longer after each failure, never in step with others', async () => {
    const tool = toolOf('idempotent', plain);
    const { call } = desk([tool], [await temporaryLedger()]);
    const first = await call(tool, { policy: { attempts: 9 } });
    const second = await call(tool, { policy: { attempts: 9 }, info: { attempt: 2 } });
    const bounds = [first, second].map((end) => ('thrown' in end ? end.delayMs : undefined));
    expect(bounds[0]).toBeGreaterThanOrEqual(50);
    expect(bounds[0]).toBeLessThanOrEqual(100);
    expect(bounds[1]).toBeGreaterThanOrEqual(100);
    expect(bounds[1]).toBeLessThanOrEqual(200);
  });
});

describe('time', () => {
  /** Hangs until its signal is aborted, and then throws, as fetch does. */
  const hang: Body = (ctx) =>
    new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(new Error('aborted'))));
  /** Never ends, and does not look at its signal. */
  const deaf: Body = () => new Promise(() => {});
  const short = { policy: { startToCloseMs: 100, attempts: 1 } };

  it.each<[Effect, Body, object]>([
    ['read', hang, { kind: 'failed', reason: 'attempts_exhausted' }],
    ['read', deaf, { kind: 'failed', reason: 'timed_out' }],
    ['idempotent', hang, { kind: 'unknown' }],
    ['idempotent', deaf, { kind: 'unknown' }],
    ['transactional', hang, { kind: 'failed' }],
    ['transactional', deaf, { kind: 'failed', reason: 'timed_out' }],
  ])('%s: a body that runs past its time is stopped and counted (%p)', async (effect, body, outcome) => {
    const tool = toolOf(effect, body);
    const ledger = await temporaryLedger();
    const { call } = desk([tool], [ledger]);
    expect(await call(tool, short)).toMatchObject({ outcome });
    const rows = await ledger.calls({ sessionNamespace: 'ns-1' });
    expect(rows.map((row) => row.bodyFailures)).toEqual(effect === 'read' ? [] : [1]);
  });

  it('is tried again where attempts are left', async () => {
    const tool = toolOf('idempotent', (ctx, run) => (run === 1 ? deaf(ctx, run) : good()));
    const { call } = desk([tool], [await temporaryLedger()]);
    expect(await call(tool, { policy: { startToCloseMs: 100 } })).toMatchObject({ thrown: 'ToolFailed' });
    expect(await call(tool, { info: { attempt: 2 } })).toMatchObject({ outcome: { kind: 'succeeded' } });
  });

  it('is kept by heartbeats and a renewed lease while a body runs for several leases', async () => {
    const ledger = await temporaryLedger();
    let heartbeats = 0;
    const tool = toolOf('idempotent', async () => {
      const started = await ledger.now();
      while ((await ledger.now()) < started + 1_500) {
        expect(await ledger.readCall('ns-1/t1.s1.c1-00000000')).toMatchObject({ state: 'started', fence: 1 });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return good();
    });
    const { call } = desk([tool], [ledger]);
    const end = await call(tool, {
      policy: { heartbeatMs: 600 },
      prepare: (environment) => environment.on('heartbeat', () => (heartbeats += 1)),
    });
    expect(end).toMatchObject({ outcome: { kind: 'succeeded' } });
    expect(heartbeats).toBeGreaterThanOrEqual(4);
  });
});

describe('a cancel', () => {
  const cancelBefore = (environment: MockActivityEnvironment) => environment.cancel('CANCELLED');
  const effects: readonly Effect[] = ['read', 'idempotent', 'transactional'];

  it.each(effects)('%s: before the body, nothing runs', async (effect) => {
    const body = jest.fn(good);
    const tool = toolOf(effect, body);
    const { call } = desk([tool], [await temporaryLedger()]);
    expect(await call(tool, { prepare: cancelBefore })).toMatchObject({ outcome: { kind: 'cancelled' } });
    expect(body).not.toHaveBeenCalled();
  });

  /** Cancels while the body runs. */
  async function cancelDuring(effect: Effect, then: Body) {
    let environment: MockActivityEnvironment | undefined;
    const tool = toolOf(effect, async (ctx, run) => {
      environment?.cancel('CANCELLED');
      expect(ctx.signal.aborted).toBe(true);
      return then(ctx, run);
    });
    const ledger = await temporaryLedger();
    const end = await desk([tool], [ledger]).call(tool, { prepare: (made) => (environment = made) });
    return 'thrown' in end ? end.thrown : end.outcome.kind;
  }

  it.each<[Effect, Body, string]>([
    ['read', () => new Promise(() => {}), 'cancelled'],
    ['read', plain, 'cancelled'],
    ['idempotent', good, 'succeeded'],
    ['idempotent', toolError, 'failed'],
    ['idempotent', notApplied, 'cancelled'],
    ['idempotent', plain, 'unknown'],
    ['transactional', good, 'succeeded'],
    ['transactional', plain, 'cancelled'],
  ])('%s: while the body runs, what really happened is told (%p: %s)', async (effect, then, kind) => {
    expect(await cancelDuring(effect, then)).toBe(kind);
  });

  it('after a death in the middle cannot say that nothing happened', async () => {
    const tool = toolOf('idempotent', good);
    const ledger = await temporaryLedger();
    const { call } = desk([tool], [ledger]);
    // The first attempt is left as a crash leaves it: claimed, with a lease that runs out.
    const request = {
      callKey: 'ns-1/t1.s1.c1-00000000',
      tenant: 'clinic',
      tool: tool.name,
      effect: 'idempotent',
    } as const;
    const rest = { argsHash: hashOf({}), args: {}, attempt: 1, owner: 'dead', leaseMs: 1, keyValidForMs: 60_000 };
    await ledger.claimToolCall({ ...request, ...rest });
    expect(await call(tool, { info: { attempt: 2 }, prepare: cancelBefore })).toMatchObject({
      outcome: { kind: 'unknown' },
    });
  });

  it('that is only the worker shutting down lets effects finish and hands reads on', async () => {
    let environment: MockActivityEnvironment | undefined;
    const shutDown: Body = (ctx) => {
      environment?.cancel('WORKER_SHUTDOWN');
      return ctx.signal.aborted ? new Promise(() => {}) : good();
    };
    const prepare = (made: MockActivityEnvironment) => (environment = made);
    for (const effect of effects) {
      const tool = toolOf(effect, shutDown);
      const end = await desk([tool], [await temporaryLedger()]).call(tool, { prepare: (made) => void prepare(made) });
      expect(end).toMatchObject(
        effect === 'read' ? { thrown: 'ToolFailed', nonRetryable: false } : { outcome: { kind: 'succeeded' } },
      );
    }
  });
});
