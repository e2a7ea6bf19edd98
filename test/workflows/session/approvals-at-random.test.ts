/** Whatever is planned and whoever decides in whatever order: one outcome per call, and nothing runs that was not approved as it ran. */
import fc from 'fast-check';
import type { ApprovalCheckInput, ApprovalTerms } from '../../../workflows/contracts/approval';
import type { DecideRequest, DecideResult } from '../../../workflows/contracts/messages';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { PlannedCall, ToolCallInput } from '../../../workflows/contracts/tool';
import type { CheckEnd } from '../../../workflows/session/approvals';
import { askedCalls, type ApprovalCall } from '../../../workflows/session/running-step';
import { approvalCall, editedTo, hashOf, settled } from './asked';
import { Chain } from './scripted-chain';
import { modelTurn, plannedCall, SUCCEEDED } from './scripted-session';

const SEED = 20_261_121;
const USER = 'paula';
/** The last two may not decide: who asked for the calls, and a name that the record has for deadlines. */
const PEOPLE = ['anna', 'bert', 'carl', USER, 'Policy'];

interface Plan {
  readonly asks: boolean;
  readonly approvals: number;
  readonly stages: ApprovalTerms['stages'];
}

type Move =
  | {
      readonly kind: 'decide';
      readonly call: number;
      readonly by: string;
      readonly how: DecideRequest['decision'];
      readonly stale: boolean;
      readonly standing: boolean;
      readonly signed: boolean;
    }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'check'; readonly passes: boolean }
  | { readonly kind: 'next run' | 'stop' | 'withdraw' | 'say' };

const stage = fc.record(
  { deadlineMs: fc.integer({ min: 5_000, max: 20_000 }), atDeadline: fc.constantFrom('reject', 'approve', 'escalate') },
  { requiredKeys: [] },
) as fc.Arbitrary<ApprovalTerms['stages'][number]>;
const plans = fc.array(
  fc.record<Plan>({
    asks: fc.integer({ min: 0, max: 3 }).map((one) => one > 0),
    approvals: fc.integer({ min: 1, max: 3 }),
    stages: fc.array(stage, { minLength: 1, maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 4 },
);
const decide = fc.record<Extract<Move, { kind: 'decide' }>>({
  kind: fc.constant('decide'),
  call: fc.nat(3),
  by: fc.constantFrom(...PEOPLE),
  how: fc.constantFrom('approve', 'approve', 'approve', 'edit', 'reject'),
  stale: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
  standing: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
  signed: fc.boolean(),
});
const moves = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: decide },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('check' as const), passes: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 9_000 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('next run' as const, 'say' as const, 'say' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('stop' as const, 'withdraw' as const, 'next run' as const) }),
    },
  ),
  { minLength: 5, maxLength: 60 },
);

/** A session of which a test keeps its own account: who was told that they approved what. */
class Watched {
  readonly chain: Chain;
  readonly ran: ToolCallInput[] = [];
  readonly planned: PlannedCall[] = [];
  /** By call, the answers `done` in their order. */
  readonly decided = new Map<string, (DecideResult & { readonly who: string; readonly seen: string })[]>();
  /** People whose decision stands, and since which call. */
  readonly stands = new Set<string>();
  private readonly checks: ((passes: boolean) => void)[] = [];
  private acts = 0;
  readonly sent: string[] = [];
  /** What the session threw where it should have answered. */
  readonly broken: unknown[] = [];

  constructor(plan: readonly Plan[]) {
    this.chain = new Chain(
      {
        model: (input) => ({ kind: 'answered', turn: this.answers(input, plan) }),
        tool: (_call, _id, input) => {
          this.ran.push(input);
          return SUCCEEDED;
        },
        check: (input) => this.check(input),
      },
      { user: USER },
    );
  }

  async move(move: Move): Promise<void> {
    const { chain } = this;
    switch (move.kind) {
      case 'decide':
        return this.decide(move);
      case 'check':
        this.checks.shift()?.(move.passes);
        return;
      case 'pass':
        return chain.passTime(move.ms);
      case 'next run':
        return chain.suggest();
      case 'withdraw':
        return chain.withdraw();
      case 'stop':
        await chain.intervene({ actId: this.actId(), act: 'stop', by: 'otto' });
        return;
      case 'say':
        this.say();
    }
  }

  say(): void {
    const messageId = `m${this.sent.length + 1}`;
    this.sent.push(messageId);
    void chainSays(this.chain, messageId);
  }

  /** Brings everything to its end. */
  async end(): Promise<void> {
    for (const check of this.checks.splice(0)) check(true);
    await settled();
    void this.chain.intervene({ actId: 'end-of-test', act: 'end' });
    for (const check of this.checks.splice(0)) check(true);
    await this.chain.finished;
  }

