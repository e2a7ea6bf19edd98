/** Looks for a planted fault with the checks that the product itself must pass: payments cut off, broken arguments, sessions reset. */
import { audit, type Finding, type Intent } from '../payments/audit';
import { runCuts } from '../payments/cuts';
import { resetToStart } from '../payments/reset';
import { openPaymentsStage, type PaymentsStage, type PaymentsStageOptions } from '../payments/stage';
import { within } from '../eventually';
import { HUNTED, type Plant } from './plants';

/** Sessions that a fault may stay hidden in. */
export const MOST_SESSIONS = 200;
/** Sessions of one round. */
const CUT = 16;
const BROKEN = 2;
const RESET = 4;
/** How long the sessions that are not cut off may take, ms. */
const CALM_WITHIN_MS = 8_000;

export interface Hunt {
  readonly plant: string;
  /** Sessions until something was found, or all. */
  readonly sessions: number;
  readonly findings: readonly Finding[];
}

/**
 * Plays rounds until something is found, and at most `most` sessions.
 * @throws Error where a round could not be played: that is no finding.
 */
export async function hunt(
  plant: Plant,
  most = MOST_SESSIONS,
  options: Partial<PaymentsStageOptions> = {},
): Promise<Hunt> {
  let sessions = 0;
  let findings: readonly Finding[] = [];
  while (findings.length === 0 && sessions + CUT + BROKEN <= most) {
    const stage = await openPaymentsStage({ ledger: 'sqlite', ...options });
    try {
      findings = await round(stage, plant);
    } finally {
      await stage.close();
    }
    sessions += CUT + BROKEN;
  }
  return { plant: plant.name, sessions, findings };
}

async function round(stage: PaymentsStage, { main }: Plant): Promise<readonly Finding[]> {
  const worker = { main };
  const broken: readonly Intent[] = Array.from({ length: BROKEN }, (_, index) => ({
    name: `broken-${index}`,
    payments: [{ steps: ['broken'], order: `broken-${index}`, cents: 1 }],
  }));
  const sayBroken = async () => {
    await within(
      'the sessions with broken arguments',
      CALM_WITHIN_MS,
      Promise.all(broken.flatMap(({ name, payments }) => payments.map((payment) => stage.pay(name, payment)))),
    ).catch(() => undefined);
  };
  const report = await runCuts({
    stage,
    classes: HUNTED,
    total: CUT,
    batch: CUT,
    lostEvery: 2,
    worker,
    before: async (intents) => {
      await sayBroken();
      await Promise.all(intents.slice(0, RESET).map(({ name }) => resetToStart(stage, name)));
    },
  });
  if (report.findings.length > 0) return report.findings;
  await stage.startWorker(worker);
  return audit(stage, broken);
}
