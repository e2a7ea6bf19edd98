/**
 * Acts of people on what is in a child: they come to the first session, which is the one address, are relayed, and are answered by the child's report. So are acts on
 * the session as a whole that a child has a part in: holding still, notes, more of a bound. Plain code.
 */
import { FAILURE_TYPES } from '../contracts/failures';
import type { Relay, Report } from '../contracts/handoff';
import type {
  DecideRequest,
  DecideResult,
  InterveneRequest,
  InterveneResult,
  ResolveRequest,
  ResolveResult,
} from '../contracts/messages';
import { contentOfAct } from './acts';
import { contentOfDecision } from './deciding';
import { activeRecord, openRecords, type ChildRecord } from './children';
import type { Family, FamilyListener } from './family';
import { splitId, withPath } from './family-ids';
import { isHeld } from './hold-gate';
import type { Refusal } from './mailbox';
import { apply, type DoneAct } from './session-state';

type Answer = DecideResult | ResolveResult | InterveneResult;
type End<T> = Promise<T | Refusal>;

/** An act that is a child's to take. */
interface Routed<T> {
  readonly child: string;
  readonly request: T;
}

export class FamilyActs implements Pick<FamilyListener, 'answered' | 'gone' | 'began'> {
  private readonly waiting = new Map<string, ((answer: Answer | Refusal) => void)[]>();
  private wanted = 0;

  constructor(private readonly family: Family) {}

  /** True where no act is under way. */
  get idle(): boolean {
    return this.waiting.size === 0 && this.wanted === 0;
  }

  /** True where somebody acts on a child that came back for the next run: this run has to go on with it. */
  get isWanted(): boolean {
    return this.wanted > 0;
  }

  /** True for an act that is a child's to take, or to refuse. */
  concerns(request: DecideRequest | ResolveRequest | InterveneRequest): boolean {
    return ('act' in request ? this.route(request) : this.byCall(request)) !== undefined;
  }

  /** @returns undefined for an act on the session's own, and for one that was done before, wherever that was. */
  decide(request: DecideRequest): End<DecideResult> | undefined {
    const routed = this.byCall(request);
    return (
      routed &&
      this.relay<DecideResult>(routed.child, request, { act: 'decide', payload: routed.request }, (answer) => {
        const { kind: _, status: __, ...decision } = answer;
        return { act: 'decide', callId: request.callId, content: contentOfDecision(request), decision };
      })
    );
  }

  resolve(request: ResolveRequest): End<ResolveResult> | undefined {
    const routed = this.byCall(request);
    return (
      routed &&
      this.relay<ResolveResult>(routed.child, request, { act: 'resolve', payload: routed.request }, ({ as }) => {
        return { act: 'resolve', callId: request.callId, content: contentOfAct(request), as };
      })
    );
  }

  intervene(request: InterveneRequest): End<InterveneResult> | undefined {
    const routed = this.route(request);
    const { act, callId } = request;
    return (
      routed &&
      this.relay<InterveneResult>(routed.child, request, { act: 'intervene', payload: routed.request }, (answer) => {
        const { outcome } = answer;
        const content = contentOfAct(request);
        return { act, content, ...(callId === undefined ? {} : { callId }), ...(outcome ? { outcome } : {}) };
      })
    );
  }

  /**
   * An act on the session as a whole was done: children that have a part in it are told.
   * @param heard what the user had written, where the act answered it in place of the agent.
   */
  done(request: InterveneRequest, heard: readonly string[]): void {
    const { act, actId, by = '', text = '' } = request;
    if (act === 'pause' || act === 'resume' || act === 'take_over' || act === 'hand_back') this.holdAll(request);
    const active = activeRecord(this.family.state.family);
    if ((act !== 'note' && act !== 'speak') || !active) return;
    // Whoever has the user is to know of it.
    const said: InterveneRequest =
      heard.length === 0 ? request : { actId, act: 'note', by, text: heardWords(heard, by, text) };
    this.tell(active.child, `told:${actId}`, said);
  }

