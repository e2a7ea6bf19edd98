/** The state and the children in what one run hands to the next. Part of version 1, and absent where there are none. Plain code. */
import type { Carry } from '../contracts/continuation';
import type { Slice } from '../contracts/handoff';
import type { Json } from '../contracts/json';
import type { SessionInput } from '../contracts/session';
import { isEmptyState } from '../contracts/state';
import { restoredBounding, type Bounding } from './bounding';
import { NO_FAMILY, type ChildRecord, type FamilyState, type Holder } from './children';
import type { SessionState } from './session-state';
import { taken } from './slices';

/** Closed children that go along, for displays. */
const CARRIED_CLOSED = 20;

/** As it is carried. */
interface Carried {
  readonly next: number;
  readonly records: readonly ChildRecord[];
  readonly active?: string;
  readonly holders: readonly Holder[];
  readonly news: number;
  readonly minted: SessionState['minted'];
  readonly slice?: Slice;
  readonly accepted: boolean;
  readonly reports: number;
  /** Of a child: up to where its parent was told. */
  readonly toldTo?: number;
  /** Of a child: how often it had been begun; absent: once. */
  readonly begun?: number;
  /** Of a delegate: what it comes back with. */
  readonly result?: { readonly value: Json };
}

export function carriedFamily(state: SessionState): Pick<Carry, 'state' | 'family'> {
  const { doc, family, minted, slice, accepted, reports, toldTo, input, result } = state;
  const isAny = family.records.size > 0 || family.news > 0 || input.child !== undefined;
  const records = [...family.records.values()];
  const closed = records.filter(({ phase }) => phase === 'closed');
  const forgotten = new Set(closed.slice(0, Math.max(0, closed.length - CARRIED_CLOSED)));
  const carried: Carried = {
    next: family.next,
    records: records.filter((record) => !forgotten.has(record)),
    ...(family.active === undefined ? {} : { active: family.active }),
    holders: family.holders,
    news: family.news,
    minted,
    ...(slice ? { slice } : {}),
    accepted,
    reports,
    ...(toldTo === undefined ? {} : { toldTo }),
    ...(input.child?.begun === undefined ? {} : { begun: input.child.begun }),
    ...(result ? { result } : {}),
  };
  return {
    ...(isEmptyState(doc) ? {} : { state: doc }),
    ...(isAny ? { family: carried as unknown as Json } : {}),
  };
}

export function restoredFamily({ state, family, bounding }: Carry, { child }: Pick<SessionInput, 'child'>) {
  if (family === undefined) return state ? { doc: state } : {};
  const carried = family as unknown as Carried;
  const { next, records, active, holders, news, minted, accepted, reports, result } = carried;
  // One that its parent has begun again was given anew what it may use.
  const isGiven = child !== undefined && child.begun !== carried.begun;
  const given = isGiven
    ? taken(restoredBounding(bounding as unknown as Bounding), child.slice ?? {}, carried.slice)
    : carried.slice;
  const slice = given && Object.keys(given).length > 0 ? given : undefined;
  const restored: FamilyState = {
    ...NO_FAMILY,
    next,
    records: new Map(records.map((record) => [record.child, record])),
    ...(active === undefined ? {} : { active }),
    holders,
    news,
  };
  return {
    ...(state ? { doc: state } : {}),
    family: restored,
    // What one that came back had not told yet, it came back with.
    ...(isGiven ? {} : { toldTo: carried.toldTo }),
    minted,
    slice,
    accepted,
    reports,
    ...(result ? { result } : {}),
  };
}
