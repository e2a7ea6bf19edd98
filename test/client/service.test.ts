/** Calls that are tried again, over a Temporal client that fails as it is told, with time that passes only by waiting. */
import type { Client, Connection } from '@temporalio/client';
import { Lifetime } from '../../client/lifetime';
import { callService, type Service } from '../../client/service';

const cut = (code: number) => Object.assign(new Error(`${code} cut off`), { code, details: '', metadata: {} });

/** @param takes ms that a failing call takes, or `all`: until its deadline. */
function failing(errors: Error[], takes: number | 'all') {
  let now = 0;
  const waited: number[] = [];
  const service: Service = {
    client: {
      withDeadline: async (deadline: number, call: () => Promise<unknown>) => {
        waited.push(deadline - now);
        now = takes === 'all' ? deadline : now + takes;
        return call();
      },
    } as unknown as Client,
    connection: {
      withAbortSignal: (_signal: AbortSignal, call: () => Promise<unknown>) => call(),
    } as unknown as Connection,
    lifetime: new Lifetime(),
    address: 'test:1',
    namespace: 'default',
    taskQueue: 'queue',
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    },
  };
  const call = async () => {
    const error = errors.shift();
    if (error) throw error;
    return 'answer';
  };
  const ask = (tryMs?: number) => callService(service, { doing: 'asking', taskQueue: 'queue' }, 60_000, call, tryMs);
  return { ask, waited };
}

describe('a call', () => {
  it('may take until its deadline', async () => {
    const { ask, waited } = failing([], 0);
    expect(await ask()).toBe('answer');
    expect(waited).toEqual([60_000]);
  });

  it.each([1, 4, 14])('that was cut off early with code %d is made again', async (code) => {
    const { ask, waited } = failing([cut(code)], 100);
    expect(await ask()).toBe('answer');
    expect(waited).toHaveLength(2);
  });

  it('is not made again at its deadline', async () => {
    const { ask } = failing([cut(4), cut(4)], 'all');
    await expect(ask()).rejects.toThrow('the time ran out while asking');
  });
});

it('a query that was lost is asked again, with more time each time, up to the deadline', async () => {
  const { ask, waited } = failing([cut(4), cut(4), cut(4)], 'all');
  expect(await ask(4_000)).toBe('answer');
  expect(waited.map((ms) => Math.round(ms / 1000))).toEqual([4, 8, 16, 31]);
});
