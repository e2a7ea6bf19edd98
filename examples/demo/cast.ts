/** The workers of a demo. The first is armed to kill itself; the second is started when the first is seen to be dead, not before. */
import type { Cleanup } from './cleanup';
import { screen } from './screen';
import { describeExit, startWorkerChild, type WorkerChild, type WorkerExit } from './worker-child';

export interface Kill<Scene> {
  /** ms since the epoch. */
  readonly at: number;
  readonly scene: Scene;
}

export interface Cast<Scene> {
  /** Set when the first worker was killed. */
  kill(): Kill<Scene> | undefined;
  /** Rejects when a worker ends in a way the demo did not arrange; never resolves. */
  readonly trouble: Promise<never>;
}

export interface CastSpec<Scene> {
  /** Compiled module of the agents. */
  readonly agentsModule: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where the first worker is to kill itself: HOLDFAST_CRASH_AT. */
  readonly crashAt: string;
  /** What the kill left behind; undefined where it came too early to have left anything. */
  readonly findScene: () => Scene | undefined;
  /** Of whoever looks for it and finds nothing. */
  readonly noScene: string;
  /** Says so on the screen. */
  readonly announce: (pid: number, scene: Scene) => void;
}

export async function startCast<Scene>(spec: CastSpec<Scene>, cleanup: Cleanup): Promise<Cast<Scene>> {
  const { agentsModule, env, crashAt, findScene, noScene, announce } = spec;
  let kill: Kill<Scene> | undefined;
  let ending = false;
  const workers: WorkerChild[] = [];
  const start = (extra: NodeJS.ProcessEnv): WorkerChild => {
    const worker = startWorkerChild(agentsModule, { ...env, HOLDFAST_CRASH_AT: undefined, ...extra });
    workers.push(worker);
    return worker;
  };
  cleanup.add('workers', async () => {
    ending = true;
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  const first = start({ HOLDFAST_CRASH_AT: crashAt });
  await first.ready;
  screen.fact('worker', `pid ${first.pid}, armed with HOLDFAST_CRASH_AT=${crashAt}`);

  const trouble = new Promise<never>((_, reject) => {
    void first.exited.then(async (exit) => {
      if (ending) return;
      if (exit.signal !== 'SIGKILL') return reject(unexpected('first', exit));
      const scene = findScene();
      if (!scene) return reject(new Error(noScene));
      kill = { at: exit.at, scene };
      announce(first.pid, scene);
      const second = start({});
      screen.note(`a second worker starts, pid ${second.pid}`);
      void second.exited.then((end) => ending || reject(unexpected('second', end)));
      await second.ready.catch(reject);
    });
  });
  trouble.catch(() => undefined);
  return { kill: () => kill, trouble };
}

function unexpected(which: string, exit: WorkerExit): Error {
  return new Error(`The ${which} worker ended unexpectedly (${describeExit(exit)}). ${exit.said}`.trim());
}
