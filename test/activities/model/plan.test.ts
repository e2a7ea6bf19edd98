import { createHash } from 'node:crypto';
import { definitionOf } from '../../../activities/model/definition';
import { planCalls, MAX_CALLS, type PlanContext } from '../../../activities/model/plan';
import { defineAgent, defineTool } from '../../../agents';
import { z } from 'zod';
import { CALENDAR_ID, DEFAULT_ID, receptionist } from './model-fixture';

const context: PlanContext = {
  agent: receptionist,
  schemas: definitionOf(receptionist).schemas,
  profile: 'dev',
  session: { id: 's-1', agent: 'receptionist' },
  now: Date.parse('2026-01-05T09:00:00Z'),
  turn: 3,
  step: 2,
  answer: 'a1',
  ledger: (name) => ({ name, id: name === 'default' ? DEFAULT_ID : CALENDAR_ID }),
};

const plan = async (tool: string, args: string, over: Partial<PlanContext> = {}) => {
  const { calls, asked } = await planCalls([{ tool, arguments: args }], { ...context, ...over });
  return { call: calls[0], kept: asked[0] };
};

test('a good call is run under an id of ours, with its policy, its ledger and one line', async () => {
  const { call, kept } = await plan('book_appointment', '{"slot":"Tue 09:00","minutes":"30"}');
  const args = '{"minutes":30,"slot":"Tue 09:00"}';
  expect(call).toEqual({
    kind: 'run',
    id: expect.stringMatching(/^t3\.s2\.c1-[0-9a-f]{8}$/) as string,
    tool: 'book_appointment',
    args: { minutes: 30, slot: 'Tue 09:00' },
    argsHash: createHash('sha256').update(args).digest('hex'),
    coercions: [{ path: 'minutes', before: '"30"', after: '30' }],
    policy: {
      effect: 'idempotent',
      startToCloseMs: 60_000,
      heartbeatMs: 3_000,
      attempts: 3,
      initialIntervalMs: 500,
      backoff: 2,
      maxIntervalMs: 10_000,
      rolloutWindowMs: 600_000,
      maxResultBytes: 32 * 1024,
    },
    ledger: { name: 'default', id: DEFAULT_ID },
    summary: 'book_appointment(minutes=30, slot=Tue 09:00)',
  });
  expect(kept).toEqual({ id: call?.id, tool: 'book_appointment', arguments: args });
});

test('a read keeps no ledger row; a tool with its own ledger is in that one', async () => {
  expect((await plan('find_patient', '{"name":"Ann"}')).call).not.toHaveProperty('ledger');
  expect((await plan('cancel_appointment', '{"id":"7"}')).call).toMatchObject({
    ledger: { name: 'calendar', id: CALENDAR_ID },
  });
});

test('a call that can be undone says so', async () => {
  const undoable = {
    name: 'book',
    description: 'books',
    effect: 'idempotent',
    input: z.object({}),
    run: () => 1,
  } as const;
  const agent = defineAgent({
    name: 'a',
    instructions: 'x',
    model: 'm',
    tools: [defineTool({ ...undoable, compensate: () => 2 })],
  });
  const { call } = await plan('book', '{}', { agent, schemas: definitionOf(agent).schemas });
  expect(call).toMatchObject({ policy: { effect: 'idempotent', compensates: true } });
});

test('the id depends on the tool, the arguments and the whole answer, and on nothing else', async () => {
  const id = async (tool: string, args: string, answer: string) => (await plan(tool, args, { answer })).call?.id;
  const first = await id('find_patient', '{"name":"Ann"}', 'a1');
  expect(await id('find_patient', '{"name":"Ann"}', 'a1')).toBe(first);
  expect(
    new Set([first, await id('find_patient', '{"name":"Bob"}', 'a1'), await id('find_patient', '{"name":"Ann"}', 'a2')])
      .size,
  ).toBe(3);
});

