/** Starts the payment service where no fault of a test reaches it, and tells it how to misbehave. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startProcess } from '../../../testing/managed-process';
import { eventually } from '../eventually';
import { COMPILED } from './compiled-root';
import type { FaultOrder } from './faults';
import { readJournal, type JournalRow } from './journal';

export interface PaymentServiceProcess {
  readonly url: string;
  /** Everything that arrived so far. */
  journal(): readonly JournalRow[];
  fault(order: FaultOrder): Promise<void>;
  /** No further faults; what is held stays held. */
  calm(): Promise<void>;
  /** Answers what is held, and forgets the faults. */
  release(): Promise<void>;
  /** Orders of the requests that are held. */
  held(): Promise<readonly string[]>;
  /** Resolves when so many requests are held. */
  untilHeld(count: number, withinMs?: number): Promise<void>;
  close(): Promise<void>;
}

export async function startPaymentService(): Promise<PaymentServiceProcess> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-payments-'));
  const file = path.join(folder, 'journal.jsonl');
  writeFileSync(file, '');
  const child = await startProcess<{ readonly url: string }>({
    script: path.join(COMPILED, 'test/support/payments/service-main.js'),
    args: [file],
    logFile: path.join(folder, 'service.log'),
  });
  const { url } = child.ready;
  const tell = async (where: string, body: unknown): Promise<unknown> => {
    const response = await fetch(url + where, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the payment service answered ${response.status} to ${where}`);
    return response.json();
  };
  const held = async () => ((await tell('/held', {})) as { readonly orders: readonly string[] }).orders;
  return {
    url,
    journal: () => readJournal(file),
    fault: async (order) => void (await tell('/fault', order)),
    calm: async () => void (await tell('/calm', {})),
    release: async () => {
      await tell('/calm', {});
      await tell('/release', {});
    },
    held,
    untilHeld: async (count, withinMs) => {
      await eventually(`${count} payments to be held`, async () => (await held()).length >= count, withinMs);
    },
    close: async () => {
      await child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
