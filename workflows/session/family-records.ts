/** What the session's state and its children change in a session. Parts of the reducer. */
import type { UsageTotals } from '../contracts/session';
import { withChange } from '../contracts/state';
import { booked } from './bounding';
import { withRecord } from './children';
import { withHolder } from './cycles';
import { seen } from './detectors';
import type { SessionEvent } from './session-events';
import type { SessionState } from './session-state';
import { taken } from './slices';

type FamilyEvent = Extract<
  SessionEvent,
  {
    readonly kind:
      | 'state_changed'
      | 'child_changed'
      | 'holder_changed'
      | 'cycle_noticed'
      | 'child_spent'
      | 'slice_given'
      | 'leaving'
      | 'park_asked'
      | 'result_given';
  }
>;

export function byFamily(state: SessionState, event: FamilyEvent): void {
  const { family } = state;
  switch (event.kind) {
    case 'state_changed':
      stateChanged(state, event);
      return;
    case 'child_changed':
      state.family = withRecord(family, event.record);
      return;
    case 'holder_changed': {
      const { active: _, ...rest } = family;
      const holders = withHolder(family, event.agent);
      state.family = { ...rest, holders, ...(event.child === undefined ? {} : { active: event.child }) };
      return;
    }
    case 'cycle_noticed': {
      const { noticed } = state.bounding;
      const { count, rungs } = seen(noticed, 'handoffCycle');
      const handoffCycle = { count: event.isCycle ? count + 1 : 0, rungs };
      state.bounding = { ...state.bounding, noticed: { ...noticed, handoffCycle } };
      return;
    }
    case 'child_spent': {
      const { tokens, microUsd, modelCalls } = event.spent;
      state.bounding = booked(state.bounding, { tokens, microUsd, modelCalls });
      state.usage = plus(state.usage, event.usage);
      return;
    }
    case 'slice_given':
      state.slice = taken(state.bounding, event.slice, state.slice);
      return;
    case 'leaving':
      state.leaving = event.proposal;
      return;
    case 'park_asked':
      state.parkFor = event.maxBytes;
      return;
    case 'result_given':
      state.result = { value: event.value };
      return;
  }
}

function stateChanged(state: SessionState, { item }: Extract<FamilyEvent, { kind: 'state_changed' }>): void {
  const { change, cause } = item;
  state.items.push(item);
  state.doc = withChange(state.doc, change);
  // What a child begins with is not new to anybody.
  if (cause.kind === 'handoff' && cause.child === undefined) return;
  const { established = [], done = [], owed = [] } = change;
  const ours = cause.kind !== 'handoff';
  if (ours) {
    state.minted = {
      facts: state.minted.facts + established.length,
      obligations: state.minted.obligations + owed.length,
    };
  }
  const news = established.length + done.filter(({ undone }) => !undone).length;
  state.family = { ...state.family, news: state.family.news + news };
}

function plus(usage: UsageTotals, more: UsageTotals): UsageTotals {
  const sum: { -readonly [kind in keyof UsageTotals]: number } = { ...usage };
  for (const kind of Object.keys(more) as (keyof UsageTotals)[])
    sum[kind] = Math.min(Number.MAX_SAFE_INTEGER, sum[kind] + more[kind]);
  return sum;
}
