/** What of its bounds a session gives to its children, so that together they never use more than there is. Plain code. */
import type { Slice, SliceKind, Spent } from '../contracts/handoff';
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
      if (record.phase !== 'closed' && record.child !== without) given += outstanding(record, kind);
    }
    slice[kind] = Math.max(0, left - given);
  }
  return slice;
}

/** An equal part for each of `parts`, and no more than `most`. Of time all have the same: it passes for all of them at once. */
export function shareOf(slice: Slice, parts: number, most: Slice = {}): Slice {
  const share: { -readonly [kind in SliceKind]?: number } = {};
  for (const kind of SLICE_KINDS) {
    const [whole, bound] = [slice[kind], most[kind]];
    const part = whole === undefined || kind === 'wallClockMs' ? whole : Math.floor(whole / Math.max(1, parts));
    const least = Math.min(part ?? Infinity, bound ?? Infinity);
    if (least !== Infinity) share[kind] = least;
  }
  return share;
}

/**
 * What a child may use from now on that needs more than it has: what it has, and of what is free an equal part for each that runs; of the kind that it needs, as
 * much as that.
 */
export function enlarged(state: SessionState, record: ChildRecord, wanted: SliceKind, needs: number): Slice {
  const most = available(state, record.child);
  const running = openRecords(state.family).length;
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

/** A slice as it is kept beside what was spent before: the most that may be spent in all. */
export function upTo(spent: Spent, slice: Slice): Slice {
  const most: { -readonly [kind in SliceKind]?: number } = {};
  for (const kind of SLICE_KINDS) {
    const amount = slice[kind];
    if (amount !== undefined) most[kind] = amount + (kind === 'wallClockMs' ? 0 : spent[kind]);
  }
  return most;
}

function outstanding({ granted, spent }: ChildRecord, kind: SliceKind): number {
  const most = granted[kind];
  // Time is not shared: it passes for parent and children at once.
  if (most === undefined || kind === 'wallClockMs') return 0;
  return Math.max(0, most - spent[kind]);
}