describe('a tool that does not exist is refused with the names that do', () => {
  test.each([
    ['cancelAppointment', 'cancel_appointment'],
    ['functions.book_appointment', 'book_appointment'],
    ['book_apointment', 'book_appointment'],
    ['Find-Patient', 'find_patient'],
    ['bооk_appointment', 'book_appointment'],
  ])('%s', async (name, near) => {
    const { call, kept } = await plan(name, '{}');
    expect(call).toMatchObject({ kind: 'refused', outcome: { kind: 'rejected', reason: 'unknown_tool' } });
    expect(call?.kind === 'refused' && call.outcome.message).toContain(`Did you mean "${near}"`);
    expect(call?.kind === 'refused' && call.outcome.message).toContain(
      'The tools are: find_patient, book_appointment, cancel_appointment.',
    );
    expect(kept?.tool).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  test.each(['', '__proto__', 'toString', 'constructor', '../x', 'x'.repeat(10_240), 'a\nb\u202ec'])(
    '%.20s',
    async (name) => {
      const { call, kept } = await plan(name, '{}');
      expect(call).toMatchObject({ kind: 'refused', outcome: { reason: 'unknown_tool' } });
      expect(call?.tool.length).toBeLessThanOrEqual(64);
      expect(call?.summary).toMatch(/^[^\p{Cc}\p{Cf}]{1,200}$/u);
      expect(kept?.tool).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    },
  );
});

describe('arguments that do not pass are refused, and kept so that every provider takes the conversation back', () => {
  test('an object stays as it was written', async () => {
    const { call, kept } = await plan('book_appointment', '{"slot": 5}');
    expect(call).toMatchObject({ kind: 'refused', tool: 'book_appointment', outcome: { reason: 'invalid_arguments' } });
    expect(call?.kind === 'refused' && call.outcome.message).toContain('minutes: is missing, expected number');
    expect(kept?.arguments).toBe('{"slot": 5}');
  });

  test.each(['not json', '[1]', '{"slot":"Tue 09', `{"slot":"${'x'.repeat(300_000)}"}`, '{"slot":"\ud800"}'])(
    '%.20s',
    async (text) => {
      const { kept } = await plan('book_appointment', text);
      const parsed = JSON.parse(kept?.arguments ?? '') as object;
      expect(Object.keys(parsed)).toEqual(['unparsed']);
      expect(kept?.arguments.length).toBeLessThan(5_000);
    },
  );
});

test('too many calls in one answer: the rest is refused, each with an outcome', async () => {
  const asked = Array.from({ length: MAX_CALLS + 3 }, (_, index) => ({
    tool: 'find_patient',
    arguments: `{"name":"p${index}"}`,
  }));
  const { calls, asked: kept } = await planCalls(asked, context);
  expect(calls.filter((call) => call.kind === 'run')).toHaveLength(MAX_CALLS);
  expect(calls.slice(MAX_CALLS)).toEqual(
    Array(3).fill(
      expect.objectContaining({ kind: 'refused', outcome: expect.objectContaining({ reason: 'limit' }) as object }),
    ),
  );
  expect(new Set(kept.map((call) => call.id)).size).toBe(MAX_CALLS + 3);
});

describe('the one line', () => {
  const lineOf = async (summary: ((args: { text: string }) => string) | undefined, text: string) => {
    const say = defineTool({
      name: 'say',
      description: 'Says.',
      effect: 'read',
      input: z.object({ text: z.string() }),
      summary,
      run: () => null,
    });
    const agent = defineAgent({ name: 'a', instructions: 'x', model: 'm', tools: [say] });
    return (await plan('say', JSON.stringify({ text }), { agent, schemas: definitionOf(agent).schemas })).call?.summary;
  };

  test('shows what cannot be seen, and is bounded', async () => {
    expect(await lineOf(undefined, '\u001b[2J\n\u202eevil')).toBe('say(text=\\u001b[2J\\u000a\\u202eevil)');
    expect((await lineOf((args) => args.text, 'x'.repeat(5_000)))?.length).toBeLessThanOrEqual(200);
  });

  test("is the tool's own where it has one, and survives its bugs", async () => {
    expect(await lineOf((args) => `"${args.text}"`, 'hi')).toBe('say("hi")');
    expect(
      await lineOf(() => {
        throw new Error('bug');
      }, 'hi'),
    ).toBe('say(text=hi)');
  });
});
