/**
 * Any acts and messages of people, in any order and at any moment, to a session that goes on in run after run: one outcome for each call, nothing runs that
 * was not approved as it ran, a hold holds, and in the end the session is at rest. test/session/people-at-random has the same on a real server.
 */
import fc from 'fast-check';
import { hashOfArguments } from '../../../activities/tools/check-input';
import type { ApprovalCheckInput, ApprovalTerms } from '../../../workflows/contracts/approval';
import {
  checkDecideRequest,
  checkInterveneRequest,
  checkResolveRequest,
} from '../../../workflows/contracts/check-acts';
import type { JsonObject } from '../../../workflows/contracts/json';
import type { DecideRequest, DecideResult, PendingItem } from '../../../workflows/contracts/messages';
import type { ModelCallInput, ModelTurn, SessionPolicy } from '../../../workflows/contracts/model';
import type { SessionInput } from '../../../workflows/contracts/session';
import type { PlannedCall, ToolCallInput, ToolCallReport } from '../../../workflows/contracts/tool';
import type { CheckEnd } from '../../../workflows/session/approvals';
import { pendingView, statusView } from '../../../workflows/session/views';
import { FULL, SEED } from '../../support/payments/scale';
import { actOf, drawn, settling, USER, type Draw, type Sent } from '../../session/random-people';
import { DOUBT } from './in-doubt';
import { Chain, tick } from './scripted-chain';
import { modelTurn, POLICY, SUCCEEDED } from './scripted-session';

const SEQUENCES = FULL ? 2_000 : 120;
const [SHORTEST, LONGEST] = [40, 120];
/** More than it ever takes for all to settle. */
const MOST_ROUNDS = 400;

/** What each tool's calls wait for; the others run at once. */
const TERMS: Readonly<Record<string, Partial<ApprovalTerms>>> = {
  pay: {},
  pay_two: { approvals: 2 },
  pay_soon: { stages: [{ deadlineMs: 1_000, atDeadline: 'approve' }] },
  pay_or_not: { stages: [{ deadlineMs: 2_000, atDeadline: 'reject' }] },
};
const POLICIES: readonly Partial<SessionPolicy>[] = [
  {},
  { messages: 'steer' },
  { messages: 'interrupt' },
  { messages: 'steer', whileWaiting: 'withdraw' },
];

interface Decided {
  readonly request: DecideRequest;
  readonly result: DecideResult;
}

class Watched {
  readonly chain: Chain;
  readonly planned: PlannedCall[] = [];
  readonly ran: ToolCallInput[] = [];
  readonly decided: Decided[] = [];
  readonly sent: Sent[] = [];
  /** Calls of models and tools that began while the session was held. */
  readonly begunWhileHeld: string[] = [];
  /** Answers that became others. */
  readonly changed: string[] = [];
  private readonly answers = new Map<string, string>();
  private readonly failedOnce = new Set<string>();
  /** What the session threw where it should have answered. */
  readonly broken: unknown[] = [];
  private checks = 0;
  private open = 0;

  constructor(
    private readonly policy: Partial<SessionPolicy>,
    input: Partial<SessionInput>,
  ) {
    this.chain = new Chain(
      {
        model: async (asked) => {
          this.began(asked.callId);
          await ticks(2);
          return { kind: 'answered', turn: this.answer(asked) };
        },
        tool: async (_call, activityId, asked) => {
          if (!asked.settleOnly) this.began(activityId);
          await ticks(3);
          return this.run(asked);
        },
        undo: () => SUCCEEDED,
        check: async (asked) => {
          // Long enough for others to act meanwhile, and now and then for a whole turn.
          this.checks += 1;
          await ticks(1 + (this.checks % 5) * 4);
          return checked(asked);
        },
      },
      { user: USER, ...input },
    );
  }

  get pending(): readonly PendingItem[] {
    return pendingView(this.chain.state, undefined);
  }

  /** Does one act, and waits for its answer unless that may take others. */
  async act(draw: Draw, index: number): Promise<void> {
    const { chain, pending, sent } = this;
    const drawnAct = actOf(draw, { status: statusView(chain.state), pending, sent, id: `a${index}` });
    if (!drawnAct) return;
    const one = draw.how % 2 === 0 ? drawnAct : withSignature(drawnAct);
    sent.push(one);
    const done = this.perform(one).catch((error: unknown) => this.broken.push(error));
    if (draw.how % 7 === 0) chain.suggest();
    if (draw.how % 11 === 0) chain.passTime(700);
    // A moment at least, or everything would come before anything is planned.
    await Promise.race([done, ticks(draw.rash ? 1 : 6)]);
    this.compareAnswers();
  }

