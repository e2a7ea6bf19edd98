/**
 * When a run is to continue as new, and what of the conversation it stores before. Plain code. The reasons for the numbers: Temporal ends a run
 * at 51,200 events or 50 MB, takes 2,000 updates per run, and a worker that takes a session over replays all of its run.
 */
import { utf8Length } from '../contracts/json';
import type { ContinueAfter } from '../contracts/session';
import type { LedgerRef } from '../contracts/tool';
import type { SessionState } from './session-state';

const MAX_EVENTS = 4_000;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_UPDATES = 1_800;
/** A run is begun with up to 2 MB; one that ended by that before it did anything would be followed by one that does so too, for ever. */
const MIN_EVENTS = 20;
/** Items that go along as they are, bytes of JSON; more are stored, but for the last of them. */
const MAX_CARRIED_BYTES = 128 * 1024;
const MAX_TAIL_BYTES = 64 * 1024;

/** What is known of the run by its last workflow task. */
export interface RunFacts {
  readonly events: number;
  readonly bytes: number;
  /** Taken in so far. */
  readonly updates: number;
  /** The server suggests it. */
  readonly suggested: boolean;
}

/** @param after earlier bounds; later ones than the product's own are not kept. */
export function isDue(facts: RunFacts, after: ContinueAfter = {}): boolean {
  const long = facts.suggested || facts.bytes >= Math.min(after.bytes ?? MAX_BYTES, MAX_BYTES);
  return (
    (long && facts.events >= MIN_EVENTS) ||
    facts.events >= Math.min(after.events ?? MAX_EVENTS, MAX_EVENTS) ||
    facts.updates >= Math.min(after.updates ?? MAX_UPDATES, MAX_UPDATES)
  );
}

/**
 * True for a session that may continue in a new run. One that was begun by a version that could not do so may once its agent's definition was recorded by
 * one that can: what is recorded is the same whenever it is replayed.
 */
export function mayContinue({ input, policy }: SessionState): boolean {
  return input.carry !== undefined || input.continueAfter !== undefined || policy?.limits !== undefined;
}

/** Indexes in the whole conversation; `to` is exclusive. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** What is to be stored, so that the rest is small enough to go along; undefined where all of it is. */
export function partToStore({ items, itemsFrom, parkFor }: SessionState): Part | undefined {
  const [most, tail] = parkFor === undefined ? [MAX_CARRIED_BYTES, MAX_TAIL_BYTES] : [parkFor / 4, parkFor / 8];
  const sizes = items.map((item) => utf8Length(JSON.stringify(item)));
  if (sizes.reduce((sum, size) => sum + size, 0) <= Math.min(most, MAX_CARRIED_BYTES)) return undefined;
  let first = items.length;
  for (let bytes = 0; first > 0; first -= 1) {
    bytes += sizes[first - 1] ?? 0;
    if (bytes > Math.min(tail, MAX_TAIL_BYTES)) break;
  }
  return { from: itemsFrom, to: itemsFrom + first };
}

/** The ledger that the conversation is stored in: the session's default one, or its only one. */
export function conversationLedger({ ledgers }: SessionState): LedgerRef | undefined {
  const names = Object.keys(ledgers);
  const name = names.includes('default') ? 'default' : names.length === 1 ? names[0] : undefined;
  const id = name === undefined ? undefined : ledgers[name];
  return name === undefined || id === undefined ? undefined : { name, id };
}
