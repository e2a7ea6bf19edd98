/** Bounds, detectors and what a person is asked, over many runs: as if there were one. Random, and the same each time. */
import { seededRandom } from '../../../testing/random';
import type { DetectorName, Detectors, Limits } from '../../../workflows/contracts/limits';
import type { SendResult } from '../../../workflows/contracts/messages';
import type { ModelCallInput, ModelDecision, SessionPolicy } from '../../../workflows/contracts/model';
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { limitedPolicy } from './limited';
import { Chain, tick, until } from './scripted-chain';
import { modelTurn, plannedCall, SUCCEEDED } from './scripted-session';

const SEEDS = 120;
const SENDS = 3;
const DETECTORS: readonly DetectorName[] = [
  'sameCall',
  'alternatingCalls',
  'repairStorm',
  'toolFailures',
  'emptyAnswers',
];
const HABITS = ['answer', 'repair', 'empty', 'same', 'by turns', 'three new', 'three same'] as const;
const COST = { tokens: 15, microUsd: 1_000 };
const FAILED: ToolCallReport = {
  ...SUCCEEDED,
  outcome: { kind: 'failed', reason: 'tool_error', message: 'no slot' },
};

/** What is the same with one run and with many. */
interface Plan {
  readonly habits: readonly (typeof HABITS)[number][];
  readonly fails: readonly boolean[];
  readonly policy: SessionPolicy;
}

function planOf(seed: number): Plan {
  const random = seededRandom(seed);
  const below = (most: number) => Math.floor(random() * most);
  const habits = Array.from({ length: 6 }, () => HABITS[below(HABITS.length)] as Plan['habits'][number]);
  const fails = Array.from({ length: 6 }, () => below(2) === 0);
  const limits: Limits = {
    turn: { microUsd: 3_000 + below(20) * 1_000, toolFailures: 2 + below(4), modelCalls: 4 + below(10) },
    session: { tokens: 100 + below(600) },
    onLimit: below(3) > 0 ? 'ask' : 'stop',
  };
  const after = 2 + below(3);
  const ladder = ['note', 'stronger_model', 'ask', 'stop'] as const;
  const detectors: Detectors = Object.fromEntries(DETECTORS.map((name) => [name, { after, ladder }]));
  const more = { steps: 3 + below(8), repairs: below(4), strongerModel: true, detectors } as const;
  return { habits, fails, policy: limitedPolicy(limits, more) };
}

function decisionOf({ habits }: Plan, { turn, step, allowance = {}, purpose }: ModelCallInput): ModelDecision {
  for (const bound of ['microUsd', 'tokens'] as const) {
    const { [bound]: left = Infinity } = allowance;
    if (left < COST[bound]) return { kind: 'limit', bound, needed: COST[bound], left };
  }
  if (purpose === 'final') return { kind: 'answer', text: 'what there is' };
  const calls = (...names: readonly string[]): ModelDecision => ({
    kind: 'calls',
    calls: names.map((name, index) => ({
      ...plannedCall(`t${turn}.s${step}.c${index}-x`),
      argsHash: name,
      summary: name,
    })),
  });
  switch (habits[(turn * 7 + step) % habits.length]) {
    case 'repair':
      return { kind: 'repair', problem: 'cut', note: 'again, please' };
    case 'empty':
      return { kind: 'repair', problem: 'empty', note: 'say something', cause: 'empty' };
    case 'same':
      return calls('same');
    case 'by turns':
      return calls(step % 2 === 0 ? 'even' : 'odd');
    case 'three new':
      return calls(...['a', 'bb', 'ccc'].map((name) => `${name}${step}`));
    case 'three same':
      return calls('a', 'bb', 'ccc');
    default:
      return { kind: 'answer', text: 'done' };
  }
}

/** @param disturb called wherever the next run may become due. */
async function play(plan: Plan, disturb: (chain: Chain) => Promise<void>) {
  const inputs: unknown[] = [];
  const chain: Chain = new Chain({
    model: async (input): Promise<ModelResult> => {
      const { callId, purpose, allowance, stronger } = input;
      inputs.push({ callId, purpose, allowance, stronger });
      await disturb(chain);
      const decision = decisionOf(plan, input);
      const turn = modelTurn(input, decision);
      const definition = turn.definition && { ...turn.definition, policy: plan.policy };
      const nothing = { usage: { inputTokens: 0, outputTokens: 0 }, billed: { kind: 'priced', microUsd: 0 } } as const;
      return { kind: 'answered', turn: { ...turn, ...(decision.kind === 'limit' ? nothing : {}), definition } };
    },
    tool: async ({ argsHash }) => {
      await disturb(chain);
      return plan.fails[argsHash.length % plan.fails.length] ? FAILED : SUCCEEDED;
    },
  });
  const answers: SendResult[] = [];
  let acts = 0;
  for (let message = 1; message <= SENDS; message += 1) {
    for (;;) {
      const { again: _, ...answer } = await chain.say(`m${message}`);
      if (answer.kind !== 'waiting_for_human') {
        answers.push(answer);
        break;
      }
      await disturb(chain);
      const { asking } = chain.state.bounding;
      if (asking) {
        acts += 1;
        const { bound, needed: amount = 2 } = asking;
        const act = acts % 5 === 0 ? ({ act: 'stop' } as const) : ({ act: 'extend', bound, amount } as const);
        await chain.intervene({ actId: `act-${acts}`, ...act });
      }
      await tick();
    }
  }
  await until(() => !chain.state.continuing);
  const { items, usage, run, bounding } = chain.state;
  const found = { answers, inputs, items, usage, used: [bounding.turn, bounding.session], extended: bounding.extended };
  await chain.intervene({ actId: 'end-of-test', act: 'end' });
  await chain.finished;
  return { run, found: comparable(found) };
}

/** Without the time, which a run more takes longer; and of what was done the next run knows only the last calls. */
function comparable(found: object): unknown {
  const text = JSON.stringify(found)
    .replace(/"wallClockMs":\d+/g, '"wallClockMs":0')
    .replace(/What was done is kept:[^"]*|Its last steps did nothing[^"]*|Nothing was done in this turn\./g, '…');
  return JSON.parse(text);
}

test('many runs spend, notice and ask what one does', async () => {
  let runs = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const plan = planOf(seed);
    const one = await play(plan, async () => undefined);
    const random = seededRandom(seed + SEEDS);
    const many = await play(plan, async (chain) => {
      if (random() < 0.4) chain.suggest();
      for (let ticks = random() * 4; ticks > 1; ticks -= 1) await tick();
    });
    expect({ seed, ...(many.found as object) }).toEqual({ seed, ...(one.found as object) });
    runs += many.run;
  }
  expect(runs).toBeGreaterThan(5 * SEEDS);
}, 60_000);
