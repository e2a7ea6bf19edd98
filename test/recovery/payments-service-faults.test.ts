/**
 * Faults without any process dying: answers that never come, connections cut after the effect or before it, a provider that refuses
 * after two effects; and the same payment asked for twice, by one user or by two at once.
 */
import { audit, inWords, readWorld, timesApplied, type Intent } from '../support/payments/audit';
import type { PaymentFault } from '../support/payments/faults';
import { sendFirst, untilAllAnswered } from '../support/payments/person';
import { TOOL_OF, type Step } from '../support/payments/script';
import { openPaymentsStage, type PaymentsStage } from '../support/payments/stage';

let stage: PaymentsStage;
beforeAll(async () => {
  stage = await openPaymentsStage({ ledger: 'sqlite', workerEnv: { PAYMENTS_TIMEOUT: '4s' } });
  await Promise.all([stage.startWorker(), stage.startWorker()]);
});
afterAll(() => stage?.close());

const EFFECTS = ['plain', 'idempotent', 'reconcilable', 'at-most-once'] as const;
const FAULTS: readonly PaymentFault[] = ['stall', 'cut', 'cut-unapplied', 'unavailable'];

async function expectNothingFound(intents: readonly Intent[]): Promise<void> {
  const findings = await audit(stage, intents);
  if (findings.length > 0) throw new Error(inWords(findings));
}

test('carried out and never answered, cut off after it or before it, refused: once each, and a person is asked only where nobody else can be', async () => {
  const intents = FAULTS.flatMap((fault) =>
    EFFECTS.map((effect): Intent => {
      const name = `${fault}-${effect}`;
      return { name, payments: [{ steps: [effect], order: name, cents: 7 }] };
    }),
  );
  for (const fault of FAULTS) {
    for (const effect of EFFECTS) await stage.service.fault({ fault, orders: `${fault}-${effect}`, times: 1 });
  }
  const resolved = await untilAllAnswered(
    stage,
    intents.map((intent) => sendFirst(stage, intent)),
  );
  await stage.service.calm();
  const as = (fault: PaymentFault) => (fault === 'stall' || fault === 'cut' ? 'applied' : 'absent');
  expect(resolved.map((each) => `${each.name} ${each.as}`).sort()).toEqual(
    FAULTS.map((fault) => `${fault}-at-most-once ${as(fault)}`).sort(),
  );
  await expectNothingFound(intents);
});

test('a provider that refuses after two effects: the turn is stopped, nothing is run again, and a repeat gets the same answer', async () => {
  const payment = { steps: ['plain', 'reconcilable', 'refused'] as const, order: 'half', cents: 3 };
  const result = await stage.pay('half', payment);
  expect(result).toMatchObject({ kind: 'stopped', turn: 1 });
  expect(await stage.pay('half', payment)).toEqual(result);
  const world = await readWorld(stage);
  expect(['plain', 'reconcilable'].map((step) => timesApplied(world, TOOL_OF[step as 'plain'], 'half'))).toEqual([
    1, 1,
  ]);
  const status = await stage.client.session(stage.sessionId('half')).status();
  expect(status).toMatchObject({ status: 'waiting_for_user', turn: 1 });
  // One run, never retried as a whole.
  const { raw } = await stage.temporal.workflow.getHandle(stage.sessionId('half')).describe();
  expect(raw.workflowExecutionInfo?.execution?.runId).toBe(status.keyNamespace);
});

const KEYED: readonly (Exclude<Step, 'broken' | 'refused' | 'read'> & keyof typeof TOOL_OF)[] = [
  'idempotent',
  'transactional',
  'reconcilable',
  'at-most-once',
];

test.each(KEYED)(
  '%s: two messages of a user make the model ask twice for the same payment: it is made once',
  async (step) => {
    const name = `twice-${step}`;
    const payment = { steps: [step], order: name, cents: 9 };
    expect(await stage.pay(name, payment, 'm-1')).toMatchObject({ kind: 'reply', turn: 1 });
    expect(await stage.pay(name, payment, 'm-2')).toMatchObject({ kind: 'reply', turn: 2 });
    const items = await stage.client.session(stage.sessionId(name)).wholeTranscript();
    const outcomes = items.flatMap((item) => (item.kind === 'outcome' ? [item] : []));
    expect(new Set(outcomes.map(({ callId }) => callId)).size).toBe(2);
    expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['succeeded', 'succeeded']);
    expect(timesApplied(await readWorld(stage), TOOL_OF[step], name)).toBe(1);
    await expectNothingFound([{ name, payments: [payment, payment] }]);
  },
);

test('two sessions ask two workers for the same payment at once: it is made once', async () => {
  const pairs = KEYED.flatMap((step) =>
    Array.from({ length: 4 }, (_, index) => ({ step, order: `pair-${step}-${index}` })),
  );
  const results = await Promise.all(
    pairs.flatMap(({ step, order }) =>
      ['a', 'b'].map((who) => stage.pay(`${order}-${who}`, { steps: [step], order, cents: 4 })),
    ),
  );
  expect(results.map((result) => result.kind)).toEqual(results.map(() => 'reply'));
  const world = await readWorld(stage);
  expect(pairs.map(({ step, order }) => timesApplied(world, TOOL_OF[step], order))).toEqual(pairs.map(() => 1));
});
