/**
 * A hundred payments on each kind of ledger, of all effect classes, cut off by SIGKILL between effect and record. `npm run prove` does
 * the same with thousands.
 */
import { inWords } from '../support/payments/audit';
import { runCuts, type CutsReport } from '../support/payments/cuts';
import { TOOL_OF, type Step } from '../support/payments/script';
import { openPaymentsStage, type LedgerKind } from '../support/payments/stage';

const TOTAL = 100;
const BATCH = 50;
const CLASSES: readonly Step[] = ['reconcilable', 'idempotent', 'at-most-once', 'reconcilable', 'plain'];
const classes: readonly Step[] = [...CLASSES, ...CLASSES, 'transactional'];

const LEDGERS: readonly LedgerKind[] = ['sqlite', 'postgres'];

/** Both at once: most of the time is waiting for leases to end. */
const played = new Map<LedgerKind, Promise<CutsReport>>();
beforeAll(() => {
  for (const ledger of LEDGERS) {
    const run = play(ledger);
    run.catch(() => undefined);
    played.set(ledger, run);
  }
});
afterAll(() => Promise.allSettled(played.values()), 150_000);

async function play(ledger: LedgerKind): Promise<CutsReport> {
  const stage = await openPaymentsStage({ ledger });
  try {
    return await runCuts({ stage, classes, total: TOTAL, batch: BATCH, lostEvery: 5 });
  } finally {
    await stage.close();
  }
}

test.each(LEDGERS)(
  '%s: payments equal intents, and nobody is asked but of those that cannot be asked about',
  async (ledger) => {
    const report = await played.get(ledger);
    if (!report) throw new Error(`${ledger} was not played`);
    const { findings, resolved, ...figures } = report;
    console.info(`${ledger}: ${JSON.stringify({ ...figures, peopleAsked: resolved.length })}`);
    if (findings.length > 0) throw new Error(inWords(findings));
    expect(figures).toMatchObject({ intents: TOTAL, charges: TOTAL, chargedTwice: 0, processesKilled: TOTAL / BATCH });
    // Each kill met all that were carried out, and one of the transactions, which follow one another.
    expect(figures.insideTheWindow).toBeGreaterThanOrEqual((TOTAL * 10) / 11 - figures.cutBeforeTheEffect);
    expect(new Set(resolved.map(({ item }) => item.call?.tool))).toEqual(new Set([TOOL_OF['at-most-once']]));
    expect(new Set(resolved.map(({ as }) => as))).toEqual(new Set(['applied', 'absent']));
  },
  180_000,
);
