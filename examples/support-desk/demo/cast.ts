/** The workers of the demo. The first is armed to kill itself right after the payment service has paid the second refund, the one that a person agreed to. */
import path from 'node:path';
import type { CrashPoint } from '../../../activities/crash-points';
import * as shared from '../../demo/cast';
import type { Cleanup } from '../../demo/cleanup';
import { screen } from '../../demo/screen';
import { money } from '../words';
import { findCrashScene, ledgerStates, type CrashScene } from './crash-scene';
import type { Stage } from './stage';

const CRASH_POINT: CrashPoint = 'tool.after-effect';

export type Cast = shared.Cast<CrashScene>;

export function startCast({ shopFile, payments, workerEnv }: Stage, cleanup: Cleanup): Promise<Cast> {
  return shared.startCast(
    {
      agentsModule: path.join(__dirname, '..', 'worker.js'),
      env: workerEnv,
      crashAt: `${CRASH_POINT}[refund_payment]#2`,
      findScene: () => findCrashScene(payments.journal()),
      noScene: 'The first worker was killed before anything was paid back.',
      announce: (pid, { refund, key, child }) =>
        screen.killed(`worker ${pid} died of SIGKILL inside refund_payment of the child ${child}`, [
          `payments: has it (${refund.id}, ${money(refund.amount)} for ${refund.item})`,
          `ledger:   ${ledgerStates(shopFile, key).join(', ') || 'no row'} (the intent; no outcome)`,
          'history:  nothing yet; neither the child nor the first session has been told',
        ]),
    },
    cleanup,
  );
}
