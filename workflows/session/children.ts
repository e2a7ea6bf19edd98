/**
 * The children of a session, as plain data. State machine of a child:
 * - starting → open: it has taken over (its first report that says so).
 * - starting → closed: it refused, failed to start, was told to stop, or nobody took it on in time. Whoever wanted to hand over keeps the session.
 * - open → parked: it came back with a carry - told to, before its parent's next run, or since it wants to hand over itself (`proposal`).
 * - parked → open: it is begun again, with its carry.
 * - parked → closed: what it had wanted to hand over was taken on.
 * - open → closed: it answered (a delegate), handed back, was ended, cancelled, terminated, or failed.
 */
import type { Carry } from '../contracts/continuation';
import type { ChildContract, ChildRole, Slice, SliceKind, Spent, TransferProposal } from '../contracts/handoff';
import type { Json, JsonObject } from '../contracts/json';
import type { InterveneRequest, PendingItem, SendRequest, SendResult } from '../contracts/messages';
import type { SessionStatusName, StandingDecision, UsageTotals } from '../contracts/session';
import { EMPTY_STATE } from '../contracts/state';
import { NOTHING_SPENT } from './spending';

export interface ChildRecord {
  /** `h2`. */
  readonly child: string;
  readonly agent: string;
  readonly role: ChildRole;
  /** Call that it was begun by; of a handoff that another child wanted, with that child's path. */
  readonly callId: string;
  /** Where it is, if not on its parent's. */
  readonly taskQueue?: string;
  readonly phase: 'starting' | 'open' | 'parked' | 'closed';
  /** Of a transfer: the child that control goes back to; absent: the session's own agent. */
  readonly sender?: string;
  /** ms since the epoch. */
  readonly since: number;
  /** Set once it is closed: `answered`, `handed_over`, `handed_back`, `refused`, `ended`, `cancelled`, `terminated`, … */
  readonly reason?: string;
  /** The same in words. */
  readonly message?: string;
  /** What it was begun with. */
  readonly contract: ChildContract;
  /** How often it was begun: activities of one run are told from those of another by it. */
  readonly begun: number;
  /** Number of its last report. */
  readonly seq: number;
  readonly status?: SessionStatusName;
  readonly pending: readonly PendingItem[];
  readonly waits: boolean;
  readonly wants?: { readonly kind: SliceKind; readonly needs?: number };
  readonly usage: UsageTotals;
  /** What of it is booked here. */
  readonly spent: Spent;
  /** The most that it may have spent, by what it was given. */
  readonly granted: Slice;
  /** The message that it was given last, and its answer. */
  readonly request?: SendRequest;
  /** Which run of it was given the message. */
  readonly given?: number;
  readonly answer?: SendResult;
  /** Turns of its parent, by those of its own. */
  readonly turns: readonly number[];
  /** Decisions that hold for later calls in it. */
  readonly standing?: readonly StandingDecision[];
  /** True where it was told to hold still. */
  readonly held?: true;
  /** What people said while it was not there: told when it is begun again. */
  readonly untold?: readonly InterveneRequest[];
  readonly carry?: Carry;
  /** Own part of its state, as it was when it handed over: it is given it again where control comes back to it. */
  readonly own?: JsonObject;
  /** With a carry, and of one that was cancelled: its calls that can be undone, should it not be begun again. */
  readonly undoable?: readonly Json[];
  readonly proposal?: TransferProposal;
  /** Of a delegate: what it came back with. */
  readonly value?: Json;
  readonly text?: string;
  readonly partial?: string;
}

/** Who had the session, and how much was known by then: a cycle is to come back to somebody with nothing new. */
export interface Holder {
  readonly agent: string;
  readonly news: number;
}

export interface FamilyState {
  /** Number of the next child. */
  readonly next: number;
  /** By name, oldest first. */
  readonly records: ReadonlyMap<string, ChildRecord>;
  /** The child that has the user. */
  readonly active?: string;
  /** Of the running turn, oldest first. */
  readonly holders: readonly Holder[];
  /** Facts and deeds so far, those that were taken back included. */
  readonly news: number;
}

export const NO_FAMILY: FamilyState = { next: 1, records: new Map(), holders: [], news: 0 };
export const NOTHING_OF_IT: Spent = { tokens: 0, microUsd: 0, modelCalls: 0 };

/** Closed ones that are remembered. */
const REMEMBERED_CLOSED = 50;

export function newRecord(
  fields: Pick<
    ChildRecord,
    'child' | 'agent' | 'role' | 'callId' | 'taskQueue' | 'sender' | 'contract' | 'granted' | 'since'
  >,
): ChildRecord {
  return {
    ...fields,
    phase: 'starting',
    begun: 1,
    seq: 0,
    pending: [],
    waits: false,
    usage: NOTHING_SPENT,
    spent: NOTHING_OF_IT,
    turns: [],
  };
}

/** @returns the family with a record changed or added, and the oldest closed ones forgotten. */
export function withRecord(family: FamilyState, record: ChildRecord): FamilyState {
  const records = new Map(family.records).set(record.child, record);
  let closed = [...records.values()].filter(({ phase }) => phase === 'closed').length;
  for (const { child, phase } of records.values()) {
    if (closed <= REMEMBERED_CLOSED) break;
    if (phase !== 'closed') continue;
    records.delete(child);
    closed -= 1;
  }
  const next = Math.max(family.next, Number(record.child.slice(1)) + 1);
  return { ...family, next, records };
}

/** @returns a closed record, without what only an open one needs. */
export function closedRecord(record: ChildRecord, reason: string, message?: string): ChildRecord {
  const { carry: _carry, undoable: _undoable, proposal: _proposal, wants: _wants, held: _held, ...open } = record;
  const { request: _request, answer: _answer, standing: _standing, given: _given, untold: _untold, ...rest } = open;
  return {
    ...rest,
    phase: 'closed',
    status: reason === 'answered' ? 'completed' : reason === 'cancelled' ? 'cancelled' : 'stopped',
    reason,
    ...(message === undefined ? {} : { message }),
    pending: [],
    waits: false,
    contract: lean(record.contract),
  };
}

/** @returns a contract without what only the child itself needs, once it has it. */
export function lean(contract: ChildContract): ChildContract {
  const { result: _result, refused: _refused, announce: _announce, ...rest } = contract;
  return { ...rest, brief: {}, state: EMPTY_STATE };
}

export function openRecords({ records }: FamilyState): readonly ChildRecord[] {
  return [...records.values()].filter(({ phase }) => phase !== 'closed');
}

/** The child that has the user. */
export function activeRecord({ active, records }: FamilyState): ChildRecord | undefined {
  return active === undefined ? undefined : records.get(active);
}
