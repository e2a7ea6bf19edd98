/** A destination in memory that applies whatever it is sent, as often as it is sent it, and can be asked; and a tool that charges there. */
import { z } from 'zod';
import { defineTool, type Reconciliation, type Tool, type ToolContext } from '../../../agents';
import type { Ledger } from '../../../activities/ledger/port';
import { claimOf, granted, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

export class Destination {
  /** Keys in the order they were applied. */
  readonly applied: string[] = [];
  /** Keys it was asked about. */
  readonly asked: string[] = [];
  /** What the next probes meet before the truth is told, one each. */
  readonly trouble: (() => Promise<Reconciliation<unknown>>)[] = [];

  apply(key: string): { id: string } {
    this.applied.push(key);
    return { id: key };
  }

  readonly reconcile = async (_args: unknown, ctx: ToolContext): Promise<Reconciliation<{ id: string }>> => {
    const key = ctx.idempotencyKey;
    this.asked.push(key);
    const trouble = this.trouble.shift();
    if (trouble) return (await trouble()) as Reconciliation<{ id: string }>;
    return this.applied.includes(key) ? { kind: 'applied', result: { id: key } } : { kind: 'absent' };
  };
}

export const callKey = 'ns-1/t1.s1.c1-00000000';
export const LEASE_MS = 600;
export const SETTLE_MS = 60;
export const policy = { heartbeatMs: LEASE_MS, initialIntervalMs: 1, maxIntervalMs: 1 };

export type Body = (ctx: ToolContext, run: number) => unknown;

export function charging(
  destination: Destination,
  body: Body = (ctx) => destination.apply(ctx.idempotencyKey),
  settleMs = SETTLE_MS,
): Tool {
  let runs = 0;
  return defineTool({
    name: 'charge',
    description: 'charges',
    effect: 'reconcilable',
    input: z.object({}),
    run: (_args, ctx) => body(ctx, (runs += 1)) as { id: string },
    reconcile: destination.reconcile,
    settleWithin: settleMs,
  });
}

/** As an attempt whose process died right after it had claimed, or right after the effect. */
export async function died(ledger: Ledger, destination?: Destination) {
  const claim = {
    ...claimOf('x', { args: {}, tool: 'charge', effect: 'reconcilable', leaseMs: 1 }),
    callKey,
    settleWithinMs: SETTLE_MS,
  };
  granted(await ledger.claimToolCall(claim));
  destination?.apply(callKey);
}

export async function stage(body?: Body, settleMs?: number) {
  const destination = new Destination();
  const ledger = await temporaryLedger();
  const tool = charging(destination, body && ((ctx, run) => body(ctx, run)), settleMs);
  return { destination, ledger, tool, ...desk([tool], [ledger]) };
}

export const timesOut = (..._seen: unknown[]) => new Promise<never>(() => undefined);
export const second = { policy, info: { attempt: 2 } } as const;