  async perform(one: Sent): Promise<void> {
    const { chain } = this;
    if (one.kind === 'nonsense') return;
    if (one.kind === 'signal') {
      const checkedAct = checkInterveneRequest(one.request);
      if (checkedAct.ok) await chain.intervene(checkedAct.value);
      return;
    }
    if (chain.state.ending) return;
    switch (one.name) {
      case 'send': {
        this.open += 1;
        const { messageId, text } = one.request;
        await chain.say(messageId, text).finally(() => (this.open -= 1));
        return;
      }
      case 'resolve':
        if (checkResolveRequest(one.request).ok) await chain.resolve(one.request);
        return;
      case 'intervene':
        if (checkInterveneRequest(one.request).ok) await chain.intervene(one.request);
        return;
      case 'decide': {
        if (!checkDecideRequest(one.request).ok) return;
        const result = await chain.decide(one.request);
        if (!('type' in result) && result.kind === 'done') this.decided.push({ request: one.request, result });
      }
    }
  }

  /** Looks whether a message that had its answer has another one now. */
  compareAnswers(): void {
    for (const [messageId, { answer }] of this.chain.state.messages) {
      const now = answer && JSON.stringify(answer);
      const before = this.answers.get(messageId);
      if (before !== undefined && now !== before) this.changed.push(`${messageId}: ${before} became ${now}`);
      if (now !== undefined) this.answers.set(messageId, now);
    }
  }

  /** Has whoever holds the session let go, and decides all that waits. */
  async settle(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      await ticks(4);
      const { status, queue } = this.chain.state;
      if (status === 'waiting_for_user' && queue.length === 0 && this.pending.length === 0 && this.open === 0) return;
      const [item] = this.pending;
      if (item) await Promise.race([this.perform(settling(item, `settle-${round}`)), ticks(20)]);
    }
    throw new Error(`the session never came to rest: ${JSON.stringify(statusView(this.chain.state))}`);
  }

  private began(what: string): void {
    const { paused, person } = this.chain.state;
    if (paused ?? person) this.begunWhileHeld.push(what);
  }

  private run(input: ToolCallInput): ToolCallReport {
    if (input.settleOnly) return { outcome: { kind: 'cancelled', message: 'stopped' }, attempt: 1, ledger: 'ran' };
    const { name } = input.args;
    if (typeof name === 'string' && name.startsWith('x') && !this.failedOnce.has(input.callId)) {
      this.failedOnce.add(input.callId);
      return DOUBT;
    }
    this.ran.push(input);
    return SUCCEEDED;
  }

  private answer(input: ModelCallInput): ModelTurn {
    const said = input.items.findLast((item) => item.kind === 'user');
    const calls = said?.kind === 'user' && input.purpose === 'step' ? this.plan(input, said.text) : [];
    this.planned.push(...calls);
    const turn = modelTurn(
      input,
      calls.length > 0 ? { kind: 'calls', calls } : { kind: 'answer', text: `answer ${input.turn}` },
    );
    const { definition } = turn;
    if (!definition) return turn;
    const policy = { ...definition.policy, steps: 4, ...this.policy };
    return { ...turn, definition: { ...definition, policy } };
  }

  private plan({ turn, step }: ModelCallInput, text: string): readonly PlannedCall[] {
    return [...text.matchAll(/(pay\w*|look) ([\w-]+):(\d+)/g)].map(([, tool = '', name = '', cents], index) => {
      const args: JsonObject = { name, cents: Number(cents) };
      const call = {
        id: `t${turn}.s${step}.c${index + 1}-x`,
        tool,
        args,
        argsHash: hashOfArguments(args),
        policy: { ...POLICY, compensates: true },
        summary: `${tool}(${name})`,
        ledger: { name: 'default', id: 'ledger-1' },
      };
      const terms = TERMS[tool];
      if (!terms) return { kind: 'run', ...call };
      const approval = { reason: 'money', toolHash: `hash of ${tool}`, approvals: 1, stages: [{}], ...terms };
      return { kind: 'approval', approval: { ...approval, amount: { value: Number(cents) } }, ...call };
    });
  }
}

