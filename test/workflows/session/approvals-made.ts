/** A session in which calls wait for approval, made by hand: what tests of its page and its search attributes begin with. */
import type { ApprovalTerms } from '../../../workflows/contracts/approval';
import type { JsonObject } from '../../../workflows/contracts/json';
import type { SessionInput } from '../../../workflows/contracts/session';
import type { Approving } from '../../../workflows/session/running-step';
import { apply, newSession, type SessionState } from '../../../workflows/session/session-state';
import { POLICY } from './scripted-session';

/** 2026-11-21 12:00:00 UTC. */
export const NOON = Date.UTC(2026, 10, 21, 12);
export const HASH = 'ab'.repeat(32);

export interface Asked {
  readonly id?: string;
  readonly tool?: string;
  readonly args?: JsonObject;
  readonly terms?: Partial<ApprovalTerms>;
  readonly approving?: Partial<Approving>;
}

/** A turn whose step waits for `calls`, in this order. */
export function askedSession(calls: readonly Asked[], input: Partial<SessionInput> = {}): SessionState {
  const state = newSession('session-1', { v: 1, agent: 'clerk', ...input }, 'run-1', NOON);
  const request = { messageId: 'm1', text: 'refund me' };
  const planned = calls.map(({ tool = 'refund', args = { cents: 4200, order: '17' }, terms, ...call }, index) => ({
    kind: 'approval' as const,
    id: call.id ?? `t1.s1.c${index + 1}-a`,
    tool,
    args,
    argsHash: HASH,
    policy: POLICY,
    summary: `${tool}(${JSON.stringify(args)})`,
    approval: { reason: 'refunds are looked at', toolHash: 'h', approvals: 1, stages: [{}], ...terms },
  }));
  apply(state, { kind: 'message_accepted', request }, NOON);
  apply(state, { kind: 'turn_started', request }, NOON);
  apply(state, { kind: 'step_started' }, NOON);
  apply(state, { kind: 'calls_planned', calls: planned }, NOON);
  planned.forEach(({ id }, index) => {
    const approving = { since: NOON, stage: 0, stageSince: NOON, reminded: 0, approvedBy: [] };
    apply(state, { kind: 'call_asked', callId: id, approving: { ...approving, ...calls[index]?.approving } }, NOON);
  });
  const reason = `people must approve ${planned.map(({ summary }) => summary).join(', ')}`;
  apply(state, { kind: 'status_changed', status: 'waiting_for_human', reason }, NOON);
  return state;
}
