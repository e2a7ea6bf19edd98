/** Families of sessions without a server: children, signals and runs are what Temporal would make of them. */
import type { Relay, Report } from '../../../workflows/contracts/handoff';
import type {
  DecideRequest,
  InterveneRequest,
  ResolveRequest,
  SendResult,
} from '../../../workflows/contracts/messages';
import type { SessionInput } from '../../../workflows/contracts/session';
import type { Refusal } from '../../../workflows/session/mailbox';

import { clone, FamilyNode, tick, ticks, type Cast } from './family-node';

export class FamilyWorld {
  /** By workflow id, the last of each. */
  readonly nodes = new Map<string, FamilyNode>();
  readonly all: FamilyNode[] = [];
  readonly root: FamilyNode;
  /** What a session threw. */
  readonly broken: unknown[] = [];
  signals = 0;
  /** Acts of people. */
  acts = 0;
  modelCalls = 0;
  toolCalls = 0;
  private time = 0;

  constructor(
    readonly cast: Cast,
    input: Partial<SessionInput> & { readonly agent: string },
  ) {
    this.root = new FamilyNode(this, 'root', undefined, { v: 1, continueAfter: {}, user: 'ursula', ...input });
    this.nodes.set('root', this.root);
    this.all.push(this.root);
  }

  readonly now = (): number => (this.time += 1);

  /** Nothing goes on from here: what still waits, waits for ever. */
  stop(): void {
    for (const node of this.all) node.over = true;
  }

  /** Moves the clock on, ms, and has go off what is due by then. */
  passTime(ms: number): void {
    this.time += ms;
    for (const node of this.all) {
      for (const timer of [...node.timers]) {
        if (timer.at > this.time || !node.timers.delete(timer)) continue;
        timer.due();
      }
    }
  }

  async signal(id: string, relay: Relay | undefined, report: Report | undefined): Promise<boolean> {
    this.signals += 1;
    await ticks(this.cast.delay?.() ?? 1);
    const node = this.nodes.get(id);
    if (!node || node.over) return false;
    node.events += 5;
    const problem = relay ? node.parts.relays?.take(clone(relay)) : node.parts.family.family.report(clone(report));
    // A report of a child that is closed by now is late, and no fault.
    if (problem && relay) this.broken.push(new Error(`${id} did not take ${JSON.stringify(relay)}: ${problem}`));
    node.parts.nextRun.look();
    return true;
  }

  /** Sends until there is an answer. */
  async say(messageId: string, text: string): Promise<SendResult> {
    const { root } = this;
    for (;;) {
      const { parts } = root;
      parts.nextRun.tookIn();
      const answer = await root.handled(() => parts.bargeIn.send({ messageId, text }));
      if (answer.kind !== 'continued') return answer;
      while (root.parts === parts && parts.state.continuing) await tick();
    }
  }

  decide(request: DecideRequest): Promise<object | Refusal> {
    this.acts += 1;
    const { approvals, family } = this.root.parts;
    return this.root.handled(
      () => family.acts.decide(request) ?? approvals.refusal(request) ?? approvals.decide(request),
    );
  }

  resolve(request: ResolveRequest): Promise<object | Refusal> {
    this.acts += 1;
    const { unresolved, family } = this.root.parts;
    return this.root.handled(
      () => family.acts.resolve(request) ?? unresolved.refusal(request) ?? unresolved.resolve(request),
    );
  }

  intervene(request: InterveneRequest): Promise<object | Refusal> {
    this.acts += 1;
    const { interventions, family } = this.root.parts;
    return this.root.handled(
      () => family.acts.intervene(request) ?? interventions.refusal(request) ?? interventions.intervene(request),
    );
  }
}
