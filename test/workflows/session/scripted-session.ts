/** A session without a server: its deps are scripted, its clock is a counter. What the interpreter's unit tests run on. */
import type { ApprovalCheckInput, NotifyInput } from '../../../workflows/contracts/approval';
import type { SendResult } from '../../../workflows/contracts/messages';
import type { ModelCallInput, ModelDecision, ModelTurn, SessionPolicy } from '../../../workflows/contracts/model';
import type { SessionInput } from '../../../workflows/contracts/session';
import type { ResolveInput, ToolCallInput, ToolCallReport, UndoInput } from '../../../workflows/contracts/tool';
import type { ModelCallOptions, ModelResult } from '../../../workflows/session/ask-model';
import { Approvals, type CheckEnd } from '../../../workflows/session/approvals';
import { BargeIn } from '../../../workflows/session/barge-in';
import { HoldGate, isHeld } from '../../../workflows/session/hold-gate';
import { Interventions } from '../../../workflows/session/interventions';
import { LimitGate } from '../../../workflows/session/limit-gate';
import { Mailbox } from '../../../workflows/session/mailbox';
import { RunningCalls } from '../../../workflows/session/running-calls';
import { isUnused, runSession, type SessionDeps } from '../../../workflows/session/session-loop';
import { apply, newSession, type Ending, type SessionState } from '../../../workflows/session/session-state';
import { currentDetails } from '../../../workflows/session/summaries';
import type { RunnableCall } from '../../../workflows/session/tool-calls';
import { Undoing } from '../../../workflows/session/undo';
import { Unresolved, type ResolveEnd } from '../../../workflows/session/unresolved';
import { modelTurn, SUCCEEDED, type Move } from './scripted-moves';

import { NO_CHILDREN } from './no-children';

export { modelTurn, plannedCall, POLICY, SUCCEEDED, type Move } from './scripted-moves';

/** As in a worker that never lets go of the session: what fails there fails the test. */
const background = (work: Promise<unknown>) => void work;

/** A timer as it was started; `fire` lets it run out. */
export interface ScriptedTimer {
  readonly ms: number;
  stopped: boolean;
  fire(): void;
}

export interface Scripted {
  readonly state: SessionState;
  readonly mailbox: Mailbox;
  readonly unresolved: Unresolved;
  readonly approvals: Approvals;
  readonly undoing: Undoing;
  readonly interventions: Interventions;
  readonly limitGate: LimitGate;
  readonly holdGate: HoldGate;
  readonly timers: readonly ScriptedTimer[];
  readonly modelInputs: ModelCallInput[];
  readonly modelOptions: ModelCallOptions[];
  /** Activity ids of tool calls and compensations, in order. */
  readonly activityIds: string[];
  readonly resolveInputs: ResolveInput[];
  readonly checkInputs: ApprovalCheckInput[];
  readonly notified: NotifyInput[];
  /** Statuses as they were published. */
  readonly published: string[];
  readonly toolInputs: ToolCallInput[];
  readonly finished: Promise<Ending>;
  /** The page of current details as it was last shown. */
  page(): string;
  send(messageId: string, text?: string): SendResult | Promise<SendResult>;
  end(): void;
  /** Moves the clock on, ms. */
  pass(ms: number): void;
}

/**
 * Starts a session whose model makes `moves` in order and whose tools are run by `tool`. It ends when `end` is called; running out of
 * moves is an error of the test.
 */
