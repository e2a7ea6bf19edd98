/** An operator resets sessions to each of their workflow tasks: what was done is not done again, and what waits for a person still waits. */
import { eventually } from '../support/eventually';
import { audit, inWords, readWorld, timesApplied, type Intent } from '../support/payments/audit';
import { resolveByJournal } from '../support/payments/person';
import { reset, resetPoints, untilAnswered } from '../support/payments/reset';
import { FULL } from '../support/payments/scale';
import { TOOL_OF, type Step } from '../support/payments/script';
import { openPaymentsStage, type PaymentsStage } from '../support/payments/stage';

let stage: PaymentsStage;
beforeAll(async () => {
  stage = await openPaymentsStage({ ledger: 'sqlite', workerEnv: { PAYMENTS_TIMEOUT: '3s' } });
  await stage.startWorker();
});
afterAll(() => stage?.close());

const STEPS = [
  'plain',
  'transactional',
  'reconcilable',
  'at-most-once',
  'idempotent',
] as const satisfies readonly Step[];

/** A few of a list, its first and its last included; all of it in a full run. */
function some<T>(all: readonly T[]): readonly T[] {
  if (FULL) return all;
  return all.filter((_, index) => index === 0 || index === all.length - 1 || index % 4 === 1);
}

async function expectPaidOnce(intent: Intent): Promise<void> {
  const world = await readWorld(stage);
  const times = STEPS.map((step) => timesApplied(world, TOOL_OF[step], intent.name));
  expect(times).toEqual(STEPS.map(() => 1));
}

test('a finished session, reset to its workflow tasks one after the other', async () => {
  const intent: Intent = { name: 'finished', payments: [{ steps: STEPS, order: 'finished', cents: 1 }] };
  for (const payment of intent.payments) expect(await stage.pay(intent.name, payment)).toMatchObject({ kind: 'reply' });
  const sessionId = stage.sessionId(intent.name);
  const asked = stage.model.requests().length;
  const points = some(await resetPoints(stage, sessionId));
  // From the last to the first: what a reset copies is the same in all of them.
  for (const point of [...points].reverse()) {
    await reset(stage, sessionId, point);
    await untilAnswered(stage, intent.name);
    await expectPaidOnce(intent);
  }
  const findings = await audit(stage, [intent]);
  if (findings.length > 0) throw new Error(inWords(findings));
  // Answers of the model are on record as well: none was paid for twice.
  expect(stage.model.requests()).toHaveLength(asked);
  console.info(`${points.length} resets of a finished session`);
}, 150_000);

test('a session that waits for a person, reset: it waits again for the same call, and nothing was repeated', async () => {
  const name = 'waiting';
  const payment = { steps: STEPS, order: name, cents: 1 };
  await stage.service.fault({ fault: 'cut', orders: name, tool: TOOL_OF['at-most-once'], times: 1 });
  const result = await stage.pay(name, payment);
  expect(result.kind).toBe('waiting_for_human');
  await stage.service.calm();
  const session = stage.client.session(stage.sessionId(name));
  const [first] = await session.pending();
  expect(first?.call?.tool).toBe(TOOL_OF['at-most-once']);
  const points = some(await resetPoints(stage, session.id));
  for (const point of [...points].reverse()) {
    await reset(stage, session.id, point);
    const [again] = await eventually(`${name} to wait again`, async () => {
      const pending = await session.pending().catch(() => []);
      return pending.length > 0 && pending;
    });
    expect(again?.call?.row).toEqual(first?.call?.row);
    const world = await readWorld(stage);
    expect(timesApplied(world, TOOL_OF['at-most-once'], name)).toBe(1);
  }
  await resolveByJournal(stage, name, stage.service.journal());
  await untilAnswered(stage, name);
  await expectPaidOnce({ name, payments: [payment] });
  const findings = await audit(stage, [{ name, payments: [payment] }]);
  if (findings.length > 0) throw new Error(inWords(findings));
  console.info(`${points.length} resets of a waiting session`);
}, 150_000);
