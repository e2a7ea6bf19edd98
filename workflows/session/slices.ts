/** What of its bounds a session gives to its children, so that together they never use more than there is. Plain code. */
import type { Slice, SliceKind, Spent } from '../contracts/handoff';
import type { Bounding } from './bounding';
import { openRecords, type ChildRecord } from './children';
import { leftOf } from './limits';
import type { SessionState } from './session-state';

export const SLICE_KINDS: readonly SliceKind[] = ['tokens', 'microUsd', 'modelCalls', 'wallClockMs'];

/**
 * What is left of each kind that is bounded, without what is in the hands of other children.
 * @param without the child that it is for: what that has already is counted anew.
 */
export function available(state: SessionState, without?: string): Slice {
  const slice: { -readonly [kind in SliceKind]?: number } = {};
  for (const kind of SLICE_KINDS) {
    const left = leftOf(state, kind);
    if (left === undefined) continue;
    let given = 0;
    for (const record of state.family.records.values()) {
      if (holdsSlice(record) && record.child !== without) given += outstanding(record, kind);
    }
    slice[kind] = Math.max(0, left - given);
  }
  return slice;
}

/** The same for a child in a role: one that has the user gets all there is, a delegate only what whoever asks it does not need for its own answer. */
export function availableTo(state: SessionState, { child, role }: Pick<ChildRecord, 'child' | 'role'>): Slice {
  const all = available(state, child);
  return role === 'delegate' ? withoutKept(state, all) : all;
}

/** What is left of each kind for a delegate that is not begun yet. */
export function availableToAsk(state: SessionState): Slice {
  return withoutKept(state, available(state));
}

/**
 * An equal part for each of `parts`, and no more than `most`. Of time all have the same: it passes for all of them at once.
 * @param least what is given where a part would be less, as long as there is that.
 */
export function shareOf(slice: Slice, parts: number, most: Slice = {}, least = 0): Slice {
  const share: { -readonly [kind in SliceKind]?: number } = {};
  for (const kind of SLICE_KINDS) {
    const [whole, bound] = [slice[kind], most[kind]];
    const part = whole === undefined || kind === 'wallClockMs' ? whole : partOf(whole, parts, least);
    const amount = Math.min(part ?? Infinity, bound ?? Infinity);
    if (amount !== Infinity) share[kind] = amount;
  }
  return share;
}

/**
 * What a child may use from now on that needs more than it has: what it has, and of what is free an equal part for each that runs; of the kind that it needs, as
 * much as that.
 */
export function enlarged(state: SessionState, record: ChildRecord, wanted: SliceKind, needs: number): Slice {
  const most = availableTo(state, record);
  const running = openRecords(state.family).filter(holdsSlice).length;
  const slice: { -readonly [kind in SliceKind]?: number } = {};
  for (const kind of SLICE_KINDS) {
    const whole = most[kind];
    if (whole === undefined) continue;
    const has = kind === 'wallClockMs' ? whole : Math.min(whole, outstanding(record, kind));
    const fair = has + Math.floor((whole - has) / Math.max(1, running));
    slice[kind] = Math.min(whole, kind === wanted ? Math.max(fair, needs) : fair);
  }
  return slice;
}

/**
 * What a child may use that is begun again, as the most in all: one that has the user all that is left by now, a delegate what it has still of its share. Of time a
 * delegate has what it had.
 */
export function grantedAgain(state: SessionState, record: ChildRecord): Slice {
  const { role, spent, granted } = record;
  const most = upTo(spent, availableTo(state, record));
  if (role === 'transfer') return most;
  const again: { -readonly [kind in SliceKind]?: number } = {};
  for (const kind of SLICE_KINDS) {
    const least = Math.min(granted[kind] ?? Infinity, most[kind] ?? Infinity);
    if (kind !== 'wallClockMs' && least !== Infinity) again[kind] = least;
  }
  return again;
}

/** In a child: what its parent gives, beside its own count. @param before what it had. */
export function taken({ session }: Bounding, slice: Slice, before: Slice = {}): Slice {
  const { wallClockMs } = slice;
  const until = wallClockMs === undefined ? before.wallClockMs : session.wallClockMs + wallClockMs;
  const { wallClockMs: _, ...counted } = slice;
  return until === undefined ? counted : { ...counted, wallClockMs: until };
}

/** A slice as it is given to a child: the most that it may have spent in all. */
export function upTo(spent: Spent, slice: Slice): Slice {
  const most: { -readonly [kind in SliceKind]?: number } = {};
  for (const kind of SLICE_KINDS) {
    const amount = slice[kind];
    if (amount !== undefined) most[kind] = amount + (kind === 'wallClockMs' ? 0 : spent[kind]);
  }
  return most;
}

/** False for a step that was planned by a version that kept nothing back: what is done in it is done by the rules of then. */
export function keepsBack({ runningStep }: SessionState): boolean {
  return (runningStep?.calls ?? []).some(({ call }) => call.kind === 'delegate' && call.keeps !== undefined);
}

/** What the calls of the running step keep back: whoever made them answers once all of them have come to an end. */
function withoutKept({ runningStep }: SessionState, slice: Slice): Slice {
  const kept = (kind: SliceKind) =>
    (runningStep?.calls ?? []).map(({ call }) => (call.kind === 'delegate' ? (call.keeps?.[kind] ?? 0) : 0));
  const free: { -readonly [kind in SliceKind]?: number } = {};
  for (const kind of SLICE_KINDS) {
    const whole = slice[kind];
    if (whole !== undefined) free[kind] = Math.max(0, whole - Math.max(0, ...kept(kind)));
  }
  return free;
}

function partOf(whole: number, parts: number, least: number): number {
  return Math.max(Math.min(least, whole), Math.floor(whole / Math.max(1, parts)));
}

/** False also for one that wants to hand over: whoever takes over is given what it had, and where nobody does, it is given anew. */
function holdsSlice({ phase, proposal }: ChildRecord): boolean {
  return phase !== 'closed' && !(phase === 'parked' && proposal);
}

function outstanding({ granted, spent }: ChildRecord, kind: SliceKind): number {
  const most = granted[kind];
  // Time is not shared: it passes for parent and children at once.
  if (most === undefined || kind === 'wallClockMs') return 0;
  return Math.max(0, most - spent[kind]);
}