export function startScripted(
  moves: readonly Move[],
  options: {
    readonly input?: Partial<SessionInput>;
    readonly tool?: (call: RunnableCall) => Promise<ToolCallReport> | ToolCallReport;
    readonly resolve?: (input: ResolveInput) => Promise<ResolveEnd> | ResolveEnd;
    readonly check?: (input: ApprovalCheckInput) => Promise<CheckEnd> | CheckEnd;
    /** Why nobody can be notified. */
    readonly notify?: (input: NotifyInput) => Promise<string | undefined> | string | undefined;
    readonly undo?: (input: UndoInput) => Promise<ToolCallReport> | ToolCallReport;
    readonly policy?: Partial<SessionPolicy>;
    /** In place of moves: what the model does at each call. */
    readonly model?: (input: ModelCallInput, session: Scripted) => ModelResult;
    readonly beforeModel?: (call: number, session: Scripted) => void | Promise<void>;
    /** The time for a first message is over, at once or when this resolves. */
    readonly firstMessageInTime?: false | (() => Promise<false>);
    /** A running call is cancelled by itself. */
    readonly cancelCall?: (callId: string) => void;
  } = {},
): Scripted {
  let time = 0;
  let made = 0;
  let page = '';
  const now = () => (time += 1);
  const state = newSession('session-1', { v: 1, agent: 'clerk', ...options.input }, 'run-1', now());
  const mailbox = new Mailbox(state, now);
  const modelInputs: ModelCallInput[] = [];
  const modelOptions: ModelCallOptions[] = [];
  const timers: ScriptedTimer[] = [];
  const toolInputs: ToolCallInput[] = [];
  const wakers: (() => void)[] = [];
  const wake = () => wakers.splice(0).forEach((waker) => waker());
  const activityIds: string[] = [];
  const resolveInputs: ResolveInput[] = [];
  const published: string[] = [];
  const showPage = () => (page = currentDetails(state));
  const publish = () => {
    published.push(state.status);
    showPage();
  };
  const unresolved = new Unresolved(state, mailbox, {
    now,
    publish,
    resolveCall: async (input) => {
      resolveInputs.push(input);
      return options.resolve ? options.resolve(input) : { kind: 'absent' };
    },
  });
  const undoing = new Undoing(state, unresolved, {
    now,
    progress: showPage,
    background,
    undoCall: async (_call, input, activityId) => {
      activityIds.push(activityId);
      return options.undo ? options.undo(input) : SUCCEEDED;
    },
  });
  const deadline = (ms: number, due: () => void) => {
    const timer = { ms, stopped: false, fire: () => due() };
    timers.push(timer);
    return () => (timer.stopped = true);
  };
  const limitGate = new LimitGate(state, mailbox, { now, publish, deadline });
  const checkInputs: ApprovalCheckInput[] = [];
  const notified: NotifyInput[] = [];
  const approvals = new Approvals(state, mailbox, {
    now,
    publish,
    deadline,
    checkApproval: async (input) => {
      checkInputs.push(input);
      return options.check ? options.check(input) : { kind: 'accepted', by: input.by };
    },
    background,
    notifyPerson: async (input) => {
      notified.push(input);
      return options.notify?.(input);
    },
  });
  const holdGate = new HoldGate(state);
  const running = new RunningCalls();
  const stopTurn = () => {
    unresolved.stand(state.ending ? 'all' : 'turn');
    approvals.stand();
    limitGate.stand();
    holdGate.look();
    wake();
  };
  const interventions = new Interventions(state, {
    now,
    publish: () => {
      publish();
      wake();
    },
    progress: showPage,
    mailbox,
    holdGate,
    running,
    deadline,
    undoing,
    extended: () => limitGate.extended(),
    acted: () => undefined,
    checkState: async ({ patch }) => ({ kind: 'accepted', patch }),
    breakOff: stopTurn,
    stopTurn,
  });
  const bargeIn = new BargeIn(state, { now, mailbox, breakOff: stopTurn, withdraw: () => approvals.withdraw('user') });
  const deps: SessionDeps = {
    now,
    progress: showPage,
    publish,
    stopping: () => state.ending !== undefined || state.stop !== undefined,
    continuing: () => state.continuing,
    hold: holdGate,
    holdBack: (held) => unresolved.hold(held),
    askPeople: (calls) => approvals.ask(calls),
    askForMore: (asking) => limitGate.ask(asking),
    undoTurn: (turn) => undoing.undoTurn(turn),
    ...NO_CHILDREN,
    waitForWork: async (forFirst) => {
      const { firstMessageInTime: inTime } = options;
      if (forFirst && inTime !== undefined) return inTime && inTime();
      const ready = () => (state.queue.length > 0 || (!forFirst && isUnused(state))) && !isHeld(state);
      while (!ready() && !state.ending) await new Promise<void>((resolve) => wakers.push(resolve));
      return true;
    },
    callModel: async (input, _summary, modelCallOptions) => {
      modelInputs.push(structuredClone(input));
      modelOptions.push(modelCallOptions);
      if (options.model) return options.model(input, session);
      const move = moves[made];
      made += 1;
      await options.beforeModel?.(made, session);
      if (!move) throw new Error(`the script has no move for model call ${made}`);
      switch (move.kind) {
        case 'failed':
        case 'cancelled':
          return move;
        case 'answer':
          return { kind: 'answered', turn: answer(input, move) };
        case 'calls':
          return { kind: 'answered', turn: answer(input, { kind: 'calls', calls: move.calls }, move.text) };
        case 'limit':
          return { kind: 'answered', turn: answer(input, move) };
        case 'repair':
          return { kind: 'answered', turn: answer(input, { ...move, note: `please mend: ${move.problem}` }) };
      }
    },
    callTool: async (call, input, activityId) => {
      toolInputs.push(input);
      activityIds.push(activityId);
      running.began(call.id, () => options.cancelCall?.(call.id));
      return running.ended(call.id, options.tool ? await options.tool(call) : SUCCEEDED);
    },
  };
  const answer = (input: ModelCallInput, decision: ModelDecision, text?: string): ModelTurn => {
    const turn = modelTurn(input, decision, text);
    const { definition } = turn;
    return definition
      ? { ...turn, definition: { ...definition, policy: { ...definition.policy, ...options.policy } } }
      : turn;
  };
  const run = async (): Promise<Ending> => {
    for (;;) {
      const ending = await runSession(state, mailbox, deps);
      if (ending) return ending;
      // As where a run could not continue as new, and goes on itself.
      if (state.continuing) apply(state, { kind: 'staying' }, now());
    }
  };
  const session: Scripted = {
    state,
    mailbox,
    unresolved,
    approvals,
    undoing,
    interventions,
    limitGate,
    holdGate,
    timers,
    modelInputs,
    modelOptions,
    activityIds,
    resolveInputs,
    checkInputs,
    notified,
    published,
    toolInputs,
    page: () => page,
    finished: Promise.resolve().then(run),
    send: (messageId, text = `text of ${messageId}`) => {
      const refusal = mailbox.refusal({ messageId, text });
      if (refusal) throw Object.assign(new Error(refusal.message), { type: refusal.type });
      const answer = bargeIn.send({ messageId, text });
      wake();
      return answer;
    },
    pass: (ms) => {
      time += ms;
    },
    end: () => {
      void interventions.intervene({ actId: 'end-of-test', act: 'end' });
    },
  };
  return session;
}