  began(child: string): void {
    const record = this.family.get(child);
    const { paused, person } = this.family.state;
    const hold = paused ?? person;
    if (hold && !record.held) this.hold(record, { actId: `began.${record.begun}`, act: 'pause', by: hold.by });
    if (!hold && record.held) this.hold(record, { actId: `began.${record.begun}`, act: 'resume', by: 'its parent' });
  }

  answered(_child: string, { relayId = '', result }: Report): void {
    if (!result || result.kind === 'answered') return;
    const tell = this.waiting.get(`${_child} ${relayId}`);
    if (!tell) return;
    this.waiting.delete(`${_child} ${relayId}`);
    const answer = result.kind === 'done' ? withChild(result.answer, _child) : refusalOf(result);
    for (const each of tell) each(answer);
  }

  gone(child: string): void {
    const { message } = this.family.get(child);
    for (const [key, tell] of [...this.waiting]) {
      if (!key.startsWith(`${child} `)) continue;
      this.waiting.delete(key);
      const why = message === undefined ? '' : ` (${message})`;
      for (const each of tell) each(refused(`the child ${child} is over${why}, so nobody is there to act on any more`));
    }
  }

  /** The child that an act on one of its calls is for. */
  private byCall<T extends { readonly actId: string; readonly callId?: string }>(request: T): Routed<T> | undefined {
    // What was done under this id is answered from the record, whoever has the user by now.
    if (this.family.state.acts.has(request.actId)) return undefined;
    const found = splitId(request.callId ?? '');
    if (!found || this.isOwn(request.callId)) return undefined;
    return { child: found.child, request: { ...request, callId: found.id } };
  }

  /** Calls of children that are closed are the session's own by now. */
  private isOwn(callId: string | undefined): boolean {
    const { undoable, unresolved } = this.family.state;
    return undoable.some((call) => call.callId === callId) || unresolved.has(callId ?? '');
  }

  private route(request: InterveneRequest): Routed<InterveneRequest> | undefined {
    const { state } = this.family;
    if (state.acts.has(request.actId)) return undefined;
    const { child: named = '' } = request;
    // A repeat goes where the act itself is under way to, though somebody else may have the user by now.
    const busy = named === '' && request.callId === undefined ? this.busyWith(request.actId) : undefined;
    if (busy !== undefined) return { child: busy, request };
    if (request.act === 'extend') {
      const child = named === '' ? this.asker(request) : named;
      if (child === undefined) return undefined;
      const [first = '', ...below] = child.split('/');
      const { child: _, ...rest } = request;
      return { child: first, request: below.length === 0 ? rest : { ...rest, child: below.join('/') } };
    }
    // The state is that of the agent that has the user.
    const active = activeRecord(state.family);
    if (request.act === 'patch_state' && active?.phase === 'open') return { child: active.child, request };
    if (request.act === 'revoke' && !state.standing.some(({ actId }) => actId === request.standing)) {
      const holder = openRecords(state.family).find(({ standing = [] }) =>
        standing.some(({ actId }) => actId === request.standing),
      );
      if (holder) return { child: holder.child, request };
    }
    return this.byCall(request);
  }

  /** The child that asks about the bound, where the session does not. */
  private asker({ bound }: InterveneRequest): string | undefined {
    const { state } = this.family;
    if (state.bounding.asking?.bound === bound) return undefined;
    for (const { child, pending } of openRecords(state.family)) {
      const item = pending.find(({ limit }) => limit?.bound === bound);
      if (item) return item.child === undefined ? child : `${child}/${item.child}`;
    }
    return undefined;
  }

  /** The child that the act is under way to. */
  private busyWith(actId: string): string | undefined {
    const key = [...this.waiting.keys()].find((each) => each.endsWith(` act:${actId}`));
    return key?.slice(0, -` act:${actId}`.length);
  }

