/**
 * The state of a session: what it is about, in a form that crosses a handoff. The agent's own part is JSON of the agent's shape; the engine's part are lists whose
 * entries have ids. It changes by items of the conversation alone (`StateItem`), so it is in history with the cause of each change, and is the fold of those.
 * Plain code, the same in the workflow and in activities.
 */
import { utf8Length, type JsonObject } from './json';

/** Something that is held to be true. */
export interface Fact {
  /** Minted by the session: `f3`; of a child `h1.f3`. */
  readonly id: string;
  readonly text: string;
  /** The call or the message that it is known from. */
  readonly source?: string;
  /** Since when it is established, ms since the epoch. */
  readonly since: number;
}

/** An effect that happened. */
export interface Deed {
  /** Of the call; of a child's with its path: `h1:t1.s2.c1-1a2b3c4d`. */
  readonly callId: string;
  readonly agent: string;
  readonly tool: string;
  /** One line: the call and what came back. */
  readonly text: string;
  /** ms since the epoch. */
  readonly at: number;
  /** True: it was undone. */
  readonly undone?: true;
}

/** Something that somebody still has to do for the user. */
export interface Obligation {
  /** Minted by the session: `o2`; of a child `h1.o2`. */
  readonly id: string;
  readonly text: string;
  /** Agent that took it on. */
  readonly by: string;
  /** ms since the epoch. */
  readonly since: number;
}

export interface StateDoc {
  /** The agent's own part; `{}` where it declares none. */
  readonly own: JsonObject;
  /** What the user wants. */
  readonly wanted?: string;
  /** Oldest first, all three. */
  readonly established: readonly Fact[];
  readonly done: readonly Deed[];
  readonly owed: readonly Obligation[];
}

export const EMPTY_STATE: StateDoc = { own: {}, established: [], done: [], owed: [] };

/** What changes at once. Entries take the place of those with the same id. */
export interface StateChange {
  /** JSON merge patch (RFC 7396) of the agent's own part. */
  readonly own?: JsonObject;
  readonly wanted?: string;
  readonly established?: readonly Fact[];
  /** Ids of facts that do not hold. */
  readonly refuted?: readonly string[];
  readonly done?: readonly Deed[];
  readonly owed?: readonly Obligation[];
  /** Ids of obligations that are met. */
  readonly met?: readonly string[];
}

/** A change as it is asked for: the session mints ids and times. */
export type StateDraft = {
  readonly own?: JsonObject;
  readonly wanted?: string;
  readonly established?: readonly { readonly text: string; readonly source?: string }[];
  readonly refuted?: readonly string[];
  /** Obligations that are taken on. */
  readonly opened?: readonly string[];
  readonly met?: readonly string[];
};

/** Who, or what, made a change. */
export type StateCause =
  /** The agent's model, by a call. */
  | { readonly kind: 'model'; readonly callId: string }
  /** A tool, with its outcome. */
  | { readonly kind: 'tool'; readonly callId: string; readonly tool: string }
  | { readonly kind: 'person'; readonly actId: string; readonly by: string }
  /** The session by itself: an effect happened, a message came in. */
  | { readonly kind: 'engine'; readonly callId?: string; readonly messageId?: string }
  /** What a session was given by the agent before it, or was told by a child of its. */
  | { readonly kind: 'handoff'; readonly agent: string; readonly child?: string };

/** Longest text of a fact, an obligation, a wish or the line of a deed, UTF-16 units. */
export const MAX_STATE_TEXT = 500;
/** Longest state, UTF-8 bytes of its JSON: it crosses with each handoff and goes along to each run. */
export const MAX_STATE_BYTES = 64 * 1024;
/** Deeds that are kept, and bytes of their JSON; older ones are in the conversation. */
const MAX_DEEDS = 100;
const MAX_DEED_BYTES = 24 * 1024;

/** @returns the state after a change. */
export function withChange(doc: StateDoc, change: StateChange): StateDoc {
  const wanted = change.wanted ?? doc.wanted;
  const { refuted = [], met = [] } = change;
  return {
    own: change.own ? mergePatch(doc.own, change.own) : doc.own,
    ...(wanted === undefined ? {} : { wanted }),
    established: merged(doc.established, change.established, idOf).filter(({ id }) => !refuted.includes(id)),
    done: change.done ? lastDeeds(merged(doc.done, change.done, ({ callId }) => callId)) : doc.done,
    owed: merged(doc.owed, change.owed, idOf).filter(({ id }) => !met.includes(id)),
  };
}

/** @returns the change that makes a state of nothing: what a child begins with. */
export function changeTo({ own, wanted, established, done, owed }: StateDoc): StateChange {
  return { own, ...(wanted === undefined ? {} : { wanted }), established, done, owed };
}

/** True where nothing is known: nothing is rendered then. */
export function isEmptyState({ own, wanted, established, done, owed }: StateDoc): boolean {
  return (
    Object.keys(own).length === 0 &&
    wanted === undefined &&
    established.length === 0 &&
    done.length === 0 &&
    owed.length === 0
  );
}

/** JSON merge patch, RFC 7396: `null` removes a member, objects are merged, anything else takes the place of what was there. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    const before = merged.get(name);
    if (value === null) merged.delete(name);
    else if (isObject(value)) merged.set(name, mergePatch(isObject(before) ? before : {}, value));
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lastDeeds(done: readonly Deed[]): readonly Deed[] {
  let first = done.length;
  for (let bytes = 0; first > 0 && done.length - first < MAX_DEEDS; first -= 1) {
    bytes += utf8Length(JSON.stringify(done[first - 1]));
    if (bytes > MAX_DEED_BYTES) break;
  }
  return done.slice(first);
}

function merged<T>(list: readonly T[], more: readonly T[] | undefined, key: (entry: T) => string): readonly T[] {
  if (!more || more.length === 0) return list;
  const byKey = new Map(list.map((entry) => [key(entry), entry]));
  for (const entry of more) byKey.set(key(entry), entry);
  return [...byKey.values()];
}

const idOf = ({ id }: { readonly id: string }): string => id;
