/** Ways in which more could be spent, or less be booked, than a bound says. */
import { claimModelCall, recordTurn } from '../../../activities/model/recorded-answer';
import { definitionOf } from '../../../activities/model/definition';
import { reserver } from '../../../activities/model/reservation';
import { priceOf } from '../../../activities/model/price';
import { isPlausible } from '../../../activities/model/usage';
import { defineAgent, type AgentSpec, type ModelPrice } from '../../../agents';
import type { Cost, ModelTurn, Usage } from '../../../workflows/contracts/model';
import { temporaryLedger } from '../ledger/temporary-ledger';
import { startFixture, type Fixture } from './model-fixture';
import { chatBody } from './scripted-server';

const PRICE: ModelPrice = { inputMicroUsdPerMillionTokens: 1_000_000, outputMicroUsdPerMillionTokens: 10_000_000 };
const agent = (more: Partial<AgentSpec> = {}) =>
  defineAgent({
    name: 'receptionist',
    instructions: 'You book appointments.',
    model: { name: 'gpt-5-mini', maxOutputTokens: 1_000, price: PRICE },
    ...more,
  });

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

test('where cached input is the dearer one, it is what is reserved', () => {
  const price = { ...PRICE, cachedInputMicroUsdPerMillionTokens: 5_000_000 };
  const dear = definitionOf(agent({ model: { name: 'ours', maxOutputTokens: 100, price } }));
  const reserved = reserver(dear, { microUsd: 3_200 }, 500)([]);
  if (reserved.kind !== 'fits') throw new Error('it fits');
  const { outputTokens } = reserved.usage;
  const billed = priceOf({ inputTokens: 500, outputTokens, cachedInputTokens: 500 }, ['ours'], price);
  expect(billed.kind === 'priced' ? billed.microUsd : NaN).toBeLessThanOrEqual(3_200);
  expect(reserver(dear, { microUsd: 2_000 }, 500)([]).kind).toBe('exceeds');
});

test.each([-5, 1.5, NaN, Infinity])('%s tokens are no count, whoever gives it', (count) => {
  expect(isPlausible({ inputTokens: count, outputTokens: 1 }, { bytes: 100 })).toBe(false);
  expect(isPlausible({ inputTokens: 1, outputTokens: count }, { bytes: 100 })).toBe(false);
});

test('an answer without usage is booked within what was reserved, where the beginning of a long request is the denser part', async () => {
  // Counted by its first part alone, the whole would be taken for as dense as that.
  const text = '漢字仮名交じり文'.repeat(8_500) + ' and so on'.repeat(60_000);
  fixture.server.script({ body: chatBody({ text: 'Hi', usage: null }) });
  const item = { kind: 'user', turn: 1, messageId: 'm1', text } as const;
  const turn = await fixture.run({ items: [item], allowance: { tokens: 10_000_000 } }, { agents: [agent()] });
  const [row] = fixture.ledger.rows.values();
  const reserved = row?.started[0]?.estimate as unknown as { usage: Usage };
  expect(turn.usage.estimated).toBe(true);
  expect(turn.usage.inputTokens).toBeLessThanOrEqual(reserved.usage.inputTokens);
});

describe('bounds that the session was given itself', () => {
  const limits = { session: { microUsd: 500 }, turn: { tokens: 70 } } as const;

  test('count instead of the agent’s, also at the first call', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    const ownLimits = { session: { microUsd: 50_000 }, turn: { tokens: 5_000 } };
    const allowance = { microUsd: 50_000, tokens: 5_000 };
    const turn = await fixture.run({ allowance, ownLimits }, { agents: [agent({ limits })] });
    expect(turn.decision).toMatchObject({ kind: 'answer' });
  });

  test('leave those of the agent that they do not name', async () => {
    const turn = await fixture.run(
      { allowance: { tokens: 5_000 }, ownLimits: { turn: { tokens: 5_000 } } },
      { agents: [agent({ limits })] },
    );
    expect(turn.decision).toMatchObject({ kind: 'limit', bound: 'microUsd', left: 500 });
  });
});

test.each([-1, 0, 1.5, 'many'])('an output cap of %s bounds nothing, and a bound cannot be reserved by it', (cap) => {
  const model = { name: 'gpt-5-mini', parameters: { max_tokens: cap }, maxOutputTokens: 100, price: PRICE };
  expect(() => agent({ model, limits: { turn: { tokens: 5_000 } } })).toThrow(
    /model\.parameters\.max_tokens must be a whole number of tokens/,
  );
  // Without a bound it is the server's to understand; a session's own cannot be enforced then.
  expect(() => reserver(definitionOf(agent({ model })), { tokens: 5_000 }, 10)).toThrow(/needs model\.maxOutputTokens/);
});

