/** What a child says of itself, taken into its parent: changes of the state, what it used, what waits in it, how it came back. Plain code. */
import type { ChildEnd, Report } from '../contracts/handoff';
import type { SessionResult } from '../contracts/session';
import { closedRecord, type ChildRecord } from './children';
import { apply, type SessionState } from './session-state';
import { changeState } from './state-items';
import { ownedUndoable } from './undoable-call';

/** @returns the record after a report. What it used and changed is in the session by then. */
export function takeReport(state: SessionState, record: ChildRecord, report: Report, now: number): ChildRecord {
  const after = account(state, record, report, now);
  const { seq, accepted, pending, waits, wants, needs, status, standing, result, undoable } = report;
  const { wants: _, standing: __, ...rest } = after;
  // One that comes late says nothing new of where the child stands.
  const stands: ChildRecord =
    seq <= record.seq
      ? after
      : {
          ...rest,
          phase: accepted && record.phase === 'starting' ? 'open' : record.phase,
          seq,
          pending,
          waits,
          ...(wants ? { wants: { kind: wants, ...(needs === undefined ? {} : { needs }) } } : {}),
          status,
          ...(Array.isArray(standing) ? { standing } : {}),
          ...(undoable ? { undoable } : {}),
        };
  const answer = result?.kind === 'answered' ? result.answer : undefined;
  return answer && answer.messageId === record.request?.messageId ? { ...stands, answer } : stands;
}

/** @returns the record of a child that came back. */
export function takeEnd(
  state: SessionState,
  record: ChildRecord,
  result: SessionResult,
  end: ChildEnd,
  now: number,
): ChildRecord {
  const { wants: _, ...account_ } = account(state, record, end, now);
  const still: ChildRecord = { ...account_, seq: Math.max(record.seq, end.seq) };
  const after: ChildRecord = { ...still, pending: [], waits: false };
  switch (end.kind) {
    case 'parked':
      // What waits in it waits on, and may be decided meanwhile.
      return { ...still, phase: 'parked', carry: end.carry, undoable: end.undoable };
    case 'transfer':
      return { ...after, phase: 'parked', carry: end.carry, undoable: end.undoable, proposal: end.proposal };
    case 'refused':
      return closedRecord(after, 'refused', end.problem);
    case 'done':
    case 'over': {
      importUndoable(state, after, end.undoable, now);
      const { answer, partial, reason, message } = result;
      const said = {
        ...(end.kind === 'done' && end.value !== undefined ? { value: end.value } : {}),
        ...(answer === undefined ? {} : { text: answer }),
        ...(partial === undefined ? {} : { partial }),
      };
      return { ...closedRecord(after, end.kind === 'done' ? 'answered' : reason, message), ...said };
    }
  }
}

/** Of a child that will not come back: what it did can still be undone. */
export function importUndoable(
  state: SessionState,
  record: Pick<ChildRecord, 'child' | 'agent' | 'taskQueue' | 'turns'>,
  undoable: ChildEnd['undoable'],
  now: number,
): void {
  for (const call of undoable) {
    const owned = ownedUndoable(state, record, call);
    if (owned) apply(state, { kind: 'call_undoable', call: owned }, now);
  }
}

/** Books what a child used and takes what it found out, each once. @returns its record after that. */
export function account(
  state: SessionState,
  record: ChildRecord,
  { usage, spent, changes }: Pick<Report, 'usage' | 'spent' | 'changes'>,
  now: number,
): ChildRecord {
  const { child, agent } = record;
  for (const { own: _own, ...change } of changes) {
    // The agent's own part is of another agent here.
    changeState(state, change, { kind: 'handoff', agent, child }, now);
  }
  const more = { ...newOf('spent', { spent }, record), ...newOf('usage', { usage }, record) };
  apply(state, { kind: 'child_spent', ...more }, now);
  return { ...record, ...mostOf('spent', { spent }, record), ...mostOf('usage', { usage }, record) };
}

type Counted = 'spent' | 'usage';

/** What is new since the last time: counts only grow, and a report that comes late adds nothing. */
function newOf<Of extends Counted>(of: Of, told: Pick<Report, Of>, known: Pick<Report, Of>): Pick<Report, Of> {
  return counted(of, known, (was, count) => Math.max(0, count - was), told);
}

function mostOf<Of extends Counted>(of: Of, told: Pick<Report, Of>, known: Pick<Report, Of>): Pick<Report, Of> {
  return counted(of, known, (was, count) => Math.max(was, count), told);
}

function counted<Of extends Counted>(
  of: Of,
  known: Pick<Report, Of>,
  made: (was: number, count: number) => number,
  told: Pick<Report, Of>,
): Pick<Report, Of> {
  const counts = new Map<string, number>(Object.entries(told[of]));
  const fields = Object.entries(known[of]).map(([name, was]: [string, number]) => [
    name,
    made(was, counts.get(name) ?? 0),
  ]);
  return { [of]: Object.fromEntries(fields) as Report[Of] } as unknown as Pick<Report, Of>;
}
