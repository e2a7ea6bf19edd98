/** Calls that do not run: bad input, a tool that is gone or has changed, another ledger, a key that is in use. */
import { z } from 'zod';
import { defineTool, ledgerNamed, type Tool } from '../../../agents';
import { canonicalJson } from '../../../workflows/contracts/json';
import type { ToolCallInput } from '../../../workflows/contracts/tool';
import { claimOf, hashOf, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

const body = jest.fn((args: { slot: string }) => ({ booked: args.slot }));
beforeEach(() => body.mockClear());

const book = defineTool({
  name: 'book',
  description: 'books',
  effect: 'idempotent',
  input: z.object({ slot: z.string().min(3), note: z.string().optional() }),
  key: ({ slot }) => slot,
  run: (args) => body(args),
});
const cancel = defineTool({
  name: 'cancel',
  description: 'cancels',
  effect: 'idempotent',
  input: z.object({ slot: z.string() }),
  releases: { tool: 'book', keys: ({ slot }) => [slot] },
  run: () => 'cancelled',
});
const args = { slot: 'tue-9' };
const callKey = 'ns-1/t1.s1.c1-00000000';

/** A claim of the default call, as an earlier attempt whose process died left it. */
const dead = () => ({ ...claimOf('x', { args, tool: 'book', leaseMs: 1 }), callKey });

describe('input of a tool activity', () => {
  it.each<[string, object, RegExp]>([
    ['no agent', { agent: 7 }, /field agent cannot be read/],
    ['a tool name that is none', { tool: '../x' }, /field tool cannot be read/],
    ['a policy without numbers', { policy: { effect: 'read' } }, /field policy\.startToCloseMs/],
    ['an effect class that is not known', { policy: { effect: 'often' } }, /field policy\.effect/],
    ['arguments that are no object', { args: ['x'] }, /args must be an object/],
    ['arguments that differ from what was decided', { args: { slot: 'wed-9' } }, /their hash differs from argsHash/],
    ['a tenant with NUL', { tenant: 'a\0b' }, /field tenant/],
    ['half a character in the namespace', { keyNamespace: 'x\ud800' }, /field keyNamespace/],
    ['no ledger for an effect', { ledger: undefined }, /names none/],
  ])('%s: refused for good', async (_what, input, words) => {
    const { call } = desk([book], [await temporaryLedger()]);
    expect(await call(book, { args, input })).toMatchObject({
      thrown: 'BadActivityInput',
      nonRetryable: true,
      message: expect.stringMatching(words),
    });
    expect(body).not.toHaveBeenCalled();
  });

  it.each(['{"__proto__":{"isAdmin":true}}', '{"a":{"constructor":{"prototype":{"x":1}}}}'])(
    '%s: refused with the path',
    async (text) => {
      const poisoned = JSON.parse(text) as { slot: string };
      const { call } = desk([book], [await temporaryLedger()]);
      const argsHash = hashOf(JSON.parse(canonicalJson(poisoned)) as object as { slot: string });
      expect(await call(book, { args, input: { args: poisoned, argsHash } })).toMatchObject({
        thrown: 'BadActivityInput',
        message: expect.stringMatching(/(__proto__|constructor) is a key that is not allowed/),
      });
      expect('isAdmin' in {}).toBe(false);
    },
  );

  it('may hold fields of a later version', async () => {
    const { call } = desk([book], [await temporaryLedger()]);
    const later: Partial<ToolCallInput> & { addedLater: boolean } = { addedLater: true };
    expect(await call(book, { args, input: later })).toMatchObject({ outcome: { kind: 'succeeded' } });
  });

  it('under a key that was claimed with other arguments is a bug, and nothing runs', async () => {
    const ledger = await temporaryLedger();
    await ledger.claimToolCall({ ...dead(), argsHash: 'f'.repeat(64) });
    expect(await desk([book], [ledger]).call(book, { args })).toMatchObject({
      thrown: 'BadActivityInput',
      message: expect.stringMatching(/claimed with other arguments/),
    });
    expect(body).not.toHaveBeenCalled();
  });
});

describe('a ledger that is not the pinned one', () => {
  it.each(['another id', 'no such name'])('%s: fails the attempt before the effect, with what to do', async (what) => {
    const ledger = await temporaryLedger();
    const pinned = what === 'another id' ? { name: 'default', id: 'other-id' } : { name: 'calendar', id: ledger.id };
    expect(await desk([book], [ledger]).call(book, { args, input: { ledger: pinned } })).toMatchObject({
      thrown: 'LedgerMismatch',
      nonRetryable: false,
      message: expect.stringMatching(/nothing was run\. Give all workers of this task queue the same ledger/),
    });
    expect(body).not.toHaveBeenCalled();
    expect(await ledger.readCall(callKey)).toBeUndefined();
  });
});

describe('a tool that is missing', () => {
  const scheduled = 1_700_000_000_000;
  const at = (ms: number) => ({ now: () => scheduled + ms, info: { scheduledTimestampMs: scheduled, attempt: 3 } });
  const asked = { input: { tool: 'bok' }, policy: { effect: 'idempotent' } } as const;

  it('is waited for while a deploy may be in progress, then refused with the names that exist', async () => {
    const { call } = desk([book, cancel], [await temporaryLedger()]);
    expect(await call(undefined, { ...asked, ...at(599_000) })).toMatchObject({
      thrown: 'ToolMissing',
      nonRetryable: false,
      delayMs: 1_001,
    });
    expect(await call(undefined, { ...asked, ...at(10_000) })).toMatchObject({ thrown: 'ToolMissing', delayMs: 4_000 });
    expect(await call(undefined, { ...asked, ...at(600_000) })).toMatchObject({
      ledger: 'none',
      outcome: {
        kind: 'rejected',
        reason: 'tool_missing',
        message: expect.stringMatching(/The tools that exist: book, cancel\./),
      },
    });
  });

  it.each(['__proto__', 'toString', 'constructor'])('%s is not found on a prototype', async (name) => {
    const { call } = desk([book], [await temporaryLedger()]);
    expect(await call(undefined, { input: { tool: name }, ...at(600_000) })).toMatchObject({
      outcome: { reason: 'tool_missing' },
    });
  });

  it('lasts through its window within the attempts Temporal allows', async () => {
    const { call } = desk([book], [await temporaryLedger()]);
    let waited = 0;
    let attempts = 0;
    for (let attempt = 1; waited < 600_000 && attempts < 100; attempt += 1) {
      const end = await call(undefined, {
        ...asked,
        now: () => scheduled + waited,
        info: { scheduledTimestampMs: scheduled, attempt },
      });
      if (!('thrown' in end)) break;
      waited += end.delayMs ?? 0;
      attempts += 1;
    }
    expect(waited).toBeGreaterThanOrEqual(600_000);
    expect(attempts).toBeLessThanOrEqual(20);
  });

  it('does not turn a call that ran into one that never did', async () => {
    const settled = await temporaryLedger();
    await desk([book], [settled]).call(book, { args });
    const gone = { args, input: { tool: 'book' }, ...at(600_000) };
    expect(await desk([{ ...book, name: 'other' }], [settled]).call(undefined, gone)).toMatchObject({
      ledger: 'replayed',
      outcome: { kind: 'succeeded', result: { booked: 'tue-9' } },
    });
  });

  it('makes a call that was cut off unknown', async () => {
    const ledger = await temporaryLedger();
    await ledger.claimToolCall(dead());
    await new Promise((resolve) => setTimeout(resolve, 10));
    const gone = { args, input: { tool: 'book' }, ...at(600_000) };
    const { call } = desk([{ ...book, name: 'other' }], [ledger]);
    expect(await call(undefined, gone)).toMatchObject({
      outcome: { kind: 'unknown', message: expect.stringMatching(/was cut off and it cannot be run again/) },
    });
    expect(await ledger.readCall(callKey)).toMatchObject({ state: 'unresolved', outcome: { kind: 'unknown' } });
  });
});

describe("today's tool", () => {
  it('refuses arguments its schema no longer takes, by path', async () => {
    const { call } = desk([book], [await temporaryLedger()]);
    expect(await call(book, { args: { slot: 'x' } })).toMatchObject({
      ledger: 'none',
      outcome: {
        kind: 'rejected',
        reason: 'invalid_arguments',
        message: expect.stringMatching(/^book was not run: slot: /),
      },
    });
    expect(body).not.toHaveBeenCalled();
  });

  it.each<[string, Partial<Tool>]>([
    [
      'throws',
      {
        key: () => {
          throw new Error('no patient');
        },
      },
    ],
    ['is empty', { key: () => '' }],
    ['holds NUL', { key: () => 'a\0' }],
    ['is too long', { key: () => 'x'.repeat(501) }],
  ])('is not run when its key %s', async (_why, change) => {
    const { call } = desk([{ ...book, ...change }], [await temporaryLedger()]);
    expect(await call({ ...book, ...change }, { args })).toMatchObject({
      outcome: { kind: 'rejected', reason: 'invalid_arguments' },
    });
    expect(body).not.toHaveBeenCalled();
  });

  it.each<[Tool['effect'], Tool['effect'], string]>([
    ['read', 'idempotent', 'not_permitted'],
    ['idempotent', 'read', 'ran'],
    ['transactional', 'idempotent', 'ran'],
    ['idempotent', 'transactional', 'ran'],
  ])('planned %s, today %s: %s', async (planned, today, gives) => {
    const ledger = await temporaryLedger();
    const tool: Tool = { ...book, effect: today, ledger: 'default' };
    const end = await desk([tool], [ledger]).call(tool, {
      args,
      policy: { effect: planned },
      input: planned === 'read' ? { ledger: undefined } : { ledger: { name: 'default', id: ledger.id } },
    });
    expect('thrown' in end ? end.thrown : end.outcome.kind === 'rejected' ? end.outcome.reason : end.ledger).toBe(
      gives,
    );
    expect(body).toHaveBeenCalledTimes(gives === 'ran' ? 1 : 0);
  });

  it('that writes to another ledger by now is not run', async () => {
    const [planned, moved] = [await temporaryLedger(), await temporaryLedger({ name: 'calendar' })];
    const tool = defineTool({
      name: 'move',
      description: 'moves',
      effect: 'transactional',
      ledger: ledgerNamed('calendar'),
      input: z.object({}),
      run: () => body({ slot: 'x' }),
    });
    const pinned = { ledger: { name: 'default', id: planned.id } };
    expect(await desk([tool], [planned, moved]).call(tool, { input: pinned })).toMatchObject({
      outcome: { reason: 'not_permitted' },
    });
    expect(body).not.toHaveBeenCalled();
  });
});

describe('a business key', () => {
  it('books, answers a repeat, refuses other values, cancels and books again', async () => {
    const ledger = await temporaryLedger();
    const { call } = desk([book, cancel], [ledger]);
    const first = await call(book, { args, callId: 'c1' });
    expect(first).toMatchObject({ ledger: 'ran', generation: 1, outcome: { result: { booked: 'tue-9' } } });
    expect(await call(book, { args, callId: 'c2' })).toMatchObject({
      ledger: 'deduplicated',
      generation: 1,
      outcome: { kind: 'succeeded', sameAsCall: 'c1', result: { booked: 'tue-9' } },
    });
    expect(await call(book, { args: { ...args, note: 'x' }, callId: 'c3' })).toMatchObject({
      ledger: 'none',
      outcome: {
        kind: 'rejected',
        reason: 'conflict',
        message: expect.stringMatching(/an earlier call \(c1\).*\{"slot":"tue-9"\}/),
      },
    });
    expect(await call(cancel, { args, callId: 'c4' })).toMatchObject({ outcome: { kind: 'succeeded' } });
    expect(await call(book, { args, callId: 'c5' })).toMatchObject({ ledger: 'ran', generation: 2 });
    expect(body).toHaveBeenCalledTimes(2);
  });
});
