/** Sessions of a clinic, made of memory: what the desk shows and decides on, with the answers that real sessions give. */
import { createHash } from 'node:crypto';
import { AlreadyDecided, NoWorker, NotAuthorized, Refused, StaleDecision } from '../../client';
import type {
  DeskAct,
  DeskDone,
  DeskSource,
  Person,
  SessionLine,
  SessionLook,
  SessionView,
  WaitingList,
} from '../../cli/desk/source';
import {
  canonicalJson,
  type ApprovalTerms,
  type ConversationItem,
  type JsonObject,
  type PendingApproval,
  type PendingItem,
  type SessionStatus,
} from '../../workflows/contracts';

export const START = Date.UTC(2026, 4, 12, 9, 0);

interface Room {
  status: SessionStatus;
  pending: PendingItem[];
  items: ConversationItem[];
}

export interface Done {
  readonly sessionId: string;
  readonly act: DeskAct;
  readonly by: string;
}

/** What a call is asked with, as far as it differs from the usual. */
export interface Question extends Partial<Omit<PendingApproval, 'terms'>> {
  readonly terms?: Partial<ApprovalTerms>;
  readonly since?: number;
  readonly until?: number;
}

export function hashOf(args: JsonObject): string {
  return createHash('sha256').update(canonicalJson(args)).digest('hex');
}

export class Clinic implements DeskSource {
  /** What took effect. */
  readonly done: Done[] = [];
  readonly #rooms = new Map<string, Room>();
  readonly #decided = new Map<string, { readonly act: DeskAct; readonly result: DeskDone; readonly by: string }>();
  /** Names of people whose keys the desk holds. */
  readonly keys = new Set<string>();
  /** Thrown by whatever is asked. */
  broken: Error | undefined;
  /** Sessions that cannot be asked. */
  readonly away = new Set<string>();
  /** More waits than the list has. */
  more = false;
  asked = 0;

  constructor(private readonly tenant?: string) {}

