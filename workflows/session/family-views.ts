/** What queries say of a session's state and its children. Plain code. */
import type { ChildStatus, SessionStateView, SessionStatus, StandingDecision } from '../contracts/session';
import { activeRecord, openRecords, type ChildRecord } from './children';
import type { SessionState } from './session-state';

const SHOWN_CHANGES = 200;

export function stateView({ doc, items }: SessionState): SessionStateView {
  const changes = items.flatMap((item) => {
    if (item.kind !== 'state') return [];
    const { turn, step, at, cause, change } = item;
    return [{ turn, step, at, cause, change }];
  });
  return { state: doc, changes: changes.slice(-SHOWN_CHANGES) };
}

export function familyView({ family, input }: SessionState): Pick<SessionStatus, 'active' | 'children' | 'childOf'> {
  const active = activeRecord(family);
  const { child } = input;
  return {
    ...(active ? { active: { agent: active.agent, child: active.child } } : {}),
    ...(family.records.size === 0 ? {} : { children: [...family.records.values()].map(statusOf) }),
    ...(child ? { childOf: { root: child.root, path: child.path, from: child.from } } : {}),
  };
}

/** Decisions that hold for later calls, of the session and of its children. */
export function allStanding({ standing, family }: SessionState): readonly StandingDecision[] {
  const below = openRecords(family).flatMap(({ child, standing: ofChild = [] }) =>
    ofChild.map((each) => ({ ...each, child: each.child === undefined ? child : `${child}/${each.child}` })),
  );
  return [...standing, ...below];
}

function statusOf({ child, agent, role, callId, phase, since, status, usage, reason }: ChildRecord): ChildStatus {
  return {
    child,
    agent,
    role,
    callId,
    phase,
    since,
    ...(status === undefined ? {} : { status }),
    usage,
    ...(reason === undefined ? {} : { reason }),
  };
}
