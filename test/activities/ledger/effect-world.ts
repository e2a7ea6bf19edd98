/**
 * One random history of calls of one effect class: attempts that finish, fail, are cut off before or after the effect, or sleep and come back;
 * requests that arrive late, clocks that jump, people who say what became of a call. Attempts do what the activities do. Time is a model: what
 * is stored is moved instead of waited for, and a jump of the database's clock moves it without time having passed.
 */
import type { GrantedClaim, Ledger, ToolCallClaim, ToolCallClaimRequest } from '../../../activities/ledger/port';
import type { EffectClass, ToolOutcome } from '../../../workflows/contracts/tool';
import { Destination } from './destination';
import { BOOKED, GIVEN_UP, STOPPED, TAKEN, UNKNOWN, type Act, type Fate } from './effect-acts';
import { claimOf } from './temporary-ledger';

/** Far longer than a history takes on a real clock, ms of the model. */
export const LEASE = 1_000_000;
export const SETTLE = 500_000;
const QUIET = LEASE + SETTLE + 1_000;

export interface WorldParts {
  readonly ledger: Ledger;
  readonly session: string;
  readonly effect: Exclude<EffectClass, 'read' | 'transactional'>;
  /** All calls want the same. */
  readonly keyed: boolean;
  /** Moves all times in the ledger. */
  readonly shift: (ms: number) => void;
}

interface Sleeper {
  readonly callKey: string;
  readonly fence: number;
  readonly reference: string;
  /** Where it has not sent anything yet: until when it may, by its own clock. */
  readonly sendsUntil?: number;
  readonly late: number;
}

export class EffectWorld {
  readonly destination: Destination;
  readonly told = new Map<string, ToolOutcome>();
  /** Calls that somebody wanted stopped. */
  readonly stopped = new Set<string>();
  #now = 0;
  #gaveBackAt = -QUIET;
  #asleep: Sleeper[] = [];
  readonly #givenUp = new Set<string>();
  #acts = 0;

  constructor(private readonly parts: WorldParts) {
    this.destination = new Destination(parts.effect === 'idempotent');
  }

  async do(act: Act): Promise<void> {
    switch (act.kind) {
      case 'attempt':
        return this.#attempt(this.#key(act.call), act.fate, act.late);
      case 'refuse':
        return this.#refuse(this.#key(act.call));
      case 'resolve':
      case 'give up':
        return this.#resolve(this.#key(act.call), act.kind === 'give up');
      case 'undo':
        return this.#undo(this.#key(act.call));
      case 'cancel':
        return this.#cancel();
      case 'wake':
        return this.#wake();
      case 'passes':
        return this.#pass(act.ms);
      case 'jumps':
        return this.#jump(act.ms);
    }
  }

  /** No more faults: every call is tried until it has an outcome, and people say what is true. */
  async heal(calls: number): Promise<void> {
    this.#asleep = [];
    this.#pass(QUIET);
    for (let round = 0; round < 3; round += 1) {
      for (let call = 0; call < calls; call += 1) {
        await this.#attempt(this.#key(call), 'finishes', 0);
        if (!this.told.has(this.#key(call))) await this.#resolve(this.#key(call), false);
      }
    }
  }

  #key(call: number): string {
    return `${this.parts.session}/c${call}`;
  }

  #pass(ms: number): void {
    this.#now += ms;
    this.parts.shift(-ms);
    this.destination.arrive(this.#now);
  }

  /**
   * The database's clock only. What is left of `settleWithin` after a lease was given back is counted by that clock, so a jump forward just then
   * would cut it short: that is the one jump that is not survived, and none of these.
   */
  #jump(ms: number): void {
    if (ms > 0 && this.#now - this.#gaveBackAt < QUIET) this.#pass(QUIET);
    this.parts.shift(-ms);
  }

  #request(callKey: string): ToolCallClaimRequest {
    const { effect, keyed, session } = this.parts;
    const key = keyed ? { businessKey: session, sameAs: '"same"' } : {};
    const bounds = { leaseMs: LEASE, settleWithinMs: SETTLE, keyValidForMs: 1e12 };
    return { ...claimOf('x', { effect, ...key, ...bounds }), callKey };
  }

