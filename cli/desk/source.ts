/**
 * What the desk needs of sessions: what waits, one session, and the acts of a person on it. Behind it are a client and a Temporal server, in tests a world of
 * the test's own.
 */
import type {
  ConversationItem,
  Decision,
  Json,
  JsonObject,
  LimitName,
  PendingItem,
  Resolution,
  SessionStatus,
  StandingScope,
} from '../../workflows/contracts';

/** Something that waits for a person, in some session. */
export interface WaitingEntry {
  readonly sessionId: string;
  readonly agent: string;
  readonly user?: string;
  readonly tenant?: string;
  readonly item: PendingItem;
}

/** What waits, as far as it could be read. */
export interface WaitingList {
  /** Oldest first. */
  readonly entries: readonly WaitingEntry[];
  /** Ids of sessions of which something waits that cannot be read now, such as those whose worker is away. */
  readonly unread: readonly string[];
  /** True: more waits than is in `entries`. */
  readonly more: boolean;
}

/** A session in a list. */
export interface SessionLine {
  readonly sessionId: string;
  readonly agent: string;
  readonly user?: string;
  readonly status: string;
  /** ms since the epoch. */
  readonly startedAt: number;
}

/** Where a session stands. */
export interface SessionLook {
  readonly status: SessionStatus;
  readonly pending: readonly PendingItem[];
}

/** A session as its page shows it: of calls that wait, all of the arguments. */
export interface SessionView extends SessionLook {
  readonly items: readonly ConversationItem[];
  /** How many items come before the first of `items`. */
  readonly before: number;
  /** Set where the conversation cannot be read: why. */
  readonly unreadable?: string;
}

/** A person in front of the desk. */
export interface Person {
  readonly name: string;
  /** As whoever says who this is says it; what counts for a decision are the roles of a key. */
  readonly roles?: readonly string[];
}

/** What a person asks for by a form. `actId` was minted with the form: sent twice, it is done once. */
export type DeskAct = { readonly actId: string } & (
  | {
      readonly kind: 'decide';
      readonly callId: string;
      readonly decision: Decision;
      /** Of the arguments that the page showed. */
      readonly argsHash: string;
      readonly args?: JsonObject;
      readonly reason?: string;
      readonly standing?: StandingScope;
    }
  | {
      readonly kind: 'resolve';
      readonly callId: string;
      readonly as: Resolution;
      readonly result?: Json;
      readonly reason?: string;
    }
  /** `child`: path of the child whose bound it is. */
  | { readonly kind: 'extend'; readonly bound: LimitName; readonly amount: number; readonly child?: string }
  | { readonly kind: 'speak' | 'note'; readonly text: string }
  | { readonly kind: 'stop' | 'pause' | 'resume' | 'take_over' | 'hand_back'; readonly reason?: string }
  | { readonly kind: 'revoke'; readonly standing: string }
);

export interface DeskDone {
  readonly kind: 'done' | 'already_done';
  /** Of a decision: `waiting` for further people. */
  readonly call?: 'approved' | 'rejected' | 'waiting';
}

/** All methods throw HoldfastErrors. A session of another tenant than the desk's is treated as one that is not there. */
export interface DeskSource {
  waiting(): Promise<WaitingList>;
  /** Open ones, the newest first. */
  sessions(most: number): Promise<readonly SessionLine[]>;
  /** @returns undefined where there is no such session. */
  look(sessionId: string): Promise<SessionLook | undefined>;
  /** @param items most items of the conversation wanted, the last ones. */
  view(sessionId: string, items: number): Promise<SessionView | undefined>;
  /** @throws HoldfastError: what was refused, and why. */
  act(sessionId: string, act: DeskAct, person: Person): Promise<DeskDone | undefined>;
  /** Whether the desk holds a key to sign with for this person. */
  signsFor(person: Person): boolean;
}
