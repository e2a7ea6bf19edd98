/** A child needs more than it was given: it gets what is left, or whoever may is asked to extend the bound that is in the way. Plain code. */
import type { SliceKind } from '../contracts/handoff';
import { newAsking } from './before-step';
import type { Asking } from './bounding';
import { openRecords, type ChildRecord } from './children';
import type { Family, FamilyListener } from './family';
import type { LimitVerdict } from './limit-gate';
import { boundOf, isOfFamily, onLimitOf } from './limits';
import { availableTo, enlarged, keepsBack, upTo } from './slices';

/** Of model calls one is kept for the last answer, so that with a single one more no step could be made. */
function needsOf({ kind, needs = kind === 'modelCalls' ? 2 : 1 }: NonNullable<ChildRecord['wants']>): number {
  return needs;
}

export class GivingMore implements Pick<FamilyListener, 'wanting'> {
  private busy = false;
  /** The child that somebody is being asked for. */
  private askedFor: string | undefined;
  private told = 0;

  constructor(
    private readonly family: Family,
    /** Asks about a bound; one at a time. */
    private readonly askForMore: (asking: Asking) => Promise<LimitVerdict>,
    /** Nobody need be asked any more: there is enough. */
    private readonly enough: () => void,
    /** The same of what a former run asked about. */
    private readonly lapse: () => void,
  ) {}

  wanting(): void {
    if (!this.busy) this.family.deps.background(this.giveAll());
  }

  /** Another child came to its end: what it had left may be enough. */
  gone(): void {
    const { askedFor, family } = this;
    const record = askedFor === undefined ? undefined : family.find(askedFor);
    if (!record?.wants) return;
    const { wants } = record;
    const left = availableTo(family.state, record)[wants.kind];
    const needs = keepsBack(family.state) ? needsOf(wants) : (wants.needs ?? 1);
    if (left === undefined || left >= needs) this.enough();
  }

  private async giveAll(): Promise<void> {
    this.busy = true;
    try {
      for (let next = this.next(); next; next = this.next()) {
        if (!(await this.give(next))) return;
      }
    } finally {
      this.busy = false;
    }
  }

  private next(): ChildRecord | undefined {
    const { family } = this;
    return openRecords(family.state.family).find(({ child, wants }) => wants !== undefined && family.runsNow(child));
  }

  /** @returns false where the run continues as new: the child asks again in the next one. */
  private async give(record: ChildRecord): Promise<boolean> {
    const { family } = this;
    const { state, deps } = family;
    const { child, wants } = record;
    if (!wants) return true;
    const { kind } = wants;
    const needs = needsOf(wants);
    const slice = availableTo(state, record);
    const left = slice[kind];
    if (left === undefined || left >= needs) {
      if (keepsBack(state)) this.lapse();
      this.answer(record, kind, needs);
      return true;
    }
    const bound = boundOf(state, kind);
    if (!bound || (onLimitOf(state) === 'stop' && !isOfFamily(bound.bound)) || (state.ending ?? state.stop)) {
      this.answer(record, kind, undefined);
      return true;
    }
    const asking = newAsking(state, { ...bound, used: bound.limit - left, needed: needs }, deps.now());
    this.askedFor = child;
    const verdict = await this.askForMore(asking);
    this.askedFor = undefined;
    if (verdict === 'parked') return false;
    const now = family.find(child);
    if (!now?.wants) return true;
    // Meanwhile another may have been given of it, or a bound that was further away is met now: it is looked at anew, since the child waits on with too little.
    if (verdict === 'extended' && keepsBack(state)) return true;
    this.answer(now, kind, verdict === 'extended' ? needs : undefined);
    return true;
  }

  /** @param needs undefined: it gets no more. */
  private answer(record: ChildRecord, kind: SliceKind, needs: number | undefined): void {
    const { family } = this;
    const { child, spent } = record;
    const granted = needs !== undefined;
    const slice = granted ? upTo(spent, enlarged(family.state, record, kind, needs)) : {};
    const { wants: _, ...rest } = record;
    family.change({ ...rest, ...(granted ? { granted: slice } : {}) });
    this.told += 1;
    const relayId = `slice:${record.begun}.${this.told}`;
    family.deps.background(family.tell(child, { relayId, act: 'slice', payload: { slice, granted } }));
  }
}
