/**
 * Payments cut off between effect and record: sessions in batches, their effects carried out and the answers held back, SIGKILL of the
 * worker, and another one goes on. Says what became of them, and how many calls really were in between.
 */
import { audit, readWorld, timesApplied, type Finding, type Intent, type World } from './audit';
import { sendFirst, untilAllAnswered, type Resolved, type Sent } from './person';
import { TOOL_OF, type Step } from './script';
import type { PaymentsStage, WorkerFaults, WorkerProcess } from './stage';

/** A worker runs at most 100 calls at once (the SDK's default); those past it would not be in the window when it dies. */
export const MAX_BATCH = 90;
/** How long a whole batch may take to get there, ms: a busy machine takes its time, and the leases of those that are there are renewed. */
const HELD_WITHIN_MS = 180_000;

export interface CutsPlan {
  readonly stage: PaymentsStage;
  /** What each session pays by, in turn: the n-th session by the n-th, and again from the first. */
  readonly classes: readonly Step[];
  readonly total: number;
  /** Sessions for each worker that dies. */
  readonly batch: number;
  /** Every so many sessions the request arrives and is not carried out before the kill; 0 or absent: all are. */
  readonly lostEvery?: number;
  /** Of all workers. */
  readonly worker?: WorkerFaults;
  /** After all are answered, and before what became of them is looked at. */
  readonly before?: (intents: readonly Intent[]) => Promise<void>;
  readonly onBatch?: (done: number) => void;
}

export interface CutsReport {
  readonly sessions: number;
  readonly processesKilled: number;
  /** Calls that a kill met after their effect and before its record, by the journal and the ledger. */
  readonly insideTheWindow: number;
  /** Calls whose request had arrived and was not carried out when the worker died. */
  readonly cutBeforeTheEffect: number;
  /** Payments asked for, and payments made, by the oracle. */
  readonly intents: number;
  readonly charges: number;
  readonly chargedTwice: number;
  /** Sessions that waited for a person, and what each was told. */
  readonly resolved: readonly Resolved[];
  readonly findings: readonly Finding[];
}

const LOST = '-lost';

export async function runCuts(plan: CutsPlan): Promise<CutsReport> {
  const { stage, total, batch } = plan;
  const intents = Array.from({ length: total }, (_, index) => intentOf(plan, index));
  const resolved: Resolved[] = [];
  let insideTheWindow = 0;
  let processesKilled = 0;
  let worker = await stage.startWorker(plan.worker);
  for (let from = 0; from < total; from += batch) {
    const some = intents.slice(from, from + batch);
    const cut = await cutOff(stage, some, worker);
    insideTheWindow += cut.inside;
    processesKilled += 1;
    worker = await stage.startWorker(plan.worker);
    resolved.push(...(await untilAllAnswered(stage, cut.sends)));
    plan.onBatch?.(from + some.length);
  }
  await plan.before?.(intents);
  const findings = await audit(stage, intents);
  await worker.stop();
  const counts = countCharges(await readWorld(stage), intents);
  const cutBeforeTheEffect = intents.filter(({ name }) => name.endsWith(LOST)).length;
  return {
    sessions: total,
    processesKilled,
    insideTheWindow,
    cutBeforeTheEffect,
    ...counts,
    resolved,
    findings,
  };
}

function intentOf({ classes, lostEvery = 0 }: CutsPlan, index: number): Intent {
  const step = classes[index % classes.length] as Step;
  const round = Math.floor(index / classes.length);
  // A transaction that is cut off leaves nothing, so there is nothing to lose.
  const lost = lostEvery > 0 && round % lostEvery === lostEvery - 1 && step !== 'transactional';
  const name = `${step}-${index}${lost ? LOST : ''}`;
  return { name, payments: [{ steps: [step], order: name, cents: 100 + index }] };
}

/** Sends the messages, waits until the effects are there and the answers held, and kills the worker. */
async function cutOff(
  stage: PaymentsStage,
  intents: readonly Intent[],
  worker: WorkerProcess,
): Promise<{ readonly sends: readonly Sent[]; readonly inside: number }> {
  await stage.service.fault({ fault: 'hold-unapplied', orders: LOST });
  await stage.service.fault({ fault: 'hold' });
  const send = (some: readonly Intent[]) => some.map((intent) => sendFirst(stage, intent));
  const isTransactional = ({ payments }: Intent) => payments[0]?.steps[0] === 'transactional';
  const sends = send(intents.filter((intent) => !isTransactional(intent)));
  await stage.service.untilHeld(sends.length, HELD_WITHIN_MS);
  const inTransactions = send(intents.filter(isTransactional));
  // One writes at a time: those behind it are cut off before their effect.
  if (inTransactions.length > 0) await stage.service.untilHeld(sends.length + 1, HELD_WITHIN_MS);
  await worker.kill();
  const inside = await countInside(stage, intents);
  await stage.service.release();
  return { sends: [...sends, ...inTransactions], inside };
}

/** Calls of these whose effect is there, or whose transaction was open, and whose ledger row does not say so. */
async function countInside(stage: PaymentsStage, intents: readonly Intent[]): Promise<number> {
  const { journal } = await readWorld(stage);
  const sessions = new Set(intents.map(({ name }) => stage.sessionId(name)));
  const effects = journal.filter(
    (row) =>
      sessions.has(row.session) &&
      (row.decision === 'applied' || (row.decision === 'seen' && row.effect === 'transactional')),
  );
  return stage.withLedger(async (ledger) => {
    let inside = 0;
    for (const row of effects) {
      // Nobody is there to answer a query; the namespace of a first session is the id of its first run.
      const { runId } = await stage.temporal.workflow.getHandle(row.session).describe();
      const calls = await ledger.calls({ sessionNamespace: runId });
      const call = calls.find((one) => one.callId === row.callId);
      if (row.effect === 'transactional' ? call === undefined : call?.state === 'started') inside += 1;
    }
    return inside;
  });
}

function countCharges(world: World, intents: readonly Intent[]) {
  let charges = 0;
  let chargedTwice = 0;
  for (const { payments } of intents) {
    for (const { steps, order } of payments) {
      for (const step of steps) {
        if (step === 'read' || step === 'refused') continue;
        const times = timesApplied(world, TOOL_OF[step], order);
        charges += times;
        if (times > 1) chargedTwice += 1;
      }
    }
  }
  return { intents: intents.length, charges, chargedTwice };
}
