/** Whatever a model does and whatever the bounds are: a turn ends, within them. Random, and the same each time. */
import fc from 'fast-check';
import type { Bounds, DetectorName, Detectors, Limits } from '../../../workflows/contracts/limits';
import type { SendResult } from '../../../workflows/contracts/messages';
import type { ModelCallInput, ModelDecision } from '../../../workflows/contracts/model';
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { limitedPolicy, settled } from './limited';
import { modelTurn, plannedCall, startScripted, SUCCEEDED, type Scripted } from './scripted-session';

/** What the model would do at a call, and what that would cost at most; it is sent only where the allowance covers it. */
interface Habit {
  readonly does: 'loop' | 'alternate' | 'repair' | 'empty' | 'flood' | 'new' | 'answer' | 'unavailable' | 'out of time';
  readonly tokens: number;
  readonly microUsd: number;
  readonly ms: number;
  readonly fails: boolean;
}

interface World {
  readonly habits: readonly Habit[];
  readonly limits: Limits;
  readonly steps: number;
  readonly repairs: number;
  readonly detectors: Detectors;
  readonly strongerModel: boolean;
  /** What a person does when asked, in order; after that, nothing until the deadline. */
  readonly people: readonly ('extend' | 'too little' | 'late' | 'stop' | 'park')[];
}

const DETECTORS: readonly DetectorName[] = [
  'sameCall',
  'alternatingCalls',
  'repairStorm',
  'toolFailures',
  'emptyAnswers',
];
const SENDS = 3;

const small = (max: number) => fc.integer({ min: 1, max });
const habit: fc.Arbitrary<Habit> = fc.record({
  does: fc.constantFrom('loop', 'alternate', 'repair', 'empty', 'flood', 'new', 'answer', 'unavailable', 'out of time'),
  tokens: small(400),
  microUsd: small(900),
  ms: fc.integer({ min: 0, max: 500 }),
  fails: fc.boolean(),
});
/** `loop` for ever is what must not happen, so every kind of habit is also had for a whole turn. */
const habits = fc.oneof(
  fc.array(habit, { minLength: 1, maxLength: 12 }),
  habit.filter(({ does }) => does !== 'answer').map((one) => [one]),
);
const bounds = (most: number): fc.Arbitrary<Bounds> =>
  fc.record(
    {
      steps: small(most),
      modelCalls: small(most),
      tokens: small(300 * most),
      microUsd: small(700 * most),
      wallClockMs: small(1_000 * most),
      repairs: small(5),
      toolFailures: small(10),
    },
    { requiredKeys: [] },
  );
const world: fc.Arbitrary<World> = fc.record({
  // Before its first answer nobody knows what the agent's definition says.
  habits: habits.filter(([first]) => first?.does !== 'unavailable' && first?.does !== 'out of time'),
  limits: fc.record(
    {
      call: fc.record({ tokens: small(500), microUsd: small(1_200), wallClockMs: small(2_000) }, { requiredKeys: [] }),
      // A policy has a turn's steps and repairs elsewhere.
      turn: bounds(8).map(({ steps: _, repairs: __, ...turn }) => turn),
      session: bounds(16),
      onLimit: fc.constantFrom('ask' as const, 'stop' as const),
      askMs: fc.constant(60_000),
    },
    { requiredKeys: ['askMs'] },
  ),
  steps: small(12),
  repairs: fc.integer({ min: 0, max: 4 }),
  detectors: fc
    .tuple(fc.subarray([...DETECTORS]), small(4))
    .map(([names, after]) =>
      Object.fromEntries(
        names.map((name) => [name, { after, ladder: ['note', 'stronger_model', 'ask', 'stop'] as const }]),
      ),
    ),
  strongerModel: fc.boolean(),
  people: fc.array(fc.constantFrom('extend', 'too little', 'late', 'stop', 'park'), { maxLength: 8 }),
});

function decisionOf(input: ModelCallInput, { does }: Habit): ModelDecision {
  const call = (hash: string, index = 0) => ({
    ...plannedCall(`t${input.turn}.s${input.step}.c${index}-x`),
    argsHash: hash,
    summary: `book(${hash})`,
  });
  switch (does) {
    case 'loop':
      return { kind: 'calls', calls: [call('same')] };
    case 'alternate':
      return { kind: 'calls', calls: [call(input.step % 2 === 0 ? 'even' : 'odd')] };
    case 'new':
      return { kind: 'calls', calls: [call(`new ${input.turn}.${input.step}`)] };
    case 'flood':
      return { kind: 'calls', calls: Array.from({ length: 12 }, (_, index) => call(`flood ${index}`, index)) };
    case 'repair':
      return { kind: 'repair', problem: 'cut', note: 'again, please' };
    case 'empty':
      return { kind: 'repair', problem: 'empty', note: 'say something', cause: 'empty' };
    default:
      return { kind: 'answer', text: 'done' };
  }
}

