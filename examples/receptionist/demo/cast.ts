/** The workers of the demo. The first is armed to kill itself right after the calendar has the booking, before anything has recorded it. */
import type { CrashPoint } from '../../../activities/crash-points';
import * as shared from '../../demo/cast';
import type { Cleanup } from '../../demo/cleanup';
import { screen } from '../../demo/screen';
import { findCrashScene, ledgerStates, type CrashScene } from './crash-scene';
import type { Stage } from './stage';
import { AGENTS_MODULE } from './worker-child';

const CRASH_POINT: CrashPoint = 'tool.after-effect';

export type Cast = shared.Cast<CrashScene>;

export function startCast({ calendarFile, workerEnv }: Stage, cleanup: Cleanup): Promise<Cast> {
  return shared.startCast(
    {
      agentsModule: AGENTS_MODULE,
      env: workerEnv,
      crashAt: `${CRASH_POINT}[book_appointment]#1`,
      findScene: () => findCrashScene(calendarFile),
      noScene: 'The first worker was killed before the calendar had a booking.',
      announce: (pid, scene) => announce(pid, scene, calendarFile),
    },
    cleanup,
  );
}

function announce(pid: number, scene: CrashScene, calendarFile: string): void {
  const { appointment_id, slot_id } = scene.appointment;
  screen.killed(`worker ${pid} died of SIGKILL inside book_appointment`, [
    `calendar: has it (appointment ${appointment_id}, ${slot_id})`,
    `ledger:   ${ledgerStates(calendarFile, scene.key).join(', ') || 'no row'} (the intent; no outcome)`,
    'history:  nothing yet; nobody has been told',
  ]);
}
