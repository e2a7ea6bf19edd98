/** What an author may declare: whatever Temporal would refuse later, in the middle of a session, is refused here, by name. */
import { z } from 'zod';
import { defineAgent, defineTool, type Duration, type RetryOptions } from '../../agents';
import { toMs } from '../../agents/duration';

const spec = { name: 'tool', description: 'For tests.', effect: 'read', input: z.object({}), run: () => null } as const;
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
