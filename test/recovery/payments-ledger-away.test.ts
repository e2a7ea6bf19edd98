/** Postgres, the ledger, is not there: before the effect, while it happens, after it; and again and again under many sessions. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FAILURE_TYPES } from '../../workflows/contracts';
import { eventually } from '../support/eventually';
import { audit, inWords, readWorld, timesApplied, type Intent } from '../support/payments/audit';
import { sendFirst, untilAllAnswered } from '../support/payments/person';
import { FULL } from '../support/payments/scale';
import { TOOL_OF, type Step } from '../support/payments/script';
import { openPaymentsStage, type PaymentsStage } from '../support/payments/stage';
import { untilStopped } from '../support/payments/stopping';
import { startPostgres, type TestPostgres } from '../support/postgres';

const EFFECTS = ['plain', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'] as const;
const CROWD = FULL ? 300 : 40;
const RESTARTS = FULL ? 12 : 3;

let postgres: TestPostgres;
let stage: PaymentsStage;
beforeAll(async () => {
  postgres = await startPostgres();
  stage = await openPaymentsStage({ ledger: 'postgres', postgres: postgres.url });
});
afterAll(async () => {
  await postgres?.start().catch(() => undefined);
  await stage?.close();
  await postgres?.stop();
});

const intentOf = (name: string, steps: readonly Step[]): Intent => ({
  name,
  payments: [{ steps, order: name, cents: 6 }],
});

async function expectNothingFound(intents: readonly Intent[]): Promise<void> {
  const findings = await audit(stage, intents);
  if (findings.length > 0) throw new Error(inWords(findings));
}

/** The failure that the session's waiting activity had last. */
async function lastFailure(sessionId: string): Promise<string | undefined> {
  const { raw } = await stage.temporal.workflow.getHandle(sessionId).describe();
  return raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type ?? undefined;
}

test('gone before the effect: nothing is done until it is back', async () => {
  const intent = intentOf('before', ['at-most-once']);
  const worker = await stage.startWorker({ stopAt: `tool.before-intent[${TOOL_OF['at-most-once']}]` });
  const sent = sendFirst(stage, intent);
  await untilStopped(worker, 'tool.before-intent');
  await postgres.kill();
  process.kill(worker.pid, 'SIGCONT');
  const sessionId = stage.sessionId(intent.name);
  await eventually(
    'an attempt to fail for the ledger',
    async () => (await lastFailure(sessionId)) === FAILURE_TYPES.ledgerUnavailable,
  );
  expect(stage.service.journal().filter((row) => row.order === intent.name)).toEqual([]);
  await postgres.start();
  expect(await sent.result).toMatchObject({ kind: 'reply' });
  await expectNothingFound([intent]);
  await worker.stop();
}, 90_000);

test('gone while effects happen: each has happened once, and is recorded when it is back', async () => {
  const worker = await stage.startWorker();
  const intents = EFFECTS.map((effect) => intentOf(`while-${effect}`, [effect]));
  await stage.service.fault({ fault: 'hold', orders: 'while-' });
  const sends = intents.map((intent) => sendFirst(stage, intent));
  await stage.service.untilHeld(EFFECTS.length);
  await postgres.kill();
  await stage.service.release();
  // Longer than a lease: for the ledger, nobody has the calls any more.
  await sleep(4_000);
  await postgres.start();
  const resolved = await untilAllAnswered(stage, sends);
  expect(resolved.map(({ name }) => name)).toEqual(resolved.map(() => 'while-at-most-once'));
  await expectNothingFound(intents);
  await worker.stop();
}, 90_000);

test('gone after the outcome was recorded: the attempt reports it without asking again', async () => {
  const intent = intentOf('after', ['reconcilable']);
  const worker = await stage.startWorker({ stopAt: `tool.after-record[${TOOL_OF.reconcilable}]` });
  const sent = sendFirst(stage, intent);
  await untilStopped(worker, 'tool.after-record');
  await postgres.kill();
  process.kill(worker.pid, 'SIGCONT');
  const session = stage.client.session(stage.sessionId(intent.name));
  await eventually('the outcome to be in the conversation', async () =>
    (await session.wholeTranscript()).some((item) => item.kind === 'outcome' && item.outcome.kind === 'succeeded'),
  );
  await postgres.start();
  expect(await sent.result).toMatchObject({ kind: 'reply' });
  expect(
    stage.service
      .journal()
      .filter((row) => row.order === intent.name)
      .map((row) => row.decision),
  ).toEqual(['applied']);
  await expectNothingFound([intent]);
  await worker.stop();
}, 90_000);

test(
  `restarted ${RESTARTS} times under ${CROWD} sessions: every payment once`,
  async () => {
    const workers = await Promise.all([stage.startWorker(), stage.startWorker()]);
    const intents = Array.from({ length: CROWD }, (_, index) => {
      const first = index % EFFECTS.length;
      return intentOf(`crowd-${index}`, [...EFFECTS.slice(first), ...EFFECTS.slice(0, first)].slice(0, 3));
    });
    const queue = [...intents];
    const lanes = Array.from({ length: 20 }, async () => {
      for (let intent = queue.shift(); intent; intent = queue.shift()) {
        const sent = sendFirst(stage, intent);
        await untilAllAnswered(stage, [sent]);
      }
    });
    let open = true;
    const finished = Promise.all(lanes).finally(() => {
      open = false;
    });
    let restarts = 0;
    const restarting = (async () => {
      while (restarts < RESTARTS && open) {
        // By turns killed outright and stopped in order, a moment and two seconds away.
        await sleep(3_000);
        if (restarts % 2 === 0) await postgres.kill();
        else await postgres.stop({ forGood: false });
        await sleep(restarts % 3 === 0 ? 200 : 1_500);
        await postgres.start();
        restarts += 1;
      }
    })();
    await Promise.all([finished, restarting]);
    await expectNothingFound(intents);
    const world = await readWorld(stage);
    const paid = intents.flatMap(({ payments }) =>
      payments.flatMap(({ steps, order }) =>
        steps.map((step) => timesApplied(world, TOOL_OF[step as (typeof EFFECTS)[number]], order)),
      ),
    );
    expect(paid).toEqual(paid.map(() => 1));
    expect(restarts).toBeGreaterThan(0);
    console.info(`${CROWD} sessions, ${restarts} restarts`);
    await Promise.all(workers.map((worker) => worker.stop()));
  },
  FULL ? 900_000 : 150_000,
);
