/** What an author may declare: whatever Temporal would refuse later, in the middle of a session, is refused here, by name. */
import { z } from 'zod';
import { createRegistry, defineAgent, defineTool, ledgerNamed, type Duration, type RetryOptions } from '../../agents';
import { definitionOf } from '../../activities/model/definition';
import { toMs } from '../../agents/duration';

const spec = { name: 'tool', description: 'For tests.', effect: 'read', input: z.object({}), run: () => null } as const;
/** The hash of an agent with nothing but a name, instructions and a model: the default limits and detectors are in it, and a change of them shows. */
const PLAIN_HASH = '8a248abb1569a73fe247bafbb751cd083c96cdad762d1984751ed2520d4ee312';
const withRetry = (retry: RetryOptions) => defineTool({ ...spec, retry });

describe('a tool', () => {
  it('whose first wait is longer than the longest by default waits that long each time', () => {
    expect(withRetry({ initialInterval: '30s' })).toMatchObject({ initialIntervalMs: 30_000, maxIntervalMs: 30_000 });
    expect(withRetry({ initialInterval: '1s' })).toMatchObject({ initialIntervalMs: 1_000, maxIntervalMs: 10_000 });
  });

  it.each<[string, () => unknown, RegExp]>([
    ['waits that shrink', () => withRetry({ backoff: 0.5 }), /retry\.backoff must be a number of 1 to 100/],
    ['no number to multiply waits by', () => withRetry({ backoff: NaN }), /retry\.backoff/],
    [
      'a longest wait below the first',
      () => withRetry({ initialInterval: '5s', maxInterval: '1s' }),
      /retry\.maxInterval must not be shorter than retry\.initialInterval/,
    ],
    [
      'a time that overflows',
      () => defineTool({ ...spec, timeout: '1000000d' }),
      /timeout must be a positive duration of at most 10 years/,
    ],
    ['an empty task queue', () => defineTool({ ...spec, taskQueue: '' }), /taskQueue must be a name/],
    [
      "one of Temporal's own task queues",
      () => defineTool({ ...spec, taskQueue: '/_sys/x' }),
      /taskQueue must be a name/,
    ],
    [
      'no schema',
      () => defineTool({ ...spec, input: { slot: 'string' } as unknown as z.ZodType }),
      /input must be a zod schema/,
    ],
  ])('with %s is refused', (_what, define, words) => {
    expect(define).toThrow(words);
    expect(define).toThrow(/tool "tool"/);
  });
});

describe('a tool with a probe', () => {
  const asks = { ...spec, effect: 'reconcilable', reconcile: async () => ({ kind: 'absent' }) as const } as const;

  it('has its bounds in ms, and is taken by a registry', () => {
    const tool = defineTool({ ...asks, settleWithin: '2s' });
    expect(tool).toMatchObject({ settleWithinMs: 2_000 });
    const sends = defineTool({ ...spec, name: 'sends', effect: 'at-most-once' });
    const agent = defineAgent({ name: 'clerk', instructions: 'x', model: 'm', tools: [tool, sends] });
    expect(createRegistry([agent]).tool('clerk', 'tool')).toBe(tool);
  });

  it.each<[string, object, RegExp]>([
    ['no probe', { ...asks, reconcile: undefined, settleWithin: '2s' }, /reconcilable needs reconcile/],
    ['a probe that is no function', { ...asks, reconcile: 'ask', settleWithin: '2s' }, /reconcilable needs reconcile/],
    ['no time to settle', asks, /reconcilable needs settleWithin of at most 24h/],
    ['too long a time', { ...asks, settleWithin: '25h' }, /settleWithin of at most 24h/],
    ['no time at all', { ...asks, settleWithin: 0 }, /settleWithin must be a positive duration/],
    [
      'a probe that nobody asks',
      { ...asks, effect: 'idempotent' },
      /reconcile belongs to the effect class reconcilable/,
    ],
    ['a time without a probe', { ...spec, effect: 'at-most-once', settleWithin: '2s' }, /settleWithin belongs to/],
    ['keys that nobody honours', { ...asks, settleWithin: '2s', keyValidFor: '1h' }, /only idempotent tools have it/],
    ['an output that is no schema', { ...spec, output: { booked: 'string' } }, /output must be a zod schema/],
  ])('with %s is refused', (_what, wrong, words) => {
    expect(() => defineTool(wrong as never)).toThrow(words);
    expect(() => defineTool(wrong as never)).toThrow(/tool "tool"/);
  });
});

