/** The rows of the design's failure table that concern the model, through the real `openai` client over HTTP. */
import type { ServerResponse } from 'node:http';
import { CancelledFailure } from '@temporalio/common';
import { chatBody, type Reply } from './scripted-server';
import { CANARY, environmentOf, failureOf, receptionist, startFixture, type Fixture } from './model-fixture';
import { defineAgent } from '../../../agents';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

const error = (status: number, body: object, headers?: Record<string, string>): Reply => ({
  status,
  body: { error: body },
  headers,
});
const head = (response: ServerResponse, headers: Record<string, string | number> = {}) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers });

describe('retryable, and asked once per attempt', () => {
  test.each<[string, Reply, string]>([
    ['429', error(429, { message: 'slow down' }), 'ModelRateLimited'],
    ['500', error(500, { message: 'oops' }), 'ModelUnavailable'],
    [
      '503 with a page of HTML',
      { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' },
      'ModelUnavailable',
    ],
    ['connection reset', (response) => void response.socket?.destroy(), 'ModelUnavailable'],
    [
      'an answer cut in the middle of a tool call',
      (response) => {
        head(response).write(
          JSON.stringify(chatBody({ calls: [{ name: 'find_patient', arguments: '{"name":"Ann"}' }] })).slice(0, 200),
          () => response.socket?.destroy(),
        );
      },
      'ModelUnavailable',
    ],
    ['an error with status 200', { body: { error: { code: 502, message: 'upstream failed' } } }, 'ModelUnavailable'],
  ])('%s', async (_name, reply, type) => {
    fixture.server.script(reply);
    expect(await failureOf(fixture.run())).toMatchObject({ type, nonRetryable: false });
    expect(fixture.server.seen).toHaveLength(1);
  });

  test('nobody listens', async () => {
    await fixture.server.close();
    expect(await failureOf(fixture.run())).toMatchObject({ type: 'ModelUnavailable', nonRetryable: false });
  });

  test.each<[string, Record<string, string>, number]>([
    ['ms', { 'retry-after-ms': '1500' }, 1_500],
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['absurd', { 'retry-after': '1000000000' }, 120_000],
  ])('429 with retry-after in %s', async (_name, headers, delay) => {
    fixture.server.script(error(429, { message: 'slow down' }, headers));
    expect(await failureOf(fixture.run())).toMatchObject({ nextRetryDelay: delay });
  });

  test('429 with retry-after as an HTTP date', async () => {
    fixture.server.script(
      error(429, { message: 'slow down' }, { 'retry-after': new Date(Date.now() + 30_000).toUTCString() }),
    );
    const { nextRetryDelay } = await failureOf(fixture.run());
    expect(nextRetryDelay).toBeGreaterThan(25_000);
    expect(nextRetryDelay).toBeLessThanOrEqual(30_000);
  });

  describe('time', () => {
    const hasty = defineAgent({
      ...receptionist,
      tools: [...receptionist.tools.values()],
      limits: {},
      model: { name: 'gpt-5-mini', timeout: 150 },
    });
    test.each<[string, Reply]>([
      ['no answer at all', () => undefined],
      ['headers, and then nothing', (response) => void head(response).flushHeaders()],
      [
        'a body that trickles',
        (response) => {
          head(response);
          const drip = setInterval(() => response.write(' '), 20);
          response.on('close', () => clearInterval(drip));
        },
      ],
    ])('%s', async (_name, reply) => {
      fixture.server.script(reply);
      expect(await failureOf(fixture.run({}, { agents: [hasty] }))).toMatchObject({
        type: 'ModelTimeout',
        nonRetryable: false,
      });
    });
  });
});

describe('a request that brought no answer', () => {
  const reset: Reply = (response) => void response.socket?.destroy();
  const lost = (attempt: number) => ({ attempt, usage: { estimated: true }, cost: { kind: 'priced' } });

  test('and may have been billed is named by the failure, with those of earlier attempts', async () => {
    fixture.server.script(reset);
    await failureOf(fixture.run());
    fixture.server.script(reset);
    const { details } = await failureOf(fixture.run({}, { info: { attempt: 2 } }));
    expect(details).toMatchObject([{ cutOff: [lost(1), lost(2)] }]);
  });

  test('and was refused by the provider is not', async () => {
    fixture.server.script(reset);
    await failureOf(fixture.run());
    fixture.server.script(error(429, { message: 'slow down' }));
    const { details } = await failureOf(fixture.run({}, { info: { attempt: 2 } }));
    expect(details).toMatchObject([{ cutOff: [lost(1)] }]);
  });
});

describe('not retryable', () => {
  test.each<[string, Reply, string]>([
    [
      '429 for the quota',
      error(429, { code: 'insufficient_quota', type: 'insufficient_quota', message: 'no money' }),
      'ModelForbidden',
    ],
    ['400', error(400, { message: 'unknown field' }), 'ModelBadRequest'],
    ['401', error(401, { message: `Incorrect API key provided: ${CANARY}` }), 'ModelUnauthorized'],
    ['403', error(403, { message: 'no access' }), 'ModelForbidden'],
    ['404', error(404, { message: 'no such model' }), 'ModelNotFound'],
    ['context length', error(400, { code: 'context_length_exceeded', message: 'too long' }), 'ContextLengthExceeded'],
    ['content filter on the prompt', error(400, { code: 'content_filter', message: 'no' }), 'ContentFiltered'],
    ['content filter on the answer', { body: chatBody({ text: 'so', finish: 'content_filter' }) }, 'ContentFiltered'],
  ])('%s', async (_name, reply, type) => {
    fixture.server.script(reply);
    const failure = await failureOf(fixture.run());
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect(JSON.stringify([failure.message, failure.stack, failure.cause])).not.toContain('canary');
    expect(fixture.server.seen).toHaveLength(1);
  });

  test('no API key: says what to set, makes no request and books nothing', async () => {
    delete process.env.OPENAI_API_KEY;
    const failure = await failureOf(fixture.run());
    expect(failure).toMatchObject({
      type: 'ModelUnauthorized',
      nonRetryable: true,
      message: expect.stringContaining('OPENAI_API_KEY is not set') as string,
    });
    expect(fixture.server.seen).toHaveLength(0);
    expect(fixture.ledger.rows.size).toBe(0);
  });
});

describe('repairable: sent back to the model, never an exception', () => {
  const call = { name: 'book_appointment', arguments: '{"slot":"Tue 09:00","minutes":30}' };
  test.each<[string, Reply, string, string | null]>([
    ['not JSON', { body: '<html>hello</html>' }, 'the answer is not JSON', null],
    ['half of its JSON', { body: '{"choices":[' }, 'the answer is not JSON', null],
    ['an empty body', { body: '' }, 'the answer is empty', null],
    ['an array', { body: '[]' }, 'the answer is not a JSON object', null],
    ['no choices', { body: { ...chatBody({}), choices: [] } }, 'the answer has no choices', null],
    ['no message', { body: { ...chatBody({}), choices: [{}] } }, 'the answer has no message', null],
    ['no words and no calls', { body: chatBody({ text: '  ' }) }, 'it is empty', null],
    [
      'calls without a name',
      { body: chatBody({ calls: [{ name: null, arguments: '{}' }] }) },
      'tool_calls[0] has no function name',
      null,
    ],
    [
      'words cut at the length limit',
      { body: chatBody({ text: 'Once upon', finish: 'length' }) },
      'cut at the length limit',
      'Once upon',
    ],
    [
      'a call cut at the length limit',
      { body: chatBody({ text: 'Booking', calls: [call, { ...call, arguments: '{"slot":"Tu' }], finish: 'length' }) },
      'within its tool calls, and none of them ran',
      'Booking',
    ],
    [
      'more calls than can be listed',
      { body: chatBody({ calls: Array(300).fill(call) as (typeof call)[] }) },
      'asks for 300 tool calls',
      null,
    ],
    ['an answer of 5 MB', { body: chatBody({ text: 'x'.repeat(5_000_000) }) }, 'longer than 4194304 bytes', null],
    ['an answer of 1.5 MB', { body: chatBody({ text: 'x'.repeat(1_500_000) }) }, 'at most 1000000 are taken', null],
  ])('%s', async (_name, reply, problem, kept) => {
    fixture.server.script(reply);
    const turn = await fixture.run();
    expect(turn.decision).toMatchObject({
      kind: 'repair',
      problem: expect.stringContaining(problem) as string,
      note: expect.stringContaining(problem) as string,
    });
    expect(turn.item?.text ?? null).toBe(kept);
    expect(turn.item?.calls).toBeUndefined();
    expect(turn.base.length).toBe(kept === null ? 1 : 2);
    expect(JSON.stringify(turn).length).toBeLessThan(1_500_000);
  });

  test('unknown tool and invalid arguments are planned as refused', async () => {
    fixture.server.script({
      body: chatBody({
        calls: [
          { name: 'bookAppointment', arguments: '{}' },
          { name: 'book_appointment', arguments: '{"slot":1' },
        ],
      }),
    });
    const { decision } = await fixture.run();
    expect(decision).toMatchObject({
      kind: 'calls',
      calls: [
        { kind: 'refused', outcome: { reason: 'unknown_tool' } },
        { kind: 'refused', outcome: { reason: 'invalid_arguments' } },
      ],
    });
  });

  test('arguments that came as JSON instead of text are taken, unless a number was rounded on the way', async () => {
    const body = JSON.stringify(
      chatBody({
        calls: [
          { name: 'find_patient', arguments: { name: 'Ann' } },
          { name: 'find_patient', arguments: { name: 'Ann', limit: 1 } },
        ],
      }),
    );
    fixture.server.script({ body: body.replace('"limit":1', '"limit":12345678901234567890') });
    const turn = await fixture.run();
    expect(turn.decision).toMatchObject({ calls: [{ kind: 'run', args: { name: 'Ann' } }, { kind: 'refused' }] });
    expect(turn.provider.repairs).toHaveLength(2);
  });
});

describe('a final call takes what it gets', () => {
  const call = { name: 'find_patient', arguments: '{}' };
  test.each<[string, object, object]>([
    ['words', chatBody({ text: 'So far.' }), { kind: 'answer', text: 'So far.' }],
    ['cut words', chatBody({ text: 'So f', finish: 'length' }), { kind: 'answer', text: 'So f' }],
    ['words and a call', chatBody({ text: 'So far.', calls: [call] }), { kind: 'answer', text: 'So far.' }],
    ['a call alone', chatBody({ calls: [call] }), { kind: 'repair' }],
  ])('%s', async (_name, body, decision) => {
    fixture.server.script({ body });
    const turn = await fixture.run({ purpose: 'final' });
    expect(turn.decision).toMatchObject(decision);
    expect(turn.item?.calls).toBeUndefined();
    expect(JSON.parse(fixture.server.seen[0]?.body ?? '')).toMatchObject({ tool_choice: 'none' });
  });
});

test('a cancellation ends the request at the provider', async () => {
  const environment = environmentOf();
  const closed = new Promise<void>((resolve) =>
    fixture.server.script((response) => {
      response.on('close', resolve);
      environment.cancel();
    }),
  );
  await expect(fixture.run({}, { environment })).rejects.toBeInstanceOf(CancelledFailure);
  await closed;
});

test('it beats while it waits', async () => {
  const environment = environmentOf({ heartbeatTimeoutMs: 300 });
  let beats = 0;
  let release: (() => void) | undefined;
  environment.on('heartbeat', () => {
    beats += 1;
    if (beats === 3) release?.();
  });
  fixture.server.script((response) => {
    release = () => head(response).end(JSON.stringify(chatBody({ text: 'Hi' })));
  });
  await fixture.run({}, { environment });
  expect(beats).toBeGreaterThanOrEqual(3);
});
