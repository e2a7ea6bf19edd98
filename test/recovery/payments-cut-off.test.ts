/**
 * A hundred payments on each kind of ledger, of all effect classes, cut off by SIGKILL between effect and record. `npm run prove` does
 * the same with thousands.
 */
import { runCuts } from '../support/payments/cuts';
import { inWords } from '../support/payments/audit';
import type { Step } from '../support/payments/script';
import { openPaymentsStage, type LedgerKind } from '../support/payments/stage';

const TOTAL = 100;
const BATCH = 50;
const CLASSES: readonly Step[] = ['reconcilable', 'idempotent', 'at-most-once', 'reconcilable', 'plain'];
const classes: readonly Step[] = [...CLASSES, ...CLASSES, 'transactional'];

test.each<LedgerKind>(['sqlite', 'postgres'])(
  '%s: payments equal intents, and nobody is asked but of those that cannot be asked about',
  async (kind) => {
    const stage = await openPaymentsStage({ ledger: kind });
    try {
      const report = await runCuts({ stage, classes, total: TOTAL, batch: BATCH, lostEvery: 5 });
      const { findings, resolved, ...figures } = report;
      console.info(`${kind}: ${JSON.stringify({ ...figures, resolved: resolved.length })}`);
      if (findings.length > 0) throw new Error(inWords(findings));
      expect(figures).toMatchObject({
        intents: TOTAL,
        charges: TOTAL,
        chargedTwice: 0,
        processesKilled: TOTAL / BATCH,
      });
      // Each kill met all that were carried out, and one of the transactions, which follow one another.
      expect(figures.insideTheWindow).toBeGreaterThanOrEqual((TOTAL * 10) / 11 - figures.cutBeforeTheEffect);
      const waited = resolved.map(({ name }) => name.replace(/-\d.*$/, ''));
      expect(new Set(waited)).toEqual(new Set(['at-most-once']));
      expect(new Set(resolved.map(({ as }) => as))).toEqual(new Set(['applied', 'absent']));
    } finally {
      await stage.close();
    }
  },
  120_000,
);
