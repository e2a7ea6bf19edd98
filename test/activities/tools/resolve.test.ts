/** What a person says of an unresolved call: recorded once, checked, and refused in words where it cannot be taken. */
import { z } from 'zod';
import { defineTool, type Tool } from '../../../agents';
import { LedgerUnavailable, type Ledger } from '../../../activities/ledger/port';
import type { ResolveInput } from '../../../workflows/contracts/tool';
import { claimOf, granted, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

const callKey = 'ns-1/t1.s1.c1-00000000';
const args = { slot: 'tue-9' };
const options = { args, policy: { heartbeatMs: 600, maxResultBytes: 300 } };
const body = jest.fn((slot: string) => ({ booked: slot }));
beforeEach(() => body.mockClear());

const book = defineTool({
  name: 'book',
  description: 'books',
  effect: 'at-most-once',
  input: z.object({ slot: z.string() }),
  output: z.object({ booked: z.string() }),
  key: ({ slot }) => slot,
  run: ({ slot }) => body(slot),
});
const cancel = defineTool({
  name: 'cancel',
  description: 'cancels',
  effect: 'at-most-once',
  input: z.object({ slot: z.string() }),
  releases: { tool: 'book', keys: ({ slot }) => [slot] },
  run: () => 'cancelled',
});

/** A call that an attempt died inside of, told as unresolved. */
async function unresolved(tool: Tool = book, ledger?: Ledger) {
  const kept = ledger ?? (await temporaryLedger());
  const businessKey = tool === book ? 'tue-9' : undefined;
  const sameAs = tool === book ? JSON.stringify(args) : undefined;
  granted(
    await kept.claimToolCall({
      ...claimOf('x', { args, tool: tool.name, effect: 'at-most-once', leaseMs: 1, businessKey, sameAs }),
      callKey,
    }),
  );
  const at = desk([book, cancel], [kept]);
  expect(await at.call(tool, { ...options, info: { attempt: 2 } })).toMatchObject({
    outcome: { kind: 'unknown' },
    unresolved: { callKey },
  });
  return { ledger: kept, ...at };
}

const applied = { as: 'applied', result: { booked: 'tue-9' } } as const;

describe('an unresolved call', () => {
  it('that happened has the result from then on, for itself and for who asks for the same', async () => {
    const { resolve, call, ledger } = await unresolved();
    const outcome = { kind: 'succeeded', result: { booked: 'tue-9' } };
    expect(await resolve(book, { ...applied, by: 'ada', reason: 'seen in the calendar' }, options)).toEqual({
      kind: 'resolved',
      as: 'applied',
      outcome,
    });
    expect(await ledger.readCall(callKey)).toMatchObject({
      state: 'succeeded',
      effectState: 'succeeded',
      resolution: { as: 'applied', actId: 'act-1', by: 'ada', reason: 'seen in the calendar' },
    });
    expect(await call(book, options)).toMatchObject({ ledger: 'replayed', outcome });
    expect(await call(book, { ...options, callId: 'c2' })).toMatchObject({ ledger: 'deduplicated', outcome });
    expect(body).not.toHaveBeenCalled();
  });

  it('that did not happen is run once when it is asked for again', async () => {
    const { resolve, call } = await unresolved();
    expect(await resolve(book, { as: 'absent' }, options)).toEqual({ kind: 'absent' });
    expect(await call(book, options)).toMatchObject({ ledger: 'ran', outcome: { kind: 'succeeded' } });
    expect(await call(book, options)).toMatchObject({ ledger: 'replayed' });
    expect(body).toHaveBeenCalledTimes(1);
  });

  it('that nobody can find out about stays unknown, is not asked about again, and keeps its key', async () => {
    const { resolve, call } = await unresolved();
    const given = await resolve(book, { as: 'give_up' }, options);
    const outcome = {
      kind: 'unknown',
      message: expect.stringMatching(/A person was asked and could not find out/) as string,
    };
    expect(given).toEqual({ kind: 'resolved', as: 'give_up', outcome });
    const again = await call(book, options);
    expect(again).toMatchObject({ ledger: 'replayed', outcome });
    expect(again).not.toHaveProperty('unresolved');
    expect(await call(book, { ...options, callId: 'c2' })).toMatchObject({ outcome: { kind: 'unknown' } });
    expect(body).not.toHaveBeenCalled();
  });

  it('is decided once: a repeat, and another act after it, are answered with what was decided', async () => {
    const { resolve } = await unresolved();
    const first = await resolve(book, applied, options);
    expect(await resolve(book, applied, options)).toEqual(first);
    expect(await resolve(book, { as: 'give_up', actId: 'act-2' }, options)).toEqual(first);
  });

  it('that undoes another call gives that key back when it is said to have happened', async () => {
    const ledger = await temporaryLedger();
    await desk([book], [ledger]).call(book, { ...options, callId: 'c0' });
    const { resolve } = await unresolved(cancel, ledger);
    expect(await resolve(cancel, { as: 'applied', result: 'cancelled by phone' }, options)).toMatchObject({
      kind: 'resolved',
    });
    expect(await ledger.readCall('ns-1/c0')).toMatchObject({ effectState: 'reversed' });
  });
});

describe('a resolution is refused, and changes nothing:', () => {
  const problems: readonly [string, Partial<ResolveInput>, RegExp][] = [
    ['no result', { as: 'applied' }, /needs the result/],
    [
      'a result that the schema refuses',
      { as: 'applied', result: { booked: 7 } },
      /does not fit: booked: expected string/,
    ],
    [
      'a result that is too long',
      { as: 'applied', result: { booked: 'x'.repeat(400) } },
      /has 413 bytes, and at most 300/,
    ],
    ['half a character', { as: 'applied', result: { booked: '\ud800' } }, /surrogate/],
    ['a poisoned key', { as: 'applied', result: JSON.parse('{"__proto__":{"a":1}}') as never }, /not allowed/],
    ['a result with absent', { as: 'absent', result: 1 }, /a result belongs to "applied"/],
    ['a call that is not there', { ...applied, callId: 'c9' }, /the ledger has no such call/],
    ['a call of another tool', { ...applied, tool: 'cancel' }, /belongs to another call/],
  ];
  it.each(problems)('%s', async (_what, said, words) => {
    const { resolve, ledger } = await unresolved();
    const before = await ledger.readCall(callKey);
    expect(await resolve(book, said, options)).toEqual({ kind: 'refused', problem: expect.stringMatching(words) });
    expect(await ledger.readCall(callKey)).toEqual(before);
  });

  it.each([applied, { as: 'absent' }, { as: 'give_up' }] as const)(
    'of a call that is known to have happened (%j)',
    async (said) => {
      const ledger = await temporaryLedger();
      const { call, resolve } = desk([book], [ledger]);
      await call(book, options);
      expect(await resolve(book, said, options)).toEqual({
        kind: 'refused',
        problem: expect.stringMatching(/known to have happened/),
      });
    },
  );

  it('of a call that is being run', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall({ ...claimOf('x', { args, tool: 'book' }), callKey }));
    expect(await desk([book], [ledger]).resolve(book, applied, options)).toMatchObject({
      problem: expect.stringMatching(/is being run/),
    });
  });

  it.each<[string, object]>([
    ['no act id', { actId: 7 }],
    ['a decision that is none', { as: 'perhaps' }],
    ['no ledger', { ledger: undefined }],
  ])('as input that cannot be read: %s', async (_what, input) => {
    const { resolve } = await unresolved();
    expect(await resolve(book, input, options)).toMatchObject({ thrown: 'BadActivityInput', nonRetryable: true });
  });
});

describe('a resolution is tried again', () => {
  it('where the ledger is away or another one, and where the tool may come with a deploy', async () => {
    const { ledger, resolve } = await unresolved();
    const away = { ...ledger, resolveToolCall: () => Promise.reject(new LedgerUnavailable('no answer')) };
    expect(await desk([book], [away]).resolve(book, applied, options)).toMatchObject({
      thrown: 'LedgerUnavailable',
      nonRetryable: false,
    });
    const elsewhere = { ledger: { name: 'default', id: 'another' } };
    expect(await resolve(book, { ...applied, ...elsewhere }, options)).toMatchObject({
      thrown: 'LedgerMismatch',
      nonRetryable: false,
    });
    const without = desk([], [ledger]);
    const bad = { as: 'applied', result: 'checked by nobody' } as const;
    expect(await without.resolve(book, bad, options)).toMatchObject({ thrown: 'ToolMissing', nonRetryable: false });
    // Gone for good: what the person knows must not be lost for it.
    expect(await without.resolve(book, bad, { ...options, info: { attempt: 3 } })).toMatchObject({ kind: 'resolved' });
  });
});