  async #attempt(callKey: string, fate: Fate, late: number): Promise<void> {
    let askedAt = this.#now;
    let claim: ToolCallClaim = await this.parts.ledger.claimToolCall(this.#request(callKey));
    for (let tries = 0; claim.kind === 'held' && tries < 6; tries += 1) {
      expect(claim.retryInMs).toBeLessThanOrEqual(LEASE + 1);
      this.#pass(claim.retryInMs + 1);
      askedAt = this.#now;
      claim = await this.parts.ledger.claimToolCall(this.#request(callKey));
    }
    if (claim.kind === 'replayed' || claim.kind === 'deduplicated') return this.#tell(callKey, claim.outcome);
    if (claim.kind === 'unknown') return this.#settle(callKey, claim.fence, UNKNOWN);
    if (claim.kind !== 'run') throw new Error(`all calls want the same and leases end, yet: ${claim.kind}`);
    if (claim.mayHaveApplied && this.parts.effect === 'reconcilable') {
      if (!(await this.#isAbsent(callKey, claim, askedAt, fate))) return;
    }
    if (await this.parts.ledger.renewLease(callKey, claim.fence, LEASE)) await this.#run(callKey, claim, fate, late);
  }

  /** Asks the destination as the protocol says. False: the attempt is over. */
  async #isAbsent(callKey: string, claim: GrantedClaim, askedAt: number, fate: Fate): Promise<boolean> {
    const { fence, idempotencyKey, absentCountsInMs } = claim;
    const applied = () => this.destination.has(idempotencyKey);
    const countsAt = askedAt + absentCountsInMs;
    if (fate === 'dies asking') return false;
    if (!applied() && fate === 'fails asking') {
      const mayRunForMs = Math.max(0, countsAt - SETTLE - this.#now);
      await this.parts.ledger.giveBack({ callKey, fence, mayRunForMs });
      this.#gaveBackAt = this.#now;
      return false;
    }
    while (!applied() && this.#now < countsAt) {
      this.#pass(Math.min(LEASE / 2, countsAt - this.#now));
      await this.#wake();
      if (!(await this.parts.ledger.renewLease(callKey, fence, LEASE))) return false;
    }
    if (!applied()) this.#pass(1_000);
    if (applied()) await this.#settle(callKey, fence, BOOKED);
    return !applied();
  }

  async #run(callKey: string, claim: GrantedClaim, fate: Fate, late: number): Promise<void> {
    const { fence, idempotencyKey: reference } = claim;
    const { effect, ledger } = this.parts;
    const send = (delay: number) => {
      this.destination.send(reference, this.#now + delay);
      this.destination.arrive(this.#now);
    };
    const failed = (applied: 'no' | 'maybe') =>
      ledger.bodyFailed({ callKey, fence, message: 'reset', applied, allowed: 1_000 });
    switch (fate) {
      case 'finishes':
        send(0);
        return this.#settle(callKey, fence, BOOKED);
      case 'refuses': {
        // A key that may have been used already: what the destination says now says nothing about then.
        const inDoubt = effect === 'idempotent' && claim.mayHaveApplied;
        return this.#settle(callKey, fence, inDoubt ? UNKNOWN : TAKEN);
      }
      case 'is cancelled':
        this.stopped.add(callKey);
        return this.#settle(callKey, fence, effect === 'idempotent' && claim.mayHaveApplied ? UNKNOWN : STOPPED);
      case 'fails safely':
        await failed('no');
        return;
      case 'fails':
      case 'fails for good':
        send(late);
        if (effect === 'at-most-once' || fate === 'fails for good') return this.#settle(callKey, fence, UNKNOWN);
        await failed('maybe');
        this.#gaveBackAt = this.#now;
        return;
      case 'dies after':
        send(late);
        return;
      case 'sleeps after':
        send(late);
        this.#asleep.push({ callKey, fence, reference, late });
        return;
      case 'sleeps before':
        this.#asleep.push({ callKey, fence, reference, late, sendsUntil: this.#now + LEASE });
        return;
      case 'dies before':
      case 'dies asking':
      case 'fails asking':
        return;
    }
  }

  /** Sends, where its lease lasts by its own clock, and reports: the outcome, or evidence once it is fenced. */
  async #wake(): Promise<void> {
    const sleeper = this.#asleep.shift();
    if (!sleeper) return;
    const { callKey, fence, reference, sendsUntil } = sleeper;
    if (sendsUntil !== undefined) {
      if (this.#now >= sendsUntil) return;
      this.destination.send(reference, this.#now + sleeper.late);
      this.destination.arrive(this.#now);
    }
    const before = await this.parts.ledger.readCall(callKey);
    const written = await this.parts.ledger.settleToolCall({ callKey, fence, outcome: BOOKED });
    const mine = before?.fence === fence;
    expect(written).toBe(mine ? 'settled' : 'fenced');
    if (mine && before?.state === 'started') this.#tell(callKey, BOOKED);
  }

  /** Whoever is told that a call was stopped can rely on it. */
  async #refuse(callKey: string): Promise<void> {
    const { tenant, tool, effect, argsHash, args, attempt, owner } = this.#request(callKey);
    const call = { callKey, tenant, tool, effect, argsHash, args, attempt, owner };
    this.stopped.add(callKey);
    const refused = await this.parts.ledger.refuseToolCall({ ...call, outcome: STOPPED, ifCutOff: UNKNOWN });
    if (refused.kind !== 'held') this.#tell(callKey, refused.outcome);
  }

  /** A person looks when nothing can be under way any more, and says what is true. */
  async #resolve(callKey: string, giveUp: boolean): Promise<void> {
    this.#pass(QUIET);
    const row = await this.parts.ledger.readCall(callKey);
    const happened = this.destination.has(row?.idempotencyKey ?? '');
    this.#acts += 1;
    const resolved = await this.parts.ledger.resolveToolCall({
      callKey,
      tool: 'book',
      actId: `act-${this.#acts}`,
      decision: giveUp
        ? { as: 'give_up', outcome: GIVEN_UP }
        : happened
          ? { as: 'applied', outcome: BOOKED }
          : { as: 'absent' },
    });
    if (row?.state !== 'unresolved') expect(resolved.kind).not.toBe('resolved');
    if (resolved.kind === 'resolved' && giveUp) {
      this.#givenUp.add(callKey);
      this.#tell(callKey, GIVEN_UP);
    }
    if (resolved.kind === 'resolved' && !giveUp && happened) this.#tell(callKey, BOOKED);
    if (resolved.kind === 'resolved_before' && resolved.outcome) this.#tell(callKey, resolved.outcome);
  }

  async #cancel(): Promise<void> {
    if (!this.parts.keyed) return;
    this.#pass(QUIET);
    this.#acts += 1;
    const callKey = `${this.parts.session}/k${this.#acts}`;
    const claim = await this.parts.ledger.claimToolCall({ ...claimOf('x', { tool: 'cancel' }), callKey });
    if (claim.kind !== 'run') throw new Error(`a cancel of its own must be granted, not ${claim.kind}`);
    this.destination.cancel();
    const releases = { tenant: 'clinic', tool: 'book', keys: [this.parts.session] };
    await this.parts.ledger.settleToolCall({ callKey, fence: claim.fence, outcome: BOOKED, releases });
  }

  /** As the activity does it: what another call did is that call's to undo. */
  async #undo(original: string): Promise<void> {
    this.#pass(QUIET);
    const { ledger } = this.parts;
    const row = await ledger.readCall(original);
    if (row?.state !== 'succeeded' || row.sameAsCall !== undefined || row.effectState === 'reversed') return;
    const callKey = `${original}.undo`;
    const claim = await ledger.claimToolCall({ ...claimOf('x', { tool: 'book.undo' }), callKey });
    if (claim.kind !== 'run') return;
    this.destination.cancel(row.idempotencyKey);
    const releases = { tenant: 'clinic', tool: 'book', keys: [row.businessKey ?? ''], ownedBy: original };
    await ledger.settleToolCall({ callKey, fence: claim.fence, outcome: BOOKED, releases });
  }

  /** Whether a new call would be answered with a success: then there must be something that it is the success of. */
  async isTaken(): Promise<boolean> {
    const claim = await this.parts.ledger.claimToolCall(this.#request(`${this.parts.session}/fresh`));
    return claim.kind === 'deduplicated' && claim.outcome.kind === 'succeeded';
  }

  async #settle(callKey: string, fence: number, outcome: ToolOutcome): Promise<void> {
    expect(await this.parts.ledger.settleToolCall({ callKey, fence, outcome })).toBe('settled');
    this.#tell(callKey, outcome);
  }

  /** A caller is told one outcome, however often and through whichever call it asks. What a person may still resolve is none. */
  #tell(callKey: string, outcome: ToolOutcome): void {
    if (outcome.kind === 'unknown' && !this.#givenUp.has(callKey)) return;
    const plain = outcome.kind === 'succeeded' ? BOOKED : outcome;
    expect(plain).toEqual(this.told.get(callKey) ?? plain);
    this.told.set(callKey, plain);
  }
}
