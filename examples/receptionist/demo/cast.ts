/**
 * The workers of the demo. The first is armed to kill itself right after the calendar has the booking, before anything has
 * recorded it; the second is started when the first is seen to be dead, not before.
 */
import type { CrashPoint } from '../../../activities/crash-points';
import { findCrashScene, ledgerStates, type CrashScene } from './crash-scene';
import type { Cleanup } from './cleanup';
import { screen } from './screen';
import type { Stage } from './stage';
import { describeExit, startWorkerChild, type WorkerChild, type WorkerExit } from './worker-child';

const CRASH_POINT: CrashPoint = 'tool.after-effect';
const ARMED = `${CRASH_POINT}[book_appointment]#1`;

export interface Kill {
  /** ms since the epoch. */
  readonly at: number;
  readonly scene: CrashScene;
}

export interface Cast {
  /** Set when the first worker was killed. */
  kill(): Kill | undefined;
  /** Rejects when a worker ends in a way the demo did not arrange; never resolves. */
  readonly trouble: Promise<never>;
}

export async function startCast(stage: Stage, cleanup: Cleanup): Promise<Cast> {
  let kill: Kill | undefined;
  let ending = false;
  const workers: WorkerChild[] = [];
  const start = (extra: NodeJS.ProcessEnv): WorkerChild => {
    const worker = startWorkerChild({ ...stage.workerEnv, HOLDFAST_CRASH_AT: undefined, ...extra });
    workers.push(worker);
    return worker;
  };
  cleanup.add('workers', async () => {
    ending = true;
    await Promise.all(workers.map((worker) => worker.stop()));
  });

  const first = start({ HOLDFAST_CRASH_AT: ARMED });
  await first.ready;
  screen.fact('worker', `pid ${first.pid}, armed with HOLDFAST_CRASH_AT=${ARMED}`);

  const trouble = new Promise<never>((_, reject) => {
    void first.exited.then(async (exit) => {
      if (ending) return;
      if (exit.signal !== 'SIGKILL') return reject(unexpected('first', exit));
      const scene = findCrashScene(stage.calendarFile);
      if (!scene) return reject(new Error('The first worker was killed before the calendar had a booking.'));
      kill = { at: exit.at, scene };
      announce(first.pid, scene, stage.calendarFile);
      const second = start({});
      screen.note(`a second worker starts, pid ${second.pid}`);
      void second.exited.then((end) => ending || reject(unexpected('second', end)));
      await second.ready.catch(reject);
    });
  });
  trouble.catch(() => undefined);
  return { kill: () => kill, trouble };
}

function announce(pid: number, scene: CrashScene, calendarFile: string): void {
  const { appointment_id, slot_id } = scene.appointment;
  screen.killed(`worker ${pid} died of SIGKILL inside book_appointment`, [
    `calendar: has it (appointment ${appointment_id}, ${slot_id})`,
    `ledger:   ${ledgerStates(calendarFile, scene.key).join(', ') || 'no row'} (the intent; no outcome)`,
    'history:  nothing yet; nobody has been told',
  ]);
}

function unexpected(which: string, exit: WorkerExit): Error {
  return new Error(`The ${which} worker ended unexpectedly (${describeExit(exit)}). ${exit.said}`.trim());
}
