/** What a child says of itself, taken into its parent: changes of the state, what it used, what waits in it, how it came back. Plain code. */
import type { Carry } from '../contracts/continuation';
import type { ChildEnd, Report } from '../contracts/handoff';
import { isPlainObject, leastJsonLength, type JsonObject } from '../contracts/json';
import type { SendResult } from '../contracts/messages';
import type { SessionResult } from '../contracts/session';
import { closedRecord, type ChildRecord } from './children';
import { takeChanges } from './child-changes';
import { apply, type SessionState } from './session-state';
import { ownedUndoable } from './undoable-call';

/** Longest own part that is remembered, UTF-16 units of its JSON. */
const MAX_OWN_CHARS = 8_000;

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
  const answer = result && answerIn(record, result, report.relayId);
  return answer && answer.messageId === record.request?.messageId ? { ...stands, answer } : stands;
}

/** What became of a message. One that the child does not take ends its turn: nobody else would say so. */
function answerIn(
  { request, agent, turns }: ChildRecord,
  result: NonNullable<Report['result']>,
  relayId = '',
): SendResult | undefined {
  if (result.kind === 'answered') return result.answer;
  if (result.kind !== 'refused' || !request || relayId !== `send:${request.messageId}`) return undefined;
  const { messageId } = request;
  const message = `${agent} did not take the message: ${result.message}`;
  return { kind: 'stopped', messageId, turn: turns.length, reason: 'refused', message, session: 'open' };
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
      return {
        ...after,
        ...ownIn(end.carry),
        ...{ phase: 'parked', carry: end.carry, undoable: end.undoable, proposal: end.proposal },
      };
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
      if (end.kind === 'done' && end.value === undefined && record.contract.result) {
        // Words are not what was asked for, whatever they say.
        const why = partial ?? 'it ended without the result that it was asked for';
        return { ...closedRecord(after, 'no_result', why), ...said };
      }
      return { ...closedRecord(after, end.kind === 'done' ? 'answered' : reason, message), ...said };
    }
  }
}

/** Own part of a child's state as it is when it hands over; none that is large: it is remembered as long as the child is. */
function ownIn({ state }: Carry): Pick<ChildRecord, 'own'> {
  const own: unknown = isPlainObject(state) ? state.own : undefined;
  if (!isPlainObject(own) || leastJsonLength(own, MAX_OWN_CHARS) > MAX_OWN_CHARS) return {};
  return { own: own as JsonObject };
}

/** Of a child that will not come back: what it did can still be undone. */
export function importUndoable(
  state: SessionState,
  record: Pick<ChildRecord, 'child' | 'agent' | 'taskQueue' | 'turns'>,
  undoable: ChildEnd['undoable'],
  now: number,
): void {
  const known = new Set(state.undoable.map(({ callId }) => callId));
  for (const call of undoable) {
    const owned = ownedUndoable(state, record, call);
    // One that was given up may have been known to be undoable before it came back with the same.
    if (owned && !known.has(owned.callId)) apply(state, { kind: 'call_undoable', call: owned }, now);
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
  takeChanges(state, { agent, child }, changes, now);
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
