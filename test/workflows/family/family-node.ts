/** One session of a family without a server: the whole plain one, put together as the workflow does it, in run after run. What crosses is JSON before the other side reads it. */
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { FamilyWorld } from './family-world';
import type { SessionInput, SessionResult } from '../../../workflows/contracts/session';
import type { ToolCallInput, ToolCallReport } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { decodeCarry, restoreSession } from '../../../workflows/session/carry';
import type { ChildClose, ChildRun } from '../../../workflows/session/family';
import { isHeld } from '../../../workflows/session/hold-gate';
import { RunningCalls } from '../../../workflows/session/running-calls';
import { isUnused } from '../../../workflows/session/session-loop';
import { SessionParts, type Outside } from '../../../workflows/session/session-parts';
import { newSession, type SessionState } from '../../../workflows/session/session-state';
import { SUCCEEDED } from '../session/scripted-moves';

export interface Cast {
  readonly model: (input: ModelCallInput, node: FamilyNode) => ModelResult;
  readonly tool?: (input: ToolCallInput, node: FamilyNode) => ToolCallReport;
  /** Ticks that a signal takes; default 1. */
  readonly delay?: () => number;
}

export const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

export async function ticks(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await tick();
}

/** Never: of a run that is over, what still waits in it waits for ever. */
const NEVER = new Promise<never>(() => undefined);

export const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** One workflow, in run after run. */
export class FamilyNode {
  parts!: SessionParts;
  /** Every run's state, oldest first. */
  readonly states: SessionState[] = [];
  readonly children: FamilyNode[] = [];
  readonly closed: Promise<ChildClose>;
  over = false;
  terminated = false;
  /** True where nobody is there any more to be told what it does. */
  lost = false;
  result?: SessionResult;
  /** As many as a run has to have before its next one may be due. */
  events = 20;
  suggested = false;
  handlers = 0;
  readonly timers = new Set<{ readonly at: number; readonly due: () => void }>();
  private close!: (close: ChildClose) => void;
  private runNumber = 0;

  constructor(
    readonly world: FamilyWorld,
    readonly id: string,
    readonly parent: FamilyNode | undefined,
    input: SessionInput,
  ) {
    this.closed = new Promise((resolve) => (this.close = resolve));
    this.begin(input);
  }

  get state(): SessionState {
    return this.parts.state;
  }

  /** Somebody ends it from outside, without a word to it: its children are asked to cancel. */
  terminate(): void {
    if (this.over) return;
    this.terminated = true;
    this.end({ kind: 'lost', how: 'terminated', message: 'it was terminated' });
  }

  /** Whoever it would have told is over, and so nobody hears of what is below it either. */
  private lose(): void {
    this.lost = true;
    for (const child of this.children) if (!child.over) child.lose();
  }

  cancel(): void {
    if (!this.over && !this.state.ending) this.parts.cancelled();
  }

  /** From now on the next run is due. */
  suggest(): void {
    this.suggested = true;
    this.parts.nextRun.look();
  }

  async handled<T>(handle: () => T | Promise<T>): Promise<T> {
    this.handlers += 1;
    try {
      return await handle();
    } finally {
      this.handlers -= 1;
    }
  }

  private end(close: ChildClose): void {
    if (this.over) return;
    this.over = true;
    this.lost ||= this.terminated;
    for (const child of this.children) {
      if (child.over) continue;
      child.lose();
      child.cancel();
    }
    this.close(close);
  }

  private begin(input: SessionInput): void {
    const { world } = this;
    const now = world.now;
    const restored = (carry: unknown) => {
      const decoded = decodeCarry(carry);
      if ('problem' in decoded) throw new Error(decoded.problem);
      return restoreSession(this.id, input, decoded.carry, now());
    };
    const state = input.carry
      ? restored(input.carry)
      : newSession(this.id, input, input.keyNamespace ?? `ns-${this.id}`, now());
    this.states.push(state);
    this.suggested = false;
    this.events = 20;
    this.runNumber += 1;
    const run = this.runNumber;
    const isOld = () => this.over || run !== this.runNumber;
    const parts = new SessionParts(state, this.outside(state, isOld));
    this.parts = parts;
    parts.begin();
    const running = Promise.resolve().then(() => parts.run());
    void running.then((result) => {
      if (isOld()) return;
      this.result = result;
      this.end(
        result
          ? { kind: 'ended', result: clone(result) }
          : { kind: 'lost', how: 'cancelled', message: 'it was cancelled' },
      );
    });
    running.catch((error: unknown) => world.broken.push(error));
  }