test.each<[string, NonNullable<AgentSpec['strongerModel']>]>([
  ['with answers of any length', 'gpt-5'],
  ['without a price', { name: 'llama-of-ours', maxOutputTokens: 100 }],
])(
  'a stronger model %s is passed over where the session is bounded: the other one goes on',
  async (_, strongerModel) => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    const turn = await fixture.run(
      { stronger: true, allowance: { microUsd: 50_000 } },
      { agents: [agent({ strongerModel })] },
    );
    expect(turn.decision).toMatchObject({ kind: 'answer' });
    expect(JSON.parse(fixture.server.seen[0]?.body ?? '')).toMatchObject({ model: 'gpt-5-mini' });
  },
);

describe('two attempts that both asked', () => {
  const asked = { length: 1, digest: 'd' };
  const priced = (microUsd: number): Cost => ({ kind: 'priced', microUsd });
  const usage: Usage = { inputTokens: 10, outputTokens: 5 };
  const answerOf = (model: string, microUsd: number) =>
    ({
      model,
      tokens: '',
      cost: '',
      decision: { kind: 'answer', text: model },
      base: asked,
      usage,
      billed: priced(microUsd),
      provider: { name: 'p', attempt: 1 },
    }) as unknown as ModelTurn;
  const reserve = (microUsd: number) => () => ({ kind: 'fits', usage, cost: priced(microUsd) }) as const;
  const callKey = 'session-1/t1.s1.m';

  test('are both booked, where the first to ask is the first to be recorded', async () => {
    const ledger = await temporaryLedger();
    const call = (attempt: number) => ({ callKey, attempt, run: 'run-1', asked });
    await claimModelCall(ledger, call(1), reserve(100), false);
    await claimModelCall(ledger, call(2), reserve(200), false);
    await recordTurn(ledger, call(1), answerOf('one', 90));
    const told = await recordTurn(ledger, call(2), answerOf('two', 180));
    expect(told).toMatchObject({
      model: 'one',
      billed: priced(90),
      cutOff: [{ attempt: 2, usage, cost: priced(180) }],
    });
  });

  test('are both booked, where a third finds the answer', async () => {
    const ledger = await temporaryLedger();
    const call = (attempt: number) => ({ callKey, attempt, run: 'run-1', asked });
    await claimModelCall(ledger, call(1), reserve(100), false);
    const second = await claimModelCall(ledger, call(2), reserve(200), false);
    await claimModelCall(ledger, call(3), reserve(300), false);
    const cutOff = second.kind === 'run' ? second.cutOff : [];
    await recordTurn(ledger, call(2), { ...answerOf('two', 180), cutOff });
    const found = await claimModelCall(ledger, call(4), reserve(400), false);
    expect(found).toMatchObject({
      kind: 'recorded',
      turn: {
        billed: priced(180),
        cutOff: [
          { attempt: 1, cost: priced(100) },
          { attempt: 3, cost: priced(300) },
        ],
      },
    });
  });

  test('are booked beside one of the same number, from before a reset', async () => {
    const ledger = await temporaryLedger();
    const call = (attempt: number) => ({ callKey, attempt, run: 'run-2', asked });
    await claimModelCall(ledger, { ...call(1), run: 'run-1' }, reserve(50), false);
    await claimModelCall(ledger, call(1), reserve(100), false);
    const second = await claimModelCall(ledger, call(2), reserve(200), false);
    await recordTurn(ledger, call(1), answerOf('one', 90));
    const cutOff = second.kind === 'run' ? second.cutOff : [];
    const told = await recordTurn(ledger, call(2), { ...answerOf('two', 180), cutOff });
    expect(told.cutOff?.map(({ cost }) => cost)).toEqual([priced(50), priced(180)]);
  });

  test('of the same number, before and after a reset, are told apart', async () => {
    const ledger = await temporaryLedger();
    await claimModelCall(ledger, { callKey, attempt: 1, run: 'run-1', asked }, reserve(100), false);
    await ledger.closeModelCall({ callKey, run: 'run-1', owner: 'o' });
    await claimModelCall(ledger, { callKey, attempt: 1, run: 'run-2', asked }, reserve(200), false);
    await recordTurn(ledger, { callKey, attempt: 1, run: 'run-2', asked }, answerOf('two', 180));
    const closed = await ledger.closeModelCall({ callKey, run: 'run-2', owner: 'o' });
    expect(closed.cutOff).toEqual([{ attempt: 1, estimate: { usage, cost: priced(100) } }]);
  });
});
