/** The Temporal server is killed while effects of every class are done and not reported, and started again on the same file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { audit, inWords, type Intent } from '../support/payments/audit';
import { sendFirst, untilAllAnswered } from '../support/payments/person';
import { openPaymentsStage, type PaymentsStage } from '../support/payments/stage';
import { TestServer } from '../support/temporal-server';

/** How long it is away, ms. */
const AWAY_MS = 1_500;

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-payments-server-'));
let server: TestServer;
let stage: PaymentsStage;
beforeAll(async () => {
  server = await TestServer.start({ dbFile: path.join(folder, 'temporal.sqlite') });
  stage = await openPaymentsStage({ ledger: 'sqlite', server });
});
afterAll(async () => {
  await stage?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('effects that were done while the server was away are recorded, reported when it is back, and never repeated', async () => {
  await stage.startWorker();
  const effects = ['plain', 'idempotent', 'reconcilable', 'at-most-once'] as const;
  const intents = effects.flatMap((effect) =>
    [1, 2].map((number): Intent => {
      const name = `${effect}-${number}`;
      return { name, payments: [{ steps: [effect, 'transactional'], order: name, cents: 8 }] };
    }),
  );
  await stage.service.fault({ fault: 'hold' });
  const sends = intents.map((intent) => sendFirst(stage, intent));
  await stage.service.untilHeld(intents.length);
  await server.kill();
  await stage.service.release();
  await sleep(AWAY_MS);
  await server.restart();
  // The worker never died and the ledger was there: nobody has to be asked anything.
  expect(await untilAllAnswered(stage, sends)).toEqual([]);
  const findings = await audit(stage, intents);
  if (findings.length > 0) throw new Error(inWords(findings));
}, 120_000);
