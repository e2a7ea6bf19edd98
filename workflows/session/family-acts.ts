/**
 * Acts of people on what is in a child: they come to the first session, which is the one address, are relayed, and are answered by the child's report. Plain code.
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
import { activeRecord, openRecords } from './children';
import type { Family, FamilyListener } from './family';
import { splitId, withPath } from './family-ids';
import type { Refusal } from './mailbox';
import { apply, type DoneAct } from './session-state';

type Answer = DecideResult | ResolveResult | InterveneResult;
type End<T> = Promise<T | Refusal>;

/** An act that is a child's to take. */
interface Routed<T> {
  readonly child: string;
  readonly request: T;
}

export class FamilyActs implements Pick<FamilyListener, 'answered' | 'gone'> {
  private readonly waiting = new Map<string, ((answer: Answer | Refusal | typeof AGAIN) => void)[]>();
  private wanted = 0;

  constructor(
    private readonly family: Family,
    /** Nobody acts on the child any more. */
    private readonly settled: (child: string) => void,
  ) {}

  /** True where an act on the child is under way. */
  isWaitingFor(child: string): boolean {
    return [...this.waiting.keys()].some((key) => key.startsWith(`${child} `));
  }

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

  answered(_child: string, { relayId = '', result }: Report): void {
    if (!result || result.kind === 'answered') return;
    const tell = this.waiting.get(`${_child} ${relayId}`);
    if (!tell) return;
    this.waiting.delete(`${_child} ${relayId}`);
    const answer = result.kind === 'done' ? withChild(result.answer, _child) : refusalOf(result);
    for (const each of tell) each(answer);
  }

  gone(child: string): void {
    const { message, phase } = this.family.get(child);
    for (const [key, tell] of [...this.waiting]) {
      if (!key.startsWith(`${child} `)) continue;
      this.waiting.delete(key);
      const why = message === undefined ? '' : ` (${message})`;
      // It came back for the next run, and may be told again then.
      if (phase === 'parked') for (const each of tell) each(AGAIN);
      else
        for (const each of tell)
          each(refused(`the child ${child} is over${why}, so nobody is there to act on any more`));
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
    if (request.act === 'patch_state' && active && active.phase !== 'closed') return { child: active.child, request };
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
    for (;;) {
      const problem = await this.untilThere(child);
      if (problem) return problem;
      const relayId = `act:${actId}`;
      const answer = new Promise<Answer | Refusal | typeof AGAIN>((resolve) => {
        const key = `${child} ${relayId}`;
        this.waiting.set(key, [...(this.waiting.get(key) ?? []), resolve]);
      });
      // Only now: from here on it is not told to come back before the act is done.
      if (family.get(child).phase === 'parked') family.restart(child);
      const isTold = await family.tell(child, { relayId, ...told });
      // Its end comes in, and with it an answer, where there was nobody to be told.
      if (!isTold && !family.runsNow(child)) this.gone(child);
      const end = (await answer) as T | Refusal | typeof AGAIN;
      if (end === AGAIN) continue;
      if (!('type' in end) && !state.acts.has(actId)) {
        apply(state, { kind: 'act_done', actId, done: doneBy(end) }, family.deps.now());
      }
      this.settled(child);
      return end;
    }
  }

  /** Waits for a child that came back to hand over, until it is clear what becomes of that. @returns why it cannot be told. */
  private async untilThere(child: string): Promise<Refusal | undefined> {
    const { family } = this;
    const { state } = family;
    const record = family.find(child);
    if (!record || record.phase === 'closed') return refused(this.notThere(child));
    if (record.phase === 'parked' && record.proposal) {
      this.wanted += 1;
      family.look();
      await family.until(() => (family.runsNow(child) || family.get(child).phase === 'closed' ? true : undefined));
      this.wanted -= 1;
    }
    if (!state.ending) return undefined;
    return refused(`session ${state.sessionId} is closing (${state.ending.reason})`);
  }

  private notThere(child: string): string {
    const open = openRecords(this.family.state.family).map((record) => record.child);
    const some = open.length === 0 ? 'none is' : `those that are: ${open.join(', ')}`;
    return `no child ${child} of this session is open; ${some}`;
  }
}

/** The child was on its way back. */
const AGAIN = 'again';
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
