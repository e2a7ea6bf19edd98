/** A child needs more than it was given: it gets what is left, or whoever may is asked to extend the bound that is in the way. Plain code. */
import { newAsking } from './before-step';
import type { Asking } from './bounding';
import { openRecords, type ChildRecord } from './children';
import type { Family, FamilyListener } from './family';
import type { LimitVerdict } from './limit-gate';
import { boundOf, isOfFamily, onLimitOf } from './limits';
import { available, upTo } from './slices';

export class GivingMore implements Pick<FamilyListener, 'wanting'> {
  private asking = false;
  private told = 0;

  constructor(
    private readonly family: Family,
    /** Asks about a bound; one at a time. */
    private readonly askForMore: (asking: Asking) => Promise<LimitVerdict>,
  ) {}

  wanting(): void {
    if (!this.asking) this.family.deps.background(this.giveAll());
  }

  private async giveAll(): Promise<void> {
    this.asking = true;
    try {
      for (let next = this.next(); next; next = this.next()) {
        if (!(await this.give(next))) return;
      }
    } finally {
      this.asking = false;
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
    const { kind, needs = 1 } = wants;
    const slice = available(state, child);
    const left = slice[kind];
    if (left === undefined || left >= needs) {
      this.answer(record, true);
      return true;
    }
    const bound = boundOf(state, kind);
    if (!bound || (onLimitOf(state) === 'stop' && !isOfFamily(bound.bound)) || (state.ending ?? state.stop)) {
      this.answer(record, false);
      return true;
    }
    const asking = newAsking(state, { ...bound, used: bound.limit - left, needed: needs }, deps.now());
    const verdict = await this.askForMore(asking);
    if (verdict === 'parked') return false;
    const now = family.find(child);
    if (!now?.wants) return true;
    this.answer(now, verdict === 'extended');
    return true;
  }

  private answer(record: ChildRecord, granted: boolean): void {
    const { family } = this;
    const { child, spent } = record;
    const slice = available(family.state, child);
    const { wants: _, ...rest } = record;
    family.change({ ...rest, ...(granted ? { granted: upTo(spent, slice) } : {}) });
    this.told += 1;
    const relayId = `slice:${record.begun}.${this.told}`;
    family.deps.background(
      family.tell(child, { relayId, act: 'slice', payload: { slice: granted ? slice : {}, granted } }),
    );
  }
}