/** So that a worker checks it first, and others may be faster. */
function withSignature(one: Sent): Sent {
  return one.kind === 'update' && one.name === 'decide'
    ? { ...one, request: { ...one.request, signature: 'jws' } }
    : one;
}

/** As the worker's check does it. */
function checked({ by, args }: ApprovalCheckInput): CheckEnd {
  if (!args) return { kind: 'accepted', by };
  if (typeof args.name !== 'string') return { kind: 'refused', type: 'Refused', problem: 'name must be a text' };
  return { kind: 'accepted', by, edited: { args, argsHash: hashOfArguments(args), summary: `pay(${args.name})` } };
}

async function ticks(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await tick();
}

/** Words for each run that was not approved as it ran. */
function unapproved({ ran, planned, decided }: Watched): readonly string[] {
  return ran.flatMap((input) => {
    const call = planned.find(({ id }) => id === input.callId);
    if (call?.kind !== 'approval') return [];
    const { by = [], toolHash } = input.approved ?? {};
    const problems: string[] = [];
    if (input.argsHash !== hashOfArguments(input.args)) problems.push('its arguments are not those of its hash');
    if (toolHash !== call.approval.toolHash) problems.push('approved for another tool');
    if (new Set(by).size < call.approval.approvals && !by.includes('policy')) problems.push(`approved by ${by.join()}`);
    for (const name of by) {
      if (name === 'policy' && call.tool === 'pay_soon') continue;
      const said = decided.some(({ request, result }) => {
        if (request.by.trim() !== name || request.decision === 'reject') return false;
        if (request.decision === 'approve' && request.argsHash !== result.argsHash) return false;
        if (request.callId === call.id) return result.argsHash === input.argsHash;
        const { upTo = Infinity } = request.standing ?? { upTo: -1 };
        return Number(call.args.cents) <= upTo;
      });
      if (!said) problems.push(`${name} never approved it`);
    }
    return problems.map((problem) => `${call.id} ran: ${problem}`);
  });
}

test(`whatever people do, every session is in order (${SEQUENCES} sequences)`, async () => {
  const seen = { approved: 0, held: 0, runs: 0, doubted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(drawn, { minLength: SHORTEST, maxLength: LONGEST, size: 'max' }),
      fc.nat(POLICIES.length - 1),
      fc.boolean(),
      async (draws, policy, asks) => {
        const watched = new Watched(POLICIES[policy] ?? {}, asks ? { limits: { steps: 3, onLimit: 'ask' } } : {});
        const { chain } = watched;
        void watched.perform({ kind: 'update', name: 'send', request: { messageId: 'm-0', text: 'pay n-0:5' } });
        for (const [index, draw] of draws.entries()) {
          await watched.act(draw, index);
          seen.held = Math.max(seen.held, watched.pending.length);
        }
        await watched.settle();
        await chain.intervene({ actId: 'end', act: 'end' });
        await chain.finished;
        const { state } = chain;
        const outcomes = state.items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
        expect(outcomes.sort()).toEqual(watched.planned.map(({ id }) => id).sort());
        expect(new Set(watched.ran.map(({ callId }) => callId)).size).toBe(watched.ran.length);
        expect(watched.broken).toEqual([]);
        expect(unapproved(watched)).toEqual([]);
        watched.compareAnswers();
        expect(watched.changed).toEqual([]);
        const heard = state.items.flatMap((item) => (item.kind === 'user' ? [item.messageId] : []));
        expect(new Set(heard).size).toBe(heard.length);
        expect([...state.messages.values()].filter(({ answer }) => answer === undefined)).toEqual([]);
        expect(watched.begunWhileHeld).toEqual([]);
        expect(watched.decided.filter(({ request }) => request.by.trim().toLowerCase() === USER)).toEqual([]);
        seen.approved += watched.ran.filter(({ approved }) => approved).length;
        seen.doubted += watched.sent.filter((one) => one.kind === 'update' && one.name === 'resolve').length;
        seen.refused += state.refusals.length;
        seen.runs = Math.max(seen.runs, state.run);
      },
    ),
    { seed: SEED, numRuns: SEQUENCES },
  );
  // What was looked for was there.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(1);
}, 120_000);
