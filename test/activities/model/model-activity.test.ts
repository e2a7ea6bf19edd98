import { buildChatRequest } from '../../../activities/model/chat-completions';
import { baseOf, append, EMPTY_CONVERSATION, nextDigest } from '../../../activities/model/conversation-cache';
import { defineAgent } from '../../../agents';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import type { DefinitionRecord, ModelTurn } from '../../../workflows/contracts/model';
import { MemoryLedger } from '../../support/memory-ledger';
import { chatBody } from './scripted-server';
import {
  CALENDAR_ID,
  CANARY,
  DEFAULT_ID,
  environmentOf,
  failureOf,
  findPatient,
  hello,
  receptionist,
  startFixture,
  type Fixture,
} from './model-fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

test('an answer: what a person reads first, what history needs, and the request is rebuilt from it byte for byte', async () => {
  fixture.server.script({ body: chatBody({ text: 'How can I help?' }) });
  const turn = await fixture.run();
  expect(Object.keys(turn).slice(0, 3)).toEqual(['model', 'tokens', 'cost']);
  const item = { kind: 'assistant', turn: 1, step: 1, agent: 'receptionist', text: 'How can I help?' } as const;
  expect(turn).toMatchObject({
    model: 'gpt-5-mini-2025-08-07',
    tokens: '812→64',
    cost: '$0.000331',
    decision: { kind: 'answer', text: 'How can I help?' },
    item,
    base: baseOf(append(EMPTY_CONVERSATION, [hello, item])),
    usage: { inputTokens: 812, outputTokens: 64 },
    billed: { kind: 'priced', microUsd: 331 },
    definition: { agent: 'receptionist', api: 'chat', model: 'gpt-5-mini', instructions: 'You book appointments.' },
    ledgers: { default: DEFAULT_ID, calendar: CALENDAR_ID },
    provider: {
      name: 'openai.chat',
      responseId: 'chatcmpl-1',
      finishReason: 'stop',
      attempt: 1,
      prices: expect.stringMatching(/^genai-prices \d/) as string,
    },
  });
  const [request] = fixture.server.seen;
  expect(request).toMatchObject({ path: '/v1/chat/completions', headers: { authorization: `Bearer ${CANARY}` } });
  const kept = JSON.parse(JSON.stringify(turn.definition)) as DefinitionRecord;
  expect(JSON.stringify(buildChatRequest(kept, kept.instructions ?? '', [hello], 'step'))).toBe(request?.body);
  expect(JSON.stringify([turn, [...fixture.ledger.rows.values()]])).not.toContain('canary');
});

test('the definition comes once, and again when it changed', async () => {
  fixture.server.script(
    { body: chatBody({ text: 'a' }) },
    { body: chatBody({ text: 'b' }) },
    { body: chatBody({ text: 'c' }) },
  );
  const { definitionHash } = await fixture.run();
  expect(await fixture.run({ callId: 't2.s1.m', definitionHash })).not.toHaveProperty('definition');
  const changed = defineAgent({
    name: 'receptionist',
    instructions: 'New words.',
    model: 'gpt-5-mini',
    tools: [findPatient],
  });
  const after = await fixture.run({ callId: 't3.s1.m', definitionHash }, { agents: [changed] });
  expect(after.definitionHash).not.toBe(definitionHash);
  expect(after.definition).toMatchObject({ instructions: 'New words.' });
});

test('instructions rendered per step are in the result, at the time the call was first scheduled, whatever the attempt', async () => {
  fixture.server.script({ body: chatBody({ text: 'a' }) });
  const dynamic = defineAgent({
    name: 'receptionist',
    instructions: ({ now, session }) => `${now.toISOString()} ${session.tenant}`,
    model: 'gpt-5-mini',
  });
  const info = { attempt: 3, scheduledTimestampMs: 86_400_000, currentAttemptScheduledTimestampMs: 99_000_000 };
  const turn = await fixture.run({ tenant: 'clinic' }, { agents: [dynamic], info });
  expect(turn.instructions).toBe('1970-01-02T00:00:00.000Z clinic');
  expect(turn.definition).not.toHaveProperty('instructions');
});

