/** What an author may declare of limits, detectors and prices: brought into the policy that sessions obey, or refused with the place and the reason. */
import { definitionOf } from '../../activities/model/definition';
import { defineAgent, type AgentLimits, type ModelSpec } from '../../agents';

const bounded: ModelSpec = { name: 'gpt-5-mini', maxOutputTokens: 500 };
const agent = (more: object = {}) => defineAgent({ name: 'clerk', instructions: 'x', model: bounded, ...more });
const withLimits = (limits: unknown, more: object = {}) => agent({ limits, ...more });
const refusal = (limits: unknown, more: object = {}): string => {
  try {
    withLimits(limits, more);
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
};

describe("an agent's limits", () => {
  it('ask a person for a day where nothing else is said', () => {
    expect(agent().policy).toMatchObject({
      steps: 10,
      repairs: 3,
      parallelCalls: 8,
      limits: { onLimit: 'ask', askMs: 86_400_000 },
    });
  });

  it('become those of the policy, durations in ms, steps and repairs of a turn where they always were', () => {
    const limits: AgentLimits = {
      parallelCalls: 2,
      call: { tokens: 20_000, wallClock: '90s' },
      turn: { steps: 7, repairs: 0, microUsd: 500_000, wallClock: '10m', toolFailures: 5 },
      session: { steps: 100, modelCalls: 200, tokens: 1_000_000, microUsd: 2_000_000 },
      askFor: '2h',
    };
    expect(withLimits(limits).policy).toMatchObject({
      steps: 7,
      repairs: 0,
      parallelCalls: 2,
      limits: {
        call: { tokens: 20_000, wallClockMs: 90_000 },
        turn: { microUsd: 500_000, wallClockMs: 600_000, toolFailures: 5 },
        session: { steps: 100, modelCalls: 200, tokens: 1_000_000, microUsd: 2_000_000 },
        onLimit: 'ask',
        askMs: 7_200_000,
      },
    });
    expect(withLimits(limits).policy.limits?.turn).not.toHaveProperty('steps');
  });

  it('that stop ask nobody', () => {
    expect(withLimits({ onLimit: 'stop' }).policy.limits).toEqual({ onLimit: 'stop' });
  });

  it.each<[string, unknown, string]>([
    [
      'money in dollars',
      { turn: { microUsd: 0.5 } },
      'limits.turn.microUsd must be a whole number of micro-dollars, got 0.5; $0.5 is 500000',
    ],
    [
      'negative',
      { turn: { tokens: -5 } },
      'limits.turn.tokens must be a whole number of tokens from 1 to 1,000,000,000,000, got -5',
    ],
    ['NaN', { session: { steps: NaN } }, 'limits.session.steps must be a whole number of steps, got NaN'],
    ['infinite', { call: { tokens: Infinity } }, 'limits.call.tokens must be a whole number of tokens, got Infinity'],
    [
      'zero',
      { turn: { modelCalls: 0 } },
      'limits.turn.modelCalls must be a whole number of model calls from 1 to 1,000,000,000, got 0',
    ],
    [
      'beyond what can be counted',
      { session: { tokens: 2 ** 60 } },
      'limits.session.tokens must be a whole number of tokens from 1 to',
    ],
    ['too many steps', { steps: 1001 }, 'limits.steps must be a whole number of steps from 1 to 1,000, got 1001'],
    ['a text', { turn: { tokens: '10m' } }, 'limits.turn.tokens must be a whole number of tokens, got the text "10m"'],
    ['a list', { turn: [] }, 'limits.turn must be an object, got a list'],
    ['no object', 'none', 'limits must be an object, got the text "none"'],
    [
      'an unknown field',
      { turn: { dollars: 1 } },
      'limits.turn does not know "dollars"; it takes: steps, modelCalls, tokens, microUsd, wallClock, repairs, toolFailures',
    ],
    ['a field of the wire', { turn: { wallClockMs: 5 } }, 'limits.turn does not know "wallClockMs"'],
    [
      'a bound that calls do not have',
      { call: { steps: 2 } },
      'limits.call does not know "steps"; it takes: tokens, microUsd, wallClock',
    ],
    [
      'an unknown scope',
      { tool: {} },
      'limits does not know "tool"; it takes: steps, repairs, parallelCalls, call, turn, session, onLimit, askFor',
    ],
    [
      'a duration of another kind',
      { turn: { wallClock: 'soon' } },
      'limits.turn.wallClock must be a positive duration',
    ],
    [
      'a time that is no number',
      { session: { wallClock: NaN } },
      'limits.session.wallClock must be a positive duration of at most 10 years such as 500, "10s" or "24h", got NaN',
    ],
    ['another word', { onLimit: 'wait' }, 'limits.onLimit must be "ask" or "stop", got the text "wait"'],
    [
      'a time to ask where nobody is asked',
      { onLimit: 'stop', askFor: '1h' },
      'limits.askFor says how long a person is asked',
    ],
    [
      'two words for one bound',
      { steps: 5, turn: { steps: 6 } },
      'limits.steps is 5 and limits.turn.steps is 6; they are one bound under two names',
    ],
    [
      'a turn above its session',
      { turn: { tokens: 20 }, session: { tokens: 10 } },
      'limits.turn.tokens is 20, above limits.session.tokens, which is 10',
    ],
    [
      'steps above those of the session',
      { steps: 20, session: { steps: 10 } },
      'limits.steps is 20, above limits.session.steps',
    ],
    [
      'a call above its turn',
      { call: { wallClock: '2m' }, turn: { wallClock: '1m' } },
      'limits.call.wallClock is 120000, above limits.turn.wallClock, which is 60000',
    ],
    [
      'a call above its session',
      { call: { microUsd: 9 }, session: { microUsd: 8 } },
      'limits.call.microUsd is 9, above limits.session.microUsd',
    ],
  ])('that are %s are refused', (_what, limits, words) => {
    expect(refusal(limits)).toContain(`agent "clerk": ${words}`);
  });

  it('on tokens or money need a bound on answers, for each model', () => {
    const model = 'gpt-5-mini';
    const words = 'is reserved before each call, which takes a bound on what the model may answer';
    expect(refusal({ turn: { tokens: 5_000 } }, { model })).toContain(
      `model.maxOutputTokens is missing: limits.turn.tokens ${words}`,
    );
    expect(refusal({ call: { microUsd: 5_000 } }, { model })).toContain(
      `model.maxOutputTokens is missing: limits.call.microUsd`,
    );
    expect(refusal({ turn: { tokens: 5_000 } }, { strongerModel: 'gpt-5' })).toContain(
      'strongerModel.maxOutputTokens is missing',
    );
    expect(refusal({ call: { tokens: 400 } })).toContain(
      'model.maxOutputTokens is 500, above limits.call.tokens, which is 400',
    );
    const inParameters = { name: 'gpt-5-mini', parameters: { max_tokens: 300 } };
    expect(() => withLimits({ turn: { tokens: 5_000 } }, { model: inParameters })).not.toThrow();
  });

  it('on money need a price, from the table or declared', () => {
    const limits = { session: { microUsd: 1_000 } };
    const unknown = { name: 'llama-of-ours', maxOutputTokens: 100 };
    expect(() => definitionOf(withLimits(limits))).not.toThrow();
    expect(() => definitionOf(withLimits(limits, { model: unknown }))).toThrow(
      /agent "clerk": limits\.session\.microUsd needs a price for the model "llama-of-ours", which the price table does not know/,
    );
    const price = { inputMicroUsdPerMillionTokens: 100_000, outputMicroUsdPerMillionTokens: 400_000 };
    expect(() => definitionOf(withLimits(limits, { model: { ...unknown, price } }))).not.toThrow();
    const stronger = withLimits(limits, { strongerModel: unknown });
    expect(() => definitionOf(stronger)).not.toThrow();
    expect(() => definitionOf(stronger, true)).toThrow(/needs a price for the model "llama-of-ours"/);
  });
});

describe("a model's fields", () => {
  const refused = (model: object) => expect(() => agent({ model: { name: 'm', ...model } }));
  it('that make no sense are refused by name', () => {
    refused({ maxOutputTokens: 0 }).toThrow(/model\.maxOutputTokens must be a whole number of tokens from 1 to/);
    refused({ maxOutputTokens: 1.5 }).toThrow(/model\.maxOutputTokens must be a whole number of tokens, got 1\.5/);
    refused({ price: 5 }).toThrow(/model\.price must be \{ inputMicroUsdPerMillionTokens/);
    refused({ price: { inputMicroUsdPerMillionTokens: 1 } }).toThrow(
      /price\.outputMicroUsdPerMillionTokens is missing/,
    );
    refused({
      price: { inputMicroUsdPerMillionTokens: 0.25, outputMicroUsdPerMillionTokens: 2 },
    }).toThrow(/inputMicroUsdPerMillionTokens must be a whole number of micro-dollars, got 0\.25; \$0\.25 is 250000/);
    refused({ price: { inputs: 1 } }).toThrow(/model\.price does not know "inputs"/);
  });

  it('of the stronger one are checked as well, and it is said in the policy', () => {
    expect(() => agent({ strongerModel: { name: '' } })).toThrow(/agent "clerk": strongerModel has no name/);
    expect(agent({ strongerModel: 'gpt-5' }).policy).toMatchObject({ strongerModel: true });
    expect(agent().policy).not.toHaveProperty('strongerModel');
  });
});

describe('detectors', () => {
  const ladder = ['note', 'stronger_model', 'ask', 'stop'];

  it('are on by default', () => {
    expect(agent().policy.detectors).toEqual({
      sameCall: { after: 3, ladder },
      alternatingCalls: { after: 3, ladder },
      repairStorm: { after: 2, ladder },
      toolFailures: { after: 4, ladder },
      emptyAnswers: { after: 2, ladder },
    });
  });

  it('are turned off and changed one by one', () => {
    const { detectors } = agent({
      detectors: { sameCall: false, toolFailures: { after: 9, ladder: ['stop'] } },
    }).policy;
    expect(detectors).not.toHaveProperty('sameCall');
    expect(detectors).toMatchObject({
      toolFailures: { after: 9, ladder: ['stop'] },
      emptyAnswers: { after: 2, ladder },
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', 'all', /agent "clerk": detectors must be an object, got the text "all"/],
    ['an unknown name', { loops: false }, /detectors does not know "loops"; it takes: sameCall, alternatingCalls/],
    ['null', { sameCall: null }, /detectors\.sameCall must be false or \{ after, ladder \}, got null/],
    ['true', { sameCall: true }, /detectors\.sameCall must be false or \{ after, ladder \}, got true/],
    ['a call that repeats none', { sameCall: { after: 1 } }, /sameCall\.after must be a whole number from 2 to 1,000/],
    ['a fraction', { emptyAnswers: { after: 1.5 } }, /emptyAnswers\.after must be a whole number, got 1\.5/],
    [
      'an unknown rung',
      { sameCall: { ladder: ['shout'] } },
      /ladder must be a list out of note, .*got the text "shout"/,
    ],
    ['no rung', { sameCall: { ladder: [] } }, /got an empty one; false turns the detector off/],
    ['a rung twice', { sameCall: { ladder: ['note', 'note'] } }, /names a rung twice/],
    ['rungs after the end', { sameCall: { ladder: ['stop', 'note'] } }, /goes on after "stop"/],
  ])('with %s are refused', (_what, detectors, words) => {
    expect(() => agent({ detectors })).toThrow(words);
  });
});
