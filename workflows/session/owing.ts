/** Obligations that a child leaves open when it is closed: its parent owns them again. Plain code. */
import type { ChildRecord } from './children';
import type { SessionState } from './session-state';
import { changeState } from './state-items';

/** Hands over what the child took on, and did not see to, to the session's own agent. */
export function disown(state: SessionState, record: ChildRecord, now: number): void {
  const { agent: heir } = state.input;
  const owed = openOf(state, record).filter(({ by }) => by !== heir);
  if (owed.length === 0) return;
  const { agent, child } = record;
  changeState(
    state,
    { owed: owed.map((obligation) => ({ ...obligation, by: heir })) },
    { kind: 'handoff', agent, child },
    now,
  );
}

/** @returns in words what the child took on and left open. */
export function owedBy(state: SessionState, record: ChildRecord): readonly string[] {
  return openOf(state, record).map(({ id, text }) => `${id} ${text}`);
}

/** Ids of a child's own begin with its path. */
function openOf({ doc }: SessionState, { contract: { path } }: ChildRecord) {
  return doc.owed.filter(({ id }) => id.startsWith(`${path}.`) || id.startsWith(`${path}/`));
}