describe('the ledger', () => {
  test('a recorded answer is reported without asking again', async () => {
    fixture.server.script({ body: chatBody({ text: 'Once.' }) });
    const first = await fixture.run();
    const second = await fixture.run({}, { info: { attempt: 2 } });
    expect(second).toEqual({ ...first, provider: { ...first.provider, replayed: true } });
    expect(Object.keys(second).slice(0, 3)).toEqual(['model', 'tokens', 'cost']);
    expect(fixture.server.seen).toHaveLength(1);
    expect([...fixture.ledger.rows.keys()]).toEqual(['run-1/t1.s1.m']);
  });

  test('a reported recorded answer leaves the conversation in memory', async () => {
    fixture.server.script({ body: chatBody({ text: 'Once.' }) }, { body: chatBody({ text: 'Twice.' }) });
    await fixture.run();
    const activity = fixture.activity();
    const { base } = await fixture.run({}, { activity, info: { attempt: 2 } });
    expect((await fixture.run({ callId: 't2.s1.m', base, items: [] }, { activity })).base.length).toBe(3);
  });

  test('an answer recorded on another branch of the session is not taken for this one', async () => {
    fixture.server.script({ body: chatBody({ text: 'Before the reset.' }) }, { body: chatBody({ text: 'After it.' }) });
    await fixture.run();
    const other = { items: [{ ...hello, text: 'Something else' }] } as Parameters<Fixture['run']>[0];
    expect((await fixture.run(other)).decision).toEqual({ kind: 'answer', text: 'After it.' });
    expect((await fixture.run(other, { info: { attempt: 2 } })).decision).toEqual({
      kind: 'answer',
      text: 'After it.',
    });
    expect(fixture.server.seen).toHaveLength(2);
  });

  test('where two attempts ask at once, the first recorded answer stands', async () => {
    fixture.server.script((response) => {
      void fixture.ledger
        .recordModelCall({
          callKey: 'run-1/t1.s1.m',
          attempt: 2,
          answer: { ...(first as object), provider: { name: 'openai.chat', attempt: 2 } },
        })
        .then(() =>
          response
            .writeHead(200, { 'content-type': 'application/json' })
            .end(JSON.stringify(chatBody({ text: 'Late.' }))),
        );
    });
    const first: Partial<ModelTurn> = {
      model: 'm',
      tokens: '1→1',
      cost: 'unpriced',
      decision: { kind: 'answer', text: 'Early.' },
      base: { length: 1, digest: nextDigest('', hello) },
    };
    expect((await fixture.run()).decision).toEqual({ kind: 'answer', text: 'Early.' });
  });

  test('an answer that another branch records while this one asks is not taken for this one', async () => {
    const other = { items: [{ ...hello, text: 'Something else' }] } as Parameters<Fixture['run']>[0];
    const late = JSON.stringify(chatBody({ text: 'After the reset.' }));
    fixture.server.script(
      (response) => {
        // A worker that was not told of the reset yet asks under the same key, and is done first.
        void fixture.run(other).then(() => response.writeHead(200, { 'content-type': 'application/json' }).end(late));
      },
      { body: chatBody({ text: 'Before the reset.' }) },
    );
    const turn = await fixture.run();
    expect(turn.decision).toEqual({ kind: 'answer', text: 'After the reset.' });
    expect(turn.base).toEqual(baseOf(append(EMPTY_CONVERSATION, [hello, turn.item as ConversationItem])));
    const again = await fixture.run({}, { info: { attempt: 2 } });
    expect(again).toMatchObject({ decision: turn.decision, provider: { replayed: true } });
    expect((await fixture.run(other, { info: { attempt: 2 } })).decision).toMatchObject({ text: 'Before the reset.' });
    expect(fixture.server.seen).toHaveLength(2);
  });

  test('an attempt whose answer was lost is booked at its estimate', async () => {
    fixture.server.script((response) => void response.socket?.destroy(), { body: chatBody({ text: 'Hi' }) });
    await failureOf(fixture.run());
    const turn = await fixture.run({}, { info: { attempt: 2 } });
    expect(turn.cutOff).toEqual([
      {
        attempt: 1,
        usage: { inputTokens: expect.any(Number) as number, outputTokens: 1024, estimated: true },
        cost: { kind: 'priced', microUsd: expect.any(Number) as number },
      },
    ]);
  });

  test.each([
    ['refused', { status: 429, body: { error: { message: 'slow' } } }],
    ['answered with an error', { body: { error: { code: 503, message: 'upstream' } } }],
  ])('an attempt that the provider %s is not', async (_name, reply) => {
    fixture.server.script(reply, { body: chatBody({ text: 'Hi' }) });
    await failureOf(fixture.run());
    expect(await fixture.run({}, { info: { attempt: 2 } })).not.toHaveProperty('cutOff');
  });

  test('away before the request: a retry, and no request', async () => {
    fixture.ledger.failures.begin = 1;
    expect(await failureOf(fixture.run())).toMatchObject({ type: 'LedgerUnavailable', nonRetryable: false });
    expect(fixture.server.seen).toHaveLength(0);
  });

  test('away for a moment when the answer is there: recorded all the same', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    fixture.ledger.failures.record = 2;
    await fixture.run();
    expect(fixture.ledger.rows.get('run-1/t1.s1.m')?.answer).toBeDefined();
    expect(fixture.server.seen).toHaveLength(1);
  });

  test('away for longer: never reported unrecorded', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    fixture.ledger.failures.record = 99;
    expect(await failureOf(fixture.run())).toMatchObject({ type: 'LedgerUnavailable', nonRetryable: false });
  });

  test('another one than the session is bound to: refused before any request, with what to do', async () => {
    const failure = await failureOf(fixture.run({ ledgers: { default: 'some-other-id' } }));
    expect(failure).toMatchObject({
      type: 'LedgerMismatch',
      nonRetryable: false,
      message: expect.stringContaining('the same ledger URL') as string,
    });
    const missing = await failureOf(fixture.run({}, { ledgers: new Map([['default', new MemoryLedger(DEFAULT_ID)]]) }));
    expect(missing).toMatchObject({
      type: 'LedgerMismatch',
      message: expect.stringContaining('no ledger named "calendar"') as string,
    });
    expect(fixture.server.seen).toHaveLength(0);
    expect(fixture.ledger.rows.size).toBe(0);
  });

  test('a session bound to this one goes ahead', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    expect((await fixture.run({ ledgers: { default: DEFAULT_ID } })).decision.kind).toBe('answer');
  });
});

