import type { ManagedProcess, ProcessExit } from '../../../testing/managed-process';
import { seededRandom } from '../../../testing/random';
import { runSessions } from '../../../cli/workload/run-sessions';
import { keepWorker } from '../../../cli/workload/worker-keeper';
import { loadFixture } from './fixture';

/** A process that only says what was done to it. */
function fakeWorker(pid: number, log: string[]): ManagedProcess<unknown> & { end: (exit: ProcessExit) => void } {
  let end: (exit: ProcessExit) => void = () => undefined;
  const exited = new Promise<ProcessExit>((resolve) => (end = resolve));
  const by = (signal: NodeJS.Signals) => () => {
    log.push(`${signal} ${pid}`);
    end({ code: null, signal });
    return exited;
  };
  return { pid, ready: {}, exited, end, kill: by('SIGKILL'), stop: by('SIGTERM'), tell: () => undefined };
}

const inFlight = () => Promise.resolve({ modelCalls: 1, toolCalls: 0 });

describe('the keeper of the worker', () => {
  it('kills and starts again until told to leave off, then ends the last one gently', async () => {
    const log: string[] = [];
    let pid = 0;
    let twice: () => void = () => undefined;
    const second = new Promise<void>((resolve) => (twice = resolve));
    const keeper = await keepWorker({
      start: () => Promise.resolve(fakeWorker((pid += 1), log)),
      killEveryMs: 10,
      random: seededRandom(7),
      inFlight,
      onKill: () => keeper.kills.length === 2 && twice(),
    });
    await second;
    await keeper.stop();
    const kills = keeper.kills.length;
    expect(log).toEqual([
      ...Array.from({ length: kills }, (_, index) => `SIGKILL ${index + 1}`),
      `SIGTERM ${kills + 1}`,
    ]);
    expect(keeper.kills[0]).toMatchObject({ pid: 1, modelCalls: 1, toolCalls: 0 });
  });

  it('reports a worker that ended by itself', async () => {
    const worker = fakeWorker(1, []);
    const keeper = await keepWorker({ start: () => Promise.resolve(worker), random: Math.random, inFlight });
    worker.end({ code: 3, signal: null });
    await expect(keeper.broken).rejects.toThrow('the worker (process 1) ended by itself: exit code 3');
  });
});

describe('seeded numbers', () => {
  it('are the same for the same seed, within [0, 1)', () => {
    const take = (seed: number) => Array.from({ length: 100 }, seededRandom(seed));
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
    expect(take(1).every((value) => value >= 0 && value < 1)).toBe(true);
  });
});

describe('sessions in parallel', () => {
  it('are at most so many at a time, and one that fails does not hold the others up', async () => {
    const { tasks } = loadFixture();
    let [open, most] = [0, 0];
    const ended = await runSessions({
      tasks,
      parallel: 2,
      sessionIdOf: (task) => `s-${task.id}`,
      port: {
        start: async () => {
          most = Math.max(most, (open += 1));
          await new Promise(setImmediate);
        },
        result: (sessionId) => {
          open -= 1;
          return Promise.reject(new Error(`no ${sessionId}`));
        },
        status: () => Promise.reject(new Error('unused')),
        conversation: () => Promise.reject(new Error('unused')),
      },
    });
    expect(most).toBe(2);
    expect(ended.map(({ end }) => end)).toEqual(tasks.map((task) => ({ kind: 'error', message: `no s-${task.id}` })));
  });
});