  open(sessionId: string, more: Partial<SessionStatus> = {}, items: readonly ConversationItem[] = []): void {
    const usage = {
      modelCalls: 2,
      toolCalls: 1,
      inputTokens: 2140,
      outputTokens: 184,
      microUsd: 1210,
      unpricedCalls: 0,
      cutOffMicroUsd: 0,
    };
    this.#rooms.set(sessionId, {
      status: {
        sessionId,
        agent: 'receptionist',
        mode: 'conversation',
        status: 'waiting_for_user',
        since: START,
        turn: 1,
        step: 2,
        queued: 0,
        usage,
        recent: [],
        keyNamespace: 'run-1',
        ledgers: {},
        refused: 0,
        conversationLength: items.length,
        ...more,
      },
      pending: [],
      items: [...items],
    });
  }

  /** Puts a call to people. @returns its hash. */
  ask(sessionId: string, callId: string, args: JsonObject, more: Question = {}): string {
    const { terms, until, since = START - 12 * 60_000, ...rest } = more;
    const argsHash = hashOf(args);
    const tool = rest.tool ?? 'take_deposit';
    this.wait(sessionId, {
      kind: 'approval',
      id: callId,
      summary: `${tool}(${Object.entries(args)
        .map(([key, value]) => `${key}=${typeof value === 'object' ? '…' : String(value)}`)
        .join(', ')})`,
      since,
      unblockedBy: 'decide',
      ...(until === undefined ? {} : { until }),
      approval: {
        callId,
        tool,
        turn: 1,
        step: 2,
        args,
        argsHash,
        effect: 'at-most-once',
        stage: 0,
        stageSince: START,
        approvedBy: [],
        keyNamespace: 'run-1',
        ...rest,
        terms: {
          reason: 'Deposits are confirmed by the front desk.',
          toolHash: 'f'.repeat(64),
          approvals: 1,
          stages: [{}],
          ...terms,
        },
      },
    });
    return argsHash;
  }

  wait(sessionId: string, item: PendingItem): void {
    const room = this.room(sessionId);
    room.pending = [...room.pending.filter(({ id }) => id !== item.id), item];
    this.set(sessionId, { status: 'waiting_for_human' });
  }

  set(sessionId: string, more: Partial<SessionStatus>): void {
    const room = this.room(sessionId);
    room.status = { ...room.status, ...more };
  }

  say(sessionId: string, item: ConversationItem): void {
    const room = this.room(sessionId);
    room.items.push(item);
    this.set(sessionId, { conversationLength: room.items.length });
  }

  /** The same call, with other arguments: somebody edited it, elsewhere. */
  change(sessionId: string, callId: string, args: JsonObject): void {
    const item = this.room(sessionId).pending.find(({ id }) => id === callId);
    if (!item?.approval) throw new Error(`${callId} does not wait`);
    this.wait(sessionId, { ...item, approval: { ...item.approval, args, argsHash: hashOf(args), editedBy: 'ben' } });
  }

  async waiting(): Promise<WaitingList> {
    this.asked += 1;
    if (this.broken) throw this.broken;
    const entries = [...this.#rooms]
      .filter(([sessionId, room]) => this.isOurs(room) && !this.away.has(sessionId))
      .flatMap(([sessionId, { status, pending }]) =>
        pending.map((item) => ({ sessionId, agent: status.agent, user: status.user, tenant: status.tenant, item })),
      )
      .sort((a, b) => a.item.since - b.item.since);
    return { entries, unread: [...this.away], more: this.more };
  }

  async sessions(): Promise<readonly SessionLine[]> {
    return [...this.#rooms]
      .filter(([, room]) => this.isOurs(room))
      .map(([sessionId, { status }]) => ({
        sessionId,
        agent: status.agent,
        user: status.user,
        status: status.status,
        startedAt: status.since - 3_600_000,
      }));
  }

  async look(sessionId: string): Promise<SessionLook | undefined> {
    if (this.broken) throw this.broken;
    if (this.away.has(sessionId)) throw new NoWorker('queue', 'no worker polls');
    const room = this.#rooms.get(sessionId);
    return room && this.isOurs(room) ? { status: room.status, pending: room.pending } : undefined;
  }

  async view(sessionId: string, most: number): Promise<SessionView | undefined> {
    const look = await this.look(sessionId);
    if (!look) return undefined;
    const { items } = this.room(sessionId);
    return { ...look, items: items.slice(-most), before: Math.max(0, items.length - most) };
  }

  signsFor({ name }: Person): boolean {
    return this.keys.has(name);
  }

  async act(sessionId: string, act: DeskAct, { name }: Person): Promise<DeskDone | undefined> {
    if (!(await this.look(sessionId))) return undefined;
    const before = this.#decided.get(act.actId);
    if (before) {
      if (canonicalJson(before.act) !== canonicalJson(act)) throw new Refused('this act was something else before');
      return { ...before.result, kind: 'already_done' };
    }
    const result = this.perform(sessionId, act, name);
    this.done.push({ sessionId, act, by: name });
    this.#decided.set(act.actId, { act, result, by: name });
    return result;
  }

  private perform(sessionId: string, act: DeskAct, by: string): DeskDone {
    const room = this.room(sessionId);
    switch (act.kind) {
      case 'decide':
        return this.decide(sessionId, act, by);
      case 'resolve':
        this.settle(sessionId, act.callId);
        break;
      case 'extend':
        this.settle(sessionId, act.child === undefined ? act.bound : `${act.child}:${act.bound}`);
        break;
      case 'stop':
        for (const { id } of room.pending) this.settle(sessionId, id);
        break;
      case 'speak':
        this.say(sessionId, { kind: 'assistant', turn: 1, step: 2, agent: 'receptionist', text: act.text, by });
        break;
      case 'note':
        this.say(sessionId, { kind: 'note', turn: 1, audience: 'model', reason: 'operator', text: act.text, by });
        break;
      case 'pause':
        this.set(sessionId, { paused: { by, since: START } });
        break;
      case 'resume':
        this.set(sessionId, { paused: undefined });
        break;
      case 'take_over':
        this.set(sessionId, { person: { by, since: START } });
        break;
      case 'hand_back':
        this.set(sessionId, { person: undefined });
        break;
      case 'revoke':
        this.set(sessionId, { standing: [] });
        break;
    }
    return { kind: 'done' };
  }

  private decide(sessionId: string, act: Extract<DeskAct, { kind: 'decide' }>, by: string): DeskDone {
    const { callId, decision, argsHash } = act;
    const earlier = [...this.#decided.values()].find(
      ({ act: other, result }) => other.kind === 'decide' && other.callId === callId && result.call !== 'waiting',
    );
    if (earlier) throw new AlreadyDecided(`${callId} was already ${earlier.result.call ?? ''} by ${earlier.by}`);
    const room = this.room(sessionId);
    const item = room.pending.find(({ id }) => id === callId);
    if (!item?.approval) throw new Refused(`no call ${callId} waits for approval`);
    const { approval } = item;
    if (approval.argsHash !== argsHash) throw new StaleDecision('other arguments wait by now');
    if (room.status.user === by) throw new NotAuthorized('the session is yours');
    if (decision === 'edit' && typeof act.args?.amount === 'string')
      throw new Refused('take_deposit does not take these arguments: amount must be a number');
    const approvedBy = [...approval.approvedBy, { by, actId: act.actId, at: START }];
    if (decision !== 'reject' && approvedBy.length < approval.terms.approvals) {
      this.wait(sessionId, { ...item, approval: { ...approval, approvedBy } });
      return { kind: 'done', call: 'waiting' };
    }
    this.settle(sessionId, callId);
    const text = `${decision} by ${by}`;
    this.say(sessionId, { kind: 'note', turn: 1, audience: 'record', reason: decision, text, by, callId });
    return { kind: 'done', call: decision === 'reject' ? 'rejected' : 'approved' };
  }

  private settle(sessionId: string, id: string): void {
    const room = this.room(sessionId);
    room.pending = room.pending.filter((item) => item.id !== id);
    if (room.pending.length === 0) this.set(sessionId, { status: 'running' });
  }

  private room(sessionId: string): Room {
    const room = this.#rooms.get(sessionId);
    if (!room) throw new Error(`there is no session ${sessionId}`);
    return room;
  }

  private isOurs({ status }: Room): boolean {
    return this.tenant === undefined || status.tenant === this.tenant;
  }
}
