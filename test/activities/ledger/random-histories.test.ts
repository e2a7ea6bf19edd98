/**
 * Random histories of calls that fight over one business key: attempts that finish, fail, die before or after the effect, or
 * sleep past their lease and come back; and cancels and refusals in between. The destination honours keys, as `idempotent` promises.
 */
import * as fc from 'fast-check';
import type { Ledger } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { claimOf, temporaryLedger } from './temporary-ledger';

const BOOKED: ToolOutcome = { kind: 'succeeded', result: 'booked' };
const STOPPED = { kind: 'cancelled', message: 'stopped' } as const;
const CUT_OFF = { kind: 'unknown', message: 'cut off' } as const;
const TAKEN: ToolOutcome = { kind: 'failed', reason: 'tool_error', message: 'taken' };

type Fate = 'finishes' | 'fails' | 'dies before' | 'dies after' | 'sleeps';
type Act =
  | { readonly kind: 'attempt'; readonly call: number; readonly fate: Fate }
  | { readonly kind: 'refuse'; readonly call: number }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'wake' };

const acts = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('attempt' as const),
        call: fc.nat(4),
        fate: fc.constantFrom<Fate>('finishes', 'fails', 'dies before', 'dies after', 'sleeps'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), call: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wake' as const) }) },
  ),
  { minLength: 5, maxLength: 30 },
);

/** One random history, and what the destination and every caller saw of it. */
class World {
  /** Bookings at the destination by idempotency key: live or cancelled. */
  readonly bookings = new Map<string, 'live' | 'cancelled'>();
  readonly told = new Map<string, ToolOutcome>();
  readonly #asleep: { callKey: string; fence: number }[] = [];
  #cancels = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly session: string,
  ) {}

  get live(): number {
    return [...this.bookings.values()].filter((state) => state === 'live').length;
  }

  async do(act: Act): Promise<void> {
    if (act.kind === 'attempt') await this.#attempt(`${this.session}/c${act.call}`, act.fate);
    else if (act.kind === 'refuse') await this.#refuse(`${this.session}/c${act.call}`);
    else if (act.kind === 'cancel') await this.#cancel();
    else await this.#wake();
  }

  async #attempt(callKey: string, fate: Fate): Promise<void> {
    const request = { ...claimOf('x', { businessKey: this.session, sameAs: '"same"' }), callKey };
    const claim = await this.ledger.claimToolCall(request);
    if (claim.kind === 'replayed' || claim.kind === 'deduplicated') return this.#tell(callKey, claim.outcome);
    if (claim.kind !== 'run') throw new Error(`all calls want the same and no lease is live, yet: ${claim.kind}`);
    const { fence, idempotencyKey } = claim;
    const applies = fate !== 'dies before' && fate !== 'fails';
    if (applies && !this.bookings.has(idempotencyKey)) this.bookings.set(idempotencyKey, 'live');
    if (fate === 'finishes') {
      expect(await this.ledger.settleToolCall({ callKey, fence, outcome: BOOKED })).toBe('settled');
      this.#tell(callKey, BOOKED);
    } else if (fate === 'fails' && !claim.mayHaveApplied) {
      expect(await this.ledger.settleToolCall({ callKey, fence, outcome: TAKEN })).toBe('settled');
      this.#tell(callKey, TAKEN);
    } else {
      // A lease in the past is what a dead or sleeping process leaves.
      await this.ledger.renewLease(callKey, fence, -1);
      if (fate === 'sleeps') this.#asleep.push({ callKey, fence });
    }
  }

  /** Whoever is told that a call was stopped can rely on it: nothing was booked under its key, now or later. */
  async #refuse(callKey: string): Promise<void> {
    const { tenant, tool, effect, argsHash, args, attempt, owner } = claimOf('x');
    const call = { callKey, tenant, tool, effect, argsHash, args, attempt, owner };
    const refused = await this.ledger.refuseToolCall({ ...call, outcome: STOPPED, ifCutOff: CUT_OFF });
    if (refused.kind === 'held') throw new Error('no lease is live');
    this.#tell(callKey, refused.outcome);
  }

  async #cancel(): Promise<void> {
    this.#cancels += 1;
    const callKey = `${this.session}/k${this.#cancels}`;
    const claim = await this.ledger.claimToolCall({ ...claimOf('x', { tool: 'cancel' }), callKey });
    if (claim.kind !== 'run') throw new Error(`a cancel of its own must be granted, not ${claim.kind}`);
    for (const key of this.bookings.keys()) this.bookings.set(key, 'cancelled');
    const releases = { tenant: 'clinic', tool: 'book', keys: [this.session] };
    await this.ledger.settleToolCall({ callKey, fence: claim.fence, outcome: BOOKED, releases });
  }

  /** A sleeper reports at last: the outcome, or, once it is fenced, evidence. */
  async #wake(): Promise<void> {
    const sleeper = this.#asleep.shift();
    if (!sleeper) return;
    const before = await this.ledger.readCall(sleeper.callKey);
    const written = await this.ledger.settleToolCall({ ...sleeper, outcome: BOOKED });
    const mine = before?.state === 'started' && before.fence === sleeper.fence;
    expect(written).toBe(mine ? 'settled' : 'fenced');
    if (mine) this.#tell(sleeper.callKey, BOOKED);
  }

  /** A caller is told one outcome, however often and through whichever call it asks. */
  #tell(callKey: string, outcome: ToolOutcome): void {
    const plain = outcome.kind === 'succeeded' ? BOOKED : outcome;
    expect(plain).toEqual(this.told.get(callKey) ?? plain);
    this.told.set(callKey, plain);
  }
}

it('never books twice at once, and never tells one call two outcomes', async () => {
  const ledger = await temporaryLedger();
  let history = 0;
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      history += 1;
      const world = new World(ledger, `s${history}`);
      for (const act of list) {
        await world.do(act);
        expect(world.live).toBeLessThanOrEqual(1);
      }
      for (const [callKey, outcome] of world.told) {
        if (outcome.kind === 'cancelled') expect(world.bookings.has(callKey)).toBe(false);
      }
      const rows = await ledger.calls({ sessionNamespace: `s${history}` });
      for (const row of rows.filter((one) => one.state !== 'started' && world.told.has(one.callKey))) {
        expect(row.outcome?.kind).toBe(world.told.get(row.callKey)?.kind);
      }
    }),
    { numRuns: 150 },
  );
});