  private outside(state: SessionState, isOld: () => boolean): Outside {
    const { world } = this;
    const until = async (holds: () => boolean): Promise<void> => {
      while (!isOld() && !holds()) await tick();
      if (isOld()) await NEVER;
    };
    let broken: () => void = () => undefined;
    let breaking = new Promise<void>((resolve) => (broken = resolve));
    const background = (work: Promise<unknown>) => {
      work.catch((error: unknown) => world.broken.push(error));
    };
    return {
      now: world.now,
      shown: { publish: () => undefined, showProgress: () => undefined },
      running: new RunningCalls(),
      background,
      deadline: (ms, due) => {
        const timer = { at: world.now() + ms, due: () => (isOld() ? undefined : due()) };
        this.timers.add(timer);
        return () => this.timers.delete(timer);
      },
      checkApproval: async ({ by }) => ({ kind: 'accepted', by }),
      notifyPerson: async () => undefined,
      resolveCall: async () => ({ kind: 'absent' }),
      undoCall: async () => SUCCEEDED,
      checkState: async ({ patch }) => ({ kind: 'accepted', patch }),
      checkResult: async ({ value }) => ({ kind: 'accepted', value }),
      taskQueue: 'queue',
      startChild: (record, input) => this.startChild(record.child, clone(input)),
      signalChild: (child, relay) => world.signal(`${this.id}/${child}`, relay, undefined),
      tellParent: (report) => (this.parent ? world.signal(this.parent.id, undefined, report) : Promise.resolve(false)),
      callModel: async (input) => {
        this.events += 3;
        world.modelCalls += 1;
        await Promise.race([ticks(2), breaking]);
        if (isOld()) return NEVER;
        if (state.stop ?? state.ending) return { kind: 'cancelled' };
        return clone(world.cast.model(clone(input), this));
      },
      callTool: async (_call, input) => {
        this.events += 3;
        world.toolCalls += 1;
        await ticks(2);
        if (isOld()) return NEVER;
        return world.cast.tool?.(input, this) ?? SUCCEEDED;
      },
      waitForWork: async (forFirst) => {
        const ready = () => (state.queue.length > 0 || (!forFirst && isUnused(state))) && !isHeld(state);
        await until(() => ready() || state.ending !== undefined || state.continuing);
        return true;
      },
      inTurns: (work) => work(),
      cancelTurn: () => broken(),
      renewTurns: () => {
        breaking = new Promise((resolve) => (broken = resolve));
      },
      until,
      untilOr: (holds) => until(holds),
      closeConversation: async () => undefined,
      settle: async () => undefined,
      facts: () => ({ events: this.events, bytes: 0, suggested: this.suggested }),
      handlersFinished: () => this.handlers === 0,
      store: async () => undefined,
      continueAsNew: (input) => {
        this.begin(clone(input));
        return NEVER;
      },
    };
  }

  private startChild(child: string, input: SessionInput): ChildRun {
    const { world } = this;
    const id = `${this.id}/${child}`;
    let node: FamilyNode | undefined;
    let cancelled = false;
    const started = ticks(1).then(() => {
      if (this.over || cancelled) return;
      if (world.nodes.get(id)?.over === false) throw new Error(`two of ${id} run at once`);
      node = new FamilyNode(world, id, this, input);
      this.children.push(node);
      world.nodes.set(id, node);
      world.all.push(node);
    });
    const lost: ChildClose = { kind: 'lost', how: 'cancelled', message: 'it was cancelled before it began' };
    return {
      started,
      ended: started.then(() => (node ? node.closed : lost)).then((close) => ticks(1).then(() => close)),
      cancel: () => {
        cancelled = true;
        node?.cancel();
      },
    };
  }
}