describe('an agent that is not there', () => {
  const agent = 'recepsionist';
  test('a session that never ran with it is told the names', async () => {
    const failure = await failureOf(fixture.run({ agent }));
    expect(failure).toMatchObject({ type: 'UnknownAgent', nonRetryable: true, details: [{ names: ['receptionist'] }] });
  });

  test('a session that did is taken for one in a deploy, for ten minutes', async () => {
    const at = (minutes: number) =>
      failureOf(
        fixture.run({ agent, definitionHash: 'h' }, { info: { scheduledTimestampMs: Date.now() - minutes * 60_000 } }),
      );
    expect(await at(0)).toMatchObject({ nonRetryable: false, nextRetryDelay: 5_000 });
    expect(await at(9)).toMatchObject({ nonRetryable: false });
    expect(await at(11)).toMatchObject({ nonRetryable: true, details: [{ names: ['receptionist'] }] });
  });
});

describe('what the author must mend is said once', () => {
  test.each<[string, () => string, RegExp]>([
    [
      'instructions that throw',
      () => {
        throw new Error('no file');
      },
      /instructions failed: no file/,
    ],
    ['instructions that are no text', () => 5 as unknown as string, /must return a text/],
    ['instructions without end', () => 'x'.repeat(600_000), /600\d{3} bytes, at most 524288/],
  ])('%s', async (_name, instructions, message) => {
    const failure = await failureOf(
      fixture.run({}, { agents: [defineAgent({ name: 'receptionist', instructions, model: 'm' })] }),
    );
    expect(failure).toMatchObject({ nonRetryable: true, message: expect.stringMatching(message) as string });
    expect(fixture.server.seen).toHaveLength(0);
  });
});

test.each([null, { $undecodable: 'x' }, { agent: 'a' }])('input that this version cannot read: %j', async (input) => {
  const failure = await failureOf(environmentOf().run(fixture.activity(), input as never));
  expect(failure).toMatchObject({ type: 'BadActivityInput', nonRetryable: false });
});

test('items of a kind this version does not know are left to a newer worker', async () => {
  const failure = await failureOf(fixture.run({ items: [{ kind: 'hologram' } as never] }));
  expect(failure).toMatchObject({ type: 'BadActivityInput', message: expect.stringContaining('items[0]') as string });
});

test('a worker without a default ledger is refused when it is made', () => {
  expect(() => fixture.activity({ ledgers: new Map() })).toThrow(/"default"/);
});

test('agents of one process share nothing but their definition', async () => {
  fixture.server.script({ body: chatBody({ text: 'a' }) }, { body: chatBody({ text: 'b' }) });
  const activity = fixture.activity();
  await fixture.run({ keyNamespace: 'run-1' }, { activity });
  await fixture.run({ keyNamespace: 'run-2' }, { activity });
  expect(fixture.server.seen[1]?.body).toBe(fixture.server.seen[0]?.body);
  expect(receptionist.tools.size).toBe(3);
});
