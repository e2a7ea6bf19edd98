/** A scripted session whose calls people must approve: what a test of approvals begins with. */
import type { ApprovalTerms } from '../../../workflows/contracts/approval';
import type { JsonObject } from '../../../workflows/contracts/json';
import type { DecideRequest } from '../../../workflows/contracts/messages';
import type { PlannedCall } from '../../../workflows/contracts/tool';
import { askedCalls, type ApprovalCall } from '../../../workflows/session/running-step';
import { plannedCall, startScripted, type Scripted } from './scripted-session';

export const A = 't1.s1.c1-a';
export const B = 't1.s1.c2-b';
export const C = 't1.s1.c3-c';

export const TERMS: ApprovalTerms = { reason: 'it costs money', toolHash: 'tool-1', approvals: 1, stages: [{}] };

/** Stands for the hash of arguments: as good as one, and readable. */
export const hashOf = (args: JsonObject): string => `hash of ${JSON.stringify(args)}`;

export function approvalCall(
  id: string,
  terms: Partial<ApprovalTerms> = {},
  args: JsonObject = { cents: 7 },
): ApprovalCall {
  const { kind: _, ...planned } = plannedCall(id, 'pay');
  const summary = `pay(${JSON.stringify(args)})`;
  return { ...planned, kind: 'approval', args, argsHash: hashOf(args), summary, approval: { ...TERMS, ...terms } };
}

type Options = NonNullable<Parameters<typeof startScripted>[1]>;

/** A session whose model asks for `calls`, and then answers; a message was sent by then, and people are asked. */
export async function asking(calls: readonly PlannedCall[], options: Options = {}): Promise<Scripted> {
  const answers = Array.from({ length: 3 }, () => ({ kind: 'answer', text: 'done' }) as const);
  const session = startScripted([{ kind: 'calls', calls }, ...answers], {
    ...options,
    input: { user: 'Paula', ...options.input },
    policy: { parallelCalls: 4, ...options.policy },
  });
  await session.send('m1');
  await settled();
  return session;
}

/** Lets everything happen that waits for nobody. */
export async function settled(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await new Promise(setImmediate);
}

export const decision = (callId: string, more: Partial<DecideRequest> = {}): DecideRequest => ({
  actId: `${more.by ?? 'anna'}-${more.decision ?? 'approve'}-${callId}`,
  callId,
  decision: 'approve',
  argsHash: hashOf({ cents: 7 }),
  by: 'anna',
  ...more,
});

/** An edit whose arguments pass, as the worker's check reports it. */
export const editedTo = (args: JsonObject, terms?: ApprovalTerms) => ({
  args,
  argsHash: hashOf(args),
  summary: `pay(${JSON.stringify(args)})`,
  ...(terms ? { terms } : {}),
});

export const waiting = ({ state }: Scripted): readonly string[] =>
  askedCalls(state.runningStep).map(({ call }) => call.id);
export const outcomes = ({ state }: Scripted) =>
  state.items.flatMap((item) => (item.kind === 'outcome' ? [[item.callId, item.outcome]] : []));
export const kinds = ({ state }: Scripted) =>
  state.items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome.kind] : []));
export const notes = ({ state }: Scripted, audience = 'record') =>
  state.items.flatMap((item) => (item.kind === 'note' && item.audience === audience ? [item.reason] : []));

export async function finish(session: Scripted): Promise<void> {
  session.end();
  await session.finished;
}
