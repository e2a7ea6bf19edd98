/**
 * A session without a server that goes on in run after run: what one hands on is JSON before the next reads it. Its model, tools and people are the
 * test's; whoever is told to send again does.
 */
import type { SegmentRef } from '../../../workflows/contracts/continuation';
import type { ApprovalCheckInput } from '../../../workflows/contracts/approval';
import type {
  DecideRequest,
  DecideResult,
  InterveneRequest,
  InterveneResult,
  ResolveRequest,
  ResolveResult,
  SendResult,
} from '../../../workflows/contracts/messages';
import type { SessionInput } from '../../../workflows/contracts/session';
import type { ToolCallInput, ToolCallReport, UndoInput } from '../../../workflows/contracts/tool';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import { Approvals, type CheckEnd } from '../../../workflows/session/approvals';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { decodeCarry, restoreSession } from '../../../workflows/session/carry';
import { BargeIn } from '../../../workflows/session/barge-in';
import type { Part } from '../../../workflows/session/continuation';
import { HoldGate, isHeld } from '../../../workflows/session/hold-gate';
import { Interventions } from '../../../workflows/session/interventions';
import { LimitGate } from '../../../workflows/session/limit-gate';
import { Mailbox, type Refusal } from '../../../workflows/session/mailbox';
import { NextRun } from '../../../workflows/session/next-run';
import { RunningCalls } from '../../../workflows/session/running-calls';
import { isUnused, runSession, type SessionDeps } from '../../../workflows/session/session-loop';
import { newSession, type Ending, type SessionState } from '../../../workflows/session/session-state';
import type { RunnableCall } from '../../../workflows/session/tool-calls';
import { Undoing } from '../../../workflows/session/undo';
import { NO_CHILDREN, NO_FAMILY_TO_PARK } from './no-children';
import { Unresolved, type ResolveEnd } from '../../../workflows/session/unresolved';

/** As in a worker that never lets go of the session: what fails there fails the test. */
const background = (work: Promise<unknown>) => void work;

export interface World {
  readonly model: (input: ModelCallInput) => Promise<ModelResult> | ModelResult;
  readonly tool: (
    call: RunnableCall,
    activityId: string,
    input: ToolCallInput,
  ) => Promise<ToolCallReport> | ToolCallReport;
  readonly resolve?: (callId: string) => Promise<ResolveEnd> | ResolveEnd;
  readonly check?: (input: ApprovalCheckInput) => Promise<CheckEnd> | CheckEnd;
  readonly notify?: () => Promise<undefined>;
  readonly undo?: (input: UndoInput) => Promise<ToolCallReport> | ToolCallReport;
  /** Absent: nothing can be stored. */
  readonly store?: (part: Part, state: SessionState) => readonly SegmentRef[] | undefined;
}

/** One run: everything that is made anew in the next. */
class Run {
  readonly mailbox: Mailbox;
  readonly unresolved: Unresolved;
  readonly approvals: Approvals;
  readonly undoing: Undoing;
  readonly limitGate: LimitGate;
  readonly holdGate: HoldGate;
  readonly interventions: Interventions;
  readonly bargeIn: BargeIn;
  readonly nextRun: NextRun;
  readonly family = NO_FAMILY_TO_PARK;
  next?: SessionInput;
  suggested = false;
  /** True once it has ended: what still waits in it waits for ever. */
  over = false;
  /** As many as a run has to have before its next one may be due. */
  events = 20;
  handlers = 0;
  /** What goes off once so many ms have passed. */
  readonly timers = new Set<{ readonly at: number; readonly due: () => void }>();

  constructor(
    readonly state: SessionState,
    private readonly world: World,
    private readonly now: () => number,
  ) {
    const publish = () => this.nextRun.look();
    this.mailbox = new Mailbox(state, now);
    this.unresolved = new Unresolved(state, this.mailbox, {
      now,
      publish,
      resolveCall: async ({ callId }) => (await world.resolve?.(callId)) ?? { kind: 'absent' },
    });
    this.approvals = new Approvals(state, this.mailbox, {
      now,
      publish,
      deadline: (ms, due) => {
        const timer = { at: now() + ms, due };
        this.timers.add(timer);
        return () => this.timers.delete(timer);
      },
      checkApproval: async (input) => (await world.check?.(input)) ?? { kind: 'accepted', by: input.by },
      notifyPerson: async () => world.notify?.(),
      background,
    });
    this.undoing = new Undoing(state, this.unresolved, {
      now,
      progress: publish,
      background,
      undoCall: async (_call, input) => {
        if (!world.undo) throw new Error('nothing is undone in this test');
        return world.undo(input);
      },
    });
    this.limitGate = new LimitGate(state, this.mailbox, { now, publish, deadline: () => () => undefined });
    this.holdGate = new HoldGate(state);
    const stopTurn = () => {
      this.unresolved.stand(state.ending ? 'all' : 'turn');
      this.approvals.stand();
      this.limitGate.stand();
      this.holdGate.look();
    };
    this.interventions = new Interventions(state, {
      now,
      publish,
      progress: publish,
      mailbox: this.mailbox,
      holdGate: this.holdGate,
      running: new RunningCalls(),
      deadline: () => () => undefined,
      undoing: this.undoing,
      extended: () => this.limitGate.extended(),
      acted: () => undefined,
      checkState: async ({ patch }) => ({ kind: 'accepted', patch }),
      breakOff: stopTurn,
      stopTurn,
    });
    const withdraw = () => this.approvals.withdraw('user');
    this.bargeIn = new BargeIn(state, { now, mailbox: this.mailbox, withdraw, breakOff: stopTurn });
    this.nextRun = new NextRun(state, this, {
      now,
      background,
      deadline: () => () => undefined,
      facts: () => ({ events: this.events, bytes: 0, suggested: this.suggested }),
      until: (holds) =>
        until(() => this.over || holds()).then(() => (this.over ? new Promise(() => undefined) : undefined)),
      handlersFinished: () => this.handlers === 0,
      lastWords: () => Promise.resolve(),
      store: (part) => Promise.resolve(world.store?.(part, state)),
      // Written out at once: what still comes to this run is not handed on.
      continueAsNew: (input) => Promise.resolve((this.next = JSON.parse(JSON.stringify(input)) as SessionInput)),
    });
    this.undoing.resume();
  }

