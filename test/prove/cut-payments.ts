/** Payments cut off between effect and record, a thousand for each figure, with the payment service's journal as the oracle. */
import type { Json } from '../../workflows/contracts/json';
import { MAX_BATCH, runCuts, type CutsReport } from '../support/payments/cuts';
import type { Step } from '../support/payments/script';
import { openPaymentsStage, type LedgerKind } from '../support/payments/stage';
import type { Part, ProveOptions } from './part';

interface Figure {
  readonly name: string;
  readonly ledger: LedgerKind;
  readonly classes: readonly Step[];
  /** Share of the whole. */
  readonly share: number;
  /** True: every one of them must wait for a person; else none may. */
  readonly asks: boolean;
}

const FIGURES: readonly Figure[] = [
  { name: 'reconcilable on SQLite', ledger: 'sqlite', classes: ['reconcilable'], share: 1, asks: false },
  { name: 'reconcilable on Postgres', ledger: 'postgres', classes: ['reconcilable'], share: 1, asks: false },
  { name: 'at most once on SQLite', ledger: 'sqlite', classes: ['at-most-once'], share: 1, asks: true },
  { name: 'at most once on Postgres', ledger: 'postgres', classes: ['at-most-once'], share: 0.2, asks: true },
  { name: 'idempotent on SQLite', ledger: 'sqlite', classes: ['idempotent', 'plain'], share: 0.2, asks: false },
  { name: 'idempotent on Postgres', ledger: 'postgres', classes: ['idempotent', 'plain'], share: 0.2, asks: false },
];

export const cutPayments: Part = {
  name: 'cuts',
  what: 'payments cut off by SIGKILL between effect and record',
  run: async (options) => {
    if (options.batch > MAX_BATCH) throw new Error(`--batch must be at most ${MAX_BATCH}, got ${options.batch}`);
    const failures: string[] = [];
    const figures: Record<string, Json> = {};
    let killed = 0;
    let inside = 0;
    for (const figure of FIGURES) {
      let report: CutsReport;
      try {
        report = await play(figure, options);
      } catch (error) {
        // The others say something all the same.
        failures.push(`${figure.name}: could not be played: ${error instanceof Error ? error.message : String(error)}`);
        continue;
      }
      const line = `${figure.name}: ${report.charges} charges for ${report.intents} intents, ${report.insideTheWindow} cut off inside the window, ${report.processesKilled} workers killed`;
      options.say(line);
      failures.push(...problems(figure, report).map((problem) => `${figure.name}: ${problem}`));
      const { findings: _, resolved, ...rest } = report;
      figures[figure.name] = { ...rest, peopleAsked: resolved.length };
      killed += report.processesKilled;
      inside += report.insideTheWindow;
    }
    const summary = `${inside} payments were between effect and record when ${killed} workers died`;
    return { summary, failures, figures };
  },
};

async function play({ name, ledger, classes, share }: Figure, options: ProveOptions): Promise<CutsReport> {
  const total = Math.max(1, Math.round(options.total * share));
  const stage = await openPaymentsStage({ ledger });
  try {
    return await runCuts({
      stage,
      classes,
      total,
      batch: options.batch,
      onBatch: (done) => options.say(`${name}: ${done} of ${total}`),
    });
  } finally {
    await stage.close();
  }
}

function problems({ asks }: Figure, report: CutsReport): readonly string[] {
  const { intents, charges, chargedTwice, resolved, insideTheWindow, sessions, findings } = report;
  const found: string[] = [];
  if (charges !== intents) found.push(`${charges} charges for ${intents} intents`);
  if (chargedTwice > 0) found.push(`${chargedTwice} were charged twice`);
  if (insideTheWindow !== sessions) found.push(`${insideTheWindow} of ${sessions} were cut off where they should be`);
  const waited = new Set(resolved.map(({ name }) => name)).size;
  if (waited !== (asks ? sessions : 0)) found.push(`${waited} of ${sessions} waited for a person`);
  for (const { session, invariant, found: what } of findings) found.push(`${invariant} ${session}: ${what}`);
  return found;
}