  /** @param doneBy what is remembered of the act, so that a repeat finds it also when the child is over, or somebody else has the user. */
  private async relay<T extends Answer>(
    child: string,
    { actId }: { readonly actId: string },
    told: Told,
    doneBy: (answer: T) => DoneAct,
  ): Promise<T | Refusal> {
    const { family } = this;
    const { state } = family;
    const record = family.find(child);
    if (!record || record.phase === 'closed') return refused(this.notThere(child));
    // It came back for the next run, which may have to wait for others: it is begun again for this, and comes back with what was decided.
    if (record.phase === 'parked' && !record.proposal) family.restart(child);
    else if (record.phase === 'parked') {
      this.wanted += 1;
      family.look();
      await family.until(() => (family.runsNow(child) || family.get(child).phase === 'closed' ? true : undefined));
      this.wanted -= 1;
    }
    if (state.ending) return refused(`session ${state.sessionId} is closing (${state.ending.reason})`);
    const relayId = `act:${actId}`;
    const answer = new Promise<Answer | Refusal>((resolve) => {
      const key = `${child} ${relayId}`;
      this.waiting.set(key, [...(this.waiting.get(key) ?? []), resolve]);
    });
    const isTold = await family.tell(child, { relayId, ...told });
    // Its end comes in, and with it an answer, where there was nobody to be told.
    if (!isTold && !family.runsNow(child)) this.gone(child);
    const end = (await answer) as T | Refusal;
    if (!('type' in end) && !state.acts.has(actId)) {
      apply(state, { kind: 'act_done', actId, done: doneBy(end) }, family.deps.now());
    }
    return end;
  }

  private notThere(child: string): string {
    const open = openRecords(this.family.state.family).map((record) => record.child);
    const some = open.length === 0 ? 'none is' : `those that are: ${open.join(', ')}`;
    return `no child ${child} of this session is open; ${some}`;
  }

  /** Children hold still while the session does. */
  private holdAll({ actId, by = 'its parent', reason }: InterveneRequest): void {
    const { state } = this.family;
    const holds = isHeld(state);
    for (const record of openRecords(state.family)) {
      if ((record.held === true) === holds || !this.family.runsNow(record.child)) continue;
      this.hold(record, { actId, act: holds ? 'pause' : 'resume', by, ...(reason === undefined ? {} : { reason }) });
    }
  }

  private hold(record: ChildRecord, request: InterveneRequest): void {
    const { held: _, ...rest } = record;
    this.family.change(request.act === 'pause' ? { ...rest, held: true } : rest);
    this.tell(record.child, `hold:${request.actId}`, { ...request, actId: `hold.${request.actId}`.slice(0, 200) });
  }

  private tell(child: string, relayId: string, payload: InterveneRequest): void {
    this.family.deps.background(this.family.tell(child, { relayId, act: 'intervene', payload }));
  }
}

/** Longest part of what a person said, or was told, that a child is told of, UTF-16 units. */
const MAX_HEARD = 8_000;

function heardWords(heard: readonly string[], by: string, said: string): string {
  const cut = (text: string) => text.slice(0, MAX_HEARD).replace(/\p{Surrogate}$/u, '');
  return `While ${by} had this conversation, the user wrote: ${cut(heard.map((text) => JSON.stringify(text)).join(', '))}. ${by} answered, as the agent: ${cut(said)}`;
}

type Told = Relay extends infer Each ? (Each extends Relay ? Omit<Each, 'relayId'> : never) : never;

function withChild(answer: Answer, child: string): Answer {
  return 'callId' in answer ? { ...answer, callId: withPath(child, answer.callId) } : answer;
}

function refusalOf({ type, message, details }: Extract<NonNullable<Report['result']>, { kind: 'refused' }>): Refusal {
  const known = Object.values(FAILURE_TYPES).find((name) => name === type) ?? FAILURE_TYPES.refused;
  return { type: known, message, ...(details ? { details } : {}) };
}

function refused(message: string): Refusal {
  return { type: FAILURE_TYPES.refused, message };
}
