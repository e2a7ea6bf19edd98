/** Clocks that are wrong: workers an hour off to either side, and a ledger's clock that jumps while calls are cut off. Nothing runs twice. */
import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import { audit, inWords, type Intent } from '../support/payments/audit';
import { COMPILED } from '../support/payments/compiled-root';
import { sendFirst, untilAllAnswered } from '../support/payments/person';
import { FULL } from '../support/payments/scale';
import { openPaymentsStage, type PaymentsStage, type WorkerFaults } from '../support/payments/stage';

const HOUR_MS = 3_600_000;
const EFFECTS = ['plain', 'idempotent', 'reconcilable', 'at-most-once'] as const;

const offBy = (ms: number): WorkerFaults => ({
  env: {
    TEST_CLOCK_OFF_MS: String(ms),
    NODE_OPTIONS: `--require ${path.join(COMPILED, 'test/support/payments/shifted-clock.js')}`,
  },
});

/** Cuts one payment of each class off, with `first` as the worker that dies and `second` as the one that goes on. */
async function cutOnce(
  stage: PaymentsStage,
  round: string,
  first: WorkerFaults,
  second: WorkerFaults,
  between: () => void = () => undefined,
): Promise<void> {
  const intents = EFFECTS.map((effect): Intent => {
    const name = `${round}-${effect}`;
    return { name, payments: [{ steps: [effect, 'transactional'], order: name, cents: 2 }] };
  });
  const worker = await stage.startWorker(first);
  await stage.service.fault({ fault: 'hold' });
  const sends = intents.map((intent) => sendFirst(stage, intent));
  await stage.service.untilHeld(EFFECTS.length);
  between();
  await worker.kill();
  await stage.service.release();
  const next = await stage.startWorker(second);
  const resolved = await untilAllAnswered(stage, sends);
  expect(resolved.map(({ name, as }) => `${name} ${as}`)).toEqual([`${round}-at-most-once applied`]);
  const findings = await audit(stage, intents);
  if (findings.length > 0) throw new Error(inWords(findings));
  for (const { name } of intents) {
    const { usage, since } = await stage.client.session(stage.sessionId(name)).status();
    expect(Object.values(usage).filter((value) => typeof value === 'number' && value < 0)).toEqual([]);
    expect(Math.abs(Date.now() - since)).toBeLessThan(HOUR_MS / 2);
  }
  await next.stop();
}

test('workers an hour ahead and an hour behind take each other over', async () => {
  const stage = await openPaymentsStage({ ledger: 'sqlite' });
  try {
    await cutOnce(stage, 'ahead', offBy(HOUR_MS), offBy(-HOUR_MS));
    if (FULL) await cutOnce(stage, 'behind', offBy(-HOUR_MS), offBy(HOUR_MS));
  } finally {
    await stage.close();
  }
}, 120_000);

test("the ledger's clock jumps, by ten seconds and by an hour, forward and back", async () => {
  const stage = await openPaymentsStage({ ledger: 'sqlite' });
  const database = new DatabaseSync(stage.ledgerUrl, { timeout: 10_000 });
  database.exec('create table test_clock (off_ms integer not null); insert into test_clock values (0)');
  const jump = (ms: number) => () => void database.prepare('update test_clock set off_ms = off_ms + ?').run(ms);
  const worker: WorkerFaults = { main: 'test/support/payments/jumping-clock-worker.js' };
  try {
    if (FULL) await cutOnce(stage, 'on', worker, worker, jump(10_000));
    await cutOnce(stage, 'back', worker, worker, jump(-10_000));
    await cutOnce(stage, 'far-on', worker, worker, jump(HOUR_MS));
    if (FULL) await cutOnce(stage, 'far-back', worker, worker, jump(-HOUR_MS));
  } finally {
    database.close();
    await stage.close();
  }
}, 150_000);
