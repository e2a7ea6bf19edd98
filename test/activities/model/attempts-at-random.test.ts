/**
 * Attempts of one model call that are about at once, as when a worker is taken for dead and is not: whatever their order, together they pay no more than
 * was allowed, and what they paid is booked. Random, and the same each time.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { nextDigest } from '../../../activities/model/conversation-cache';
import { definitionOf } from '../../../activities/model/definition';
import { claimModelCall, cutOffRequest, dropRequest, recordTurn } from '../../../activities/model/recorded-answer';
import { reserver } from '../../../activities/model/reservation';
import type { Ledger } from '../../../activities/ledger/port';
import { defineAgent } from '../../../agents';
import { seededRandom } from '../../../testing/random';
import type { AssistantItem } from '../../../workflows/contracts/conversation';
import type { Cost, CutOffRequest, ModelTurn } from '../../../workflows/contracts/model';
import { temporaryLedger } from '../ledger/temporary-ledger';

const SESSIONS = 400;
const ATTEMPTS = 4;
const INPUT_TOKENS = 100;
const RUN = 'run-1';
const asked = { length: 1, digest: 'd' };
/** A token is a micro-dollar. */
const definition = definitionOf(
  defineAgent({
    name: 'receptionist',
    instructions: 'x',
    model: {
      name: 'ours',
      maxOutputTokens: 300,
      price: { inputMicroUsdPerMillionTokens: 1_000_000, outputMicroUsdPerMillionTokens: 1_000_000 },
    },
  }),
);

type End = { readonly kind: 'failed' } | { readonly kind: 'reported'; readonly booked: number };

const microUsd = (cost: Cost) => (cost.kind === 'priced' ? cost.microUsd : NaN);
const sum = (requests: readonly Pick<CutOffRequest, 'cost'>[] = []) =>
  requests.reduce((all, { cost }) => all + microUsd(cost), 0);
const reported = ({ billed, cutOff }: ModelTurn): End => ({ kind: 'reported', booked: microUsd(billed) + sum(cutOff) });

class Session {
  paid = 0;
  private readonly random: (below: number) => number;
  private readonly callKey: string;
  readonly allowed: number;

  constructor(
    private readonly ledger: Ledger,
    seed: number,
  ) {
    const random = seededRandom(seed);
    this.random = (below) => Math.floor(random() * below);
    this.callKey = `session-${seed}/t1.s1.m`;
    this.allowed = 200 + this.random(1_500);
  }

  /** @returns what the session is told that the call cost, and what it had cost by then. */
  async play(): Promise<{ readonly booked: number; readonly paid: number }> {
    const running: Promise<End>[] = [];
    let end: End = { kind: 'failed' };
    for (let number = 1; number <= ATTEMPTS && end.kind === 'failed'; number += 1) {
      const attempt = this.attempt(number).catch((): End => ({ kind: 'failed' }));
      running.push(attempt);
      // Else it is taken for dead while it is about.
      if (number === ATTEMPTS || this.random(2) === 0) end = await attempt;
      else await this.pause();
    }
    const told = { booked: end.kind === 'reported' ? end.booked : await this.settle(), paid: this.paid };
    await Promise.all(running);
    return told;
  }

  private async attempt(attempt: number): Promise<End> {
    const { ledger, callKey } = this;
    await this.pause();
    const call = { callKey, attempt, run: RUN, asked };
    const reserve = reserver(definition, { microUsd: this.allowed }, INPUT_TOKENS);
    const claim = await claimModelCall(ledger, call, reserve, true);
    if (claim.kind === 'recorded') return reported(claim.turn);
    if (claim.kind === 'exceeds') return { kind: 'reported', booked: sum(claim.cutOff) };
    await this.pause();
    const fate = this.random(4);
    if (fate === 0) {
      await dropRequest(ledger, callKey, attempt);
      return { kind: 'failed' };
    }
    const outputTokens = this.random(claim.reserved.usage.outputTokens + 1);
    const cost = INPUT_TOKENS + outputTokens;
    this.paid += cost;
    await this.pause();
    if (fate === 1) return { kind: 'failed' };
    return reported(await recordTurn(ledger, call, this.answer(attempt, cost, claim.cutOff)));
  }

  private answer(attempt: number, cost: number, cutOff: readonly CutOffRequest[]): ModelTurn {
    const item: AssistantItem = { kind: 'assistant', turn: 1, step: 1, agent: 'receptionist', text: `${attempt}` };
    return {
      model: 'ours',
      tokens: '',
      cost: '',
      decision: { kind: 'answer', text: `${attempt}` },
      item,
      base: { length: 2, digest: nextDigest(asked.digest, item) },
      usage: { inputTokens: INPUT_TOKENS, outputTokens: cost - INPUT_TOKENS },
      billed: { kind: 'priced', microUsd: cost },
      ...(cutOff.length === 0 ? {} : { cutOff }),
      definitionHash: definition.hash,
      ledgers: {},
      provider: { name: 'scripted', attempt },
    };
  }

  private async settle(): Promise<number> {
    const closed = await this.ledger.closeModelCall({ callKey: this.callKey, run: RUN, owner: 'test' });
    const answered = closed.answer === undefined ? 0 : microUsd((closed.answer as unknown as ModelTurn).billed);
    return answered + sum(closed.cutOff.map(({ attempt, estimate }) => cutOffRequest(attempt, estimate)));
  }

  private async pause(): Promise<void> {
    for (let left = this.random(9); left > 0; left -= 1) await turn();
  }
}

test('what attempts pay is allowed, and what they paid is booked, whatever their order', async () => {
  const ledger = await temporaryLedger();
  for (let seed = 1; seed <= SESSIONS; seed += 1) {
    const session = new Session(ledger, seed);
    const { booked, paid } = await session.play();
    const found = { seed, booked, paid: session.paid, allowed: session.allowed };
    expect({ ...found, holds: booked <= session.allowed && session.paid <= session.allowed }).toMatchObject({
      holds: true,
    });
    expect({ ...found, holds: paid <= booked && session.paid <= booked }).toMatchObject({ holds: true });
  }
}, 60_000);