  /** @returns why the session ends; undefined where it goes on in another run. */
  async play(): Promise<Ending | undefined> {
    const { state, world, now } = this;
    const deps: SessionDeps = {
      now,
      progress: () => this.nextRun.look(),
      publish: () => this.nextRun.look(),
      stopping: () => state.ending !== undefined || state.stop !== undefined,
      continuing: () => state.continuing,
      waitForWork: async (forFirst) => {
        const ready = () => (state.queue.length > 0 || (!forFirst && isUnused(state))) && !isHeld(state);
        await until(() => ready() || state.ending !== undefined || state.continuing);
        return true;
      },
      callModel: async (input) => {
        this.events += 1;
        return world.model(input);
      },
      callTool: async (call, input, activityId) => {
        this.events += 1;
        return world.tool(call, activityId, input);
      },
      hold: this.holdGate,
      holdBack: (held) => this.unresolved.hold(held),
      askPeople: (calls) => this.approvals.ask(calls),
      askForMore: (asking) => this.limitGate.ask(asking),
      undoTurn: (turn) => this.undoing.undoTurn(turn),
      ...NO_CHILDREN,
    };
    this.nextRun.watch();
    for (;;) {
      const ending = await runSession(state, this.mailbox, deps);
      if (ending) {
        this.undoing.resume();
        this.unresolved.stand('all');
        return ending;
      }
      if (state.continuing) await this.nextRun.leave();
      if (this.next) return undefined;
    }
  }
}

export class Chain {
  private run: Run;
  private time = 0;
  readonly finished: Promise<Ending>;

  constructor(
    private readonly world: World,
    input: Partial<SessionInput> = {},
  ) {
    const first = { v: 1, agent: 'clerk', continueAfter: {}, ...input } as const;
    this.run = new Run(newSession('session-1', first, 'ns', this.now()), world, this.now);
    this.finished = Promise.resolve().then(() => this.play());
  }

  get state(): SessionState {
    return this.run.state;
  }

  /** From now on the next run is due. @param seen false: by a task in which nothing happened. */
  suggest(seen = true): void {
    this.run.suggested = true;
    if (seen) this.run.nextRun.look();
  }

  pass(events: number): void {
    this.run.events += events;
    this.run.nextRun.look();
  }

  /** Moves the clock on, ms, and has go off what is due by then. */
  passTime(ms: number): void {
    this.time += ms;
    for (const timer of [...this.run.timers]) {
      if (timer.at > this.time || !this.run.timers.delete(timer)) continue;
      timer.due();
    }
  }

  /** Sends until there is an answer. @returns it, and how often it was told to send again. */
  async say(messageId: string, text = `text of ${messageId}`): Promise<SendResult & { readonly again: number }> {
    for (let again = 0; ; again += 1) {
      const { run } = this;
      run.nextRun.tookIn();
      const answer = await this.handled(run, () => run.bargeIn.send({ messageId, text }));
      if (answer.kind !== 'continued') return { ...answer, again };
      await until(() => this.run !== run || !run.state.continuing);
    }
  }

  resolve(request: ResolveRequest): Promise<ResolveResult | Refusal> {
    const { run } = this;
    return this.handled(run, () => run.unresolved.refusal(request) ?? run.unresolved.resolve(request));
  }

  decide(request: DecideRequest): Promise<DecideResult | Refusal> {
    const { run } = this;
    return this.handled(run, () => run.approvals.refusal(request) ?? run.approvals.decide(request));
  }

  /** As where the user writes, and the agent says that what waits is withdrawn then. */
  withdraw(): void {
    this.run.approvals.withdraw('user');
  }

  intervene(request: InterveneRequest): Promise<InterveneResult | Refusal> {
    const { run } = this;
    return this.handled(run, () => run.interventions.refusal(request) ?? run.interventions.intervene(request));
  }

  private readonly now = (): number => (this.time += 1);

  private async handled<T>(run: Run, handle: () => T | Promise<T>): Promise<T> {
    run.handlers += 1;
    try {
      return await handle();
    } finally {
      run.handlers -= 1;
    }
  }

  private async play(): Promise<Ending> {
    for (;;) {
      const { run } = this;
      const ending = await run.play();
      run.over = true;
      if (ending) return ending;
      const input = run.next as SessionInput;
      const decoded = decodeCarry(input.carry);
      if ('problem' in decoded) throw new Error(decoded.problem);
      this.run = new Run(restoreSession('session-1', input, decoded.carry, this.now()), this.world, this.now);
    }
  }
}

/** Resolves when `holds` does; as Temporal's `condition`, it looks whenever something happened. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await tick();
}

export function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
