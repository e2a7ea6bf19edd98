/** The SQLite ledger has no room any more: calls fail clearly and before their effect, nothing is lost, and all goes on once there is room. */
import { eventually } from '../support/eventually';
import { FAILURE_TYPES } from '../../workflows/contracts';
import { audit, inWords, type Intent } from '../support/payments/audit';
import { sendFirst, untilAllAnswered } from '../support/payments/person';
import { openPaymentsStage, type PaymentsStage } from '../support/payments/stage';

/** More rows than fit into what is left of the last pages. */
const SESSIONS = 24;

let stage: PaymentsStage;
beforeAll(async () => {
  stage = await openPaymentsStage({ ledger: 'sqlite' });
});
afterAll(() => stage?.close());

test('no room: a clear failure, no effect without a row, and recovery', async () => {
  const worker = await stage.startWorker({ main: 'test/support/payments/full-disk-worker.js' });
  const first: Intent = { name: 'first', payments: [{ steps: ['plain'], order: 'first', cents: 1 }] };
  await untilAllAnswered(stage, [sendFirst(stage, first)]);
  const effects = ['plain', 'idempotent', 'reconcilable', 'at-most-once', 'transactional'] as const;
  const intents = Array.from({ length: SESSIONS }, (_, index): Intent => {
    const name = `${effects[index % effects.length]}-${index}`;
    const order = `${name}-${'x'.repeat(150)}`;
    return { name, payments: [{ steps: [effects[index % effects.length] ?? 'plain'], order, cents: 1 }] };
  });
  process.kill(worker.pid, 'SIGUSR2');
  const sends = intents.map((intent) => sendFirst(stage, intent));
  const message = await eventually('an attempt to fail for want of room', () => failureOfOne(intents));
  expect(message).toMatch(/no space left/);
  await expectRowsForEffects();

  process.kill(worker.pid, 'SIGUSR2');
  const resolved = await untilAllAnswered(stage, sends);
  // An effect whose outcome found no room within its lease is in doubt; of those that can be asked, nobody has to be.
  expect(resolved.filter(({ name }) => !name.startsWith('at-most-once'))).toEqual([]);
  const findings = await audit(stage, [first, ...intents]);
  if (findings.length > 0) throw new Error(inWords(findings));
  await expectRowsForEffects();
}, 120_000);

async function failureOfOne(intents: readonly Intent[]): Promise<string | undefined> {
  for (const { name } of intents) {
    const handle = stage.temporal.workflow.getHandle(stage.sessionId(name));
    const { raw } = await handle.describe().catch(() => ({ raw: undefined }));
    const failure = raw?.pendingActivities?.[0]?.lastFailure;
    if (failure?.applicationFailureInfo?.type === FAILURE_TYPES.ledgerUnavailable) return failure.message ?? undefined;
  }
  return undefined;
}

/** Whatever arrived at the payment service has a row in the ledger. */
async function expectRowsForEffects(): Promise<void> {
  const rows = stage.service.journal().filter((row) => row.decision === 'applied');
  await stage.withLedger(async (ledger) => {
    for (const row of rows) {
      const { runId } = await stage.temporal.workflow.getHandle(row.session).describe();
      const calls = await ledger.calls({ sessionNamespace: runId });
      expect(calls.map((call) => call.callId)).toContain(row.callId);
    }
  });
}