describe('a compensation', () => {
  const undo = () => null;
  const asked = { reconcile: async () => ({ kind: 'absent' }) as const, settleWithin: '2s' } as const;
  const of = (effect: string, compensate: unknown, more: object = {}) =>
    defineTool({ ...spec, effect, ...(effect === 'reconcilable' ? asked : {}), ...more, compensate } as never)
      .compensation;

  it.each<[string, string]>([
    ['idempotent', 'idempotent'],
    ['transactional', 'transactional'],
    ['reconcilable', 'at-most-once'],
    ['at-most-once', 'at-most-once'],
  ])('that is a function alone, of a tool that is %s, is %s', (effect, undoing) => {
    expect(of(effect, undo, { ledger: ledgerNamed('data') })).toEqual({ effect: undoing, run: undo });
  });

  it('may have a class of its own, and then its probe', () => {
    expect(of('at-most-once', { effect: 'reconcilable', run: undo, ...asked })).toEqual({
      effect: 'reconcilable',
      run: undo,
      reconcile: asked.reconcile,
      settleWithinMs: 2_000,
    });
    expect(of('idempotent', undefined)).toBeUndefined();
  });

  it.each<[string, string, unknown, RegExp]>([
    ['of a tool that reads', 'read', undo, /nothing to compensate/],
    [
      'that is neither a function nor an object',
      'idempotent',
      'undo',
      /compensate must be a function, or \{ effect, run \}/,
    ],
    ['without a class', 'idempotent', { run: undo }, /compensate\.effect must be one of idempotent/],
    ['that reads', 'idempotent', { effect: 'read', run: undo }, /compensate\.effect must be one of/],
    ['without a function', 'idempotent', { effect: 'idempotent' }, /compensate\.run must be a function/],
    [
      'with a class and no probe',
      'idempotent',
      { effect: 'reconcilable', run: undo },
      /compensate: reconcilable needs reconcile/,
    ],
    [
      'with a probe and no class',
      'idempotent',
      { effect: 'idempotent', run: undo, ...asked },
      /compensate: reconcile belongs to/,
    ],
    [
      'in a transaction of no ledger',
      'idempotent',
      { effect: 'transactional', run: undo },
      /compensate is transactional, so the tool names the ledger/,
    ],
  ])('%s is refused', (_what, effect, compensate, words) => {
    expect(() => of(effect, compensate)).toThrow(words);
    expect(() => of(effect, compensate)).toThrow(/tool "tool"/);
  });
});

describe('what becomes of a stopped turn', () => {
  const agent = (more: object) => defineAgent({ name: 'clerk', instructions: 'x', model: 'm', ...more });

  it('is part of the definition only where it is given', () => {
    expect(agent({}).policy).not.toHaveProperty('onStop');
    expect(agent({ onStop: 'compensate' }).policy).toMatchObject({ onStop: 'compensate' });
    expect(definitionOf(agent({})).hash).toBe(PLAIN_HASH);
  });

  it('is one of two things', () => {
    expect(() => agent({ onStop: 'undo' })).toThrow(
      /agent "clerk": onStop must be one of keep, compensate, got "undo"/,
    );
  });
});

describe("an agent's model", () => {
  const timeout = (value: Duration) => () =>
    defineAgent({ name: 'clerk', instructions: 'x', model: { name: 'm', timeout: value } });

  it('may take 9 minutes, and no more', () => {
    expect(timeout('9m')).not.toThrow();
    expect(timeout('10m')).toThrow(/agent "clerk": model\.timeout must be at most 9 minutes/);
    expect(timeout('soon' as Duration)).toThrow(/model\.timeout must be a positive duration/);
  });
});

describe('a duration', () => {
  it.each([
    [1, 1],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['24h', 86_400_000],
    ['3650d', 315_360_000_000],
  ] as const)('%s', (text, ms) => {
    expect(toMs(text, 'it')).toBe(ms);
  });

  it.each([0, -1, NaN, Infinity, '', '5', '1e3s', '-1s', '3651d'])('is not %p', (text) => {
    expect(() => toMs(text as Duration, 'it')).toThrow(/it must be a positive duration/);
  });
});