/** A model activity that keeps to its allowance, as the real one has to: what may cost more than is left is not sent. */
function answering({ habits, limits, steps, repairs, detectors, strongerModel }: World) {
  const policy = limitedPolicy(limits, {
    steps,
    repairs,
    detectors,
    ...(strongerModel ? { strongerModel: true } : {}),
  });
  return (input: ModelCallInput, session: Scripted): ModelResult => {
    const habit = habits[(session.modelInputs.length - 1) % habits.length]!;
    session.pass(habit.ms);
    if (habit.does === 'unavailable') return { kind: 'failed', type: 'ModelUnavailable', message: '503' };
    if (habit.does === 'out of time' && session.modelOptions.at(-1)?.wallClockMs !== undefined) {
      return { kind: 'failed', type: 'ActivityTimeout', message: 'in time', outOfTime: true };
    }
    const own = input.definitionHash === undefined ? firstAllowance(limits) : {};
    const allowed = { ...own, ...input.allowance };
    const over = (['tokens', 'microUsd'] as const).find((kind) => habit[kind] > (allowed[kind] ?? Infinity));
    const decision: ModelDecision = over
      ? { kind: 'limit', bound: over, needed: habit[over], left: allowed[over] ?? 0 }
      : decisionOf(input, habit);
    const turn = modelTurn(input, decision);
    const usage = { inputTokens: habit.tokens - 1, outputTokens: 1 };
    const definition = turn.definition && { ...turn.definition, policy };
    return {
      kind: 'answered',
      turn: { ...turn, usage, billed: { kind: 'priced', microUsd: habit.microUsd }, definition },
    };
  };
}

/** The first call of a session brings the agent's bounds, and keeps to them before the session knows them. */
function firstAllowance({ call, turn, session }: Limits): { readonly tokens?: number; readonly microUsd?: number } {
  const least = (kind: 'tokens' | 'microUsd') =>
    Math.min(...[call, turn, session].map((scope) => scope?.[kind] ?? Infinity));
  const tokens = least('tokens');
  const microUsd = least('microUsd');
  return { ...(tokens === Infinity ? {} : { tokens }), ...(microUsd === Infinity ? {} : { microUsd }) };
}

interface Ran {
  readonly answers: readonly SendResult[];
  /** The order of what the session asked its activities for. */
  readonly commands: readonly unknown[];
  readonly session: Scripted;
}

async function run(world: World): Promise<Ran> {
  const tool = (): ToolCallReport => {
    const { modelInputs } = session;
    const { fails } = world.habits[(modelInputs.length - 1) % world.habits.length]!;
    return fails ? { ...SUCCEEDED, outcome: { kind: 'failed', reason: 'tool_error', message: 'no' } } : SUCCEEDED;
  };
  const session = startScripted([], { model: answering(world), tool });
  const answers: SendResult[] = [];
  const people = [...world.people];
  for (let index = 1; index <= SENDS; index += 1) {
    const messageId = `m${index}`;
    let given = await session.send(messageId);
    while (given.kind === 'waiting_for_human') {
      act(session, people.shift() ?? 'late');
      await settled();
      const found = session.mailbox.answer(messageId);
      if (found.kind === 'answered') given = found.answer;
    }
    answers.push(given);
    spentIsWithin(world, session);
  }
  session.end();
  await session.finished;
  return { answers, commands: [session.modelInputs, session.modelOptions, session.activityIds], session };
}

function act(session: Scripted, what: World['people'][number]): void {
  const { asking } = session.state.bounding;
  if (!asking) throw new Error('the session waits, and asks nothing');
  const { bound, needed = 1, used, limit } = asking;
  const enough = Math.max(1, used + needed - limit) + (bound.endsWith('.modelCalls') ? 1 : 0);
  const actId = `act-${session.state.acts.size}`;
  switch (what) {
    case 'extend':
    case 'too little': {
      const amount = what === 'extend' ? enough : Math.max(1, enough - 1);
      void session.interventions.intervene({ actId, act: 'extend', bound, amount });
      return;
    }
    case 'late':
      session.timers.at(-1)?.fire();
      return;
    case 'stop':
      void session.interventions.intervene({ actId, act: 'stop' });
      return;
    case 'park':
      session.state.continuing = true;
      session.limitGate.park();
      return;
  }
}

/** To the last token and micro-dollar, with what people added. */
function spentIsWithin({ limits, steps, repairs }: World, { state }: Scripted): void {
  const { extended } = state.bounding;
  for (const scope of ['turn', 'session'] as const) {
    for (const kind of ['steps', 'modelCalls', 'tokens', 'microUsd', 'repairs'] as const) {
      const declared = scope === 'turn' ? { ...limits.turn, steps, repairs }[kind] : limits.session?.[kind];
      if (declared === undefined) continue;
      const most = declared + (extended[`${scope}.${kind}`] ?? 0);
      expect({ scope, kind, used: Math.min(state.bounding[scope][kind], most) }).toEqual({
        scope,
        kind,
        used: state.bounding[scope][kind],
      });
    }
  }
}

describe('whatever a model does', () => {
  it('each turn ends, nothing is spent above a bound, and each rung is taken at most once', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (random) => {
        const { answers, session } = await run(random);
        expect(answers).toHaveLength(SENDS);
        for (const answer of answers) expect(['reply', 'stopped']).toContain(answer.kind);
        for (const answer of answers) if (answer.kind === 'reply') expect(answer.text.trim()).not.toBe('');
        const rungs = session.state.items.filter((item) => item.kind === 'note' && item.reason === 'detector');
        const taken = rungs.map(
          (item) => `${item.turn}: ${(item as { text: string }).text.replace(/\(\d+ times\)/, '')}`,
        );
        expect(new Set(taken).size).toBe(taken.length);
      }),
      { seed: 5, numRuns: 150 },
    );
  }, 60_000);

  it('the same inputs make the same session', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (random) => {
        const [one, two] = [await run(random), await run(random)];
        expect(two.commands).toEqual(one.commands);
        expect(two.answers).toEqual(one.answers);
        expect(two.session.state.items).toEqual(one.session.state.items);
      }),
      { seed: 6, numRuns: 30 },
    );
  }, 60_000);
});