  private decide({ call, by, how, stale, standing, signed }: Extract<Move, { kind: 'decide' }>): void {
    const asked = askedCalls(this.chain.state.runningStep);
    const waits = asked[call % Math.max(1, asked.length)];
    const callId = waits?.call.id ?? this.planned.at(-1)?.id ?? 'none';
    const argsHash = stale ? hashOf({ cents: 0 }) : (waits?.approving.edited ?? waits?.call)?.argsHash;
    const request: DecideRequest = {
      actId: this.actId(),
      callId,
      decision: how,
      argsHash: argsHash ?? hashOf({ cents: 7 }),
      by,
      ...(how === 'edit' ? { args: { cents: 100 + this.acts } } : {}),
      ...(standing && how !== 'reject' ? { standing: {} } : {}),
      // A worker checks it first, and others may be faster.
      ...(signed ? { signature: 'jws' } : {}),
    };
    const taken = this.chain.decide(request).then((answer) => {
      if ('type' in answer || answer.kind !== 'done') return;
      this.decided.set(callId, [...(this.decided.get(callId) ?? []), { ...answer, who: by, seen: request.argsHash }]);
      if (request.standing) this.stands.add(by);
    });
    taken.catch((error: unknown) => this.broken.push(error));
  }

  private actId(): string {
    this.acts += 1;
    return `act-${this.acts}`;
  }

  private check({ by, args }: ApprovalCheckInput): Promise<CheckEnd> {
    return new Promise((resolve) =>
      this.checks.push((passes) =>
        resolve(
          passes
            ? { kind: 'accepted', by, ...(args ? { edited: editedTo(args) } : {}) }
            : { kind: 'refused', type: 'Refused', problem: 'no' },
        ),
      ),
    );
  }

  private answers(input: ModelCallInput, plan: readonly Plan[]) {
    if (input.step > 2) return modelTurn(input, { kind: 'answer', text: `answer ${input.turn}` });
    const calls = plan.map(({ asks, approvals, stages }, index): PlannedCall => {
      const id = `t${input.turn}.s${input.step}.c${index}-x`;
      return asks ? approvalCall(id, { approvals, stages }) : { ...plannedCall(id), argsHash: hashOf({}) };
    });
    this.planned.push(...calls);
    return modelTurn(input, { kind: 'calls', calls });
  }
}

async function chainSays(chain: Chain, messageId: string): Promise<void> {
  if (!chain.state.ending) await chain.say(messageId);
}

function expectApproved(watched: Watched, call: ApprovalCall, input: ToolCallInput): void {
  const by = input.approved?.by ?? [];
  expect(input.approved?.toolHash).toBe(call.approval.toolHash);
  expect(new Set(by).size).toBe(by.length);
  expect(by).not.toContain(USER);
  const answers = watched.decided.get(call.id) ?? [];
  expect(answers.filter((answer) => answer.call === 'rejected')).toEqual([]);
  const ofThese = answers.filter(({ argsHash }) => argsHash === input.argsHash).map(({ who }) => who);
  for (const name of by) {
    if (name === 'policy') expect(call.approval.stages.some(({ atDeadline }) => atDeadline === 'approve')).toBe(true);
    else expect(ofThese.includes(name) || watched.stands.has(name)).toBe(true);
  }
  if (!by.includes('policy')) expect(by.length).toBeGreaterThanOrEqual(call.approval.approvals);
  const edits = answers.filter(({ decision }) => decision === 'edit');
  expect(input.argsHash).toBe(edits.at(-1)?.argsHash ?? call.argsHash);
}

it('one outcome per call, and what runs is what was approved, by as many different people as must', async () => {
  const seen = { ran: 0, approved: 0, policy: 0, runs: 0, rejected: 0, edited: 0 };
  await fc.assert(
    fc.asyncProperty(plans, moves, async (plan, sequence) => {
      const watched = new Watched(plan);
      watched.say();
      await settled();
      for (const move of sequence) {
        await watched.move(move);
        await settled();
      }
      await watched.end();
      expect(watched.broken).toEqual([]);
      const { state } = watched.chain;
      const outcomes = state.items.flatMap((item) => (item.kind === 'outcome' ? [item] : []));
      expect(outcomes.map(({ callId }) => callId).sort()).toEqual(watched.planned.map(({ id }) => id).sort());
      expect(new Set(watched.ran.map(({ callId }) => callId)).size).toBe(watched.ran.length);
      for (const input of watched.ran) {
        expect(input.argsHash).toBe(hashOf(input.args));
        const call = watched.planned.find(({ id }) => id === input.callId);
        if (call?.kind === 'approval') expectApproved(watched, call, input);
      }
      const taken = [...watched.decided.values()].flat();
      expect(taken.filter(({ who }) => who === USER || who === 'Policy')).toEqual([]);
      expect(taken.filter((answer) => answer.decision !== 'edit' && answer.argsHash !== answer.seen)).toEqual([]);
      for (const { callId, outcome } of outcomes) {
        const ran = watched.ran.some((input) => input.callId === callId);
        expect([callId, outcome.kind === 'succeeded']).toEqual([callId, ran]);
        if (outcome.kind === 'rejected') seen.rejected += 1;
      }
      for (const message of watched.sent) {
        if (state.messages.has(message)) expect(state.messages.get(message)?.answer).toBeDefined();
      }
      const approved = watched.ran.filter((input) => input.approved);
      seen.ran += watched.ran.length;
      seen.approved += approved.length;
      seen.policy += approved.filter((input) => input.approved?.by.includes('policy')).length;
      seen.edited += approved.filter((input) => input.argsHash !== hashOf({ cents: 7 })).length;
      seen.runs = Math.max(seen.runs, state.run);
    }),
    { seed: SEED, numRuns: 150 },
  );
  // What was looked at was there.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(1);
}, 60_000);
