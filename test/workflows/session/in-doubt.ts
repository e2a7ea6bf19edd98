/** A scripted session whose calls are in doubt: what a test of waiting for a person begins with. */
import type { JsonObject } from '../../../workflows/contracts/json';
import type { ResolveRequest } from '../../../workflows/contracts/messages';
import type { ResolveInput, ToolCallReport, UnresolvedCall } from '../../../workflows/contracts/tool';
import type { ResolveEnd } from '../../../workflows/session/unresolved';
import { plannedCall, startScripted, type Scripted } from './scripted-session';

const LEDGER = { name: 'default', id: 'ledger-1' };
export const ROW: UnresolvedCall = {
  ledger: 'default',
  callKey: 'run-1/c',
  idempotencyKey: 'run-1/c',
  effect: 'at-most-once',
  attempts: 1,
  bodyFailures: 1,
  startedAt: 5,
};
export const DOUBT: ToolCallReport = {
  outcome: { kind: 'unknown', message: 'the worker died in the middle' },
  attempt: 2,
  ledger: 'ran',
  unresolved: ROW,
};

export const A = 't1.s1.c1-a';
export const B = 't1.s1.c2-b';
export const charge = (id: string, args: JsonObject = { cents: 7 }) => ({
  ...plannedCall(id, 'charge'),
  ledger: LEDGER,
  args,
});

/** A session whose model asks for `ids` and whose tools report what `tool` says; all in doubt where it says nothing. */
export function inDoubt(
  ids: readonly string[],
  options: {
    readonly resolve?: (input: ResolveInput) => Promise<ResolveEnd> | ResolveEnd;
    readonly reports?: ToolCallReport[];
    readonly parallelCalls?: number;
    readonly args?: JsonObject;
  } = {},
): Scripted {
  const reports = [...(options.reports ?? [])];
  return startScripted(
    [
      { kind: 'calls', calls: ids.map((id) => charge(id, options.args)) },
      ...Array.from({ length: 3 }, () => ({ kind: 'answer', text: 'done' }) as const),
    ],
    {
      tool: () => reports.shift() ?? DOUBT,
      resolve: options.resolve ?? (() => ({ kind: 'absent' })),
      policy: { parallelCalls: options.parallelCalls ?? 2 },
    },
  );
}

export const decision = (callId: string, more: Partial<ResolveRequest> = {}): ResolveRequest => ({
  actId: `act-${callId}`,
  callId,
  as: 'absent',
  ...more,
});
export const applied: ResolveEnd = { kind: 'resolved', as: 'applied', outcome: { kind: 'succeeded', result: 'found' } };
export const outcomes = (session: Scripted) =>
  session.state.items.flatMap((item) => (item.kind === 'outcome' ? [[item.callId, item.outcome]] : []));

export async function finish(session: Scripted): Promise<void> {
  session.end();
  await session.finished;
}
