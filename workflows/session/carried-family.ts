/** The state and the children in what one run hands to the next. Part of version 1, and absent where there are none. Plain code. */
import type { Carry } from '../contracts/continuation';
import type { Slice } from '../contracts/handoff';
import type { Json } from '../contracts/json';
import { isEmptyState } from '../contracts/state';
import { NO_FAMILY, type ChildRecord, type FamilyState, type Holder } from './children';
import type { SessionState } from './session-state';

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
}

export function carriedFamily(state: SessionState): Pick<Carry, 'state' | 'family'> {
  const { doc, family, minted, slice, accepted, reports, input } = state;
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
  };
  return {
    ...(isEmptyState(doc) ? {} : { state: doc }),
    ...(isAny ? { family: carried as unknown as Json } : {}),
  };
}

export function restoredFamily({ state, family }: Carry) {
  if (family === undefined) return state ? { doc: state } : {};
  const { next, records, active, holders, news, minted, slice, accepted, reports } = family as unknown as Carried;
  const restored: FamilyState = {
    ...NO_FAMILY,
    next,
    records: new Map(records.map((record) => [record.child, record])),
    ...(active === undefined ? {} : { active }),
    holders,
    news,
  };
  return { ...(state ? { doc: state } : {}), family: restored, minted, slice, accepted, reports };
}
