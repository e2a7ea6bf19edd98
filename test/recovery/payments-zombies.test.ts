/**
 * A worker is stopped (SIGSTOP) at each point of a call of each effect class, past its lease; another one takes the call over; then the
 * first goes on. It writes nothing to the ledger but evidence, and has a second effect nowhere but where docs/guarantees.md says so.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerCall } from '../../activities/ledger/port';
import { seededRandom } from '../../testing/random';
import { audit, inWords, readWorld, timesApplied, type Intent } from '../support/payments/audit';
import { sendFirst, untilAllAnswered } from '../support/payments/person';
import { FULL, SEED } from '../support/payments/scale';
import { TOOL_OF } from '../support/payments/script';
import { openPaymentsStage, type LedgerKind, type PaymentsStage } from '../support/payments/stage';
import { continueAndDrain, untilStopped } from '../support/payments/stopping';

const CLASSES = ['idempotent', 'transactional', 'reconcilable', 'at-most-once'] as const;
const POINTS = ['tool.before-intent', 'tool.after-intent', 'tool.after-effect', 'tool.after-record'] as const;

interface Case {
  readonly ledger: LedgerKind;
  readonly effect: (typeof CLASSES)[number];
  readonly point: (typeof POINTS)[number];
}

const ALL: readonly Case[] = (['sqlite', 'postgres'] as const).flatMap((ledger) =>
  POINTS.flatMap((point) => CLASSES.map((effect) => ({ ledger, effect, point }))),
);

/** Each class and each point once, by turns on one ledger and the other: which with which is the seed's to say. */
function sample(): readonly Case[] {
  const shift = Math.floor(seededRandom(SEED)() * POINTS.length);
  return CLASSES.map((effect, index) => ({
    ledger: index % 2 === 0 ? 'sqlite' : 'postgres',
    effect,
    point: POINTS[(index + shift) % POINTS.length] as Case['point'],
  }));
}

const CASES = FULL ? ALL : sample();
/** Longer than a lease (3 s) and than a transaction may take (5 s). */
const PAST_LEASE_MS = 6_000;
/** Most of a case is waiting for a lease to end. */
const AT_ONCE = 4;
const name = ({ ledger, effect, point }: Case) => `${ledger}: ${effect} at ${point}`;

/** What no zombie may change. Evidence is added, and how long a lease lasts changes by itself. */
function lasting(calls: readonly LedgerCall[]) {
  return calls.map(({ lateEvidence: _, heldForMs: _held, ...rest }) => rest);
}

async function readCalls(stage: PaymentsStage, session: string): Promise<readonly LedgerCall[]> {
  const { runId } = await stage.temporal.workflow.getHandle(stage.sessionId(session)).describe();
  const calls = await stage.withLedger((ledger) => ledger.calls({ sessionNamespace: runId }));
  return calls.filter((call) => call.kind === 'tool');
}

async function play({ ledger, effect, point }: Case): Promise<void> {
  const stage = await openPaymentsStage({ ledger });
  try {
    const tool = TOOL_OF[effect];
    const intent: Intent = { name: 'zombie', payments: [{ steps: [effect], order: 'zombie', cents: 5 }] };
    const zombie = await stage.startWorker({ stopAt: `${point}[${tool}]` });
    const sent = sendFirst(stage, intent);
    await untilStopped(zombie, point);
    const successor = await stage.startWorker();
    // A transaction of a stopped process keeps a SQLite file to itself: nobody can go on before it does.
    const blocks = effect === 'transactional' && (point === 'tool.after-intent' || point === 'tool.after-effect');
    if (blocks) await sleep(PAST_LEASE_MS);
    else await sent.result;
    const before = blocks ? undefined : lasting(await readCalls(stage, intent.name));
    const appliedBefore = timesApplied(await readWorld(stage), tool, 'zombie');
    await continueAndDrain(zombie);

    const result = await sent.result;
    if (before) expect(lasting(await readCalls(stage, intent.name))).toEqual(before);
    if (!blocks) expect(timesApplied(await readWorld(stage), tool, 'zombie')).toBe(appliedBefore);
    // Only where nobody can be asked does a call wait for a person, and only where the first attempt had claimed it and recorded nothing.
    const waits = effect === 'at-most-once' && (point === 'tool.after-intent' || point === 'tool.after-effect');
    expect(result.kind).toBe(waits ? 'waiting_for_human' : 'reply');
    await untilAllAnswered(stage, [sent]);
    const findings = await audit(stage, [intent]);
    if (findings.length > 0) throw new Error(inWords(findings));
    await successor.stop();
  } finally {
    await stage.close();
  }
}

const played = new Map<string, Promise<void>>();
beforeAll(() => {
  const lanes = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  for (const [index, each] of CASES.entries()) {
    const run = (lanes[index % AT_ONCE] as Promise<void>).then(() => play(each));
    lanes[index % AT_ONCE] = run.catch(() => undefined);
    played.set(name(each), run);
  }
  console.info(`seed ${SEED}: ${CASES.length} of ${ALL.length} cases`);
});
afterAll(() => Promise.allSettled(played.values()), 120_000);

test.each(CASES.map(name))(
  '%s: no write and no second effect of the stopped worker',
  async (which) => {
    await played.get(which);
  },
  FULL ? 600_000 : 120_000,
);
