/** When a run is to continue as new, and what it stores before. */
import { utf8Length } from '../../../workflows/contracts/json';
import {
  conversationLedger,
  isDue,
  mayContinue,
  partToStore,
  type RunFacts,
} from '../../../workflows/session/continuation';
import { newSession, type SessionState } from '../../../workflows/session/session-state';

const session = (input: Partial<SessionState['input']> = {}) =>
  newSession('session-1', { v: 1, agent: 'clerk', ...input }, 'ns', 0);
const quiet: RunFacts = { events: 20, bytes: 10_000, updates: 3, suggested: false };

describe('the next run is due', () => {
  it.each([
    ['where the server suggests it', { suggested: true }, undefined, true],
    ['with 4,000 events', { events: 4_000 }, undefined, true],
    ['not before', { events: 3_999, bytes: 4 * 1024 * 1024 - 1, updates: 1_799 }, undefined, false],
    ['with 4 MB', { bytes: 4 * 1024 * 1024 }, undefined, true],
    ['with 1,800 updates', { updates: 1_800 }, undefined, true],
    ['earlier where the session says so', { events: 40 }, { events: 40 }, true],
    ['by its updates too', { updates: 3 }, { updates: 3 }, true],
    ['and by its bytes', { bytes: 50_000 }, { bytes: 50_000 }, true],
    ['but not later', { events: 4_000 }, { events: 40_000 }, true],
    ['but not by what it was begun with', { events: 3, bytes: 200_000 }, { bytes: 50_000 }, false],
    ['also where the server suggests it so early', { events: 3, suggested: true }, undefined, false],
  ] as const)('%s', (_, facts, after, due) => {
    expect(isDue({ ...quiet, ...facts }, after)).toBe(due);
  });

  it('for sessions that versions without it did not begin, or whose agent one with it has described', () => {
    const old = session();
    old.policy = { steps: 10, repairs: 3, parallelCalls: 8 };
    expect(mayContinue(old)).toBe(false);
    old.policy = { ...old.policy, limits: {} };
    expect(mayContinue(old)).toBe(true);
    expect(mayContinue(session({ continueAfter: { events: 40 } }))).toBe(true);
  });
});

describe('the conversation', () => {
  const talk = (count: number, chars: number): SessionState => {
    const state = session();
    state.itemsFrom = 100;
    for (let index = 0; index < count; index += 1) {
      state.items.push({ kind: 'user', turn: index, messageId: `m-${index}`, text: 'é'.repeat(chars / 2) });
    }
    return state;
  };

  it('goes along whole up to 128 KB', () => {
    expect(partToStore(talk(12, 10_000))).toBeUndefined();
  });

  it('is stored but for its last 64 KB where it is longer', () => {
    const state = talk(40, 10_000);
    const part = partToStore(state);
    expect(part?.from).toBe(100);
    const tail = state.items.slice((part?.to ?? 0) - 100);
    expect(tail).toHaveLength(6);
    expect(utf8Length(JSON.stringify(tail))).toBeLessThanOrEqual(64 * 1024);
  });

  it('is stored whole where its last item alone is longer than that', () => {
    expect(partToStore(talk(2, 100_000))).toEqual({ from: 100, to: 102 });
  });

  it('is stored in the default ledger, or the only one', () => {
    const state = session();
    expect(conversationLedger(state)).toBeUndefined();
    state.ledgers = { bank: 'b' };
    expect(conversationLedger(state)).toEqual({ name: 'bank', id: 'b' });
    state.ledgers = { bank: 'b', shop: 's' };
    expect(conversationLedger(state)).toBeUndefined();
    state.ledgers = { bank: 'b', default: 'd' };
    expect(conversationLedger(state)).toEqual({ name: 'default', id: 'd' });
  });
});
