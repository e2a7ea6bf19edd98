/** Sessions as a client of the server finds them, for one tenant or for all. */
import { HoldfastError, type Session, type SessionClient } from '../../client';
import { checkSessionId, type ConversationItem, type PendingItem, type SessionStatus } from '../../workflows/contracts';
import type { SigningKeys } from './signing-keys';
import type {
  DeskAct,
  DeskDone,
  DeskSource,
  Person,
  SessionLine,
  SessionLook,
  SessionView,
  WaitingList,
} from './source';

/** More at once are more than anybody looks at. */
const MOST_WAITING = 200;
/** A page waits no longer for what it shows, ms. */
const READ_TIMEOUT_MS = 10_000;
/** Sessions that are known to be of the tenant. */
const MOST_KNOWN = 10_000;
/** A longer conversation is cut: nobody reads it, and a browser would suffer. */
const MOST_CONVERSATION_CHARS = 4_000_000;

export class ClientSource implements DeskSource {
  readonly #ours = new Set<string>();

  constructor(
    private readonly client: SessionClient,
    private readonly keys: SigningKeys,
    private readonly tenant?: string,
  ) {}

  async waiting(): Promise<WaitingList> {
    const { tenant } = this;
    const unread: string[] = [];
    let more = false;
    const found = await this.client.waiting({
      tenant,
      limit: MOST_WAITING + 1,
      timeoutMs: READ_TIMEOUT_MS,
      onUnreadable: (sessionId) => unread.push(sessionId),
      onMore: () => (more = true),
    });
    const entries = found.slice(0, MOST_WAITING);
    return { entries, unread: unread.sort(), more: more || entries.length < found.length };
  }

  async sessions(most: number): Promise<readonly SessionLine[]> {
    const { tenant } = this;
    const found = await this.client.listSessions({ tenant, open: true, limit: most, timeoutMs: READ_TIMEOUT_MS });
    return found.map(({ sessionId, agent, user, status, startedAt }) => ({
      sessionId,
      agent,
      user,
      status,
      startedAt: startedAt.getTime(),
    }));
  }

  async look(sessionId: string): Promise<SessionLook | undefined> {
    const session = await this.session(sessionId);
    const status = session && (await this.statusOf(session));
    if (!session || !status) return undefined;
    return { status, pending: await pendingOf(session, status) };
  }

  async view(sessionId: string, items: number): Promise<SessionView | undefined> {
    const session = await this.session(sessionId);
    const look = session && (await this.look(sessionId));
    if (!session || !look) return undefined;
    const pending = await Promise.all(look.pending.map((item) => whole(session, item)));
    return { ...look, pending, ...(await conversationOf(session, look.status.conversationLength, items)) };
  }

  async act(sessionId: string, act: DeskAct, person: Person): Promise<DeskDone | undefined> {
    const session = await this.session(sessionId);
    // A session of another tenant is not even told that somebody tried.
    if (!session || (this.tenant !== undefined && !(await this.statusOf(session)))) return undefined;
    return perform(session, act, person, this.keys);
  }

  signsFor(person: Person): boolean {
    return this.keys.signerOf(person.name) !== undefined;
  }

  private async session(sessionId: string): Promise<Session | undefined> {
    return checkSessionId(sessionId).ok && (await this.isOurs(sessionId)) ? this.client.session(sessionId) : undefined;
  }

  /**
   * By what the store says of it, before the session itself is asked: another tenant's would be given away by how long it takes to answer, and by what is wrong with
   * it. The session has the last word on whose it is.
   */
  private async isOurs(sessionId: string): Promise<boolean> {
    const { tenant } = this;
    if (tenant === undefined || this.#ours.has(sessionId)) return true;
    const found = await this.client.listSessions({ tenant, sessionId, limit: 1, timeoutMs: READ_TIMEOUT_MS });
    if (found.length === 0) return false;
    if (this.#ours.size >= MOST_KNOWN) this.#ours.clear();
    this.#ours.add(sessionId);
    return true;
  }

  /** Undefined for what is not there, and for what is another tenant's. */
  private async statusOf(session: Session): Promise<SessionStatus | undefined> {
    try {
      const status = await session.status({ timeoutMs: READ_TIMEOUT_MS });
      return this.tenant === undefined || status.tenant === this.tenant ? status : undefined;
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'SESSION_NOT_FOUND') return undefined;
      throw error;
    }
  }
}

function perform(session: Session, act: DeskAct, person: Person, keys: SigningKeys): Promise<DeskDone> {
  const { actId } = act;
  const by = person.name;
  switch (act.kind) {
    case 'decide':
      return decide(session, act, by, keys);
    case 'resolve':
      return session.resolve(act.callId, { actId, by, as: act.as, result: act.result, reason: act.reason });
    case 'extend':
      return session.extend(act.bound, act.amount, { actId, by, child: act.child });
    case 'speak':
      return session.speak(act.text, { actId, by });
    case 'note':
      return session.note(act.text, { actId, by });
    case 'stop':
      return session.stop({ actId, by, reason: act.reason });
    case 'pause':
      return session.pause({ actId, by, reason: act.reason });
    case 'resume':
      return session.resume({ actId, by, reason: act.reason });
    case 'take_over':
      return session.takeOver({ actId, by, reason: act.reason });
    case 'hand_back':
      return session.handBack({ actId, by, reason: act.reason });
    case 'revoke':
      return session.revoke(act.standing, { actId, by });
  }
}

async function decide(
  session: Session,
  act: Extract<DeskAct, { kind: 'decide' }>,
  by: string,
  keys: SigningKeys,
): Promise<DeskDone> {
  const { actId, callId, decision, argsHash, args, reason, standing } = act;
  const key = keys.signerOf(by);
  // Not where none is asked for: a worker without keys could not tell whose it is.
  const signer = key && (await session.pendingCall(callId))?.approval?.terms.signed ? key : undefined;
  return session.decide(callId, { actId, decision, argsHash, args, reason, standing, by, signer });
}

/** What waits is asked of open sessions only. */
async function pendingOf(session: Session, { status }: SessionStatus): Promise<readonly PendingItem[]> {
  const isOpen = status === 'running' || status === 'waiting_for_user' || status === 'waiting_for_human';
  return isOpen ? session.pending({ timeoutMs: READ_TIMEOUT_MS }) : [];
}

/** With all of the arguments; as it is where they cannot be had, which the page then says. */
async function whole(session: Session, item: PendingItem): Promise<PendingItem> {
  if (!item.approval || !('$cut' in item.approval.args)) return item;
  try {
    return (await session.pendingCall(item.id, { timeoutMs: READ_TIMEOUT_MS })) ?? item;
  } catch {
    return item;
  }
}

async function conversationOf(
  session: Session,
  length: number,
  most: number,
): Promise<Pick<SessionView, 'items' | 'before' | 'unreadable'>> {
  const from = Math.max(0, length - most);
  const items: ConversationItem[] = [];
  let chars = 0;
  try {
    for await (const page of session.transcript({ from, timeoutMs: READ_TIMEOUT_MS })) {
      items.push(...page.items);
      chars += JSON.stringify(page.items).length;
      if (chars > MOST_CONVERSATION_CHARS) return { items, before: from, unreadable: 'it is too long for a page.' };
    }
    return { items, before: from };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { items, before: from, unreadable: error.message };
  }
}
