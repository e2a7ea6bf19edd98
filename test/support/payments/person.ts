/** Plays the person who says what became of the calls that nobody knows the end of: by looking into the payment service's journal. */
import type { PendingItem, SendResult } from '../../../client';
import { eventually } from '../eventually';
import type { Intent } from './audit';
import type { JournalRow } from './journal';
import type { PaymentsStage } from './stage';

/** What a session waited for. */
export interface Resolved {
  readonly name: string;
  readonly item: PendingItem;
  readonly as: 'applied' | 'absent';
}

/**
 * Resolves everything that waits in a session by what the service has in its books.
 * @throws Error where what waits does not say which call it is.
 */
export async function resolveByJournal(
  stage: PaymentsStage,
  name: string,
  journal: readonly JournalRow[],
): Promise<readonly Resolved[]> {
  const session = stage.client.session(stage.sessionId(name));
  const resolved: Resolved[] = [];
  for (const item of await session.pending()) {
    const { call } = item;
    if (!call) throw new Error(`what waits in ${name} names no call: ${JSON.stringify(item)}`);
    const found = journal.find(
      (row) => row.decision === 'applied' && row.callId === call.callId && row.session === session.id,
    );
    const as = found ? 'applied' : 'absent';
    const result = found ? { result: { order: found.order, cents: found.cents } } : {};
    await session.resolve(call.callId, { as, ...result, by: 'the cashier', reason: 'looked into the books' });
    resolved.push({ name, item, as });
  }
  return resolved;
}

/** A session's first message, sent. */
export interface Sent {
  readonly name: string;
  /** What became of it; an error's words where it could not be had. */
  readonly result: Promise<SendResult | { readonly kind: string }>;
}

export function sendFirst(stage: PaymentsStage, { name, payments }: Intent): Sent {
  const [payment] = payments;
  if (!payment) throw new Error(`${name} pays nothing`);
  return { name, result: stage.pay(name, payment).catch((error: unknown) => ({ kind: String(error) })) };
}

/** Waits for the answers; where a person is asked, that person looks into the books. What went wrong is for the audit to find. */
export async function untilAllAnswered(stage: PaymentsStage, sends: readonly Sent[]): Promise<readonly Resolved[]> {
  const resolved: Resolved[] = [];
  await Promise.all(
    sends.map(async ({ name, result }) => {
      if ((await result).kind !== 'waiting_for_human') return;
      resolved.push(...(await resolveByJournal(stage, name, stage.service.journal())));
      const session = stage.client.session(stage.sessionId(name));
      await eventually(
        `the answer of ${name} after it was resolved`,
        async () => (await session.answer('m-1')).kind === 'answered',
      ).catch(() => undefined);
    }),
  );
  return resolved;
}
